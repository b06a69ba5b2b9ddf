package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/weights"
)

// Exit statuses.
const (
	exitDone        = 0
	exitFailed      = 1
	exitWrongUse    = 2
	exitInterrupted = 130
)

// usageError is wrong use that a command found itself; its text is in the
// user's language.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// wrongUse makes an error that ends the program with status 2.
func (p *program) wrongUse(t text, pairs ...string) error {
	return &usageError{p.say(t, pairs...)}
}

// localError is a failure whose text is in the user's language.
type localError struct {
	text string
	err  error // may be nil
}

func (e *localError) Error() string { return e.text }
func (e *localError) Unwrap() error { return e.err }

// failed makes an error of the program's own.
func (p *program) failed(err error, t text, pairs ...string) error {
	return &localError{p.say(t, pairs...), err}
}

// failure is what a user is told when a command did not finish.
type failure struct {
	status int
	kind   string // for programs
	title  text   // what kind of failure it was
	detail string
	inner  string // the detail in English, where detail is not
	hint   string // what to do next, or ""
}

// explain sorts an error by kind.
func (p *program) explain(ctx context.Context, cmd *cobra.Command, err error) failure {
	var usage *usageError
	switch {
	case errors.As(err, &usage), !p.working && !isSystem(err):
		return failure{exitWrongUse, "usage", textWrongUse, p.usageDetail(err), "", p.say(textSeeHelp, "command", cmd.CommandPath())}
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return failure{exitInterrupted, "interrupted", textInterrupted, err.Error(), "", p.goOn}
	}
	f := failure{status: exitFailed, kind: "failed", title: textFailed, detail: err.Error()}
	for _, k := range kinds {
		if k.is(err) {
			f.kind, f.title = k.name, k.title
			break
		}
	}
	var own *localError
	if japaneseText := inJapanese(err); p.language() == japanese && japaneseText != "" && !errors.As(err, &own) {
		f.detail, f.inner = japaneseText, err.Error()
	}
	return f
}

// isSystem tells a settings file that cannot be opened from one that is wrong.
func isSystem(err error) bool {
	var pathError *fs.PathError
	return errors.As(err, &pathError)
}

// kinds are the failures that have a name, looked for in order.
var kinds = []struct {
	name  string
	title text
	is    func(error) bool
}{
	{"disk-full", text{"The disk is full.", "ディスクの空きがありません。"}, is(syscall.ENOSPC)},
	{"not-permitted", text{"Access is not permitted.", "アクセスする権限がありません。"}, is(fs.ErrPermission)},
	{"no-demo-model", text{"There is no demo model here.", "デモ用モデルがありません。"}, is(demo.ErrNoModel)},
	{"no-device", text{"No device to compute with was found.", "計算に使うデバイスが見つかりませんでした。"}, as[*engine.NotFoundError]},
	{"audit-damaged", text{"The audit record is not as it was written.", "監査記録が書き込まれたときの状態と異なります。"}, isAuditFault},
	{"refused", text{"Pictures were refused.", "不合格の画像があります。"}, isRefused},
	{"no-judge", text{"There is no judge of pictures here.", "判定用のモデルがありません。"}, is(demo.ErrNoJudge)},
	{"internal", text{"This is a mistake in the program; please report it with this text.", "プログラムの誤りです。この表示を添えてお知らせください。"}, isInternal},
	{"not-a-picture", text{"The file is no picture that can be read.", "画像として読めないファイルです。"}, isPicture},
	{"wrong-weights", text{"The weight file does not fit.", "重みのファイルが合いません。"}, isWeights},
	{"exists", text{"The file is there already.", "同じ名前のファイルがすでにあります。"}, is(fs.ErrExist)},
	{"not-found", text{"A file or folder is missing.", "ファイルまたはフォルダーが見つかりません。"}, is(fs.ErrNotExist)},
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func as[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func isInternal(err error) bool {
	var e *engine.PanicError
	return errors.As(err, &e) && e.Internal
}

func isPicture(err error) bool {
	var e *picture.Error
	return errors.As(err, &e)
}

func isWeights(err error) bool {
	return as[*weights.KeyError](err) || as[*weights.FormatError](err) || as[*weights.LoRAError](err) || as[*weights.NonFiniteError](err)
}

// usageDetail says what was wrong on the command line; cobra's own words are
// put into the user's language.
func (p *program) usageDetail(err error) string {
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &missing):
		return p.say(textFlagNeedsValue, "flag", "--"+missing.GetFlag().Name)
	case errors.As(err, &unknown):
		return p.say(textUnknownFlag, "flag", dashed(unknown.GetSpecifiedName()))
	case errors.As(err, &invalid):
		return p.say(textBadFlagValue, "flag", "--"+invalid.GetFlag().Name, "value", invalid.GetValue(), "error", p.valueDetail(invalid.Unwrap()))
	}
	return err.Error()
}

// valueDetail says why a value does not fit its flag.
func (p *program) valueDetail(err error) string {
	var own *textError
	var number *strconv.NumError
	switch {
	case errors.As(err, &own):
		return p.say(own.text)
	case errors.As(err, &number) && number.Func != "ParseBool":
		return p.say(textNumber)
	case errors.As(err, &number):
		return p.say(textBool)
	}
	return err.Error()
}

// textError is an error in both languages, for code that does not know the
// user's.
type textError struct{ text }

func (e *textError) Error() string { return e.en }

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// printFailure writes a failure for people or for programs.
func (p *program) printFailure(f failure) {
	if p.json {
		json.NewEncoder(p.err).Encode(map[string]any{
			"event": "error", "kind": f.kind, "title": p.say(f.title), "message": f.detail, "detail": f.inner, "hint": f.hint, "status": f.status,
		})
		return
	}
	fmt.Fprintf(p.err, "ichimai: %s\n  %s\n", p.say(f.title), f.detail)
	if f.inner != "" {
		fmt.Fprintf(p.err, "  (%s)\n", f.inner)
	}
	if f.hint != "" {
		fmt.Fprintln(p.err, f.hint)
	}
}

var (
	textWrongUse       = text{"This is not how the command is used.", "コマンドの使い方に誤りがあります。"}
	textFailed         = text{"It did not work.", "処理を完了できませんでした。"}
	textInterrupted    = text{"Interrupted.", "中断しました。"}
	textGoOn           = text{"Run the same command again to go on from what was saved.", "同じコマンドをもう一度実行すると、保存されたところから続けます。"}
	textSeeHelp        = text{"Help: {command} --help", "ヘルプ: {command} --help"}
	textFlagNeedsValue = text{"{flag} needs a value", "{flag} には値が必要です"}
	textUnknownFlag    = text{"there is no flag {flag}", "{flag} というフラグはありません"}
	textNumber         = text{"a number is wanted", "数値を指定してください"}
	textBool           = text{"true or false is wanted", "true か false を指定してください"}
	textBadFlagValue   = text{"{flag}: {value} does not fit: {error}", "{flag}: {value} は使えません: {error}"}
)
