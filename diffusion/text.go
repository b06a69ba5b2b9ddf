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
// width]. What is beyond the tokenizer's limit is left out; the tokenizer's Batch
// tells what that is.
func (m *Model) EncodeText(ctx context.Context, prompts ...string) (*tensors.Tensor, error) {
	if len(prompts) == 0 {
		return nil, fmt.Errorf("encode text: there are no prompts")
	}
	length := m.Tokenizer.MaxLength()
	ids := make([]int32, 0, len(prompts)*length)
	for _, prompt := range prompts {
		ids = append(ids, m.Tokenizer.Batch(prompt).IDs...)
	}
	key := fmt.Sprintf("text %d", len(prompts))
	results, err := m.run(ctx, &m.programs, "encode text", key, func(in []*Node) []*Node {
		return []*Node{m.Text.Forward(nn.NewPass(m.TextWeights, nn.Options{}), in[0], clip.TextOptions{}).Last}
	}, tensors.FromFlatDataAndDimensions(ids, len(prompts), length))
	if err != nil {
		return nil, err
	}
	return results[0], nil
}
