package sampler

import (
	"fmt"
	"math"
)

// Leg is one call of the model and the step made with it.
type Leg struct {
	Timestep float64 // what the network is told; From's but for the in-between calls of PNDM
	From, To Point
}

// length is how far the leg goes in half-log-SNR; +Inf to a clean sample.
func (l Leg) length() float64 { return l.To.lambda() - l.From.lambda() }

// Plan is the way from noise to a sample: what is called when, and between
// which noise levels each step goes.
type Plan struct {
	Config Config
	Legs   []Leg
	// Steps is the number of inference steps asked for, before Strength.
	Steps int
	// Skip is how many of the steps Strength leaves out at the start.
	Skip int
	// InitSigma is what unit noise is multiplied by to start from nothing.
	InitSigma float64
}

// planner makes the legs of a sampler; strength in (0, 1] keeps the last
// strength * steps of them.
type planner func(c Config, s *Schedule, steps int, strength float64) (*Plan, error)

// NewPlan makes the plan of a sampler of Names, or of the configuration's own
// sampler when name is empty, for a number of steps from 1 to
// num_train_timesteps.
func NewPlan(name string, c Config, steps int) (*Plan, error) {
	plan, _, err := newPlan(name, c, steps, 1)
	return plan, err
}

func newPlan(name string, c Config, steps int, strength float64) (*Plan, *scheduler, error) {
	c, err := c.As(name)
	if err != nil {
		return nil, nil, err
	}
	schedule, err := NewSchedule(c)
	if err != nil {
		return nil, nil, err
	}
	if steps < 1 || steps > c.NumTrainTimesteps {
		return nil, nil, fmt.Errorf("plan sampling: %d steps; the model was trained for 1 to %d (num_train_timesteps)", steps, c.NumTrainTimesteps)
	}
	if !(strength > 0 && strength <= 1) {
		return nil, nil, fmt.Errorf("plan sampling: strength %g is not above 0 and up to 1", strength)
	}
	s, _ := schedulerOf(c.Class)
	plan, err := s.plan(c, schedule, steps, strength)
	if err != nil {
		return nil, nil, fmt.Errorf("plan sampling: %w", err)
	}
	plan.Config, plan.Steps = c, steps
	return plan, s, plan.check()
}

// check refuses tables that leave the schedule.
func (p *Plan) check() error {
	if len(p.Legs) == 0 {
		return fmt.Errorf("plan sampling: no steps are left of %d; raise the strength or the steps", p.Steps)
	}
	for _, leg := range p.Legs {
		out := leg.Timestep < 0 || leg.Timestep > float64(p.Config.NumTrainTimesteps-1)
		if out && p.Config.TimestepType != "continuous" {
			return fmt.Errorf("plan sampling: %d steps with %s spacing and steps_offset %d reach timestep %g of %d; use fewer steps",
				p.Steps, p.Config.TimestepSpacing, p.Config.StepsOffset, leg.Timestep, p.Config.NumTrainTimesteps)
		}
	}
	return nil
}

// Timesteps lists what the network is told at each call, from noisy to clean,
// for a sampler of Names or, when name is empty, the configuration's own.
func Timesteps(name string, c Config, steps int) ([]float64, error) {
	plan, err := NewPlan(name, c, steps)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(plan.Legs))
	for i, leg := range plan.Legs {
		out[i] = leg.Timestep
	}
	return out, nil
}

// skipped is how many of steps the strength of an image-to-image run leaves
// out.
func skipped(steps int, strength float64) int {
	return steps - min(int(float64(steps)*strength), steps)
}

// depth is how many earlier legs a multistep formula may look back on from leg
// i: none across a leg of no length or to a clean sample, where its divided
// differences have no value.
func depth(legs []Leg, i int) int {
	d := -1
	for j := i; j >= 0; j-- {
		if h := legs[j].length(); math.IsInf(h, 1) || h < 1e-9 {
			break
		}
		d++
	}
	return max(d, 0)
}
