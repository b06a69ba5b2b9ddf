// Command load measures the studio while many people use it and the model computes:
//
//	load --users 32 --seconds 60
//
// It starts a studio with the demo model in a process of its own, on an empty folder,
// fills a few projects, keeps batches of pictures queued in each of them, and lets so
// many signed-in people walk the pages and the API, as browsers do: with the pictures of
// a page, which a browser keeps and asks after, and with pauses to read between pages.
// Then they do the same without pauses. It prints how long each page took, what failed,
// and how long jobs waited in each project.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/host"
	"github.com/ichimai/ichimai/bench/internal/run"
)

func main() { run.Main(command()) }

// settings are the flags.
type settings struct {
	users    int
	projects int
	seconds  int
	think    time.Duration
	hurry    bool
	seed     uint64
	serving  serving
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "load", Short: "Measure the studio's pages while many people use it and the model computes.", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := s.measure(cmd.Context(), func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) })
			fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	f := cmd.Flags()
	f.IntVar(&s.users, "users", 32, "people at once")
	f.IntVar(&s.projects, "projects", 4, "projects, each with jobs")
	f.IntVar(&s.seconds, "seconds", 60, "seconds of each measurement")
	f.DurationVar(&s.think, "think", 3*time.Second, "mean pause between two pages of a person")
	f.BoolVar(&s.hurry, "hurry", true, "measure without pauses too")
	f.Uint64Var(&s.seed, "seed", 1, "chooses ways through the pages, and pauses")
	s.serving.flags(f)
	cmd.AddCommand(s.serving.command())
	return cmd
}

// measure starts the studio and measures both ways.
func (s settings) measure(ctx context.Context, tell func(string)) (text string, err error) {
	folder, err := os.MkdirTemp("", "ichimai-load-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	tell("filling a studio")
	h, err := start(ctx, folder, s)
	if err != nil {
		return "", err
	}
	defer func() {
		if stopped := h.stop(); err == nil {
			err = stopped
		}
	}()
	var verdicts []error
	text = fmt.Sprintf("%d people, %d projects with jobs, demo model. %s.\n", s.users, s.projects, host.Read())
	for _, pause := range []time.Duration{s.think, 0} {
		if pause == 0 && !s.hurry {
			continue
		}
		tell(fmt.Sprintf("%d people for %d s, who pause for %v", s.users, s.seconds, pause))
		m, err := h.walk(ctx, s, pause)
		if err != nil {
			return text, err
		}
		text += m.table(pause)
		verdicts = append(verdicts, m.verdict())
	}
	return text, errors.Join(verdicts...)
}
