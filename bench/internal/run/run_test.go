package run

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/engine"
)

// interrupted sends this process what Ctrl-C sends, and waits to be told.
func interrupted(cmd *cobra.Command, _ []string) error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	if err := self.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case <-cmd.Context().Done():
		return cmd.Context().Err()
	case <-time.After(time.Minute):
		return errors.New("the context does not end")
	}
}

func TestStatus(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(*cobra.Command, []string) error
		args   []string
		status int
		says   string
	}{
		"Done":        {do: func(*cobra.Command, []string) error { return nil }},
		"Failed":      {do: func(*cobra.Command, []string) error { return errors.New("no such thing") }, status: 1, says: "draw: no such thing\n"},
		"Interrupted": {do: interrupted, status: 1, says: "draw: context canceled\n"},
		"WrongUse":    {args: []string{"--size", "1"}, status: 1, says: "draw: unknown flag: --size\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, problems bytes.Buffer
			cmd := &cobra.Command{Use: "draw DIR", RunE: c.do}
			cmd.SetOut(&out)
			cmd.SetErr(&problems)
			cmd.SetArgs(append([]string{}, c.args...)) // nil would be the test's own
			if got := status(cmd); got != c.status || problems.String() != c.says || out.Len() > 0 {
				t.Errorf("the status is %d; it prints %q and says %q, want %q", got, out.String(), problems.String(), c.says)
			}
		})
	}
}

func TestDevice(t *testing.T) {
	cmd := &cobra.Command{Use: "draw"}
	var c engine.Config
	Device(cmd, &c)
	if err := cmd.ParseFlags([]string{"--device", "go", "--plugin", "xla.so"}); err != nil {
		t.Fatal(err)
	}
	if c.Device != "go" || c.Plugin != "xla.so" {
		t.Errorf("the flags say %+v", c)
	}
}
