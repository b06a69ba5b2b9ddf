package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// config is what tokenizer_config.json, special_tokens_map.json and
// added_tokens.json say together.
type config struct {
	maxLength int
	roles     map[string]string // role such as "pad_token" to token
	tokens    []placedToken     // later ones replace the flags of earlier ones
}

// placedToken is an added token with the id a file gives it, or -1, and that
// file and key for errors.
type placedToken struct {
	AddedToken
	id    int
	where string
}

// specialRoles are the roles whose tokens are special, in the order in which
// transformers adds them: a token that has several takes the last one's flags.
var specialRoles = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// jsonToken is a token as the JSON files write it: a string or an object.
type jsonToken struct {
	Content    string `json:"content"`
	Normalized *bool  `json:"normalized"`
	SingleWord bool   `json:"single_word"`
	Special    bool   `json:"special"`
	ID         *int   `json:"id,omitempty"`
	plain      bool
}

func (j *jsonToken) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &j.Content); err == nil {
		j.plain = true
		return nil
	}
	type object jsonToken
	if err := json.Unmarshal(data, (*object)(j)); err != nil {
		return fmt.Errorf("want a token's text or an object with its content: %w", err)
	}
	return nil
}

// token gives the flags as transformers does: a bare special token is matched
// as it is written, other tokens after lower-casing unless told otherwise.
func (j jsonToken) token(special bool) AddedToken {
	normalized := !special
	if j.Normalized != nil {
		normalized = *j.Normalized
	}
	return AddedToken{Content: j.Content, Special: special || j.Special, Raw: !normalized, SingleWord: j.SingleWord}
}

// readConfig reads the three files, of which each may be missing.
// special_tokens_map.json wins over tokenizer_config.json, except where the
// latter lists the added tokens itself: then it is the newer of the two.
// tokens are those of tokenizer.json.
func readConfig(dir string, tokens []placedToken) (config, error) {
	c := config{maxLength: DefaultMaxLength, roles: map[string]string{}, tokens: tokens}
	main, err := readObject(filepath.Join(dir, configFile))
	if err != nil {
		return c, err
	}
	if err := c.readMain(filepath.Join(dir, configFile), main); err != nil {
		return c, err
	}
	specials, err := readObject(filepath.Join(dir, specialsFile))
	if err != nil {
		return c, err
	}
	first, second := specialsSource{configFile, main}, specialsSource{specialsFile, specials}
	if _, newer := main["added_tokens_decoder"]; newer {
		first, second = second, first
	}
	if err := c.readRoles(dir, first, second); err != nil {
		return c, err
	}
	return c, c.readAdded(filepath.Join(dir, addedFile))
}

// specialsSource is a file that says which tokens are special.
type specialsSource struct {
	file   string
	object map[string]json.RawMessage
}

// readObject reads a JSON object; a file that is not there is an empty one.
func readObject(path string) (map[string]json.RawMessage, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	return object, decodeJSON(path, data, &object)
}

func (c *config) readMain(path string, object map[string]json.RawMessage) error {
	class, err := stringField(path, object, "tokenizer_class")
	if err != nil {
		return err
	}
	if class != "" && class != "CLIPTokenizer" && class != "CLIPTokenizerFast" {
		return fmt.Errorf("%s: tokenizer_class is %q; only CLIPTokenizer is known", path, class)
	}
	if err := c.readMaxLength(path, object["model_max_length"]); err != nil {
		return err
	}
	return c.readDecoder(path, object["added_tokens_decoder"])
}

func stringField(path string, object map[string]json.RawMessage, key string) (value string, err error) {
	raw, ok := object[key]
	if !ok {
		return "", nil
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", fmt.Errorf("%s: key %q: %w", path, key, err)
	}
	return value, nil
}

// readMaxLength reads model_max_length. transformers writes 1e30 for "none";
// CLIP's 77 is meant then.
func (c *config) readMaxLength(path string, raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var length float64
	if err := json.Unmarshal(raw, &length); err != nil {
		return fmt.Errorf("%s: key %q: %w", path, "model_max_length", err)
	}
	if length > 1<<20 {
		return nil
	}
	if length < 3 || length != math.Trunc(length) {
		return fmt.Errorf("%s: key %q: %v is no number of tokens; want 77 or so", path, "model_max_length", length)
	}
	c.maxLength = int(length)
	return nil
}

// readDecoder reads added_tokens_decoder: an object of id to token.
func (c *config) readDecoder(path string, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var decoder map[int]jsonToken
	if err := json.Unmarshal(raw, &decoder); err != nil {
		return fmt.Errorf("%s: key %q: %w", path, "added_tokens_decoder", err)
	}
	for _, id := range slices.Sorted(maps.Keys(decoder)) {
		c.tokens = append(c.tokens, placedToken{decoder[id].token(decoder[id].Special), id,
			fmt.Sprintf("%s: key added_tokens_decoder.%d", path, id)})
	}
	return nil
}

