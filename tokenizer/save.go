package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Save writes the tokenizer to a folder, which it makes if need be, such that
// [Open] and transformers' CLIPTokenizer.from_pretrained give the same ids.
// Placeholders go into added_tokens.json, which is removed where there are
// none. Each file is written beside its place and renamed. A folder that has
// a tokenizer.json is refused: transformers would read that instead.
func (t *Tokenizer) Save(dir string) error {
	if err := t.save(dir); err != nil {
		return fmt.Errorf("save tokenizer: %w", err)
	}
	return nil
}

func (t *Tokenizer) save(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	fast := filepath.Join(dir, fastFile)
	if _, err := os.Stat(fast); err == nil {
		return fmt.Errorf("%s is there already and would be read in place of the files to be written; save to another folder or remove it", fast)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{
		{vocabFile, t.vocabJSON()},
		{mergesFile, t.mergesText()},
		{specialsFile, t.specialsJSON()},
		{configFile, t.configJSON()},
	} {
		if err := replaceFile(filepath.Join(dir, f.name), f.data); err != nil {
			return err
		}
	}
	return t.saveAdded(filepath.Join(dir, addedFile))
}

func (t *Tokenizer) saveAdded(path string) error {
	if len(t.extra) > 0 {
		return replaceFile(path, idsJSON(t.extra, len(t.words.vocabulary.Tokens)))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// replaceFile writes a file beside path and renames it, so that no reader sees
// half of it.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func (t *Tokenizer) vocabJSON() []byte { return idsJSON(t.words.vocabulary.Tokens, 0) }

// idsJSON writes tokens with the ids from first on as an object in their order.
func idsJSON(tokens []string, first int) []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, token := range tokens {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(marshal(token, ""))
		out.WriteString(":" + strconv.Itoa(first+i))
	}
	out.WriteByte('}')
	return out.Bytes()
}

func (t *Tokenizer) mergesText() []byte {
	var out bytes.Buffer
	out.WriteString("#version: 0.2\n")
	for _, m := range t.words.vocabulary.Merges {
		out.WriteString(m.Left + " " + m.Right + "\n")
	}
	return out.Bytes()
}

// savedToken is a special token as special_tokens_map.json has it.
type savedToken struct {
	Content    string `json:"content"`
	LStrip     bool   `json:"lstrip"`
	Normalized bool   `json:"normalized"`
	RStrip     bool   `json:"rstrip"`
	SingleWord bool   `json:"single_word"`
}

// specials lists the tokens of the roles and, under
// additional_special_tokens, those of none.
func (t *Tokenizer) specials() map[string]any {
	roles := map[string]int32{"bos_token": t.bos, "eos_token": t.eos, "pad_token": t.pad, "unk_token": t.unknown}
	out, used := map[string]any{}, map[int32]bool{}
	for role, id := range roles {
		out[role], used[id] = t.savedToken(id), true
	}
	var further []savedToken
	for _, id := range t.addedIDs() {
		if t.added[id].Special && !used[id] {
			further = append(further, t.savedToken(id))
		}
	}
	if len(further) > 0 {
		out["additional_special_tokens"] = further
	}
	return out
}

func (t *Tokenizer) savedToken(id int32) savedToken {
	a := t.added[id]
	return savedToken{Content: a.Content, Normalized: !a.Raw, SingleWord: a.SingleWord}
}

func (t *Tokenizer) specialsJSON() []byte { return marshal(t.specials(), " ") }

func (t *Tokenizer) configJSON() []byte {
	c := map[string]any{
		"add_prefix_space": false,
		"do_lower_case":    true,
		"errors":           "replace",
		"model_max_length": t.maxLength,
		"tokenizer_class":  "CLIPTokenizer",
	}
	roles := map[string]int32{"bos_token": t.bos, "eos_token": t.eos, "pad_token": t.pad, "unk_token": t.unknown}
	for role, id := range roles {
		c[role], _ = t.token(int(id))
	}
	return marshal(c, " ")
}

// marshal encodes strings, numbers and objects of them, which cannot fail, and
// leaves < and > as they are.
func marshal(v any, indent string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("tokenizer: encode %T: %v", v, err))
	}
	if indent == "" {
		return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	}
	return out.Bytes()
}
