package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// envFake makes this test's own binary stand in for a program that is
// measured. It names a folder; each run prints the next of its files, and one
// whose text begins with "fail " ends the run with that text as its problem.
const envFake = "COMPARE_TEST_FAKE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envFake); dir != "" {
		os.Exit(playFake(dir))
	}
	os.Exit(m.Run())
}

func playFake(dir string) int {
	files, err := filepath.Glob(filepath.Join(dir, "run-*"))
	if err != nil || len(files) == 0 {
		fmt.Fprintln(os.Stderr, "no run is left")
		return 1
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Remove(files[0])
	log, err := os.OpenFile(filepath.Join(filepath.Dir(dir), "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	defer log.Close()
	fmt.Fprintln(log, filepath.Base(dir), strings.Join(os.Args[1:], " "))
	if problem, ok := strings.CutPrefix(string(text), "fail "); ok {
		fmt.Fprintln(os.Stderr, problem)
		return 3
	}
	fmt.Println("loading {the model}")
	fmt.Println(string(text))
	return 0
}

// fake is a program that prints these lines, one a run. Fakes of one folder
// share a log of their runs.
func fake(t *testing.T, folder, name string, lines ...string) program {
	t.Helper()
	dir := filepath.Join(folder, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("run-%03d", i)), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program{name: name, argv: []string{self}, env: []string{envFake + "=" + dir}}
}

func runLine(program string, best, first, peak float64) string {
	return fmt.Sprintf(`{"peer": %q, "job": "unet", "mode": "forward", "first_s": %g, "runs_s": [%g], "best_s": %g, "peak_gib": %g}`, program, first, best, best, peak)
}
