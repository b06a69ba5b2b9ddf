// Command compare times this project and a peer script on the same jobs, one
// after the other in turns, and prints one table:
//
//	compare --peer-python VENV/bin/python --peer peer.py --model DIR --photo PHOTO
//
// The times are the minimum of all rounds, the memory the maximum.
package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/host"
	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/bench/result"
)

func main() {
	run.Main(command())
}

// options are the flags.
type options struct {
	python, peer       string
	peerArgs, peerEnv  []string
	ours               string
	oursArgs           []string
	model, photo, name string
	jobs               []string
	size, batch, steps int
	tuningSteps        int
	runs, rounds       int
	history, write     string
	plot               string
	ofHistory          bool
	sdcppModel         string
}

func command() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use: "compare", Short: "Time this project and a peer script on the same jobs in turns; prints one table.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.ofHistory {
				return o.plotHistory()
			}
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.python, "peer-python", "", "Python of a virtual environment with bench/requirements.txt")
	f.StringVar(&o.peer, "peer", "", "the peer script")
	f.StringArrayVar(&o.peerArgs, "peer-arg", nil, "further argument for every run of the peer, such as --compile; may be repeated")
	f.StringArrayVar(&o.peerEnv, "peer-env", nil, "KEY=VALUE for the peer's environment; may be repeated")
	f.StringVar(&o.ours, "ours", "", "a built bench/measure (default: built first)")
	f.StringArrayVar(&o.oursArgs, "ours-arg", nil, "further argument for every run of ours, such as --precision=bfloat16; may be repeated")
	f.StringVar(&o.model, "model", "", "model folder in diffusers' layout")
	f.StringVar(&o.photo, "photo", "", "picture to learn from, for the learning jobs")
	f.StringVar(&o.name, "name", "", "of the table (default: the folder's name and the size)")
	f.StringSliceVar(&o.jobs, "jobs", nil, "jobs to do (default: all, without the learning ones where there is no --photo): "+jobNames())
	f.IntVar(&o.size, "size", 512, "side of the picture in pixels")
	f.IntVar(&o.batch, "batch", 1, "pictures at once in UNet and learning jobs")
	f.IntVar(&o.steps, "steps", 8, "steps of drawing")
	f.IntVar(&o.tuningSteps, "tuning-steps", 20, "steps of learning")
	f.IntVar(&o.runs, "runs", 3, "runs after the first, in each round")
	f.IntVar(&o.rounds, "rounds", 3, "rounds: each runs both programs once")
	f.StringVar(&o.history, "history", "bench/history.jsonl", "file that one line of JSON is added to; empty for none")
	f.StringVar(&o.write, "write", "", "Markdown file whose section of this table's name is replaced, or added")
	f.StringVar(&o.plot, "plot", "", "PNG file to draw the ratios into; the section that --write writes shows it")
	f.BoolVar(&o.ofHistory, "plot-history", false, "measure nothing: draw the last table of each name in --history's file into --plot's")
	f.StringVar(&o.sdcppModel, "sdcpp", "", "checkpoint file (.safetensors, .ckpt or .gguf; it reads no folder in diffusers' layout) of the same model for "+
		"stable-diffusion.cpp, which also does the job generate where sd-cli or sd is on the PATH")
	return cmd
}

// run does every job and shows the table, also where some jobs failed; then it
// ends with an error.
func (o *options) run(ctx context.Context, out, progress io.Writer) error {
	jobs, err := o.chosen()
	if err != nil {
		return err
	}
	ours, clean, err := o.oursProgram(ctx, progress)
	if err != nil {
		return err
	}
	defer clean()
	c := comparison{Name: o.title(), Time: time.Now().UTC().Truncate(time.Second), Machine: host.Read(), Rounds: o.rounds}
	t := turns{ours: ours, peer: o.peerProgram(), rounds: o.rounds, progress: progress}
	if c.Rows, err = o.rows(ctx, t, jobs); err != nil {
		return err
	}
	if err := o.show(c, out); err != nil {
		return err
	}
	return c.failed()
}

// rows does the jobs, and generate a second time beside stable-diffusion.cpp
// where that is there: ours is measured again, in turns with it.
func (o *options) rows(ctx context.Context, t turns, jobs []job) ([]row, error) {
	beside := t
	s, found := o.sdcpp()
	beside.peer = s
	var rows []row
	for _, j := range jobs {
		r, err := t.do(ctx, j)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
		if !found || j.name != result.Generate {
			continue
		}
		if r, err = beside.do(ctx, job{name: sdcppJob, args: j.args}); err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// show prints the table and keeps it where the flags say.
func (o *options) show(c comparison, out io.Writer) error {
	if _, err := fmt.Fprint(out, c.text(), "\n", c.markdown()); err != nil {
		return err
	}
	if o.history != "" {
		if err := appendHistory(o.history, c); err != nil {
			return err
		}
	}
	if o.plot != "" {
		if err := writePlot(o.plot, c); err != nil {
			return err
		}
	}
	if o.write == "" {
		return nil
	}
	section := c.markdown()
	if o.plot != "" {
		link, err := c.plotLink(o.write, o.plot)
		if err != nil {
			return err
		}
		section += "\n" + link
	}
	return writeSection(o.write, c.Name, section)
}
