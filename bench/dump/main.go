// Command dump draws one picture with a model folder and writes every number
// of the way into a safetensors file, for bench/check_in_diffusers.py:
//
//	dump DIR out.safetensors --prompt "a photo of a cat" --steps 8
//
// The noise is PyTorch's of the seed. Samplers that draw more noise on their
// way are refused, because two programs would draw it differently.
package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
)

func main() {
	run.Main(command())
}

func command() *cobra.Command {
	var (
		r      request
		device engine.Config
	)
	cmd := &cobra.Command{
		Use: "dump DIR FILE", Short: "Draw one picture and write every number of the way into a safetensors file.",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return dump(cmd.Context(), args[0], args[1], r, device)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.prompt, "prompt", "a photo of a cat on the beach", "what to draw")
	f.StringVar(&r.negative, "negative", "", "what to keep away from")
	f.StringVar(&r.sampler, "sampler", "ddim", "one of this project's samplers; empty for the folder's own")
	f.IntVar(&r.steps, "steps", 8, "steps of the sampler")
	f.Float64Var(&r.guidance, "guidance", 7.5, "guidance scale, above 1")
	f.Uint64Var(&r.seed, "seed", 1, "of PyTorch's generator")
	f.IntVar(&r.size, "size", 0, "side of the picture in pixels (default: the model's own)")
	run.Device(cmd, &device)
	return cmd
}

// dump opens, draws and writes.
func dump(ctx context.Context, dir, file string, r request, device engine.Config) error {
	if err := r.check(); err != nil {
		return err
	}
	e, err := engine.Open(ctx, device)
	if err != nil {
		return err
	}
	defer e.Close()
	m, err := diffusion.OpenWith(ctx, dir, e, diffusion.Options{Precision: diffusion.Float32}) // as the reference computes
	if err != nil {
		return err
	}
	record, err := draw(ctx, m, r)
	if err != nil {
		return err
	}
	return record.write(file)
}
