// Command watermark measures the invisible mark of package provenance: how often it is
// read after a picture was scaled and saved as JPEG, how much it changes a picture, and
// what score pictures without a mark reach. It prints Markdown tables:
//
//	watermark --pictures FOLDER --count 50 --trials 2000
//
// Each folder is a row's name; textures that are computed are the last. Pictures smaller
// than a size are scaled up to it, which leaves them smooth and so hard to mark.
package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
)

func main() { run.Main(command()) }

// settings is what is measured.
type settings struct {
	folders []string
	sizes   []int
	count   int
	trials  int
	seed    uint64
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "watermark", Short: "Measure the watermark: what it lives through, its false alarms, how much it changes.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := s.measure(cmd.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&s.folders, "pictures", nil, "folder of pictures to mark; may be repeated")
	f.IntSliceVar(&s.sizes, "sizes", []int{512, 256, 128}, "sides of the squares to mark, in pixels")
	f.IntVar(&s.count, "count", 50, "pictures of each folder and size")
	f.IntVar(&s.trials, "trials", 2000, "pictures without a mark to look at, each with a key of its own")
	f.Uint64Var(&s.seed, "seed", 1, "chooses pictures, crops, keys and payloads")
	return cmd
}

func (s settings) measure(ctx context.Context) (string, error) {
	sources, err := s.sources()
	if err != nil {
		return "", err
	}
	var rates table
	for _, size := range s.sizes {
		for _, from := range sources {
			row, err := s.mark(ctx, from, size)
			if err != nil {
				return "", err
			}
			rates.rows = append(rates.rows, row)
		}
	}
	alarms, err := s.unmarked(ctx, sources)
	if err != nil {
		return "", err
	}
	return rates.markdown() + "\n" + alarms.markdown(), nil
}
