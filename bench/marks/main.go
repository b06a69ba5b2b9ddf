// Command marks measures how well package phash finds marks in pictures: how often a logo
// that was put into a scene is found, by its size and by what happens to the picture, and
// how often one is found in scenes without it. It prints Markdown tables:
//
//	marks --pictures FOLDER --side 512 --count 120 --without 600
//
// The logos are drawn by the command; the scenes are parts of the pictures in the folders.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/phash"
	"github.com/ichimai/ichimai/picture"
)

func main() { run.Main(command()) }

// settings is what is measured.
type settings struct {
	folders []string
	side    int
	count   int
	without int
	seed    uint64
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "marks", Short: "Measure the search for protected marks: what it finds, and its false alarms.",
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
	f.StringArrayVar(&s.folders, "pictures", nil, "folder of pictures, with those below it; may be repeated")
	f.IntVar(&s.side, "side", 512, "of the scenes, in pixels")
	f.IntVar(&s.count, "count", 120, "pictures of each cell of the table")
	f.IntVar(&s.without, "without", 600, "scenes without a mark to search, and as many with another one")
	f.Uint64Var(&s.seed, "seed", 1, "chooses scenes, places, angles and brightness")
	return cmd
}

// bench is what the trials are made of.
type bench struct {
	settings
	files    []string
	pictures []*picture.Picture // of the logos
	marks    []phash.Mark
	random   *rand.Rand
}

func (s settings) open() (*bench, error) {
	b := &bench{settings: s, random: rand.New(rand.NewPCG(s.seed, 1))}
	for _, folder := range s.folders {
		files, err := pictures(folder)
		if err != nil {
			return nil, fmt.Errorf("list pictures: %w", err)
		}
		b.files = append(b.files, files...)
	}
	if len(b.files) == 0 {
		return nil, fmt.Errorf("name folders of pictures with --pictures")
	}
	for _, l := range logos {
		p, err := l.make()
		if err != nil {
			return nil, fmt.Errorf("draw %s: %w", l.name, err)
		}
		p = phash.Trim(p)
		m, err := phash.NewMark(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
		b.pictures, b.marks = append(b.pictures, p), append(b.marks, m)
	}
	return b, nil
}

func (s settings) measure(ctx context.Context) (string, error) {
	b, err := s.open()
	if err != nil {
		return "", err
	}
	alarms, err := b.alarms(ctx)
	if err != nil {
		return "", err
	}
	found, err := b.detections(ctx)
	if err != nil {
		return "", err
	}
	return alarms + "\n" + found, nil
}

func (b *bench) scene() (*picture.Picture, error) {
	return scene(b.files[b.random.IntN(len(b.files))], b.side, b.random)
}
