// Command named draws things by their names with a model and asks a CLIP what they
// are, among the names of all things of a training pack:
//
//	named MODEL --data PACK [--judge FOLDER]
//
// It prints how often the name that was asked for is the nearest, and among the five
// nearest, and the same for the pack's own pictures of the things, which no drawing
// can be expected to beat. The judge should not be the CLIP that the model was
// trained with, or should be the same for all models that are compared.
package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

func main() {
	engine.WithHugePages() // as the program does
	run.Main(command())
}

// naming is what is asked of a model.
type naming struct {
	data, judge      string
	things           []string
	number, sampling int
	guidance         float64
}

func command() *cobra.Command {
	var device engine.Config
	n := naming{number: 64, sampling: 25, guidance: 4}
	cmd := &cobra.Command{
		Use: "named MODEL", Short: "Ask a CLIP what a model drew.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := engine.Open(cmd.Context(), device)
			if err != nil {
				return err
			}
			defer e.Close()
			m, err := diffusion.Open(cmd.Context(), args[0], e)
			if err != nil {
				return err
			}
			n.judge = cmp.Or(n.judge, args[0])
			text, err := n.run(cmd.Context(), m)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&n.data, "data", "", "folder of the training pack (see demo/recipe)")
	f.StringVar(&n.judge, "judge", "", "model folder whose CLIP judges (default: the model's own)")
	f.StringSliceVar(&n.things, "things", nil, "English names of the things to draw (default: spread over all of the pack)")
	f.IntVar(&n.number, "number", n.number, "how many things")
	f.IntVar(&n.sampling, "sampling-steps", n.sampling, "sampler steps of a picture")
	f.Float64Var(&n.guidance, "guidance", n.guidance, "guidance scale of a picture")
	run.Device(cmd, &device)
	return cmd
}

// run draws, asks and counts.
func (n *naming) run(ctx context.Context, m *diffusion.Model) (string, error) {
	pack, err := run.Pack(n.data)
	if err != nil {
		return "", err
	}
	defer pack.Close()
	asked, err := n.ask(pack)
	if err != nil {
		return "", err
	}
	judge, err := measure.OpenCLIP(n.judge, m.Engine.Backend())
	if err != nil {
		return "", fmt.Errorf("--judge: %w", err)
	}
	defer judge.Close()
	drawn, err := n.draw(ctx, m, asked)
	if err != nil {
		return "", err
	}
	var own []*picture.Picture
	for _, q := range asked {
		own = append(own, q.truth)
	}
	out := "| | its name is the nearest | among the five nearest |\n|---|--:|--:|\n"
	for _, row := range []struct {
		name     string
		pictures []*picture.Picture
	}{{"drawn", drawn}, {"the pack's own pictures", own}} {
		first, five, err := count(ctx, judge, row.pictures, asked)
		if err != nil {
			return "", err
		}
		out += fmt.Sprintf("| %s | %d of %d | %d |\n", row.name, first, len(asked), five)
	}
	return out, nil
}
