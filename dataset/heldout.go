package dataset

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"
)

// HeldOut is the list of pictures that no training may see: what the model is
// measured on afterwards. A nil *HeldOut holds nothing out.
type HeldOut struct {
	sets       map[string]string // set name -> the list that names it
	codepoints map[string]bool
	subjects   map[string]bool
	pattern    *regexp.Regexp
}

// Subject is what is known of a picture that asks to be let in.
type Subject struct {
	Key       string   // path or key; its folders are compared with held-out photo subjects
	Set       string   // name of the picture set, if any
	Codepoint string   // in any spelling that Normalise reads, if any
	Names     []string // file name, title, labels, keywords
}

// HeldOutError says which picture met which rule.
type HeldOutError struct {
	Key  string
	Rule string
}

func (e *HeldOutError) Error() string {
	return fmt.Sprintf("picture %q is held out for evaluation (%s); remove it from the training pictures", e.Key, e.Rule)
}

// OpenHeldOut reads a heldout.json.
func OpenHeldOut(file string) (*HeldOut, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open held-out list: %w", err)
	}
	defer f.Close()
	h, err := ReadHeldOut(f)
	if err != nil {
		return nil, fmt.Errorf("read held-out list %s: %w", file, err)
	}
	return h, nil
}

// ReadHeldOut reads the list's JSON. A list without a single rule is an error,
// because a guard that lets everything in is worse than none.
func ReadHeldOut(r io.Reader) (*HeldOut, error) {
	var list struct {
		Sets        []string `json:"exclude_sets"`
		LicenceSets []string `json:"exclude_sets_licence"`
		Codepoints  []string `json:"exclude_codepoints"`
		Subjects    []string `json:"exclude_photo_subjects"`
		Pattern     string   `json:"name_pattern"`
	}
	if err := json.NewDecoder(io.LimitReader(r, 8<<20)).Decode(&list); err != nil {
		return nil, err
	}
	if len(list.Codepoints) == 0 || list.Pattern == "" {
		return nil, fmt.Errorf("exclude_codepoints or name_pattern is empty, so it would hold nothing out")
	}
	pattern, err := regexp.Compile(list.Pattern)
	if err != nil {
		return nil, fmt.Errorf("name_pattern: %w", err)
	}
	h := &HeldOut{sets: map[string]string{}, codepoints: map[string]bool{}, subjects: map[string]bool{}, pattern: pattern}
	h.fill(list.Sets, list.LicenceSets, list.Codepoints, list.Subjects)
	return h, nil
}

func (h *HeldOut) fill(sets, licenceSets, codepoints, subjects []string) {
	for _, s := range sets {
		h.sets[s] = "exclude_sets"
	}
	for _, s := range licenceSets {
		h.sets[s] = "exclude_sets_licence"
	}
	for _, c := range codepoints {
		h.codepoints[Normalise(c)] = true
	}
	for _, s := range subjects {
		h.subjects[s] = true
	}
}

// Guard returns a *HeldOutError when the picture meets a rule.
func (h *HeldOut) Guard(s Subject) error {
	if h == nil {
		return nil
	}
	if list, ok := h.sets[s.Set]; ok {
		return &HeldOutError{s.Key, fmt.Sprintf("set %q is in %s", s.Set, list)}
	}
	for _, written := range []string{s.Codepoint, codepointInName(s.Key)} {
		if c := Normalise(written); c != "" && h.codepoints[c] {
			return &HeldOutError{s.Key, fmt.Sprintf("codepoint %s is in exclude_codepoints", c)}
		}
	}
	if err := h.guardFolders(s.Key); err != nil {
		return err
	}
	return h.guardNames(s)
}

func (h *HeldOut) guardFolders(key string) error {
	for _, folder := range strings.Split(path.Dir(key), "/") {
		if h.subjects[folder] {
			return &HeldOutError{key, fmt.Sprintf("subject %q is in exclude_photo_subjects", folder)}
		}
		if set, ok := h.sets[folder]; ok {
			return &HeldOutError{key, fmt.Sprintf("set %q is in %s", folder, set)}
		}
	}
	return nil
}

var separators = regexp.MustCompile(`[^\p{L}\p{N}]+`)

func (h *HeldOut) guardNames(s Subject) error {
	for _, name := range s.Names {
		plain := separators.ReplaceAllString(name, " ")
		if found := h.pattern.FindString(plain); found != "" {
			return &HeldOutError{s.Key, fmt.Sprintf("name %q matches name_pattern at %q", name, found)}
		}
	}
	return nil
}

var dropped = regexp.MustCompile(`^(fe0f|1f3f[b-f])$`)

// Normalise writes a codepoint sequence as the held-out list does: lower-case
// hex joined by "-", without the variation selector fe0f and skin tones.
func Normalise(codepoints string) string {
	var kept []string
	for _, c := range strings.FieldsFunc(strings.ToLower(codepoints), func(r rune) bool { return strings.ContainsRune("-_ ", r) }) {
		if c = strings.TrimPrefix(c, "u+"); c != "" && !dropped.MatchString(c) {
			kept = append(kept, c)
		}
	}
	return strings.Join(kept, "-")
}

var codepointName = regexp.MustCompile(`(?i)^(?:emoji_)?(?:u\+?)?([0-9a-f]{4,6}(?:[-_][0-9a-f]{4,6})*)$`)

// codepointInName reads the codepoints of file names such as 1f98a.png,
// emoji_u1f98a.png and U+1F98A.svg.
func codepointInName(key string) string {
	base := path.Base(key)
	if m := codepointName.FindStringSubmatch(strings.TrimSuffix(base, path.Ext(base))); m != nil {
		return m[1]
	}
	return ""
}
