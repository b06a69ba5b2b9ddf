package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/evaluate"
)

// evaluating is the flags of evaluate.
type evaluating struct {
	p          *program
	model      modelFlags
	out        string
	part       string
	methods    string
	subjects   int
	keep       string
	reportOnly bool
	reportSize int
}

func evaluateCommand(p *program) *cobra.Command {
	e := &evaluating{p: p}
	cmd := p.command(spec{
		use: "evaluate PROTOCOL", min: 1, max: 1,
		short: text{"Compare ways to learn a thing, with scores, times and pictures.", "ものの姿を覚える方法を、得点・時間・画像で比べます。"},
		long: text{
			`Runs the protocol of a YAML file, as DreamBench does it: every subject is learned by every method, drawn as every prompt asks, and scored by CLIP and DINO. First a smaller product compares each method's settings and numbers of steps ("sweep"), then each method's best is drawn in full ("full"). The results are report.html (tables, plots and pictures in one file), scores.csv (a row a picture) and summary.json. Ctrl-C keeps what is done, and the same command goes on; a changed prompt, setting or model makes only what depends on it anew.

A protocol:

` + evaluateProtocol.en,
			`YAML ファイルに書いた評価の手順を、DreamBench の方法で実行します。すべての対象をすべての方法で覚え、すべてのプロンプトで描き、CLIP と DINO で採点します。まず小さい組み合わせで設定とステップ数を比べ(sweep)、次に方法ごとの最良の設定ですべてを描きます(full)。結果は report.html(表・グラフ・画像を一つにまとめたもの)、scores.csv(画像一枚につき一行)、summary.json に書き出します。Ctrl-C で止めてもそこまでの結果は残り、同じコマンドで続きから再開します。プロンプト、設定、モデルを変えたときは、影響を受けるものだけを作り直します。

ファイルの書き方:

` + evaluateProtocol.ja,
		},
		example: text{
			"  ichimai evaluate protocol.yaml --model MODEL --out evaluation\n  ichimai evaluate protocol.yaml --out evaluation --part sweep --methods encoder,lora\n  ichimai evaluate protocol.yaml --out evaluation --report-only --lang ja",
			"  ichimai evaluate protocol.yaml --model MODEL --out evaluation\n  ichimai evaluate protocol.yaml --out evaluation --part sweep --methods encoder,lora\n  ichimai evaluate protocol.yaml --out evaluation --report-only --lang ja",
		},
		run: e.run,
	})
	e.add(flags{p, cmd.Flags()})
	return cmd
}

func (e *evaluating) add(f flags) {
	f.string(&e.out, "out", "evaluation", text{"`FOLDER` of the results, from which a stopped run goes on", "結果を書き出す `FOLDER`。止めた評価もここから再開します"})
	f.string(&e.part, "part", evaluate.PartBoth, text{"what to run: `sweep|full|both`", "実行する部分(`sweep|full|both`)"})
	f.string(&e.methods, "methods", "", text{"`NAMES` of the protocol's methods to run, with commas between (default: all)", "実行する方法の `NAMES`(コンマ区切り、既定はすべて)"})
	f.int(&e.subjects, "subjects", 0, text{"take at most `N` subjects; 0 takes all", "対象を最大 `N` 個に限ります。0 ならすべてです"})
	f.string(&e.keep, "keep-pictures", evaluate.KeepGrid, text{"drawn pictures to keep: `none|grid|all`; grid are those that the report shows, all lets another scorer score them without drawing anew", "保存する画像(`none|grid|all`)。grid はレポートに載せる画像、all はすべてで、scorer を変えても描き直さずに採点できます"})
	f.bool(&e.reportOnly, "report-only", text{"draw nothing: make the report again from what is there", "何も描かずに、すでにある結果からレポートを作り直します"})
	f.int(&e.reportSize, "report-size", 12, text{"most size of the report's pictures in `MB`", "レポートに載せる画像の合計の上限 `MB`"})
	e.model.add(f)
}

