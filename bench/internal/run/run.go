// Package run starts and ends the commands beside it: an interrupted one is told so by
// its context, and a failed one says why on standard error and exits with status 1.
package run

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/engine"
)

// Main runs a command with the process's arguments and ends the process.
func Main(cmd *cobra.Command) { os.Exit(status(cmd)) }

// status runs a command and returns the exit status.
func status(cmd *cobra.Command) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %v\n", cmd.Name(), err)
		return 1
	}
	return 0
}

// Device adds the flags that say what computes.
func Device(cmd *cobra.Command, c *engine.Config) {
	f := cmd.Flags()
	f.StringVar(&c.Device, "device", "", "auto, cpu, cuda or go")
	f.StringVar(&c.Plugin, "plugin", "", "path of an XLA (PJRT) plugin")
}
