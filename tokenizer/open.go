package tokenizer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a tokenizer's folder.
const (
	vocabFile    = "vocab.json"
	mergesFile   = "merges.txt"
	configFile   = "tokenizer_config.json"
	specialsFile = "special_tokens_map.json"
	addedFile    = "added_tokens.json"
	fastFile     = "tokenizer.json"
)

// Open reads a CLIP tokenizer from a folder in the layout of diffusers and
// transformers: vocab.json and merges.txt, or tokenizer.json in their place;
// beside them, each if there, tokenizer_config.json, special_tokens_map.json
// and added_tokens.json. Errors name the file and the line or key.
func Open(dir string) (*Tokenizer, error) {
	t, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("open tokenizer: %w", err)
	}
	return t, nil
}

func open(dir string) (*Tokenizer, error) {
	v, fast, err := readVocabulary(dir)
	if err != nil {
		return nil, err
	}
	c, err := readConfig(dir, fast)
	if err != nil {
		return nil, err
	}
	t, err := New(v, c.options(len(v.Tokens)))
	if err != nil {
		return nil, explainMerge(dir, err)
	}
	if err := c.checkIDs(t); err != nil {
		return nil, err
	}
	return t, nil
}

// readVocabulary reads vocab.json and merges.txt, or tokenizer.json where
// there is no vocab.json: transformers 5 writes that alone.
func readVocabulary(dir string) (Vocabulary, []placedToken, error) {
	if _, err := os.Stat(filepath.Join(dir, vocabFile)); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, fastFile)); err == nil {
			return readFast(filepath.Join(dir, fastFile))
		}
		return Vocabulary{}, nil, fmt.Errorf("%s has neither %s with %s nor %s; is it the tokenizer folder of a model?",
			dir, vocabFile, mergesFile, fastFile)
	}
	tokens, err := readVocab(filepath.Join(dir, vocabFile))
	if err != nil {
		return Vocabulary{}, nil, err
	}
	merges, err := readMerges(filepath.Join(dir, mergesFile))
	return Vocabulary{Tokens: tokens, Merges: merges}, nil, err
}

// explainMerge adds the line of merges.txt to an error about a merge.
func explainMerge(dir string, err error) error {
	var bad *mergeError
	path := filepath.Join(dir, mergesFile)
	if !errors.As(err, &bad) {
		return fmt.Errorf("%s: %w", dir, err)
	}
	lines, readErr := mergeLines(path)
	if readErr != nil || bad.index >= len(lines) {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return fmt.Errorf("%s: line %d: %w; do %s and %s belong together?", path, lines[bad.index].number, bad.err, vocabFile, mergesFile)
}
