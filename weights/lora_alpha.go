package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
)

// adapterConfig is what matters of peft's LoraConfig, in adapter_config.json or
// for one component of a header's lora_adapter_metadata.
type adapterConfig struct {
	PeftType     string       `json:"peft_type"`
	LoraAlpha    *float64     `json:"lora_alpha"`
	AlphaPattern orderedTable `json:"alpha_pattern"`
	UseDora      bool         `json:"use_dora"`
	UseRslora    bool         `json:"use_rslora"` // scale is alpha/sqrt(rank)
	FanInFanOut  bool         `json:"fan_in_fan_out"`
}

// check refuses what would change the formula.
func (c adapterConfig) check() error {
	switch {
	case c.PeftType != "" && c.PeftType != "LORA":
		return fmt.Errorf("peft_type is %s, only LORA can be used", clip(c.PeftType))
	case c.UseDora:
		return errors.New("it is DoRA, which cannot be used; only plain LoRA can")
	case c.FanInFanOut:
		return errors.New("fan_in_fan_out layers cannot be used; no Stable Diffusion model has them")
	}
	return nil
}

// alpha is the layer's alpha in the convention of scale = alpha / rank.
func (c adapterConfig) alpha(layer string, rank int) float64 {
	alpha, ok := c.AlphaPattern.match(layer)
	switch {
	case ok:
	case c.LoraAlpha != nil:
		alpha = *c.LoraAlpha
	default:
		return float64(rank)
	}
	if c.UseRslora {
		alpha *= math.Sqrt(float64(rank))
	}
	return alpha
}

// alphaRule gives the alpha of layers that have no tensor for it.
type alphaRule map[string]adapterConfig // by component; "" for every other

func (r alphaRule) of(component, layer string, rank int) float64 {
	if c, ok := r[component]; ok {
		return c.alpha(layer, rank)
	}
	return r[""].alpha(layer, rank)
}

// loraMetadataKey is where diffusers keeps the adapters' configurations: JSON
// with keys such as unet.lora_alpha.
const loraMetadataKey = "lora_adapter_metadata"

// metadataAlphas reads the configurations from a header.
func metadataAlphas(src Source) (alphaRule, error) {
	text, ok := src.Metadata()[loraMetadataKey]
	if !ok {
		return nil, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read %s of the header: %w", loraMetadataKey, err)
	}
	rule := alphaRule{}
	for _, component := range []string{UNet, TextEncoder, TextEncoder2} {
		part := map[string]json.RawMessage{}
		for key, value := range all {
			if rest, ok := strings.CutPrefix(key, component+"."); ok {
				part[rest] = value
			}
		}
		if len(part) == 0 {
			continue
		}
		config, err := parseAdapterConfig(part)
		if err != nil {
			return nil, fmt.Errorf("read %s of the header, %s: %w", loraMetadataKey, component, err)
		}
		rule[component] = config
	}
	return rule, nil
}

func parseAdapterConfig(fields map[string]json.RawMessage) (adapterConfig, error) {
	var c adapterConfig
	text, err := json.Marshal(fields)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return c, err
	}
	return c, c.check()
}

// orderedTable is a JSON object of numbers in the order of the file: peft takes
// the first key that matches.
type orderedTable []tableRow

type tableRow struct {
	key     string
	pattern *regexp.Regexp // nil where the key is no regular expression
	value   float64
}

// UnmarshalJSON keeps the order that a map would lose.
func (t *orderedTable) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return errors.New("a table of numbers is expected")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value float64
		if err := d.Decode(&value); err != nil {
			return err
		}
		row := tableRow{key: fmt.Sprint(key), value: value}
		row.pattern, _ = regexp.Compile(`^(?:.*\.)?(?:` + row.key + `)$`)
		*t = append(*t, row)
	}
	return nil
}

// match finds a layer's value: a key is the layer's name, its last parts, or a
// regular expression of those.
func (t orderedTable) match(layer string) (float64, bool) {
	for _, row := range t {
		matches := row.pattern != nil && row.pattern.MatchString(layer)
		if matches || layer == row.key || strings.HasSuffix(layer, "."+row.key) {
			return row.value, true
		}
	}
	return 0, false
}
