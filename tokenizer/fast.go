package tokenizer

import (
	"encoding/json"
	"fmt"
	"os"
)

// fastTokenizer is the part of tokenizer.json that differs between CLIP
// tokenizers; normalisation and splitting are those of this package.
type fastTokenizer struct {
	Model struct {
		Type      string            `json:"type"`
		Suffix    string            `json:"end_of_word_suffix"`
		Vocab     json.RawMessage   `json:"vocab"`
		Merges    []json.RawMessage `json:"merges"`
		Continues string            `json:"continuing_subword_prefix"`
	} `json:"model"`
	Added []jsonToken `json:"added_tokens"`
}

// readFast reads tokenizer.json.
func readFast(path string) (v Vocabulary, added []placedToken, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return v, nil, err
	}
	var fast fastTokenizer
	if err := decodeJSON(path, data, &fast); err != nil {
		return v, nil, err
	}
	if v, err = fast.vocabulary(); err != nil {
		return v, nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, token := range fast.Added {
		where := fmt.Sprintf("%s: key added_tokens[%d]", path, i)
		if token.ID == nil || token.Content == "" {
			return v, nil, fmt.Errorf("%s: want an id and a content", where)
		}
		added = append(added, placedToken{token.token(token.Special), *token.ID, where})
	}
	return v, added, nil
}

func (f fastTokenizer) vocabulary() (v Vocabulary, err error) {
	if m := f.Model; m.Type != "BPE" || m.Suffix != endOfWord || m.Continues != "" {
		return v, fmt.Errorf("key model: a %q with end_of_word_suffix %q is not CLIP's, a BPE with %q", m.Type, m.Suffix, endOfWord)
	}
	ids, err := decodeIDs(f.Model.Vocab)
	if err != nil {
		return v, fmt.Errorf("key model.vocab: %w", err)
	}
	if v.Tokens, err = tokensByID(ids); err != nil {
		return v, fmt.Errorf("key model.vocab: %w", err)
	}
	for i, raw := range f.Model.Merges {
		m, err := fastMerge(raw)
		if err != nil {
			return v, fmt.Errorf("key model.merges[%d]: %w", i, err)
		}
		v.Merges = append(v.Merges, m)
	}
	return v, nil
}

// fastMerge decodes a merge, ["a","b"] or, in older files, "a b".
func fastMerge(raw json.RawMessage) (Merge, error) {
	var line string
	if err := json.Unmarshal(raw, &line); err == nil {
		return parseMerge(line)
	}
	var parts []string
	if err := json.Unmarshal(raw, &parts); err != nil {
		return Merge{}, err
	}
	if len(parts) != 2 {
		return Merge{}, fmt.Errorf("want two symbols, found %q", parts)
	}
	return Merge{parts[0], parts[1]}, nil
}
