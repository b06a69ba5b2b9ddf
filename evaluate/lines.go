package evaluate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// lines finds the lines of a YAML file's values by where they stand in it.
type lines struct{ root *yaml.Node }

// readLines parses the file for its lines; an empty one has none.
func readLines(data []byte) (lines, error) {
	var document yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		return lines{}, nil
	}
	if err != nil {
		return lines{}, err
	}
	return lines{document.Content[0]}, nil
}

// at is the line of a value, found by keys and, in lists, by numbers from 0; where
// there is none, that of what holds it.
func (l lines) at(path ...any) int {
	if l.root == nil {
		return 0
	}
	n, line := l.root, l.root.Line
	for _, step := range path {
		if n = below(n, step); n == nil {
			break
		}
		line = n.Line
	}
	return line
}

// below is the value of a key or the item of a number; nil without one.
func below(n *yaml.Node, step any) *yaml.Node {
	switch step := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				value := *n.Content[i+1]
				value.Line = n.Content[i].Line // a list begins below its key
				return &value
			}
		}
	}
	return nil
}

// keyOf writes a place in a file for people: prompts[3].text.
func keyOf(path []any) string {
	var b bytes.Buffer
	for i, step := range path {
		if n, ok := step.(int); ok {
			b.WriteString("[" + strconv.Itoa(n+1) + "]")
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		fmt.Fprint(&b, step)
	}
	return b.String()
}
