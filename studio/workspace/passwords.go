package workspace

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/ichimai/ichimai/studio"
)

// Bounds of a password, in characters.
const (
	MinPassword = 12
	MaxPassword = 256
)

// defaultPasswordParams are the second recommended choice of RFC 9106, section
// 4: 64 MiB, three passes, four lanes.
func defaultPasswordParams() *argon2id.Params {
	return &argon2id.Params{Memory: 64 << 10, Iterations: 3, Parallelism: 4, SaltLength: 16, KeyLength: 32}
}

// passwords hashes and compares, two at a time: each takes memory, and anybody
// may ask.
type passwords struct {
	params *argon2id.Params
	dummy  string // compared with where there is no user, so that both take the same time
	turns  chan struct{}
}

func newPasswords(params *argon2id.Params) (*passwords, error) {
	if params == nil {
		params = defaultPasswordParams()
	}
	dummy, err := argon2id.CreateHash(studio.NewSecret(), params)
	if err != nil {
		return nil, fmt.Errorf("prepare password hashing: %w", err)
	}
	return &passwords{params: params, dummy: dummy, turns: make(chan struct{}, 2)}, nil
}

func (p *passwords) turn(ctx context.Context, fn func() error) error {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return fn()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *passwords) hash(ctx context.Context, password string) (encoded string, err error) {
	err = p.turn(ctx, func() error {
		encoded, err = argon2id.CreateHash(password, p.params)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return encoded, nil
}

// match compares a password with a hash. For the hash "" it takes as long as for
// another and returns false.
func (p *passwords) match(ctx context.Context, password, encoded string) (bool, error) {
	known := encoded != "" && utf8.RuneCountInString(password) <= MaxPassword
	if !known {
		encoded, password = p.dummy, ""
	}
	var same bool
	err := p.turn(ctx, func() (err error) {
		same, err = argon2id.ComparePasswordAndHash(password, encoded)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return same && known, nil
}

// checkPassword wants a password that is long enough and is not the address.
func checkPassword(password, email string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < MinPassword:
		return invalid("password", "has %d characters; at least %d are needed", "%d文字です。%d文字以上のパスワードを入力してください。", n, MinPassword)
	case n > MaxPassword:
		return invalid("password", "has %d characters; at most %d are allowed", "%d文字です。%d文字以内のパスワードを入力してください。", n, MaxPassword)
	case !utf8.ValidString(password):
		return invalid("password", "is not valid UTF-8 text", "文字コードがUTF-8ではありません。")
	case studio.NormalEmail(password) == studio.NormalEmail(email):
		return invalid("password", "is your e-mail address; choose another", "メールアドレスと同じパスワードは使えません。")
	case strings.Trim(password, string([]rune(password)[:1])) == "":
		return invalid("password", "repeats one character; choose another", "同じ文字の繰り返しは使えません。")
	}
	return nil
}