// readRoles takes each role's token from the second source, or the first
// where the second does not know it.
func (c *config) readRoles(dir string, first, second specialsSource) error {
	for _, role := range specialRoles {
		for _, source := range []specialsSource{second, first} {
			found, err := c.readRole(filepath.Join(dir, source.file), role, source.object[role])
			if err != nil {
				return err
			}
			if found {
				break
			}
		}
	}
	for _, source := range []specialsSource{first, second} {
		if err := c.readFurther(filepath.Join(dir, source.file), source.object); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) readRole(path, role string, raw json.RawMessage) (found bool, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return false, nil
	}
	var token jsonToken
	if err := json.Unmarshal(raw, &token); err != nil {
		return false, fmt.Errorf("%s: key %q: %w", path, role, err)
	}
	if token.Content == "" {
		return false, fmt.Errorf("%s: key %q: the token is empty", path, role)
	}
	c.roles[role] = token.Content
	if token.plain && c.known(token.Content) {
		return true, nil // added_tokens_decoder has its flags
	}
	c.tokens = append(c.tokens, placedToken{token.token(true), -1, fmt.Sprintf("%s: key %q", path, role)})
	return true, nil
}

// known says whether a file has given a token together with its id.
func (c *config) known(content string) bool {
	return slices.ContainsFunc(c.tokens, func(p placedToken) bool { return p.id >= 0 && p.Content == content })
}

// readFurther reads special tokens without a role.
func (c *config) readFurther(path string, object map[string]json.RawMessage) error {
	for _, key := range []string{"additional_special_tokens", "extra_special_tokens"} {
		raw := object[key]
		if len(raw) == 0 || !strings.HasPrefix(strings.TrimSpace(string(raw)), "[") {
			continue
		}
		var tokens []jsonToken
		if err := json.Unmarshal(raw, &tokens); err != nil {
			return fmt.Errorf("%s: key %q: %w", path, key, err)
		}
		for _, token := range tokens {
			if token.plain && c.known(token.Content) {
				continue
			}
			c.tokens = append(c.tokens, placedToken{token.token(true), -1, fmt.Sprintf("%s: key %q", path, key)})
		}
	}
	return nil
}

// readAdded reads added_tokens.json: an object of token to id.
func (c *config) readAdded(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ids, err := decodeIDs(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	byID := func(a, b string) int { return ids[a] - ids[b] }
	for _, content := range slices.SortedFunc(maps.Keys(ids), byID) {
		where := path + ": key " + strconv.Quote(content)
		same := func(p placedToken) bool { return p.Content == content }
		if !slices.ContainsFunc(c.tokens, same) {
			c.tokens = append(c.tokens, placedToken{AddedToken{Content: content}, ids[content], where})
			continue
		}
		for i := range c.tokens { // another file has its flags
			if same(c.tokens[i]) && c.tokens[i].id < 0 {
				c.tokens[i].id, c.tokens[i].where = ids[content], where
			}
		}
	}
	return nil
}

// options puts the tokens that a file places behind the vocabulary into the
// order of their ids.
func (c *config) options(vocabulary int) Options {
	o := Options{MaxLength: c.maxLength, BOS: c.roles["bos_token"], EOS: c.roles["eos_token"],
		Pad: c.roles["pad_token"], Unknown: c.roles["unk_token"]}
	rank := func(p placedToken) int { return max(p.id, vocabulary-1) }
	slices.SortStableFunc(c.tokens, func(a, b placedToken) int {
		return rank(a) - rank(b)
	})
	for _, token := range c.tokens {
		o.Added = append(o.Added, token.AddedToken)
	}
	return o
}

// checkIDs compares the ids the files give with those the tokens got. A token
// without a given id must be in the vocabulary: a new one would have no row in
// the text encoder's table.
func (c *config) checkIDs(t *Tokenizer) error {
	size := len(t.words.vocabulary.Tokens)
	for _, token := range c.tokens {
		id, _ := t.id(token.Content)
		if token.id < 0 && int(id) >= size && !c.known(token.Content) {
			return fmt.Errorf("%s: the token %q is neither in the vocabulary nor among the added tokens", token.where, token.Content)
		}
		if token.id >= 0 && int(id) != token.id {
			return fmt.Errorf("%s: the token %q has id %d there, but comes to %d after the vocabulary's %d tokens",
				token.where, token.Content, token.id, id, size)
		}
	}
	return nil
}
