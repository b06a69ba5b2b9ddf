package concept

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// The header's keys; see the package's comment.
const (
	keyPrefix      = "ichimai."
	keyFormat      = keyPrefix + "format"
	keyName        = keyPrefix + "name"
	keyPlaceholder = keyPrefix + "placeholder"
	keyMethod      = keyPrefix + "method"
	keyBaseHash    = keyPrefix + "base.hash"
	keyBaseName    = keyPrefix + "base.name"
	keyInitWord    = keyPrefix + "init_word"
	keyNearestWord = keyPrefix + "nearest_word"
	keyClassWord   = keyPrefix + "class_word"
	keyAlpha       = keyPrefix + "alpha"
	keySettings    = keyPrefix + "settings"
	keySources     = keyPrefix + "sources"
	keyCreated     = keyPrefix + "created"
)

// knownKeys are the keys with a field of their own.
var knownKeys = []string{keyFormat, keyName, keyPlaceholder, keyMethod, keyBaseHash, keyBaseName, keyInitWord,
	keyNearestWord, keyClassWord, keyAlpha, keySettings, keySources, keyCreated}

// texts are the fields that are strings, by key.
func (c *Concept) texts() map[string]*string {
	return map[string]*string{
		keyName: &c.Name, keyPlaceholder: &c.Placeholder, keyMethod: &c.Method,
		keyBaseHash: &c.Base.Hash, keyBaseName: &c.Base.Name,
		keyInitWord: &c.InitWord, keyNearestWord: &c.NearestWord, keyClassWord: &c.ClassWord,
	}
}

// metadata is everything but the tensors and the version.
func (c *Concept) metadata() (map[string]string, error) {
	m := map[string]string{}
	maps.Copy(m, c.Extra)
	for key, text := range c.texts() {
		if *text != "" {
			m[key] = *text
		}
	}
	if c.Alpha != nil {
		m[keyAlpha] = strconv.FormatFloat(*c.Alpha, 'g', -1, 64)
	}
	if len(c.Settings) > 0 {
		if err := putJSON(m, keySettings, c.Settings); err != nil {
			return nil, err
		}
	}
	if len(c.Sources) > 0 {
		if err := putJSON(m, keySources, c.Sources); err != nil {
			return nil, err
		}
	}
	if !c.Created.IsZero() {
		m[keyCreated] = c.Created.UTC().Format(time.RFC3339Nano)
	}
	return m, nil
}

func putJSON(m map[string]string, key string, value any) error {
	text, err := json.Marshal(value) // sorts the keys of maps
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	m[key] = string(text)
	return nil
}

// setMetadata fills the fields from a header's table and keeps what it does
// not know.
func (c *Concept) setMetadata(m map[string]string) error {
	for key, text := range c.texts() {
		*text = m[key]
	}
	for key, into := range map[string]any{keySettings: &c.Settings, keySources: &c.Sources} {
		text, ok := m[key]
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if text, ok := m[keyCreated]; ok {
		created, err := time.Parse(time.RFC3339, text) // takes fractions too
		if err != nil {
			return fmt.Errorf("%s: %.80q is no time as RFC 3339 has it", keyCreated, text)
		}
		c.Created = created.UTC()
	}
	if text, ok := m[keyAlpha]; ok {
		alpha, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%s: %.80q is no number", keyAlpha, text)
		}
		c.Alpha = &alpha
	}
	for key, text := range m {
		if !slices.Contains(knownKeys, key) {
			if c.Extra == nil {
				c.Extra = map[string]string{}
			}
			c.Extra[key] = text
		}
	}
	return nil
}

// parseVersion reads the layout's version.
func parseVersion(text string) (int, error) {
	v, err := strconv.Atoi(text)
	switch {
	case err != nil || v < 1:
		return 0, fmt.Errorf("%s: %.80q is no version", keyFormat, text)
	case v > FormatVersionDual:
		return 0, &VersionError{Version: v}
	}
	return v, nil
}
