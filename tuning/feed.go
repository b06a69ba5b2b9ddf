package tuning

import (
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
)

// feed makes the batches of a step. Rows are numbered through the whole run,
// and what a row shows depends on the seed and its number alone.
type feed struct {
	settings  *Settings
	subject   *latents
	prompts   [][]int32 // ids of each template's sentence
	class     *latents  // nil without class pictures
	classIDs  []int32
	timesteps int // of the schedule
}

// step are the batches of a step, counted from 1.
func (f *feed) step(step int) [][]*tensors.Tensor {
	out := make([][]*tensors.Tensor, f.settings.Accumulation)
	for i := range out {
		out[i] = f.batch(uint64((step-1)*f.settings.Accumulation+i) * uint64(f.settings.BatchSize))
	}
	return out
}

// batch are the arguments of the objective for the rows from first on: those of
// the subject and below them as many of the class.
func (f *feed) batch(first uint64) []*tensors.Tensor {
	b := &builder{}
	s := f.settings
	for i := range uint64(s.BatchSize) {
		row := first + i
		prompt := f.prompts[stream(s.Seed, forPrompt, row).IntN(len(f.prompts))]
		at := timestepOf(s.Timesteps, s.Seed, forTime, row, f.timesteps)
		b.add(prompt, f.pick(f.subject, forOrder, row), f.noise(forNoise, row), at)
	}
	if f.class != nil {
		for i := range uint64(s.BatchSize) {
			row := first + i
			at := timestepOf(s.Timesteps, s.Seed, forClassTime, row, f.timesteps)
			b.add(f.classIDs, f.pick(f.class, forClassOrder, row), f.noise(forClassNoise, row), at)
		}
	}
	return b.tensors(f.subject.shape[1:])
}

// pick takes the row's picture: each is shown once before any is shown again,
// in an order of its own each time.
func (f *feed) pick(l *latents, p purpose, row uint64) []float32 {
	n := uint64(l.count())
	order := stream(f.settings.Seed, p, row/n).Perm(int(n))
	return l.at(order[row%n])
}

func (f *feed) noise(p purpose, row uint64) []float32 {
	r := stream(f.settings.Seed, p, row)
	noise := make([]float32, len(f.subject.at(0)))
	for i := range noise {
		noise[i] = float32(r.NormFloat64())
	}
	return noise
}

// builder stacks rows.
type builder struct {
	ids, times     []int32
	latents, noise []float32
}

func (b *builder) add(ids []int32, latents, noise []float32, at int32) {
	b.ids, b.times = append(b.ids, ids...), append(b.times, at)
	b.latents, b.noise = append(b.latents, latents...), append(b.noise, noise...)
}

// tensors are the objective's arguments; shape is that of one row's latents.
func (b *builder) tensors(shape []int) []*tensors.Tensor {
	n := len(b.times)
	whole := slices.Insert(slices.Clone(shape), 0, n)
	return []*tensors.Tensor{
		argIDs:       tensors.FromFlatDataAndDimensions(b.ids, n, len(b.ids)/n),
		argLatents:   tensors.FromFlatDataAndDimensions(b.latents, whole...),
		argNoise:     tensors.FromFlatDataAndDimensions(b.noise, whole...),
		argTimesteps: tensors.FromFlatDataAndDimensions(b.times, n),
	}
}
