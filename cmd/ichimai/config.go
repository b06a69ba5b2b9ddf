package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// readConfig takes flags from a YAML file: a mapping of flag names, with - or
// _ between words, to values. What the command line gave stays. Keys of
// settings, a struct with yaml tags or nil, are kept for decodeSettings; others
// are wrong use.
func (p *program) readConfig(cmd *cobra.Command, path string, settings any) error {
	keys, err := p.parseConfig(path)
	if err != nil {
		return err
	}
	known, err := settingKeys(settings)
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(keys); i += 2 {
		key, value := keys[i], keys[i+1]
		flag := findFlag(cmd, key.Value)
		switch {
		case known[key.Value]:
			p.settings = append(p.settings, key, value)
		case flag != nil:
			if err := p.setFlag(cmd, flag, value, path, key); err != nil {
				return err
			}
		default:
			return p.wrongUse(textUnknownKey, "key", key.Value, "file", path, "line", fmt.Sprint(key.Line), "command", cmd.CommandPath())
		}
	}
	return nil
}

// decodeSettings puts the settings of --config, then those of --set, over the
// defaults that into holds.
func (p *program) decodeSettings(into any) error {
	node := yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: p.settings}
	if err := node.Decode(into); err != nil {
		return p.wrongUse(textBadConfig, "file", p.config, "error", yamlDetail(err))
	}
	known, err := settingKeys(into)
	if err != nil {
		return err
	}
	for _, set := range p.set {
		key, value, found := strings.Cut(set, "=")
		if !found || !known[key] {
			return p.wrongUse(textBadSet, "set", set, "known", strings.Join(sortedKeys(known), ", "))
		}
		if err := yaml.Unmarshal([]byte(key+": "+value), into); err != nil {
			return p.wrongUse(textBadSet, "set", set, "known", yamlDetail(err))
		}
	}
	return nil
}

// parseConfig returns keys and values in turn.
func (p *program) parseConfig(path string) ([]*yaml.Node, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the settings file: %w", err)
	}
	var document yaml.Node
	err = yaml.NewDecoder(bytes.NewReader(data)).Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, p.wrongUse(textBadConfig, "file", path, "error", yamlDetail(err))
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, p.wrongUse(textNoMapping, "file", path)
	}
	seen := map[string]bool{}
	for i := 0; i < len(top.Content); i += 2 {
		key := top.Content[i]
		if seen[key.Value] {
			return nil, p.wrongUse(textTwice, "key", key.Value, "file", path, "line", fmt.Sprint(key.Line))
		}
		seen[key.Value] = true
	}
	return top.Content, nil
}

// findFlag finds the flag of a key; --config and --help have no key.
func findFlag(cmd *cobra.Command, key string) *pflag.Flag {
	name := strings.ReplaceAll(key, "_", "-")
	if name == "config" || name == "help" {
		return nil
	}
	return cmd.Flags().Lookup(name)
}

// setFlag gives a flag the value of a key; a list sets it once for each item.
func (p *program) setFlag(cmd *cobra.Command, flag *pflag.Flag, value *yaml.Node, path string, key *yaml.Node) error {
	if flag.Changed {
		return nil
	}
	items := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode && flag.Value.Type() == "stringArray" {
		items = value.Content
	}
	for _, item := range items {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			return p.wrongUse(textBadValue, "key", key.Value, "file", path, "line", fmt.Sprint(item.Line), "error", p.say(textOneValue))
		}
		if err := cmd.Flags().Set(flag.Name, item.Value); err != nil {
			return p.wrongUse(textBadValue, "key", key.Value, "file", path, "line", fmt.Sprint(item.Line), "error", p.valueDetail(err))
		}
	}
	return nil
}

// settingKeys lists the keys that a settings struct knows, by writing it.
func settingKeys(settings any) (map[string]bool, error) {
	known := map[string]bool{}
	if settings == nil {
		return known, nil
	}
	var n yaml.Node
	if err := n.Encode(settings); err != nil {
		return nil, fmt.Errorf("list the settings: %w", err)
	}
	for i := 0; i < len(n.Content); i += 2 {
		known[n.Content[i].Value] = true
	}
	return known, nil
}

// yamlDetail is an error of package yaml in one line.
func yamlDetail(err error) string {
	return strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " ")
}

var (
	textOneValue   = text{"one value is wanted", "値は一つだけ指定してください"}
	textBadSet     = text{"--set {set} does not fit; it is KEY=VALUE: {known}", "--set {set} は使えません。「キー=値」で指定してください: {known}"}
	textUnknownKey = text{"{file}, line {line}: {key} is no flag of {command} (see its --help)", "{file} の {line} 行目: {key} は {command} のフラグではありません(--help で確認できます)"}
	textBadConfig  = text{"{file} cannot be read as settings: {error}", "{file} を設定として読み込めません: {error}"}
	textNoMapping  = text{"{file} must hold lines of the form flag: value", "{file} は「フラグ名: 値」の形で書いてください"}
	textTwice      = text{"{file}, line {line}: {key} is there twice", "{file} の {line} 行目: {key} が二度書かれています"}
	textBadValue   = text{"{file}, line {line}: the value of {key} does not fit: {error}", "{file} の {line} 行目: {key} の値が正しくありません: {error}"}
)
