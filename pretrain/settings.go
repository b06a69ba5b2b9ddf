package pretrain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/optim"
)

// Settings are what all stages share. Names are those of a settings file.
type Settings struct {
	// Steps may be changed for a run that goes on, as long as the learning rates
	// of what was done stay the same: see [optim.Schedule].
	Steps       int     `yaml:"steps" json:"-"`
	BatchSize   int     `yaml:"batch_size" json:"batch_size"`
	Seed        uint64  `yaml:"seed" json:"seed"`
	MaxGradNorm float64 `yaml:"max_grad_norm" json:"max_grad_norm"` // 0: no limit
	EMADecay    float64 `yaml:"ema_decay" json:"ema_decay"`         // 0: no average
	// Optimizer is adamw or muon: see [optim.AdamW] and [optim.Muon].
	Optimizer   string  `yaml:"optimizer" json:"optimizer"`
	WeightDecay float64 `yaml:"weight_decay" json:"weight_decay"`
	Beta2       float64 `yaml:"adam_beta2" json:"adam_beta2"`

	optim.Schedule `yaml:",inline"`

	// Scenes are what the training pictures are drawn from, laid over
	// [dataset.DefaultConfig].
	Scenes dataset.Config `yaml:"scenes" json:"scenes"`

	// InitFrom is a model folder, such as another run's result, whose weights
	// training starts from in place of random values. Its config must be the
	// settings' own. What the folder holds, not its path, is part of what a
	// resumed run must share: see [Stage.Fingerprint].
	InitFrom string `yaml:"init_from" json:"-"`

	// SaveEvery and SampleEvery are in steps; 0 means only at the end.
	SaveEvery   int `yaml:"save_every" json:"-"`
	SampleEvery int `yaml:"sample_every" json:"-"`
}

// DefaultSettings are a sound start for small models.
func DefaultSettings() Settings {
	return Settings{
		Steps: 1000, BatchSize: 32, Seed: 1, MaxGradNorm: 1, EMADecay: 0.999,
		Optimizer: adamw, WeightDecay: 0.01, Beta2: 0.99,
		Schedule:  optim.Schedule{Kind: "cosine", Base: 5e-4, Warmup: 200},
		Scenes:    dataset.DefaultConfig(),
		SaveEvery: 500, SampleEvery: 1000,
	}
}

// Validate reports what is wrong, by the key that a user sets, and completes
// the schedule.
func (s *Settings) Validate() error {
	s.Schedule.Total = s.Steps
	switch {
	case s.Steps < 1 || s.BatchSize < 1:
		return fmt.Errorf("steps and batch_size must be positive, found %d and %d", s.Steps, s.BatchSize)
	case s.EMADecay < 0 || s.EMADecay >= 1:
		return fmt.Errorf("ema_decay: %g is not in [0, 1)", s.EMADecay)
	case s.Optimizer != adamw && s.Optimizer != muon:
		return fmt.Errorf("optimizer: %q is not known; %s and %s are", s.Optimizer, adamw, muon)
	case s.Beta2 <= 0 || s.Beta2 >= 1:
		return fmt.Errorf("adam_beta2: %g is not in (0, 1)", s.Beta2)
	case s.SaveEvery < 0 || s.SampleEvery < 0 || s.MaxGradNorm < 0 || s.WeightDecay < 0:
		return fmt.Errorf("save_every, sample_every, max_grad_norm and weight_decay must not be negative")
	}
	return s.Schedule.Validate()
}

// Names of the optimisers.
const (
	adamw = "adamw"
	muon  = "muon"
)

// optimizer is what moves the weights.
func (s *Settings) optimizer() optim.Optimizer {
	a := optim.DefaultAdamW()
	a.WeightDecay, a.Beta2 = s.WeightDecay, s.Beta2
	if s.Optimizer == muon {
		m := optim.DefaultMuon()
		m.AdamW = a
		return m
	}
	return a
}

// ReadSettings reads a YAML file over the values that into already holds.
// Unknown keys are errors. A key "model", if into has one, follows the JSON
// names of the model's config.json.
func ReadSettings(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) { // an empty file changes nothing
		return fmt.Errorf("read settings %s: %w", path, err)
	}
	return nil
}

// ModelConfig is a model's config.json written in YAML inside a settings file.
type ModelConfig map[string]any

// Into decodes the config over the defaults that config holds.
func (m ModelConfig) Into(config any) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("settings key model: %w", err)
	}
	if err := json.Unmarshal(data, config); err != nil {
		return fmt.Errorf("settings key model: %w", err)
	}
	return nil
}
