package sampler

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// entry is one sampler under the name that a user chooses it by.
type entry struct {
	name string
	*scheduler
	set func(*Config) // what the name says beyond the class; nil for nothing
}

// registry lists every sampler; a new one is a line here and a file.
var registry = []entry{
	{"ddim", ddimScheduler, nil},
	{"ddpm", ddpmScheduler, nil},
	{"pndm", pndmScheduler, nil},
	{"euler", eulerScheduler, nil},
	{"euler_a", eulerAncestralScheduler, nil},
	{"dpmpp_2m", dpmScheduler, dpmVariant("dpmsolver++", false)},
	{"dpmpp_2m_karras", dpmScheduler, dpmVariant("dpmsolver++", true)},
	{"dpmpp_2m_sde", dpmScheduler, dpmVariant("sde-dpmsolver++", false)},
	{"dpmpp_2m_sde_karras", dpmScheduler, dpmVariant("sde-dpmsolver++", true)},
	{"unipc", unipcScheduler, nil},
	{"lcm", lcmScheduler, nil},
}

// Names lists the samplers that a user can choose.
func Names() []string {
	names := make([]string, len(registry))
	for i, e := range registry {
		names[i] = e.name
	}
	return names
}

func find(name string) (entry, error) {
	for _, e := range registry {
		if e.name == name {
			return e, nil
		}
	}
	return entry{}, fmt.Errorf("sampler %q is not known; choose one of %s", name, strings.Join(Names(), ", "))
}

func schedulerOf(class string) (*scheduler, bool) {
	for _, e := range registry {
		if e.class == class {
			return e.scheduler, true
		}
	}
	return nil, false
}

// sampler carries r.x from the first point of r.plan to its last.
type sampler func(ctx context.Context, r *run) error

// scheduler is what the samplers of one diffusers class share.
type scheduler struct {
	class     string
	keys      []string      // the settings it reads beside commonKeys; others are ignored, as diffusers does
	change    func(*Config) // its defaults where they differ from commonDefaults
	variances []string      // the values of variance_type it can follow
	plan      planner
	walk      sampler
	noise     int // noiseNever and so on

	keepsSignal bool // its zero-terminal schedule ends a little above zero, see noiseLevels
	pixelBetas  bool // it knows the beta schedules sigmoid and laplace too
}

var commonKeys = []string{
	"num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas",
	"prediction_type", "timestep_spacing", "steps_offset",
}

func (s *scheduler) reads(key string) bool {
	return slices.Contains(commonKeys, key) || slices.Contains(s.keys, key)
}

func (s *scheduler) defaults() Config {
	c := Config{
		NumTrainTimesteps: 1000, BetaStart: 0.0001, BetaEnd: 0.02, BetaSchedule: "linear",
		PredictionType: Epsilon, TimestepSpacing: linspace, TimestepType: "discrete", InterpolationType: "linear",
		ClipSampleRange: 1, DynamicThresholdingRatio: 0.995, SampleMaxValue: 1, FinalSigmasType: finalZero,
	}
	s.change(&c)
	return c
}

// draws reports whether a run will need noise beyond the latents.
func (s *scheduler) draws(p *Plan, o Options) bool {
	switch s.noise {
	case noiseAlways:
		return true
	case noiseWithEta:
		return o.Eta > 0
	case noiseWithSDE:
		return strings.HasPrefix(p.Config.AlgorithmType, "sde-")
	case noiseBetween:
		return len(p.Legs) > 1
	}
	return false
}

// When a scheduler draws noise.
const (
	noiseNever = iota
	noiseAlways
	noiseWithEta
	noiseWithSDE
	noiseBetween // but after the last step
)
