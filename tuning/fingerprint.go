package tuning

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fingerprint is everything that must not change between a run and its
// continuation, by names that an error can show.
type fingerprint map[string]string

// newFingerprint describes a job on the base model of a hash.
func newFingerprint(method string, job *Job, base string) (fingerprint, error) {
	f, err := job.Settings.table()
	if err != nil {
		return nil, err
	}
	f["method"], f["base"] = method, base
	f["name"], f["placeholder"] = job.Name, job.Placeholder
	f["init_word"], f["class_word"] = job.InitWord, job.ClassWord
	for i, p := range job.Pictures {
		f[fmt.Sprintf("picture %d", i+1)] = p.Hash()
	}
	for i, s := range job.Sources {
		f[fmt.Sprintf("source %d", i+1)] = s.Name + " " + s.SHA256
	}
	return f, nil
}

// text is the fingerprint for a header: JSON with sorted keys.
func (f fingerprint) text() string {
	data, err := json.Marshal(f)
	if err != nil { // a map of strings always has a JSON text
		panic(err)
	}
	return string(data)
}

// SettingsError says that a run folder holds the state of another run.
type SettingsError struct {
	Path    string   // the state file
	Changed []string // "key: was, now" in the order of the keys
}

func (e *SettingsError) Error() string {
	return fmt.Sprintf("%s was made by another run (%s); choose another folder, or remove it to begin anew",
		e.Path, strings.Join(e.Changed, "; "))
}

// compare returns a *SettingsError where a state file's fingerprint differs.
func (f fingerprint) compare(path, text string) error {
	var then fingerprint
	if err := json.Unmarshal([]byte(text), &then); err != nil {
		return fmt.Errorf("%s is not the state of a run: it has no valid %s", path, metaFingerprint)
	}
	keys := maps.Clone(f)
	maps.Copy(keys, then)
	e := &SettingsError{Path: path}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if then[key] != f[key] {
			e.Changed = append(e.Changed, fmt.Sprintf("%s: %.20q then, %.20q now", key, then[key], f[key]))
		}
	}
	if len(e.Changed) > 0 {
		return e
	}
	return nil
}
