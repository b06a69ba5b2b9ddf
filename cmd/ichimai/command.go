package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

// spec describes a command in both languages.
type spec struct {
	use                  string // cobra's: the name and what follows it
	short, long, example text
	// min and max are how many arguments are taken; max -1 is any number.
	min, max int
	// settings, if not nil, points to a struct with yaml tags: the keys of
	// --config that are no flags. The command decodes them.
	settings any
	run      func(ctx context.Context, args []string) error
}

// command makes a command that reads its settings file, then runs.
func (p *program) command(s spec) *cobra.Command {
	cmd := p.described(s)
	cmd.Annotations = map[string]string{"works": "yes"} // by itself, also where it has commands below it
	cmd.Args = func(cmd *cobra.Command, args []string) error { return p.countArgs(cmd, s, args) }
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.prepare(cmd, s.settings); err != nil {
			return err
		}
		p.working = true
		return s.run(cmd.Context(), args)
	}
	return cmd
}

// group makes a command that only holds others; alone it shows its help.
func (p *program) group(s spec, children ...func(*program) *cobra.Command) *cobra.Command {
	cmd := p.described(s)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return p.wrongUse(textUnknownCommand, "name", args[0], "command", cmd.CommandPath(), "known", childNames(cmd))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	for _, c := range children {
		cmd.AddCommand(c(p))
	}
	return cmd
}

func childNames(cmd *cobra.Command) string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return strings.Join(names, ", ")
}

func (p *program) described(s spec) *cobra.Command {
	cmd := &cobra.Command{
		Use: s.use, Short: p.say(s.short), Long: p.say(s.long), Example: p.say(s.example),
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolP("help", "h", false, p.say(textHelpFlag))
	cmd.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"})
	p.localiseHelp(cmd)
	return cmd
}

func (p *program) countArgs(cmd *cobra.Command, s spec, args []string) error {
	switch {
	case len(args) < s.min:
		return p.wrongUse(textMissingArgument, "usage", cmd.UseLine())
	case s.max >= 0 && len(args) > s.max:
		return p.wrongUse(textExtraArgument, "argument", args[s.max], "usage", cmd.UseLine())
	}
	return nil
}

// prepare reads --config, checks the shared flags and opens the reporter.
func (p *program) prepare(cmd *cobra.Command, settings any) error {
	if p.config != "" {
		if err := p.readConfig(cmd, p.config, settings); err != nil {
			return err
		}
	}
	if l := lang(p.lang); l != english && l != japanese {
		return p.wrongUse(textBadLang, "value", p.lang)
	}
	p.report = p.newReporter()
	return nil
}

// settings declares --set, for commands with settings.
func (f flags) settings() {
	f.strings(&f.p.set, "set", text{"a further setting, `KEY=VALUE`, as in the settings file; may be repeated", "そのほかの設定を `KEY=VALUE` で指定します(設定ファイルと同じキー、複数可)"})
}

func (p *program) sharedFlags(root *cobra.Command) {
	f := flags{p, root.PersistentFlags()}
	f.string(&p.config, "config", "", text{"read flags from this YAML `FILE`; the command line wins", "設定を YAML の `FILE` から読み込みます(コマンドラインの指定が優先されます)"})
	f.bool(&p.json, "json", text{"print one JSON object a line: progress on standard error, the result on standard output", "一行に一つの JSON を出力します(経過は標準エラー、結果は標準出力)"})
	f.bool(&p.quiet, "quiet", text{"show no progress", "経過を表示しません"})
	f.string(&p.lang, "lang", p.lang, text{"language, `en|ja`", "表示する言語(`en|ja`)"})
}

var (
	textHelpFlag        = text{"show this help", "このヘルプを表示します"}
	textUnknownCommand  = text{"{command} has no command {name}; it has: {known}", "{command} に {name} というコマンドはありません。使えるコマンド: {known}"}
	textMissingArgument = text{"an argument is missing: {usage}", "引数が足りません: {usage}"}
	textExtraArgument   = text{"the argument {argument} is one too many: {usage} (put quotes around a prompt)", "引数 {argument} が余分です: {usage}(プロンプトは引用符で囲んでください)"}
	textBadLang         = text{"--lang: {value} is no language here; choose en or ja", "--lang: {value} という言語はありません。en か ja を指定してください"}
)
