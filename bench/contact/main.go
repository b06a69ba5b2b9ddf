// Command contact draws a list of prompts with a model, one picture each, seed 0, and
// none left out, into one sheet:
//
//	contact MODEL --prompts demo/recipe/contact.txt --sheet docs/images/demo-contact.png
//
// With --hidden it also writes a sheet that has numbers in place of the prompts, for
// somebody who shall say what the pictures show.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/picture"
)

func main() {
	engine.WithHugePages() // as the program does
	run.Main(command())
}

// contact is what is drawn and where it goes.
type contact struct {
	prompts, sheet, hidden string
	request                diffusion.Request
}

func command() *cobra.Command {
	var device engine.Config
	var c contact
	cmd := &cobra.Command{
		Use: "contact MODEL", Short: "Draw a list of prompts into one sheet.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			prompts, err := readPrompts(c.prompts)
			if err != nil {
				return err
			}
			e, err := engine.Open(cmd.Context(), device)
			if err != nil {
				return err
			}
			defer e.Close()
			m, err := diffusion.Open(cmd.Context(), args[0], e)
			if err != nil {
				return err
			}
			return c.run(cmd.Context(), m, prompts)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.prompts, "prompts", "demo/recipe/contact.txt", "file of prompts, one a line; lines that begin with # are not read")
	f.StringVar(&c.sheet, "sheet", "contact.png", "PNG of the pictures and their prompts")
	f.StringVar(&c.hidden, "hidden", "", "PNG of the pictures and numbers")
	f.IntVar(&c.request.Steps, "sampling-steps", 25, "sampler steps of a picture")
	f.Float64Var(&c.request.GuidanceScale, "guidance", 4, "guidance scale of a picture")
	f.Uint64Var(&c.request.Seed, "seed", 0, "seed of every picture")
	run.Device(cmd, &device)
	return cmd
}

// readPrompts reads the lines of a file that are neither empty nor remarks.
func readPrompts(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--prompts: %w", err)
	}
	defer file.Close()
	var prompts []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			prompts = append(prompts, line)
		}
	}
	if len(prompts) == 0 {
		return nil, fmt.Errorf("--prompts: %s has no line that is a prompt", path)
	}
	return prompts, nil
}

func (c *contact) run(ctx context.Context, m *diffusion.Model, prompts []string) error {
	p := diffusion.NewPipeline(m)
	var shown, hidden []picture.Cell
	for i, prompt := range prompts {
		request := c.request
		request.Prompt = prompt
		images, err := p.Generate(ctx, request)
		if err != nil {
			return err
		}
		shown = append(shown, picture.Cell{Picture: images[0].Picture, Caption: prompt})
		hidden = append(hidden, picture.Cell{Picture: images[0].Picture, Caption: strconv.Itoa(i + 1)})
		fmt.Fprintf(os.Stderr, "\r%d of %d", i+1, len(prompts))
	}
	fmt.Fprintln(os.Stderr)
	if err := write(c.sheet, shown); err != nil {
		return err
	}
	if c.hidden == "" {
		return nil
	}
	return write(c.hidden, hidden)
}

// write draws a sheet of pictures, each as large as it was drawn by a small model.
func write(path string, cells []picture.Cell) error {
	sheet, err := picture.Sheet{Cell: 128, Wrap: 8, Rows: []picture.Row{{Cells: cells}}}.Draw()
	if err != nil {
		return err
	}
	return picture.WriteFile(path, sheet, nil)
}
