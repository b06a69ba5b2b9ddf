package clip

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// configFile is config.json as it lies on disk: one tower at the top level, or
// both under text_config and vision_config.
type configFile struct {
	Architectures  []string `json:"architectures"`
	ModelType      string   `json:"model_type"`
	ProjectionDim  *int     `json:"projection_dim"`
	LogitScaleInit *float64 `json:"logit_scale_init_value"`

	TextConfig   json.RawMessage `json:"text_config"`
	VisionConfig json.RawMessage `json:"vision_config"`
	// Older files repeat the towers under these keys, and these win.
	TextConfigDict   json.RawMessage `json:"text_config_dict"`
	VisionConfigDict json.RawMessage `json:"vision_config_dict"`
}

// ReadTextConfig reads DIR/config.json of a text model, or the text half of a
// CLIPModel's.
func ReadTextConfig(dir string) (TextConfig, error) {
	return readConfig(dir, parseText)
}

// ReadVisionConfig reads DIR/config.json of a vision model, or the vision half
// of a CLIPModel's.
func ReadVisionConfig(dir string) (VisionConfig, error) {
	return readConfig(dir, parseVision)
}

// ReadConfig reads DIR/config.json of a CLIPModel.
func ReadConfig(dir string) (Config, error) { return readConfig(dir, parseConfig) }

func readConfig[C interface{ Validate() error }](dir string, parse func([]byte) (C, error)) (C, error) {
	var none C
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return none, fmt.Errorf("read CLIP config: %w", err)
	}
	c, err := parse(data)
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		return none, fmt.Errorf("CLIP config %s: %w", path, err)
	}
	return c, nil
}

func parseText(data []byte) (TextConfig, error) {
	f, err := parseFile(data, "clip_text_model")
	if err != nil {
		return TextConfig{}, err
	}
	if f.both() {
		c, err := f.config()
		return c.Text, err
	}
	c := DefaultTextConfig()
	c.Projection = slices.Contains(f.Architectures, "CLIPTextModelWithProjection")
	return c, json.Unmarshal(data, &c)
}

func parseVision(data []byte) (VisionConfig, error) {
	f, err := parseFile(data, "clip_vision_model")
	if err != nil {
		return VisionConfig{}, err
	}
	if f.both() {
		c, err := f.config()
		return c.Vision, err
	}
	c := DefaultVisionConfig()
	c.Projection = slices.Contains(f.Architectures, "CLIPVisionModelWithProjection")
	return c, json.Unmarshal(data, &c)
}

func parseConfig(data []byte) (Config, error) {
	f, err := parseFile(data, "")
	if err != nil {
		return Config{}, err
	}
	if !f.both() {
		return Config{}, errors.New("text_config and vision_config are not there: the folder holds one tower, not a CLIPModel")
	}
	return f.config()
}

// parseFile reads the top level and refuses models of another family. single is
// the model_type of the one tower that would do as well as a CLIPModel.
func parseFile(data []byte, single string) (configFile, error) {
	var f configFile
	if err := json.Unmarshal(data, &f); err != nil {
		return f, err
	}
	if t := f.ModelType; t != "" && t != "clip" && (single == "" || t != single) {
		return f, fmt.Errorf("model_type: %q is not supported here; %q is", t, cmp.Or(single, "clip"))
	}
	return f, nil
}

// both reports whether the file describes a CLIPModel.
func (f *configFile) both() bool { return f.ModelType == "clip" || f.TextConfig != nil }

func (f *configFile) config() (Config, error) {
	c := DefaultConfig()
	parts := []struct {
		key  string
		data json.RawMessage
		into any
	}{
		{"text_config", f.TextConfig, &c.Text}, {"text_config_dict", f.TextConfigDict, &c.Text},
		{"vision_config", f.VisionConfig, &c.Vision}, {"vision_config_dict", f.VisionConfigDict, &c.Vision},
	}
	for _, p := range parts {
		if p.data == nil {
			continue
		}
		if err := json.Unmarshal(p.data, p.into); err != nil {
			return Config{}, fmt.Errorf("%s: %w", p.key, err)
		}
	}
	if f.ProjectionDim != nil {
		c.ProjectionDim = *f.ProjectionDim
	}
	if f.LogitScaleInit != nil {
		c.LogitScaleInit = *f.LogitScaleInit
	}
	return c.joined(), nil
}
