package evaluate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ichimai/ichimai/tuning"
)

// setValue is a setting of package tuning as a file has it.
type setValue struct {
	key   string
	value yaml.Node
}

// applySettings puts values over settings; unknown keys and values of other types are
// errors. What values do together is for [tuning.Settings.Validate].
func applySettings(into *tuning.Settings, values ...setValue) error {
	for _, v := range values {
		var key yaml.Node
		key.SetString(v.key)
		mapping := yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{&key, &v.value}}
		data, err := yaml.Marshal(&mapping)
		if err != nil {
			return fmt.Errorf("%s: %w", v.key, err)
		}
		decoder := yaml.NewDecoder(bytes.NewReader(data))
		decoder.KnownFields(true)
		if err := decoder.Decode(into); err != nil {
			return fmt.Errorf("%s: %s", v.key, settingDetail(err))
		}
	}
	return nil
}

// settingDetail is an error of package yaml without the line, which is not the file's.
func settingDetail(err error) string {
	detail := strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:")), " ")
	if m := yamlLine.FindStringSubmatch(detail); m != nil {
		detail = m[2]
	}
	if yamlUnknown.MatchString(detail) {
		return "no such setting"
	}
	return detail
}

// candidate is one combination of a method's settings.
type candidate struct {
	label  string // of what is swept: "learning_rate=0.001"; "" where nothing is
	values []setValue
}

func (c candidate) apply(s *tuning.Settings) error { return applySettings(s, c.values...) }

// candidates are all combinations of what a method sweeps over its set, in the order
// of the keys and the values; one where nothing is swept.
func (m Method) candidates() []candidate {
	var fixed []setValue
	for _, key := range sortedKeys(m.Set) {
		fixed = append(fixed, setValue{key, m.Set[key]})
	}
	all := []candidate{{values: fixed}}
	for _, key := range sortedKeys(m.Sweep) {
		var next []candidate
		for _, c := range all {
			for _, node := range m.Sweep[key] {
				label := strings.TrimPrefix(c.label+", "+key+"="+nodeText(node), ", ")
				next = append(next, candidate{label, append(slices.Clone(c.values), setValue{key, node})})
			}
		}
		all = next
	}
	return all
}

// nodeText is a value as the file has it, lists in one line.
func nodeText(n yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	var items []string
	for _, item := range n.Content {
		items = append(items, nodeText(*item))
	}
	return strings.Join(items, "+")
}

// settings are a method's defaults with a candidate's over them. steps is how long is
// learned.
func (m Method) settings(c candidate, small bool, steps int) (tuning.Settings, error) {
	s, err := tuning.Defaults(m.Method, small)
	if err != nil {
		return s, err
	}
	s.Steps, s.SaveEvery = steps, 0
	if err := firstError(c.apply(&s), s.Validate()); err != nil {
		return s, fmt.Errorf("%s: %w", m.Name, err)
	}
	return s, nil
}

// prefixed says whether the first steps of a long run are those of a short one: see
// the package's comment.
func prefixed(s tuning.Settings) bool { return s.Scheduler == "constant" && s.Choose != "best" }

// identity is all of a run's settings that decide what it learns, without the number
// of steps where the first steps do not depend on it.
func identity(s tuning.Settings) (string, error) {
	if prefixed(s) {
		s.Steps = 0
	}
	data, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("describe settings: %w", err)
	}
	return string(data), nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
