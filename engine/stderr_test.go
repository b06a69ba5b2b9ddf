package engine

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const stderrLines = 2000

// childStderr logs from one goroutine while another opens the engine twice.
func childStderr() int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range stderrLines {
			if i%2 == 0 {
				log.Info("line", "number", i)
			} else {
				fmt.Fprintln(os.Stderr, "number", i)
			}
		}
	}()
	before := os.Stderr
	for range 2 {
		e, err := Open(context.Background(), Config{Install: InstallNever})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		e.Close()
	}
	<-done
	if os.Stderr != before || os.Stderr.Fd() != 2 {
		fmt.Println("os.Stderr was replaced")
		return 1
	}
	fmt.Fprintln(os.Stderr, "the end")
	return 0
}

func TestStderrSurvivesOpening(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envChild+"=stderr")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if got := strings.Count(errs.String(), "number"); got != stderrLines {
		t.Errorf("%d of %d lines arrived while the engine opened", got, stderrLines)
	}
	if !strings.Contains(errs.String(), "the end") {
		t.Error("nothing arrives on stderr after the engine opened")
	}
}