func (e *evaluating) run(ctx context.Context, args []string) error {
	if err := e.check(); err != nil {
		return err
	}
	protocol, err := evaluate.Read(args[0])
	if err != nil {
		return e.explained(err)
	}
	if e.reportOnly {
		return e.explained(e.write(ctx, protocol))
	}
	dir, err := e.model.folder(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(protocol.CheckScorers(dir), protocol.CheckMethods(e.names())); err != nil {
		return e.explained(err)
	}
	m, done, err := e.model.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	e.p.goOn = e.p.say(textGoOn)
	err = evaluate.Run(ctx, protocol, evaluate.Options{
		Model: m, Dir: e.out, Part: e.part, Methods: e.names(), Subjects: e.subjects, Keep: e.keep, Report: e.report,
	})
	e.p.report.close()
	if err != nil {
		return e.explained(err)
	}
	return e.write(ctx, protocol)
}

// check refuses wrong flags before anything is opened.
func (e *evaluating) check() error {
	for _, c := range []struct {
		flag, value string
		known       []string
	}{
		{"--part", e.part, []string{evaluate.PartSweep, evaluate.PartFull, evaluate.PartBoth}},
		{"--keep-pictures", e.keep, []string{evaluate.KeepNone, evaluate.KeepGrid, evaluate.KeepAll}},
	} {
		if !slices.Contains(c.known, c.value) {
			return e.p.wrongUse(textBadChoice, "flag", c.flag, "value", c.value, "known", strings.Join(c.known, ", "))
		}
	}
	if e.subjects < 0 || e.reportSize < 1 {
		return e.p.wrongUse(textBadNumber)
	}
	return nil
}

func (e *evaluating) names() []string {
	var names []string
	for _, name := range strings.Split(e.methods, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// explained makes what is wrong with a protocol wrong use, in the user's language.
func (e *evaluating) explained(err error) error {
	var wrong *evaluate.ProtocolError
	if errors.As(err, &wrong) {
		return &usageError{wrong.In(e.p.lang)}
	}
	return err
}

// report shows how far a run is.
func (e *evaluating) report(s evaluate.Progress) {
	p := e.p
	title := p.say(textFullPart)
	if s.Part == evaluate.PartSweep {
		title = p.say(textSweepPart)
	}
	var notes []string
	if s.Unit != "" {
		notes = append(notes, s.Unit)
	}
	if s.LearningSteps > 0 {
		notes = append(notes, p.say(textStepOf, "step", fmt.Sprint(s.Learning), "steps", fmt.Sprint(s.LearningSteps)))
	}
	if s.DrawingOf > 0 {
		notes = append(notes, p.say(textDrawnOf, "drawn", fmt.Sprint(s.Drawn), "of", fmt.Sprint(s.DrawingOf)))
	}
	if s.Rate > 0 {
		notes = append(notes, p.say(textUnitRate, "rate", fmt.Sprintf("%.0f", s.Rate)))
	}
	if s.Left > 0 {
		notes = append(notes, p.say(textLeft, "left", s.Left.Round(time.Second).String()))
	}
	p.report.update(progress{
		task: "evaluate", title: title, done: int64(s.Done), total: int64(s.Units), note: strings.Join(notes, "  "),
		data: map[string]any{"part": s.Part, "unit": s.Unit, "step": s.Learning, "steps": s.LearningSteps, "drawn": s.Drawn,
			"drawing": s.DrawingOf, "units_an_hour": s.Rate, "left_s": s.Left.Seconds()},
	})
}

// write makes the results from what is there.
func (e *evaluating) write(ctx context.Context, protocol *evaluate.Protocol) error {
	made, err := evaluate.Write(ctx, protocol, e.out, evaluate.ReportOptions{Lang: e.p.lang, PictureBytes: int64(e.reportSize) * 1_000_000,
		Report: func(row string) { e.p.note(textComparing, "row", row) }})
	if err != nil {
		return err
	}
	lines := append(slices.Clone(made.Sentences), "",
		e.p.say(textReportIn, "path", made.Report), e.p.say(textScoresIn, "path", made.CSV), e.p.say(textSummaryIn, "path", made.Summary))
	return e.p.result(map[string]any{"report": made.Report, "scores": made.CSV, "summary": made.Summary, "sentences": made.Sentences}, lines...)
}

// evaluateProtocol shows how a protocol is written.
var evaluateProtocol = text{
	`  subjects: subjects            # a folder a subject, 1 to 20 pictures in each
  classes:                      # what each is, in both languages
    fox-3: {en: fox, ja: THE JAPANESE WORD}
  real: real                    # real/fox-3/snow.png: the upper mark (may be left out)
  prompts:                      # {} is where the subject goes
    - {id: snow, kind: recontextualise, lang: en, text: "{} in snow"}
    - {id: ink, kind: restyle, lang: en, text: "an ink drawing of {}"}
    - {id: hat, kind: accessorise, lang: en, text: "{} with a red hat"}
    - {id: blue, kind: property, lang: en, text: "a blue {}"}  # or lang: ja, in Japanese
  seeds: [0, 1, 2, 3]
  sampling: {steps: 20, guidance: 4, sampler: ddim}
  methods:
    - {name: encoder, method: encoder, steps: [0, 4, 12], report_steps: [0, 12]}
    - name: lora
      method: lora
      set: {rank: 4}            # settings of personalize --set
      steps: [50, 100, 200]     # looked at after these
      sweep: {learning_rate: [3e-4, 1e-3]}
  sweep: {subjects: 8, prompts: [snow, ink], seeds: 2}
  scorers:                      # folders, from this file or in the model's folder
    - {name: apart, clip: scorer/clip, dino: scorer/dino}
    - {name: own, clip: clip, own: true}`,
	`  subjects: subjects            # 対象ごとに一つのフォルダー。中に 1〜20 枚の画像
  classes:                      # 対象の種類を両方の言語で
    fox-3: {en: fox, ja: キツネ}
  real: real                    # real/fox-3/snow.png のような本物の画像。上限の目安(省略可)
  prompts:                      # ものの名前が入る場所は {}
    - {id: snow, kind: recontextualise, lang: en, text: "{} in snow"}
    - {id: ink, kind: restyle, lang: en, text: "an ink drawing of {}"}
    - {id: hat, kind: accessorise, lang: en, text: "{} with a red hat"}
    - {id: blue, kind: property, lang: ja, text: "青い{}"}
  seeds: [0, 1, 2, 3]
  sampling: {steps: 20, guidance: 4, sampler: ddim}
  methods:
    - {name: encoder, method: encoder, steps: [0, 4, 12], report_steps: [0, 12]}
    - name: lora
      method: lora
      set: {rank: 4}            # personalize --set と同じ設定
      steps: [50, 100, 200]     # このステップ数で途中の結果を見る
      sweep: {learning_rate: [3e-4, 1e-3]}
  sweep: {subjects: 8, prompts: [snow, ink], seeds: 2}
  scorers:                      # このファイルから、またはモデルのフォルダー内のフォルダー
    - {name: apart, clip: scorer/clip, dino: scorer/dino}
    - {name: own, clip: clip, own: true}`,
}

var (
	textBadChoice = text{"{flag}: {value} is not known; choose one of {known}", "{flag}: {value} は使えません。{known} から指定してください"}
	textBadNumber = text{"--subjects must not be negative, and --report-size is 1 or more", "--subjects は 0 以上、--report-size は 1 以上で指定してください"}
	textSweepPart = text{"comparing settings", "設定を比較中"}
	textFullPart  = text{"drawing in full", "全体を描画中"}
	textStepOf    = text{"learning {step}/{steps}", "学習 {step}/{steps}"}
	textDrawnOf   = text{"pictures {drawn}/{of}", "画像 {drawn}/{of}"}
	textUnitRate  = text{"{rate} units/h", "{rate} 件/時"}
	textComparing = text{"comparing the set of pictures with the real ones: {row}", "画像全体を本物の画像と比較中: {row}"}
	textReportIn  = text{"Report: {path}", "レポート: {path}"}
	textScoresIn  = text{"Scores of every picture: {path}", "全画像の得点: {path}"}
	textSummaryIn = text{"Summary for programs: {path}", "プログラム用の要約: {path}"}
)
