package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/engine"
)

func doctorCommand(p *program) *cobra.Command {
	var device deviceFlags
	var install, clear, forget bool
	cmd := p.command(spec{
		use:   "doctor",
		short: text{"Look at this machine and say what to mend; --install fetches what is missing.", "このマシンの状態を調べます。--install で足りないものを入れます。"},
		long: text{
			"Shows the device that computes, versions, memory and a short speed test, and says for each problem what to do about it. It downloads nothing unless --install is given. The exit status is 1 when no XLA plugin works.",
			"計算に使うデバイス、各部のバージョン、メモリ、簡単な速度測定の結果を表示し、問題があれば対処方法を示します。--install を付けないかぎり、何もダウンロードしません。XLA プラグインが動かないときの終了コードは 1 です。",
		},
		example: text{"  ichimai doctor --install", "  ichimai doctor --install"},
		run: func(ctx context.Context, _ []string) error {
			if err := device.check(); err != nil {
				return err
			}
			if install {
				plugin, err := engine.Install(ctx, device.config())
				p.report.close()
				if err != nil {
					return err
				}
				p.note(textInstalled, "name", plugin.Name+" "+plugin.Version, "path", plugin.Path)
			}
			if clear {
				cleared, err := engine.ClearCompiled(device.config())
				if err != nil {
					return err
				}
				p.note(textCleared, "count", fmt.Sprint(cleared.Programs), "size", megabytesText(cleared.Bytes))
			}
			if forget {
				if err := engine.ClearMeasured(device.config()); err != nil {
					return err
				}
				p.note(textForgot)
			}
			r, err := engine.Doctor(ctx, device.config())
			if err != nil {
				return err
			}
			return p.printDiagnosis(r)
		},
	})
	f := flags{p, cmd.Flags()}
	f.bool(&install, "install", text{"install the XLA plugin if it is missing or damaged", "XLA プラグインがない、または壊れている場合にインストールします"})
	f.bool(&clear, "clear-compiled", text{"remove the compiled programs that are kept for faster starts", "起動を速くするために保存してあるコンパイル済みプログラムを消します"})
	f.bool(&forget, "clear-measured", text{"forget which ways of computing were found to be the fastest here", "このマシンで最も速かった計算方法の記録を消します"})
	device.add(f)
	return cmd
}

// printDiagnosis prints the report; a machine that cannot compute is a failure.
func (p *program) printDiagnosis(r engine.Report) error {
	lines := p.diagnosis(r)
	if err := p.result(r, lines...); err != nil {
		return err
	}
	broken := slices.ContainsFunc(r.Problems, func(b engine.Problem) bool {
		return b.ID == engine.ProblemNoPlugin || b.ID == engine.ProblemProbe
	})
	if broken {
		return p.failed(errors.New("doctor found a problem"), textBroken)
	}
	return nil
}

// diagnosis is the report as a table, followed by the problems.
func (p *program) diagnosis(r engine.Report) []string {
	plugin := strings.TrimSpace(r.Engine.Plugin.Name + " " + r.Engine.Plugin.Version)
	rows := []row{
		{text{"Device", "デバイス"}, join(r.Engine.Device, r.Engine.Platform)},
		{text{"Plugin", "プラグイン"}, join(plugin, r.Engine.Plugin.Origin)},
		{text{"Plugin file", "プラグインの場所"}, r.Engine.Plugin.Path},
		{text{"PJRT version", "PJRT のバージョン"}, r.Engine.API},
		{text{"Go", "Go"}, join(r.Go, r.OS)},
	}
	for _, path := range sortedKeys(r.Modules) {
		rows = append(rows, row{text{"Module", "モジュール"}, path + " " + r.Modules[path]})
	}
	rows = append(rows,
		row{text{"Processor", "プロセッサー"}, join(r.Processor.Model, strings.Join(r.Processor.Flags, " "))},
		row{text{"Cores", "コア数"}, fmt.Sprint(r.Processor.Threads)},
		row{text{"Memory", "メモリ"}, p.say(textMemory, "free", gigabytes(r.Memory.Available), "total", gigabytes(r.Memory.Total))},
		row{text{"Huge pages", "ヒュージページ"}, r.HugePages},
		row{text{"Cache folder", "キャッシュの場所"}, join(r.Cache.Dir, gigabytes(uint64(r.Cache.Bytes)))},
	)
	rows = append(rows,
		row{text{"Compiled", "コンパイル済み"}, p.compiled(r.Compiled)},
		row{text{"Measured", "計測済み"}, p.measured(r.Measured)},
	)
	if r.Speed != nil {
		rows = append(rows, row{text{"Speed", "速度"}, p.say(textSpeed, "matmul", fmt.Sprintf("%.0f", r.Speed.MatMul), "conv", fmt.Sprintf("%.0f", r.Speed.Conv))})
	}
	return append(p.table(rows), p.problems(r.Problems)...)
}

