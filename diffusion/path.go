package diffusion

import (
	"context"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// path is what the UNet reads of the prompts: the soft path has placeholders, the
// hard one the words nearest to them.
type path struct {
	texts  texts           // the negative prompt, where there is guidance, and the prompt
	prompt *tensors.Tensor // text states [1, tokens, width]; nil where every step is guided
	both   *tensors.Tensor // [2, tokens, width], the negative prompt's first; nil where no step is guided
}

// states are those of a step, with guidance or without.
func (p path) states(guided bool) *tensors.Tensor {
	if guided {
		return p.both
	}
	return p.prompt
}

// close frees what is held on the device.
func (p path) close() {
	for _, states := range []*tensors.Tensor{p.prompt, p.both} {
		if states != nil {
			states.MustFinalizeAll()
		}
	}
}

// encodePaths makes the text states of the paths that the steps take. ids are the
// tokens of prompts, on the soft path.
func (d *drawing) encodePaths(ctx context.Context, prompts []string, ids []int32) (err error) {
	cs, all := d.concepts, d.request.fidelities()
	if slices.Max(all) > 0 {
		in := textInput{ids: ids, rows: cs.rows, skip: d.request.ClipSkip, lora: cs.text}
		if d.soft, err = d.encodePath(ctx, in); err != nil {
			return err
		}
	}
	if slices.Min(all) == 1 {
		return nil
	}
	in := textInput{skip: d.request.ClipSkip, lora: cs.text.of(false)}
	for _, prompt := range prompts {
		in.ids = append(in.ids, cs.tokens(d.model, cs.tokenizer.Replace(prompt, cs.words)).IDs...)
	}
	if slices.Max(in.ids) >= int32(d.model.Text.Config.VocabSize) {
		in.rows = cs.rows // of concepts that are on both paths
	}
	d.hard, err = d.encodePath(ctx, in)
	return err
}

// encodePath makes the text states of the steps that there are, with guidance and
// without. The prompt's tokens are the last.
func (d *drawing) encodePath(ctx context.Context, in textInput) (p path, err error) {
	p.texts = texts{in.ids, d.model.Tokenizer.MaxLength()}
	encode := func(n int) (*tensors.Tensor, error) {
		now := in
		now.ids, now.lora = p.texts.last(n).ids, in.lora.place(p.texts, n)
		return d.model.encodeTokens(ctx, now)
	}
	if d.request.guided() {
		if p.both, err = encode(2); err != nil || d.request.GuidanceShare == 1 {
			return p, err
		}
	}
	p.prompt, err = encode(1)
	return p, err
}

// place is [loras.place] for the states of a step.
func (p path) place(ls loras, guided bool) loras {
	return ls.place(p.texts, p.states(guided).Shape().Dim(0))
}

// condition is what a call of the UNet depends on beside latents and time.
type condition struct {
	states *tensors.Tensor
	lora   loras // of the path with these states
	// What follows is there where these states are blended with the hard path's.
	hard   *tensors.Tensor // nil where one path is run
	shared loras           // of both paths
	atHard loras           // shared, placed in the texts of hard; nil where that is the same
	alpha  float64         // the soft path's share
}

// conditionAt is that of a timestep. At the ends of the dial one path is enough: the
// adapted model on the soft prompt, or without the concepts on the hard one.
func (d *drawing) conditionAt(timestep float64, guided bool) condition {
	all := d.concepts.unet
	hard := all.of(false)
	switch f := d.request.fidelityAt(timestep, d.scheduler.NumTrainTimesteps); f {
	case 1:
		return condition{states: d.soft.states(guided), lora: d.soft.place(all, guided)}
	case 0:
		return condition{states: d.hard.states(guided), lora: d.hard.place(hard, guided)}
	default:
		soft := d.soft.place(all, guided)
		c := condition{states: d.soft.states(guided), lora: soft.of(true),
			hard: d.hard.states(guided), shared: soft.of(false), alpha: f}
		if soft.subjects() > 1 && hard.subjects() > 0 {
			c.atHard = d.hard.place(hard, guided)
		}
		return c
	}
}

// texts is how many prompts the UNet runs for.
func (c condition) texts() int { return c.states.Shape().Dim(0) }

// signature says what a graph depends on.
func (c condition) signature() string {
	if c.hard == nil {
		return c.lora.signature()
	}
	return c.lora.signature() + " blend " + c.shared.signature() + " hard " + c.atHard.signature()
}

// args are the graph's arguments, but for the states.
func (c condition) args() []any {
	args := c.lora.args()
	if c.hard == nil {
		return args
	}
	args = append(args, c.hard, tensors.FromScalar(float32(c.alpha)))
	return slices.Concat(args, c.shared.args(), c.atHard.args())
}

// apply reads the arguments back inside the graph, into the options of a pass that
// draws n pictures for each text.
func (c condition) apply(p *nn.Pass, in []*Node, n int) {
	p.Adapters, in = c.lora.adapters(in, n)
	if c.hard == nil {
		return
	}
	p.Blend = &nn.Blend{Hard: ofEach(in[0], n), Alpha: in[1]}
	p.Blend.Shared, in = c.shared.adapters(in[2:], n)
	p.Blend.HardShared, _ = c.atHard.adapters(in, n)
}

// same says whether another step's condition gives the same picture.
func (c condition) same(o condition) bool {
	return c.states == o.states && c.hard == o.hard && c.alpha == o.alpha
}
