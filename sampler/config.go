package sampler

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
)

// ConfigFile is the name of the settings file inside a scheduler folder.
const ConfigFile = "scheduler_config.json"

// Config holds the settings of a noise schedule and its sampler under the
// names of a diffusers scheduler_config.json. Make one with ReadConfig,
// ParseConfig or NewConfig, then change fields as needed: each sampler has
// its own defaults, which a literal Config would lack.
type Config struct {
	// Class is the diffusers class, such as "DDIMScheduler".
	Class string `json:"_class_name"`

	NumTrainTimesteps   int       `json:"num_train_timesteps"`
	BetaStart           float64   `json:"beta_start"`
	BetaEnd             float64   `json:"beta_end"`
	BetaSchedule        string    `json:"beta_schedule"` // linear, scaled_linear, squaredcos_cap_v2; DDPM also sigmoid and laplace
	TrainedBetas        []float64 `json:"trained_betas"` // replaces the beta schedule when not empty
	RescaleBetasZeroSNR bool      `json:"rescale_betas_zero_snr"`

	PredictionType  string `json:"prediction_type"`  // epsilon, v_prediction, sample
	TimestepSpacing string `json:"timestep_spacing"` // leading, trailing, linspace
	TimestepType    string `json:"timestep_type"`    // Euler: discrete, continuous
	StepsOffset     int    `json:"steps_offset"`
	SetAlphaToOne   bool   `json:"set_alpha_to_one"`
	SkipPRKSteps    bool   `json:"skip_prk_steps"` // PNDM: linear multistep alone, as Stable Diffusion uses it

	ClipSample               bool    `json:"clip_sample"`
	ClipSampleRange          float64 `json:"clip_sample_range"`
	Thresholding             bool    `json:"thresholding"`
	DynamicThresholdingRatio float64 `json:"dynamic_thresholding_ratio"`
	SampleMaxValue           float64 `json:"sample_max_value"`
	VarianceType             string  `json:"variance_type"` // DDPM: fixed_small, fixed_small_log, fixed_large, fixed_large_log

	UseKarrasSigmas      bool    `json:"use_karras_sigmas"`
	UseExponentialSigmas bool    `json:"use_exponential_sigmas"`
	UseBetaSigmas        bool    `json:"use_beta_sigmas"` // not supported
	UseLuLambdas         bool    `json:"use_lu_lambdas"`
	UseFlowSigmas        bool    `json:"use_flow_sigmas"`      // not supported
	UseDynamicShifting   bool    `json:"use_dynamic_shifting"` // not supported
	InterpolationType    string  `json:"interpolation_type"`   // Euler: linear, log_linear
	SigmaMin             float64 `json:"sigma_min"`            // 0 takes the schedule's own
	SigmaMax             float64 `json:"sigma_max"`            // 0 takes the schedule's own
	FinalSigmasType      string  `json:"final_sigmas_type"`    // zero, sigma_min
	LambdaMinClipped     float64 `json:"lambda_min_clipped"`   // DPM-Solver: -Inf clips nothing

	AlgorithmType    string `json:"algorithm_type"` // dpmsolver, dpmsolver++, sde-dpmsolver, sde-dpmsolver++
	SolverOrder      int    `json:"solver_order"`   // 1, 2 or 3
	SolverType       string `json:"solver_type"`    // DPM-Solver: midpoint, heun; UniPC: bh1, bh2
	LowerOrderFinal  bool   `json:"lower_order_final"`
	EulerAtFinal     bool   `json:"euler_at_final"`
	PredictX0        bool   `json:"predict_x0"`        // UniPC
	DisableCorrector []int  `json:"disable_corrector"` // UniPC: steps without the corrector

	OriginalInferenceSteps int     `json:"original_inference_steps"` // LCM
	TimestepScaling        float64 `json:"timestep_scaling"`         // LCM

	given  map[string]json.RawMessage // what the file says, so that another sampler's defaults can fill the rest
	source string                     // the file, for errors
}

// NewConfig returns the default settings of a sampler of Names.
func NewConfig(name string) (Config, error) {
	return configure(name, nil, "")
}

