package pretrain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// describe is the fingerprint of a stage: its settings and what the folders
// that it starts from hold. Without folders it is the settings alone.
func describe(settings any, folders ...string) (string, error) {
	raw, err := json.Marshal(settings)
	if err != nil {
		return "", fmt.Errorf("describe settings: %w", err)
	}
	text := string(raw)
	for _, dir := range folders {
		hash, err := hashFolder(dir)
		if err != nil {
			return "", fmt.Errorf("describe %s: %w", dir, err)
		}
		text += " " + filepath.Base(dir) + ":" + hash
	}
	return text, nil
}

// startFolders are the parts of init_from that a stage reads, none if it starts
// from random values.
func (s *Settings) startFolders(parts ...string) []string {
	if s.InitFrom == "" {
		return nil
	}
	dirs := make([]string, len(parts))
	for i, part := range parts {
		dirs[i] = filepath.Join(s.InitFrom, part)
	}
	return dirs
}

// hashFolder is the SHA-256 of a folder's files, names and contents, in
// lower-case hexadecimal.
func hashFolder(dir string) (string, error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if err := hashFile(sum, filepath.Join(dir, e.Name())); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hashFile(sum io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%s %d\n", filepath.Base(path), info.Size())
	_, err = io.Copy(sum, f)
	return err
}

// sameConfig refuses a folder of init_from whose model is not that of the
// settings, and names the keys that differ.
func sameConfig(dir string, found, wanted any) error {
	have, err := keysOf(found)
	if err != nil {
		return err
	}
	want, err := keysOf(wanted)
	if err != nil {
		return err
	}
	lines := differing(have, want, "the folder has %v, the settings %v")
	if lines == nil {
		return nil
	}
	return fmt.Errorf("settings key init_from: the model of %s is another one:\n%s", dir, strings.Join(lines, "\n"))
}

// differing is a line for each key of want whose value is another one in have.
func differing(have, want map[string]any, format string) []string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(have[key], want[key]) {
			lines = append(lines, "  "+key+": "+fmt.Sprintf(format, have[key], want[key]))
		}
	}
	return lines
}

// otherSettings names what differs between two fingerprints.
func otherSettings(was, now string) string {
	lines := differing(fingerprintKeys(was), fingerprintKeys(now), "then %v, now %v")
	if lines == nil {
		return "then: " + was + "\nnow:  " + now
	}
	return strings.Join(lines, "\n")
}

// fingerprintKeys takes apart what describe made: settings, those inside others
// with a dot between, and the hashes of folders.
func fingerprintKeys(fingerprint string) map[string]any {
	keys := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(fingerprint))
	var settings map[string]any
	if decoder.Decode(&settings) != nil {
		return keys
	}
	flatten(keys, "", settings)
	for _, folder := range strings.Fields(fingerprint[decoder.InputOffset():]) {
		if name, hash, ok := strings.Cut(folder, ":"); ok {
			keys["the contents of "+name] = hash
		}
	}
	return keys
}

func flatten(into map[string]any, prefix string, from map[string]any) {
	for key, value := range from {
		if inner, ok := value.(map[string]any); ok {
			flatten(into, prefix+key+".", inner)
			continue
		}
		into[prefix+key] = value
	}
}

func keysOf(config any) (map[string]any, error) {
	data, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("compare configs: %w", err)
	}
	keys := map[string]any{}
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, fmt.Errorf("compare configs: %w", err)
	}
	return keys, nil
}
