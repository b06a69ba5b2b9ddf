package diffusion

import (
	"context"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/nn"
)

// EncodeText maps prompts to the states that the UNet attends to, [n, tokens,
// width] float32. What is beyond the tokenizer's limit is left out; the
// tokenizer's Batch tells what that is.
func (m *Model) EncodeText(ctx context.Context, prompts ...string) (*tensors.Tensor, error) {
	var ids []int32
	for _, prompt := range prompts {
		ids = append(ids, m.Tokenizer.Batch(prompt).IDs...)
	}
	return m.encodeTokens(ctx, textInput{ids: ids})
}

// textInput is what the text encoder reads, and how.
type textInput struct {
	ids  []int32 // [n, MaxLength]; vocab_size+i of the text encoder is row i
	rows []float32
	skip int   // layers left out at the end
	lora loras // of the text encoder
}

func (m *Model) encodeTokens(ctx context.Context, in textInput) (*tensors.Tensor, error) {
	length, width := m.Tokenizer.MaxLength(), m.Text.Config.HiddenSize
	n, k := len(in.ids)/length, len(in.rows)/width
	if n == 0 {
		return nil, fmt.Errorf("encode text: there are no prompts")
	}
	args := []any{tensors.FromFlatDataAndDimensions(in.ids, n, length)}
	if k > 0 {
		args = append(args, tensors.FromFlatDataAndDimensions(in.rows, k, width))
	}
	own := len(args)
	key := fmt.Sprintf("text %d rows=%d skip=%d %s", n, k, in.skip, in.lora.signature())
	results, err := m.run(ctx, &m.programs, "encode text", key, func(nodes []*Node) []*Node {
		adapters, _ := in.lora.adapters(nodes[own:], 1)
		p := nn.NewPass(m.TextWeights, nn.Options{Adapters: adapters})
		var o clip.TextOptions
		if k > 0 {
			o.Rows = nodes[1]
		}
		return []*Node{m.Text.Skip(p, m.Text.Forward(p, nodes[0], o), in.skip)}
	}, append(args, in.lora.args()...)...)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}