// compiled says how many compiled programs are kept.
func (p *program) compiled(c engine.Compiled) string {
	if c.Limit == 0 {
		return p.say(textNotKept)
	}
	return p.say(textCompiled, "count", fmt.Sprint(c.Programs), "size", megabytesText(c.Bytes), "limit", megabytesText(c.Limit))
}

// measured says how many ways of computing were chosen by the clock.
func (p *program) measured(m engine.Measured) string {
	if m.Off {
		return p.say(textNotMeasured)
	}
	return p.say(textMeasured, "count", fmt.Sprint(m.Findings))
}

func megabytesText(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/(1<<20)) }

// join puts the second text in brackets behind the first.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " (" + b + ")"
}

func gigabytes(n uint64) string { return fmt.Sprintf("%.1f GB", float64(n)/(1<<30)) }

// problems says what is wrong and what to do, one under the other.
func (p *program) problems(list []engine.Problem) []string {
	if len(list) == 0 {
		return []string{"", p.say(textHealthy)}
	}
	lines := []string{""}
	for _, b := range list {
		what, do := p.problem(b)
		lines = append(lines, "! "+what, "  → "+do)
	}
	return lines
}

// problem is a problem in the user's language; the English is the engine's.
func (p *program) problem(b engine.Problem) (what, do string) {
	t, known := problemsJapanese[b.ID]
	if p.language() != japanese || !known {
		return b.What(), b.Do()
	}
	var pairs []string
	for _, name := range sortedKeys(b.Args) {
		pairs = append(pairs, "{"+name+"}", b.Args[name])
	}
	fill := strings.NewReplacer(pairs...)
	return fill.Replace(t.what), fill.Replace(t.do)
}

// problemsJapanese are the engine's problems, with arguments in braces.
var problemsJapanese = map[string]struct{ what, do string }{
	engine.ProblemNoPlugin:      {"使える XLA プラグインがありません: {error}", "ネットワークにつないで `ichimai doctor --install` を実行するか、" + engine.EnvPlugin + " でプラグインを指定してください。"},
	engine.ProblemPureGo:        {"純 Go のバックエンドで計算します。畳み込みは 1 GFLOP/s ほどで、とても遅くなります。", "デバイスに auto か cpu を指定してください。"},
	engine.ProblemCUDAFallback:  {"NVIDIA のカードを使っていません: {error}", "`ichimai doctor --install --device cuda` を実行してください。カードを使わない場合は、デバイスに cpu を指定すると探さなくなります。"},
	engine.ProblemDamaged:       {"プラグイン {path} が壊れています: {error}", "`ichimai doctor --install` を実行すると入れ直します。"},
	engine.ProblemCacheReadOnly: {"キャッシュのフォルダー {dir} に書き込めません: {error}", engine.EnvCache + " に書き込めるフォルダーを指定してください。"},
	engine.ProblemCompileCache:  {"コンパイル済みプログラムを保存できないため、起動のたびにコンパイルします: {error}", "表示された問題を直してください。保存しないままでよい場合は " + engine.EnvCompileCache + " に off を指定してください。"},
	engine.ProblemMemory:        {"空きメモリが {available} GB しかありません。Stable Diffusion 1.5 のモデルには約 {needed} GB 必要です。", "ほかのプログラムを終了するか、コンテナーの上限を上げるか、小さいモデルを使ってください。"},
	engine.ProblemHugePages:     {"Transparent Huge Pages が無効です。速度が 2 割ほど落ちます。", "root で echo madvise > {path} を実行してください。"},
	engine.ProblemNoAVX2:        {"プロセッサー {model} は AVX2 に対応していません。XLA が動かないか、遅くなることがあります。", "より新しいプロセッサーを使うか、デバイスに go を指定してください。"},
	engine.ProblemProbe:         {"速度の測定に失敗しました: {error}", "この表示を添えてお知らせください。画像の生成もおそらく失敗します。"},
}

var (
	textCleared     = text{"removed {count} compiled programs ({size})", "コンパイル済みプログラム {count} 個({size})を消しました"}
	textCompiled    = text{"{count} programs, {size} of at most {limit}", "{count} 個、{size}(上限 {limit})"}
	textNotMeasured = text{"turned off", "計測しない設定です"}
	textNotKept     = text{"not kept", "保存していません"}
	textForgot      = text{"forgot what was measured", "計測の記録を消しました"}
	textMeasured    = text{"the fastest of several ways is known for {count} operations", "{count} 種類の演算について最速の方法を記録しています"}
	textInstalled   = text{"installed {name} in {path}", "{name} を {path} にインストールしました"}
	textBroken      = text{"This machine cannot draw yet; what to do is listed above.", "このマシンではまだ画像を生成できません。上に示した対処をしてください。"}
	textMemory      = text{"{free} free of {total}", "空き {free} / 全体 {total}"}
	textSpeed       = text{"{matmul} GFLOP/s matrix product, {conv} GFLOP/s convolution", "行列積 {matmul} GFLOP/s、畳み込み {conv} GFLOP/s"}
	textHealthy     = text{"All is well.", "問題は見つかりませんでした。"}
)
