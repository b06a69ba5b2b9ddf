package sampler

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseConfigErrors(t *testing.T) {
	for what, tc := range map[string]struct{ text, want string }{
		"json":       {`{"_class_name": `, "not a JSON object"},
		"list":       {`[1]`, "not a JSON object"},
		"null":       {`null`, "not a JSON object"},
		"class":      {`{"_class_name": "HeunDiscreteScheduler"}`, `key "_class_name": "HeunDiscreteScheduler" is not supported`},
		"no class":   {`{}`, `key "_class_name" is missing`},
		"schedule":   {`{"_class_name": "DDIMScheduler", "beta_schedule": "wavy"}`, `key "beta_schedule": "wavy" is not supported; it should be one of linear`},
		"type":       {`{"_class_name": "DDIMScheduler", "steps_offset": "one"}`, `key "steps_offset": "one" should be a whole number`},
		"bool":       {`{"_class_name": "DDIMScheduler", "clip_sample": 3}`, `key "clip_sample": 3 should be true or false`},
		"prediction": {`{"_class_name": "DDIMScheduler", "prediction_type": "flow"}`, `key "prediction_type": "flow"`},
		"spacing":    {`{"_class_name": "PNDMScheduler", "timestep_spacing": "dense"}`, `key "timestep_spacing": "dense"`},
		"betas":      {`{"_class_name": "PNDMScheduler", "trained_betas": [0.1, 0.2]}`, `key "trained_betas": 2 values`},
		"beta NaN":   {`{"_class_name": "PNDMScheduler", "beta_start": NaN}`, `key "beta_start": NaN`},
		"train":      {`{"_class_name": "PNDMScheduler", "num_train_timesteps": 1e12}`, `key "num_train_timesteps"`},
		"none":       {`{"_class_name": "PNDMScheduler", "num_train_timesteps": null}`, `key "num_train_timesteps": 0`},
		"algorithm":  {`{"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "x"}`, `key "algorithm_type": "x"`},
		"order":      {`{"_class_name": "UniPCMultistepScheduler", "solver_order": 4}`, `key "solver_order": 4`},
		"flow":       {`{"_class_name": "UniPCMultistepScheduler", "use_flow_sigmas": true}`, `key "use_flow_sigmas"`},
		"noise":      {`{"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver"}`, `key "final_sigmas_type"`},
		"learned":    {`{"_class_name": "DDPMScheduler", "variance_type": "learned_range"}`, `key "variance_type": "learned_range"`},
		"zero snr":   {`{"_class_name": "DDIMScheduler", "rescale_betas_zero_snr": true}`, `key "prediction_type": "epsilon" cannot go with rescale_betas_zero_snr`},
	} {
		_, err := ParseConfig([]byte(tc.text), "a/scheduler_config.json")
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "a/scheduler_config.json") {
			t.Errorf("%s: error %v, want the file's name and %q", what, err, tc.want)
		}
	}
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	text := `{"_class_name": "HeunDiscreteScheduler", "note": "say \"NaN\" or -Infinity", "beta_end": 0.012,
		"lambda_min_clipped": -Infinity, "sigma_min": null, "use_karras_sigmas": true}`
	path := filepath.Join(dir, ConfigFile)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig(dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("unknown class: error %v, want one that names %s", err, path)
	}
	c, err := ReadConfigAs(path, "dpmpp_2m")
	if err != nil {
		t.Fatal(err)
	}
	if c.BetaEnd != 0.012 || c.UseKarrasSigmas || !math.IsInf(c.LambdaMinClipped, -1) || c.SolverOrder != 2 {
		t.Errorf("beta_end %v, karras %v, lambda_min_clipped %v, order %d", c.BetaEnd, c.UseKarrasSigmas, c.LambdaMinClipped, c.SolverOrder)
	}
	if _, err := ReadConfig(filepath.Join(dir, "none")); err == nil {
		t.Error("a missing file gave no error")
	}
}

func TestConfigAs(t *testing.T) {
	c, err := ParseConfig([]byte(`{"_class_name": "PNDMScheduler", "beta_end": 0.012, "clip_sample": false, "set_alpha_to_one": false}`), "pndm")
	if err != nil {
		t.Fatal(err)
	}
	c.PredictionType = VPrediction
	dpm, err := c.As("dpmpp_2m_sde_karras")
	if err != nil {
		t.Fatal(err)
	}
	if dpm.PredictionType != VPrediction || dpm.BetaEnd != 0.012 || dpm.TimestepSpacing != linspace ||
		dpm.AlgorithmType != "sde-dpmsolver++" || !dpm.UseKarrasSigmas {
		t.Errorf("as dpmpp_2m_sde_karras: %+v", dpm)
	}
	ddim, err := dpm.As("ddim")
	if err != nil {
		t.Fatal(err)
	}
	if ddim.ClipSample || ddim.SetAlphaToOne || ddim.TimestepSpacing != leading || ddim.PredictionType != VPrediction {
		t.Errorf("as ddim: %+v", ddim)
	}
	if same, err := c.As(""); err != nil || same.Class != c.Class {
		t.Errorf("as itself: %+v, %v", same, err)
	}
}

func TestNewConfig(t *testing.T) {
	for _, name := range Names() {
		if c, err := NewConfig(name); err != nil || c.Validate() != nil {
			t.Errorf("%s: %v, %v", name, err, c.Validate())
		}
	}
	if _, err := NewConfig("none"); err == nil {
		t.Error("an unknown name gave no error")
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}`))
	f.Add([]byte(`{"_class_name": "DDPMScheduler", "num_train_timesteps": 7, "trained_betas": null}`))
	f.Add([]byte(`{"_class_name": "x\`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data, "fuzz")
		if err == nil && c.NumTrainTimesteps <= 2000 {
			if _, err := NewPlan("", c, min(7, c.NumTrainTimesteps)); err != nil {
				t.Log(err)
			}
		}
	})
}