// configure makes the settings of a named sampler from given values.
func configure(name string, given map[string]json.RawMessage, source string) (Config, error) {
	s, err := find(name)
	if err != nil {
		return Config{}, err
	}
	c, err := resolve(s.scheduler, given, source)
	if err != nil {
		return Config{}, err
	}
	if s.set != nil {
		s.set(&c)
	}
	return c, c.Validate()
}

// ReadConfig reads a scheduler_config.json, or the one in a folder. Which
// sampler it describes is its _class_name. The error of an unknown class,
// key type or value names the file and the key.
func ReadConfig(path string) (Config, error) {
	path, data, err := readConfigFile(path)
	if err != nil {
		return Config{}, err
	}
	return ParseConfig(data, path)
}

// ReadConfigAs reads a configuration like ReadConfig but for the sampler that
// the user chose, so that its own _class_name may be one unknown here.
func ReadConfigAs(path, name string) (Config, error) {
	path, data, err := readConfigFile(path)
	if err != nil {
		return Config{}, err
	}
	given, err := parsePythonObject(data)
	if err != nil {
		return Config{}, fmt.Errorf("read %s: %w", path, err)
	}
	return configure(name, given, path)
}

// ParseConfig reads the text of a scheduler_config.json; source is the name
// that errors give it.
func ParseConfig(data []byte, source string) (Config, error) {
	given, err := parsePythonObject(data)
	if err != nil {
		return Config{}, fmt.Errorf("read %s: %w", source, err)
	}
	var class string
	if err := json.Unmarshal(given["_class_name"], &class); err != nil {
		return Config{}, fmt.Errorf("%s: key \"_class_name\" is missing or no text; it names the sampler, such as \"DDIMScheduler\"", source)
	}
	s, ok := schedulerOf(class)
	if !ok {
		return Config{}, fmt.Errorf("%s: key \"_class_name\": %q is not supported; choose a sampler by name (%v)", source, class, Names())
	}
	c, err := resolve(s, given, source)
	if err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

func readConfigFile(path string) (string, []byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, ConfigFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return path, nil, fmt.Errorf("read scheduler config: %w", err)
	}
	return path, data, nil
}

// As returns the configuration for another sampler: what the file gave and
// what was changed since is kept where that sampler reads it, and the rest
// takes that sampler's defaults, as diffusers' from_config does. An empty name
// returns c as it is.
func (c Config) As(name string) (Config, error) {
	if name == "" {
		return c, nil
	}
	s, err := find(name)
	if err != nil {
		return Config{}, err
	}
	if s.class != c.Class {
		if c, err = c.translate(s.scheduler); err != nil {
			return Config{}, err
		}
	}
	if s.set != nil {
		s.set(&c)
	}
	return c, nil
}

func (c Config) translate(to *scheduler) (Config, error) {
	next, err := resolve(to, c.given, c.source)
	if err != nil {
		return Config{}, err
	}
	var before Config
	if from, ok := schedulerOf(c.Class); ok {
		if before, err = resolve(from, c.given, c.source); err != nil {
			return Config{}, err
		}
	}
	old, now, out := reflect.ValueOf(before), reflect.ValueOf(c), reflect.ValueOf(&next).Elem()
	eachKey(func(i int, key string) {
		changed := !reflect.DeepEqual(old.Field(i).Interface(), now.Field(i).Interface())
		if changed && to.reads(key) {
			out.Field(i).Set(now.Field(i))
		}
	})
	return next, nil
}

// resolve lays the given values that a scheduler reads over its defaults.
func resolve(s *scheduler, given map[string]json.RawMessage, source string) (Config, error) {
	c := s.defaults()
	c.Class, c.given, c.source = s.class, given, source
	v := reflect.ValueOf(&c).Elem()
	var failed error
	eachKey(func(i int, key string) {
		raw, ok := given[key]
		if !ok || !s.reads(key) || failed != nil {
			return
		}
		if err := decodePython(raw, v.Field(i).Addr().Interface()); err != nil {
			failed = fmt.Errorf("%s: key %q: %w", source, key, err)
		}
	})
	return c, failed
}

// eachKey calls f with the index and JSON key of every setting but the class.
func eachKey(f func(field int, key string)) {
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("json"); key != "" && key != "_class_name" {
			f(i, key)
		}
	}
}
