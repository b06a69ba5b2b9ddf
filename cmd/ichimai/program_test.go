package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/engine"
)

// output is what one run of the program left.
type output struct {
	status   int
	out, err string
}

// execute runs the program in this process, in English unless args say
// otherwise.
func execute(ctx context.Context, t *testing.T, args ...string) output {
	t.Helper()
	for _, key := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		t.Setenv(key, "")
	}
	var out, err bytes.Buffer
	status := newProgram(args, &out, &err).run(ctx)
	return output{status, out.String(), err.String()}
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongUse(t *testing.T) {
	cases := []struct {
		args string
		want string // in the message
	}{
		{"frobnicate", "frobnicate"},
		{"train vea", "vea"},
		{"train vae", "--data"},
		{"train vae --data x", "--out"},
		{"train vae --steps", "--steps needs a value"},
		{"train vae --steps many", "a number is wanted"},
		{"train vae --nope", "--nope"},
		{"train vae -x", "-x"},
		{"train vae extra --data x --out y", "extra"},
		{"train encoder --out x", "--pictures"},
		{"train encoder --pictures x", "--out"},
		{"train encoder --data x --pictures y --out z", "one of --data and --pictures"},
		{"concept show", "FILE"},
		{"concept export a --format pickle", "pickle"},
		{"doctor --lang fr", "fr"},
		{"doctor --json=perhaps", "true or false"},
		{"version 1", "1"},
	}
	for _, c := range cases {
		t.Run(c.args, func(t *testing.T) {
			got := execute(t.Context(), t, strings.Fields(c.args)...)
			if got.status != exitWrongUse || !strings.Contains(got.err, c.want) {
				t.Errorf("status %d (want %d), message %q (want %q in it)", got.status, exitWrongUse, got.err, c.want)
			}
		})
	}
}

func TestWrongUseForPrograms(t *testing.T) {
	got := execute(t.Context(), t, "--json", "train", "vae", "--nope")
	var line struct {
		Event, Kind string
		Status      int
	}
	if err := json.Unmarshal([]byte(got.err), &line); err != nil {
		t.Fatalf("%v in %q", err, got.err)
	}
	if line.Event != "error" || line.Kind != "usage" || line.Status != exitWrongUse {
		t.Errorf("got %+v", line)
	}
}

// each visits every command, also the nested ones.
func each(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, c := range cmd.Commands() {
		if c.Name() != "completion" && !c.Hidden {
			each(c, f)
		}
	}
}

func TestHelpInBothLanguages(t *testing.T) {
	each(newProgram(nil, nil, nil).root(), func(cmd *cobra.Command) {
		words := strings.Fields(cmd.CommandPath())[1:]
		t.Run(strings.Join(words, " "), func(t *testing.T) {
			en := execute(t.Context(), t, append(words, "--help", "--lang", "en")...)
			ja := execute(t.Context(), t, append(words, "--help", "--lang=ja")...)
			if en.status != exitDone || !strings.Contains(en.out, "Examples:") || !strings.Contains(en.out, "Flags:") {
				t.Errorf("English help, status %d:\n%s", en.status, en.out)
			}
			if ja.status != exitDone || !strings.Contains(ja.out, "例:") || !strings.Contains(ja.out, "フラグ:") || strings.Contains(ja.out, "(default ") {
				t.Errorf("Japanese help, status %d:\n%s", ja.status, ja.out)
			}
			if hasJapanese(en.out) {
				t.Errorf("the English help has Japanese in it:\n%s", en.out)
			}
		})
	})
}

func hasJapanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han)
	})
}

func TestFlagsAreDescribedInJapanese(t *testing.T) {
	p := newProgram([]string{"--lang", "ja"}, nil, nil)
	each(p.root(), func(cmd *cobra.Command) {
		if !hasJapanese(cmd.Short) || !hasJapanese(cmd.Long) {
			t.Errorf("%s: short %q, long %q", cmd.CommandPath(), cmd.Short, cmd.Long)
		}
		for _, line := range strings.Split(cmd.LocalFlags().FlagUsages(), "\n") {
			if line != "" && !hasJapanese(line) && !strings.Contains(line, "diffusers|kohya") {
				t.Errorf("%s: %s", cmd.CommandPath(), line)
			}
		}
	})
}

func TestChooseLang(t *testing.T) {
	cases := []struct {
		args string
		env  map[string]string
		want lang
	}{
		{"", nil, english},
		{"", map[string]string{"LANG": "ja_JP.UTF-8"}, japanese},
		{"", map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, english},
		{"", map[string]string{"LANG": "C", "LC_MESSAGES": "ja"}, japanese},
		{"--lang en", map[string]string{"LANG": "ja"}, english},
		{"doctor --lang=ja", nil, japanese},
		{"generate -- --lang=ja", nil, english},
		{"--lang", nil, english},
		{"", map[string]string{"LANG": "jam_JM"}, english},
	}
	for _, c := range cases {
		got := chooseLang(strings.Fields(c.args), func(k string) string { return c.env[k] })
		if got != c.want {
			t.Errorf("args %q, environment %v: %s, want %s", c.args, c.env, got, c.want)
		}
	}
}

