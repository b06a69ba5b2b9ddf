package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(p *program) *cobra.Command {
	return p.command(spec{
		use:     "version",
		short:   text{"Print the version of the program.", "プログラムのバージョンを表示します。"},
		long:    text{"Prints the version, the commit it was built from, and the version of Go.", "バージョン、ビルド元のコミット、Go のバージョンを表示します。"},
		example: text{"  ichimai version --json", "  ichimai version --json"},
		run: func(context.Context, []string) error {
			v := buildVersion()
			return p.result(v, fmt.Sprintf("ichimai %s (%s, %s)", v.Version, v.commit(), v.Go))
		},
	})
}

// version is what this program was built from.
type version struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	OS       string `json:"os"`
}

func (v version) commit() string {
	switch {
	case v.Commit == "":
		return "no commit recorded"
	case v.Modified:
		return v.Commit + "+changes"
	}
	return v.Commit
}

func buildVersion() version {
	v := version{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if build.Main.Version != "" {
		v.Version = build.Main.Version
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
