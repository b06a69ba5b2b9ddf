// Command likeness learns things that neither a model nor its encoder was trained
// on, by the encoder after some numbers of steps and by other methods, draws each in
// the same scenes, and prints a Markdown table of how much the pictures are like the
// thing and, by the model folder's own CLIP, do what was asked:
//
//	likeness MODEL --data PACK
//
// The things are cut-outs of the pack's validation part, so that each can be composed
// into the scene that is asked for: what is drawn is compared with that.
package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
)

func main() {
	engine.WithHugePages() // as the program does
	run.Main(command())
}

func command() *cobra.Command {
	var (
		device engine.Config
		data   string
		r      = runner{guidance: 4, sampling: 20}
		n      int
	)
	cmd := &cobra.Command{
		Use: "likeness MODEL", Short: "Compare ways to learn a thing by likeness and obedience.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			subjects, err := readSubjects(cmd.Context(), data, n)
			if err != nil {
				return err
			}
			e, err := engine.Open(cmd.Context(), device)
			if err != nil {
				return err
			}
			defer e.Close()
			if r.model, err = diffusion.Open(cmd.Context(), args[0], e); err != nil {
				return err
			}
			t, err := r.compare(cmd.Context(), subjects)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), t.markdown())
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "", "folder of the training pack (see demo/recipe)")
	f.IntVar(&n, "subjects", 12, "how many things")
	f.StringVar(&r.encoder, "encoder", "", "folder of the encoder (default: the model folder's own)")
	f.StringArrayVar(&r.set, "set", nil, "a setting of the encoder's learning, KEY=VALUE; may be repeated")
	f.BoolVar(&r.short, "short", false, "the encoder at 0 and 12 steps alone")
	f.IntVar(&r.sampling, "sampling-steps", r.sampling, "sampler steps of a picture")
	f.Float64Var(&r.guidance, "guidance", r.guidance, "guidance scale of a picture")
	run.Device(cmd, &device)
	return cmd
}

// readSubjects draws n things of a pack's validation part, the same at each call.
func readSubjects(ctx context.Context, data string, n int) ([]subject, error) {
	if data == "" || n < 1 {
		return nil, fmt.Errorf("--data and a number of --subjects are needed")
	}
	pack, err := run.Pack(data)
	if err != nil {
		return nil, err
	}
	defer pack.Close()
	c := dataset.DefaultConfig()
	c.Part, c.Two, c.Several, c.Placed, c.Sized, c.Photos = dataset.Validation, 0, 0, 0, 0, 0
	from, err := dataset.NewScenes(pack, c)
	if err != nil {
		return nil, err
	}
	var subjects []subject
	for i := range n {
		const seed = 77
		seen, drawn, err := from.Views(ctx, (i*31)%from.Len(), seed+uint64(i))
		if err != nil {
			return nil, err
		}
		s := subject{name: seen.Meta.Name, picture: seen.Pixels}
		for _, ground := range grounds {
			scene := *drawn.Meta.Scene
			scene.Ground = ground
			truth, err := from.Compose(scene)
			if err != nil {
				return nil, err
			}
			s.truth = append(s.truth, truth.Pixels)
		}
		subjects = append(subjects, s)
	}
	return subjects, nil
}
