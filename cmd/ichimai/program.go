package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
	"golang.org/x/term"
)

// program is one run of the command line: where it writes, in which language,
// and the flags that all commands share.
type program struct {
	args     []string
	out, err io.Writer
	terminal bool // err is a terminal
	width    int  // columns of the terminal

	lang    string
	json    bool
	quiet   bool
	config  string
	working bool // the command itself has begun: errors are no longer wrong use
	report  reporter
	// settings are keys and values of --config for decodeSettings, set those of
	// --set.
	settings []*yaml.Node
	set      []string
	// goOn says how to go on after an interruption, or "".
	goOn string
}

func newProgram(args []string, out, err io.Writer) *program {
	p := &program{args: args, out: out, err: err, width: 80}
	p.lang = string(chooseLang(args, os.Getenv))
	if f, ok := err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal = true
		if w, _, sizeErr := term.GetSize(int(f.Fd())); sizeErr == nil && w > 0 {
			p.width = w
		}
	}
	return p
}

// run executes the command line and returns the exit status.
func (p *program) run(ctx context.Context) int {
	root := p.root()
	root.SetArgs(p.args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	// Libraries log warnings; they go where progress goes.
	slog.SetDefault(slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	cmd, err := root.ExecuteContextC(ctx)
	if p.report != nil {
		p.report.close()
	}
	if err == nil {
		return exitDone
	}
	f := p.explain(ctx, cmd, err)
	p.printFailure(f)
	return f.status
}

// language is the language that texts are in.
func (p *program) language() lang { return langOf(p.lang) }

// say returns a text in the user's language with its arguments filled in.
func (p *program) say(t text, pairs ...string) string { return t.in(p.language(), pairs...) }

// note tells the user something beside progress and results.
func (p *program) note(t text, pairs ...string) {
	if p.report != nil {
		p.report.note(p.say(t, pairs...))
	}
}

// result ends a command: for programs value as JSON, for people the lines.
func (p *program) result(value any, lines ...string) error {
	p.report.close()
	if p.json {
		return json.NewEncoder(p.out).Encode(value)
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(p.out, l); err != nil {
			return err
		}
	}
	return nil
}

// commands are the program's commands in the order of its help. A new command
// is one file and one line here.
var commands = []func(*program) *cobra.Command{
	demoCommand, personalizeCommand, generateCommand, exploreCommand, conceptCommand, studioCommand, auditCommand, trainCommand, evaluateCommand, gateCommand, scoreCommand, verifyCommand, doctorCommand, versionCommand,
}

func (p *program) root() *cobra.Command {
	root := p.group(spec{
		use:   "ichimai",
		short: text{"Shows: one picture in, that thing drawn in any scene out.", "一枚の写真に写ったものを、好きな場面に描きます。"},
		long: text{
			"Ichimai learns a thing from one picture (or a few) and draws it in any scene that you describe, on your own machine, with models in the Stable Diffusion format.",
			"Ichimai は、一枚(または数枚)の写真からものの姿を覚え、言葉で書いた場面の中に描きます。Stable Diffusion 形式のモデルを使い、すべて手元のマシンで動きます。",
		},
		example: text{
			"  ichimai demo --out ichimai-demo\n  ichimai personalize sneaker.jpg --model MODEL --out sneaker.safetensors\n  ichimai generate \"a photo of <sneaker> on the beach\" --model MODEL --concept sneaker.safetensors",
			"  ichimai demo --out ichimai-demo --lang ja\n  ichimai personalize sneaker.jpg --model MODEL --out sneaker.safetensors\n  ichimai generate \"a photo of <sneaker> on the beach\" --model MODEL --concept sneaker.safetensors",
		},
	}, commands...)
	p.sharedFlags(root)
	return root
}
