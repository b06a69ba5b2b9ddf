package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// localiseHelp gives a command help in the user's language: cobra's template
// with other headings, and pflag's word for a default.
func (p *program) localiseHelp(cmd *cobra.Command) {
	pairs := []string{
		"USAGE", p.say(text{"Usage:", "使い方:"}),
		"EXAMPLES", p.say(text{"Examples:", "例:"}),
		"COMMANDS", p.say(text{"Commands:", "コマンド:"}),
		"CHILD", p.say(text{"COMMAND", "コマンド"}),
		"GLOBAL", p.say(text{"Flags of every command:", "すべてのコマンドで使えるフラグ:"}),
		"FLAGS", p.say(text{"Flags:", "フラグ:"}),
		"[OPTIONS]", p.say(text{"[FLAGS]", "[フラグ]"}),
		"MORE", p.say(text{`Use "{{.CommandPath}} COMMAND --help" for more about a command.`, `各コマンドの詳しい説明は "{{.CommandPath}} コマンド --help" で表示できます。`}),
	}
	cmd.SetUsageTemplate(strings.NewReplacer(pairs...).Replace(usageTemplate))
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		usage := strings.ReplaceAll(cmd.UsageString(), "(default ", p.say(text{"(default ", "(既定値 "}))
		fmt.Fprintf(p.out, "%s\n\n%s", cmd.Long, usage)
	})
}

const usageTemplate = `USAGE
  {{if not .HasAvailableSubCommands}}{{.UseLine}}{{else}}{{if .Annotations.works}}{{.UseLine}} [OPTIONS]
  {{end}}{{.CommandPath}} CHILD{{end}} [OPTIONS]
{{- if .HasExample}}

EXAMPLES
{{.Example}}
{{- end}}
{{- if .HasAvailableSubCommands}}

COMMANDS
{{- range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}
{{- end}}{{end}}
{{- end}}
{{- if .HasAvailableLocalFlags}}

FLAGS
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if .HasAvailableInheritedFlags}}

GLOBAL
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if .HasAvailableSubCommands}}

MORE
{{- end}}
`
