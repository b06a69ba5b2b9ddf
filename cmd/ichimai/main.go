package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ichimai/ichimai/engine"
)

func main() {
	engine.WithHugePages()
	ctx, cancel := context.WithCancel(context.Background())
	p := newProgram(os.Args[1:], os.Stdout, os.Stderr)
	watchSignals(cancel, func() { fmt.Fprintln(os.Stderr, p.say(textStopping)) })
	os.Exit(p.run(ctx))
}

var textStopping = text{
	"Stopping; what is done so far will be kept. Press Ctrl-C again to end at once.",
	"中断しています。途中までの結果は保存します。すぐに終了するには、もう一度 Ctrl-C を押してください。",
}

// watchSignals ends the context at the first Ctrl-C or termination signal, so
// that work is saved, and the process at the second.
func watchSignals(cancel context.CancelFunc, announce func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		announce()
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
}
