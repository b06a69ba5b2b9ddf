package main

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/optim"
	"github.com/ichimai/ichimai/sampler"
)

const (
	timestep     = 300  // of every row, as the peer's
	learningRate = 1e-6 // small, so that the weights stay where they work
)

// measureUNet times one pass or one training step on random latents and states.
func measureUNet(ctx context.Context, j *job, r *result.Result) error {
	r.Mode = &j.mode
	var seconds []float64
	err := j.model.Exclusive(func() error {
		call, err := unetCall(j)
		if err != nil {
			return err
		}
		seconds, err = timed(ctx, j.runs+1, call)
		return err
	})
	if err != nil {
		return err
	}
	r.SetRuns(seconds)
	return nil
}

// unetCall prepares one call of the mode; the first compiles it.
func unetCall(j *job) (func() error, error) {
	latents, states := inputs(j)
	if j.mode == result.Forward {
		return forwardCall(j, latents, states)
	}
	l, err := learners[j.mode](j, states)
	if err != nil {
		return nil, err
	}
	return trainingCall(j, l, latents)
}

// inputs are noise: latents [batch, h, w, channels] and states [batch, tokens,
// width].
func inputs(j *job) (latents, states *tensors.Tensor) {
	m := j.model
	side := j.size / m.VAE.Factor()
	noise := sampler.NewNormal(0)
	draw := func(dims ...int) *tensors.Tensor {
		n := 1
		for _, d := range dims {
			n *= d
		}
		flat := make([]float32, n)
		noise.Fill(flat)
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	}
	return draw(j.batch, side, side, m.UNet.Config.InChannels),
		draw(j.batch, m.Tokenizer.MaxLength(), m.UNet.Config.CrossAttentionDim.At(0))
}

// gradients are what the modes that learn ask of a pass.
var gradients = map[string]nn.Gradients{result.Token: nn.InputGradients, result.Pairs: nn.InputGradients, result.All: nn.AllGradients}

// predict is the UNet in the device's best precision.
func predict(j *job, adapters []nn.Adapter, latents, states *Node) *Node {
	p := nn.NewPass(j.model.UNetWeights, nn.Options{DType: j.model.DType, Adapters: adapters, Checkpoint: j.checkpoint, Gradients: gradients[j.mode]})
	t := Scalar(latents.Graph(), dtypes.Float32, timestep)
	return j.model.UNet.Forward(p, latents, t, states).Sample
}

func forwardCall(j *job, latents, states *tensors.Tensor) (func() error, error) {
	exec, err := model.NewExec(j.model.Engine.Backend(), j.model.Store, func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{predict(j, nil, in[0], in[1])}
	})
	if err != nil {
		return nil, fmt.Errorf("prepare UNet: %w", err)
	}
	return func() error { return call(exec, latents, states) }, nil
}

// trainingCall is a step towards the latents themselves: what is learned does
// not matter for the time.
func trainingCall(j *job, l *learner, latents *tensors.Tensor) (func() error, error) {
	adamw, store := optim.DefaultAdamW(), j.model.Store
	if err := adamw.NewState(store, l.vars); err != nil {
		return nil, fmt.Errorf("prepare training: %w", err)
	}
	args := append([]any{latents}, l.args...)
	exec, err := model.NewExec(j.model.Engine.Backend(), store, func(_ *model.Scope, in []*Node) []*Node {
		x, scalars := in[0], in[len(in)-1]
		loss := ReduceAllMean(Square(Sub(l.predict(x, in[1:len(in)-1]), x)))
		grads := l.join(Gradient(loss, l.leaves(loss.Graph())...))
		adamw.Update(store, l.vars, grads, scalars)
		return []*Node{loss}
	})
	if err != nil {
		return nil, fmt.Errorf("prepare training step: %w", err)
	}
	step := 0
	return func() error {
		step++
		return call(exec, append(args[:len(args):len(args)], adamw.Scalars(learningRate, step))...)
	}, nil
}

// call runs a program and waits for its one result.
func call(exec *model.Exec, args ...any) error {
	return engine.Try(func() error {
		results, err := exec.Call(args...)
		if err != nil {
			return err
		}
		results[0].MaterializeLocal()
		return results[0].FinalizeAll()
	})
}
