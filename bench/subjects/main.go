// Command subjects makes the demo's protocol for `ichimai evaluate` from a training
// pack: the pictures that things are learned from, real pictures of them in some of
// the scenes that are asked for, and the protocol itself:
//
//	subjects PACK --out demo/evaluation
//
// The things are cut-outs of the pack's validation part, which no part of the demo
// model, its encoder or its judges was trained on. Other looks of the same things
// were. With --beyond 40 they are those that a protocol of forty leaves, to try
// something on that the forty shall judge.
package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/dataset"
)

func main() { run.Main(command()) }

func command() *cobra.Command {
	var out string
	n, beyond := 40, 0
	cmd := &cobra.Command{
		Use: "subjects PACK", Short: "Make the demo's protocol from a training pack.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pack, err := run.Pack(args[0])
			if err != nil {
				return err
			}
			defer pack.Close()
			unseen, err := scenes(pack, dataset.Validation)
			if err != nil {
				return err
			}
			all, err := scenes(pack, dataset.All)
			if err != nil {
				return err
			}
			subjects := chooseBeyond(unseen.Things(), n, beyond)
			if len(subjects) < n {
				return fmt.Errorf("the pack's validation part has %d things, not %d: give --subjects %d", len(subjects)+beyond, n+beyond, len(subjects))
			}
			w := writer{out: out, unseen: unseen, all: all, looks: pack.Looks}
			return w.write(cmd.Context(), subjects)
		},
	}
	cmd.Flags().StringVar(&out, "out", "demo/evaluation", "folder to write")
	cmd.Flags().IntVar(&n, "subjects", n, "how many things")
	cmd.Flags().IntVar(&beyond, "beyond", beyond, "leave out the things that a protocol of so many has")
	return cmd
}

// scenes draws one thing alone, from a part of the pack.
func scenes(pack *dataset.Pack, part dataset.Part) (*dataset.Scenes, error) {
	c := dataset.DefaultConfig()
	c.Part, c.Photos, c.Two, c.Several, c.Recolour = part, 0, 0, 0, 0
	return dataset.NewScenes(pack, c)
}
