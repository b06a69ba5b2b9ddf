// Command kill kills the studio's whole trial ("ichimai studio trial", from a photo to
// the report) at random moments, as a power cut would, starts it again each time, and
// looks at what is there in the end:
//
//	kill --kills 50
//
// First the script runs once without being killed, which says how long it takes. Then
// each process is killed with SIGKILL after a random time, whether it is starting,
// learning, drawing, deciding or writing, until a process comes to its end; what it left
// is inspected, and the next trial begins in an empty folder until there were as many
// kills as wanted. The command fails where a trial does not come to the same end, its
// audit record does not verify, or a file, a row or a picture is there too much, twice or
// not at all.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
)

func main() { run.Main(command()) }

// settings are the flags.
type settings struct {
	kills    int
	pictures int
	steps    int
	seed     uint64
	program  string
	folder   string
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "kill", Short: "Kill the studio's trial at random moments, and look whether it comes to the same end.", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			done, err := s.run(cmd.Context(), func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) })
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), done.table())
			return nil
		},
	}
	f := cmd.Flags()
	f.IntVar(&s.kills, "kills", 50, "how many processes to kill")
	f.IntVar(&s.pictures, "pictures", 24, "pictures of a trial's campaign")
	f.IntVar(&s.steps, "steps", 0, "steps of the sampler for a picture; 0 is the model's own number")
	f.Uint64Var(&s.seed, "seed", 1, "chooses the moments")
	f.StringVar(&s.program, "program", "", "a built ichimai; it is built where none is given")
	f.StringVar(&s.folder, "folder", "", "empty folder to work in, which stays; a temporary one where none is given")
	return cmd
}

func (s settings) run(ctx context.Context, tell func(string)) (*campaign, error) {
	folder, leave, err := s.place()
	if err != nil {
		return nil, err
	}
	defer leave()
	if s.program == "" {
		if s.program, err = build(ctx, folder); err != nil {
			return nil, err
		}
	}
	c, err := newCampaign(s, folder, tell)
	if err != nil {
		return nil, err
	}
	return c, c.play(ctx)
}

// place is the folder to work in, and what to do with it in the end.
func (s settings) place() (folder string, leave func(), err error) {
	if s.folder == "" {
		folder, err = os.MkdirTemp("", "ichimai-kill-")
		return folder, func() { os.RemoveAll(folder) }, err
	}
	entries, err := os.ReadDir(s.folder)
	if err == nil && len(entries) > 0 {
		return "", nil, fmt.Errorf("%s is not empty", s.folder)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, err
	}
	folder, err = filepath.Abs(s.folder)
	return folder, func() {}, errors.Join(err, os.MkdirAll(s.folder, 0o755))
}

func build(ctx context.Context, folder string) (string, error) {
	program := filepath.Join(folder, "ichimai")
	c := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/ichimai/ichimai/cmd/ichimai")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return program, nil
}
