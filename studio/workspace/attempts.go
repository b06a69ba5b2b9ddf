package workspace

import (
	"errors"
	"math"
	"sync"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// How often somebody may try a password: so many at once, and then one for each
// time that passes.
const (
	emailBurst   = 10
	emailEvery   = 90 * time.Second
	addressBurst = 50
	addressEvery = 20 * time.Second
	maxBuckets   = 20_000 // above it, those that are full again are forgotten
)

// attempts limits tries of passwords by address and by e-mail, in memory. A
// restart forgets them.
type attempts struct {
	clock studio.Clock

	mu      sync.Mutex
	buckets map[string]*bucket
}

// bucket holds the tries that are left.
type bucket struct {
	left  float64
	at    time.Time
	burst float64
	every time.Duration
}

func newAttempts(clock studio.Clock) *attempts {
	return &attempts{clock: clock, buckets: map[string]*bucket{}}
}

// limitError is a TooLarge that knows when to come back.
type limitError struct {
	error
	after time.Duration
}

func (e *limitError) Unwrap() error { return e.error }

// RetryAfter reports whether an error says that something was tried too often,
// and when it may be tried again.
func RetryAfter(err error) (time.Duration, bool) {
	var limit *limitError
	if !errors.As(err, &limit) {
		return 0, false
	}
	return limit.after, true
}

// take counts a try for both, and refuses it where either has none left. An
// empty address, such as of the terminal, is not counted.
func (a *attempts) take(email, address string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	used := []*bucket{a.bucket("e "+studio.HashSecret(email), emailBurst, emailEvery)}
	if address != "" {
		used = append(used, a.bucket("a "+studio.HashSecret(address), addressBurst, addressEvery))
	}
	for _, b := range used {
		if b.left < 1 {
			return tooMany(time.Duration((1 - b.left) * float64(b.every)))
		}
	}
	for _, b := range used {
		b.left--
	}
	return nil
}

// forget gives an e-mail all its tries back: somebody knew the password.
func (a *attempts) forget(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.buckets, "e "+studio.HashSecret(email))
}

// bucket returns a key's bucket as it stands now.
func (a *attempts) bucket(key string, burst float64, every time.Duration) *bucket {
	now := a.clock()
	b := a.buckets[key]
	if b == nil {
		if len(a.buckets) >= maxBuckets {
			a.forgetFull(now)
		}
		b = &bucket{left: burst, at: now, burst: burst, every: every}
		a.buckets[key] = b
	}
	b.fill(now)
	return b
}

func (b *bucket) fill(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(b.burst, b.left+float64(passed)/float64(b.every))
		b.at = now
	}
}

func (a *attempts) forgetFull(now time.Time) {
	for key, b := range a.buckets {
		if b.fill(now); b.left >= b.burst {
			delete(a.buckets, key)
		}
	}
}

func tooMany(after time.Duration) error {
	minutes := int(math.Ceil(after.Minutes()))
	return &limitError{after: after, error: studio.Errorf(studio.TooLarge,
		"too many attempts to sign in; try again in %d min", "サインインの試行回数が上限に達しました。%d分後にもう一度お試しください。", minutes)}
}
