// Command shortcuts draws the same pictures plainly and with each of the ways to
// draw in less time, and prints a Markdown table of the time that each takes and of
// how far its pictures are from the plain ones:
//
//	shortcuts DIR --steps 24
package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
)

func main() {
	engine.WithHugePages() // as the program does
	run.Main(command())
}

func command() *cobra.Command {
	var (
		prompts []string
		plain   diffusion.Request
		seeds   int
		device  engine.Config
	)
	cmd := &cobra.Command{
		Use: "shortcuts DIR", Short: "Time the ways to draw in less time and compare their pictures with the plain ones.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if seeds < 1 {
				return fmt.Errorf("--seeds %d: give 1 or more", seeds)
			}
			e, err := engine.Open(cmd.Context(), device)
			if err != nil {
				return err
			}
			defer e.Close()
			c := &comparison{dir: args[0], engine: e, requests: requests(plain, prompts, seeds)}
			return c.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&prompts, "prompt", []string{
		"a photo of a banana", "a flat cartoon picture of a cat face on grass", "a glossy 3D picture of a handbag on a plain white background", "木のテーブルの上のコーヒー",
	}, "what to draw; may be repeated")
	f.IntVar(&seeds, "seeds", 4, "pictures of each prompt")
	f.IntVar(&plain.Steps, "steps", 24, "steps of the plain pictures")
	f.StringVar(&plain.Sampler, "sampler", "", "sampler (default: the model's own)")
	run.Device(cmd, &device)
	return cmd
}

// requests are all pictures, one each.
func requests(plain diffusion.Request, prompts []string, seeds int) []diffusion.Request {
	var all []diffusion.Request
	for _, p := range prompts {
		for seed := range seeds {
			r := plain
			r.Prompt, r.Seed = p, uint64(seed)
			all = append(all, r)
		}
	}
	return all
}