func TestConfigFile(t *testing.T) {
	// A flag from the file is seen where the command complains of its value.
	export := func(t *testing.T, yaml string, more ...string) output {
		path := writeFile(t, "ichimai.yaml", yaml)
		return execute(t.Context(), t, append([]string{"doctor", "--config", path}, more...)...)
	}
	t.Run("read", func(t *testing.T) {
		got := export(t, "# a comment\ndevice: abacus\n")
		if got.status != exitWrongUse || !strings.Contains(got.err, "abacus") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("command line wins", func(t *testing.T) {
		got := export(t, "device: abacus\n", "--device", "sundial")
		if !strings.Contains(got.err, "sundial") || strings.Contains(got.err, "abacus") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("language", func(t *testing.T) {
		got := export(t, "lang: ja\ndevice: abacus\n")
		if !hasJapanese(got.err) {
			t.Errorf("%+v", got)
		}
	})
	wrong := map[string]struct{ yaml, want string }{
		"unknown key":  {"device: cpu\ncolour: red\n", "line 2: colour"},
		"help":         {"help: true\n", "help"},
		"config":       {"config: other.yaml\n", "config"},
		"twice":        {"device: cpu\ndevice: go\n", "device is there twice"},
		"wrong type":   {"json: maybe\n", "line 1: the value of json"},
		"list":         {"device: [cpu, go]\n", "one value"},
		"empty":        {"device:\n", "one value"},
		"no mapping":   {"- device\n", "flag: value"},
		"not YAML":     {"device: [\n", "ichimai.yaml"},
		"wrong number": {"quiet: 3\n", "quiet"},
	}
	for name, c := range wrong {
		t.Run(name, func(t *testing.T) {
			got := export(t, c.yaml)
			if got.status != exitWrongUse || !strings.Contains(got.err, c.want) {
				t.Errorf("status %d, message %q, want %q in it", got.status, got.err, c.want)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		got := execute(t.Context(), t, "doctor", "--config", "nowhere.yaml")
		if got.status != exitFailed || !strings.Contains(got.err, "nowhere.yaml") {
			t.Errorf("%+v", got)
		}
	})
}

// settingsProbe runs a command whose settings are s.
func settingsProbe(t *testing.T, s any, yaml string, set ...string) error {
	t.Helper()
	p := newProgram(nil, &bytes.Buffer{}, &bytes.Buffer{})
	cmd := p.command(spec{use: "probe", settings: s, run: func(context.Context, []string) error { return nil }})
	cmd.Flags().String("data", "", "")
	p.config, p.set = writeFile(t, "train.yaml", yaml), set
	if err := p.readConfig(cmd, p.config, s); err != nil {
		return err
	}
	return p.decodeSettings(s)
}

func TestConfigFileWithSettings(t *testing.T) {
	type settings struct {
		Steps int            `yaml:"steps"`
		Rate  float64        `yaml:"learning_rate"`
		Model map[string]any `yaml:"model"`
	}
	s := settings{Steps: 7, Rate: 0.5}
	if err := settingsProbe(t, &s, "data: x\nlearning_rate: 0.25\nmodel: {layers: 2}\n"); err != nil {
		t.Fatal(err)
	}
	if err := settingsProbe(t, &s, "steps: 8\n", "steps=9"); err != nil || s.Steps != 9 {
		t.Errorf("--set gave %d, %v", s.Steps, err)
	}
	for _, wrong := range []string{"steps", "stops=1", "steps=many"} {
		var usage *usageError
		if err := settingsProbe(t, &s, "", wrong); !errors.As(err, &usage) {
			t.Errorf("--set %s gave %v", wrong, err)
		}
	}
	if s.Steps != 9 || s.Rate != 0.25 || s.Model["layers"] != 2 {
		t.Errorf("got %+v", s)
	}
	for _, wrong := range []string{"learning_rat: 1\n", "steps: many\n"} {
		var usage *usageError
		if err := settingsProbe(t, &s, wrong); !errors.As(err, &usage) {
			t.Errorf("%q gave %v", wrong, err)
		}
	}
}

func TestExplain(t *testing.T) {
	cases := []struct {
		err    error
		kind   string
		status int
	}{
		{fmt.Errorf("read x: %w", fs.ErrNotExist), "not-found", exitFailed},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, "disk-full", exitFailed},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "not-permitted", exitFailed},
		{&engine.NotFoundError{Device: "cpu"}, "no-device", exitFailed},
		{&engine.PanicError{Internal: true}, "internal", exitFailed},
		{&usageError{"no"}, "usage", exitWrongUse},
		{errors.New("something else"), "failed", exitFailed},
		{fmt.Errorf("stopped: %w", context.Canceled), "failed", exitFailed}, // not by the user
	}
	for _, c := range cases {
		p := newProgram([]string{"--lang=ja"}, nil, nil)
		p.working = true
		f := p.explain(context.Background(), &cobra.Command{}, c.err)
		if f.kind != c.kind || f.status != c.status || !hasJapanese(p.say(f.title)) {
			t.Errorf("%v: %s, status %d, %q; want %s, %d", c.err, f.kind, f.status, p.say(f.title), c.kind, c.status)
		}
	}
}

func TestInterruptedEndsWith130(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := execute(ctx, t, "doctor")
	if got.status != exitInterrupted || !strings.Contains(got.err, "Interrupted") {
		t.Errorf("%+v", got)
	}
}

func TestVersion(t *testing.T) {
	got := execute(t.Context(), t, "version", "--json")
	var v version
	if err := json.Unmarshal([]byte(got.out), &v); err != nil || !strings.HasPrefix(v.Go, "go1.") {
		t.Errorf("%q: %v", got.out, err)
	}
	if got := execute(t.Context(), t, "version"); !strings.HasPrefix(got.out, "ichimai ") {
		t.Errorf("%+v", got)
	}
}
