package sampler

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxTrainTimesteps bounds the tables that a settings file can ask for.
const maxTrainTimesteps = 1_000_000

// Validate reports the first setting that no sampler can follow, by file and
// key.
func (c Config) Validate() error {
	s, ok := schedulerOf(c.Class)
	if !ok {
		return c.bad("_class_name", c.Class, "is not supported")
	}
	for _, check := range []func(*scheduler) error{c.checkRanges, c.checkChoices, c.checkUnsupported, c.checkSolver} {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) bad(key string, value any, why string) error {
	source := c.source
	if source == "" {
		source = "scheduler config"
	}
	if text, ok := value.(string); ok {
		value = fmt.Sprintf("%q", text)
	}
	return fmt.Errorf("%s: key %q: %v %s", source, key, value, why)
}

func (c Config) checkRanges(s *scheduler) error {
	if c.NumTrainTimesteps < 1 || c.NumTrainTimesteps > maxTrainTimesteps {
		return c.bad("num_train_timesteps", c.NumTrainTimesteps, fmt.Sprintf("should be 1 to %d", maxTrainTimesteps))
	}
	if n := len(c.TrainedBetas); n != 0 && n != c.NumTrainTimesteps {
		return c.bad("trained_betas", n, fmt.Sprintf("values should be as many as num_train_timesteps, %d", c.NumTrainTimesteps))
	}
	for _, beta := range c.TrainedBetas {
		if !(beta > 0 && beta < 1) {
			return c.bad("trained_betas", beta, "should lie between 0 and 1")
		}
	}
	if !(c.BetaStart > 0 && c.BetaStart < 1) {
		return c.bad("beta_start", c.BetaStart, "should lie between 0 and 1")
	}
	if !(c.BetaEnd > 0 && c.BetaEnd < 1) {
		return c.bad("beta_end", c.BetaEnd, "should lie between 0 and 1")
	}
	if c.StepsOffset < 0 || c.StepsOffset >= c.NumTrainTimesteps {
		return c.bad("steps_offset", c.StepsOffset, "should be 0 or more and below num_train_timesteps")
	}
	return c.checkClipping(s)
}

func (c Config) checkClipping(s *scheduler) error {
	if c.ClipSample && !(c.ClipSampleRange > 0) {
		return c.bad("clip_sample_range", c.ClipSampleRange, "should be above 0")
	}
	if c.Thresholding && !(c.DynamicThresholdingRatio >= 0 && c.DynamicThresholdingRatio <= 1) {
		return c.bad("dynamic_thresholding_ratio", c.DynamicThresholdingRatio, "should be 0 to 1")
	}
	if c.Thresholding && !(c.SampleMaxValue >= 1) {
		return c.bad("sample_max_value", c.SampleMaxValue, "should be 1 or more")
	}
	if c.SigmaMin < 0 || math.IsNaN(c.SigmaMin) || math.IsInf(c.SigmaMin, 0) {
		return c.bad("sigma_min", c.SigmaMin, "should be above 0")
	}
	if c.SigmaMax != 0 && !(c.SigmaMax > c.SigmaMin) || math.IsInf(c.SigmaMax, 0) {
		return c.bad("sigma_max", c.SigmaMax, "should be above sigma_min")
	}
	if n := c.OriginalInferenceSteps; s.reads("original_inference_steps") && (n < 1 || n > c.NumTrainTimesteps) {
		return c.bad("original_inference_steps", n, "should be 1 to num_train_timesteps")
	}
	return nil
}

func (c Config) checkChoices(s *scheduler) error {
	choices := []struct {
		key, value string
		allowed    []string
	}{
		{"beta_schedule", c.BetaSchedule, betaSchedulesOf(s)},
		{"prediction_type", c.PredictionType, []string{Epsilon, VPrediction, SamplePrediction}},
		{"timestep_spacing", c.TimestepSpacing, []string{leading, trailing, linspace}},
		{"timestep_type", c.TimestepType, []string{"discrete", "continuous"}},
		{"interpolation_type", c.InterpolationType, []string{"linear", "log_linear"}},
		{"final_sigmas_type", c.FinalSigmasType, []string{finalZero, finalSigmaMin}},
		{"variance_type", c.VarianceType, s.variances},
		{"algorithm_type", c.AlgorithmType, append(slices.Clone(dpmAlgorithms), "deis")},
		{"solver_type", c.SolverType, []string{"midpoint", "heun", "logrho", "bh1", "bh2"}},
	}
	for _, choice := range choices {
		if !s.reads(choice.key) || slices.Contains(choice.allowed, choice.value) {
			continue
		}
		if choice.key == "beta_schedule" && len(c.TrainedBetas) > 0 {
			continue
		}
		return c.bad(choice.key, choice.value, "is not supported; it should be one of "+strings.Join(choice.allowed, ", "))
	}
	return nil
}

func betaSchedulesOf(s *scheduler) []string {
	names := []string{"linear", "scaled_linear", "squaredcos_cap_v2"}
	if s.pixelBetas {
		names = append(names, "sigmoid", "laplace")
	}
	return names
}

func (c Config) checkUnsupported(s *scheduler) error {
	for key, on := range map[string]bool{
		"use_beta_sigmas":      c.UseBetaSigmas,
		"use_flow_sigmas":      c.UseFlowSigmas,
		"use_dynamic_shifting": c.UseDynamicShifting,
	} {
		if on {
			return c.bad(key, true, "is not supported; set it to false or choose another sampler")
		}
	}
	if c.UseKarrasSigmas && c.UseExponentialSigmas {
		return c.bad("use_exponential_sigmas", true, "cannot go with use_karras_sigmas; set one of them to false")
	}
	if c.RescaleBetasZeroSNR && c.PredictionType == Epsilon && !s.keepsSignal {
		return c.bad("prediction_type", c.PredictionType,
			"cannot go with rescale_betas_zero_snr: the first step holds no signal to subtract noise from; use v_prediction or sample")
	}
	return nil
}

func (c Config) checkSolver(s *scheduler) error {
	if !s.reads("solver_order") {
		return nil
	}
	if c.SolverOrder < 1 || c.SolverOrder > 3 {
		return c.bad("solver_order", c.SolverOrder, "should be 1, 2 or 3")
	}
	if c.SolverOrder == 3 && c.AlgorithmType == "sde-dpmsolver" {
		return c.bad("solver_order", c.SolverOrder, "has no formula for algorithm_type sde-dpmsolver; use 1 or 2")
	}
	noise := c.AlgorithmType == "dpmsolver" || c.AlgorithmType == "sde-dpmsolver" || s.reads("predict_x0") && !c.PredictX0
	if noise && c.FinalSigmasType == finalZero {
		return c.bad("final_sigmas_type", c.FinalSigmasType, "cannot go with a solver that predicts noise; use sigma_min")
	}
	return nil
}
