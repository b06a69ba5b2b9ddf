package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/evaluate"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// gating is the flags of gate.
type gating struct {
	p      *program
	device deviceFlags
	out    string
	judge  string
	model  string
	refuse float64
	blur   float64
	drawn  string
	force  bool
}

func gateCommand(p *program) *cobra.Command {
	g := &gating{p: p}
	cmd := p.command(spec{
		use: "gate PROTOCOL", min: 1, max: 1,
		short: text{"Find the thresholds by which score and personalize --check judge.", "score と personalize --check の判定に使うしきい値を決めます。"},
		long: text{
			"Reads the subjects of an evaluation's protocol with their real pictures, and draws nothing. For each of four checks it finds the threshold that refuses a small part of good pictures, and measures on other subjects how often the check errs: the subject by the other subjects' pictures, the prompt by the other prompts, sharpness by blurred pictures, copying by cropped, mirrored and compressed ones. A check that cannot tell good from bad only warns.",
			"評価の手順(evaluate と同じ YAML ファイル)にある対象と本物の画像を読み取ります。画像は描きません。四つの点のそれぞれについて、良い画像のうちわずかだけを不合格にするしきい値を決め、ほかの対象でどのくらい誤るかを測ります。悪い例として、似ているかにはほかの対象の画像、指示どおりかにはほかのプロンプト、鮮明さにはぼかした画像、元の写真との一致には切り抜き・左右反転・再圧縮をした画像を使います。良し悪しを見分けられない点は、警告だけにします。",
		},
		example: text{
			"  ichimai gate protocol.yaml --judge JUDGE --out JUDGE/gate.json\n  ichimai gate protocol.yaml --judge JUDGE --out gate.json --drawn evaluation",
			"  ichimai gate protocol.yaml --judge JUDGE --out JUDGE/gate.json\n  ichimai gate protocol.yaml --judge JUDGE --out gate.json --drawn evaluation",
		},
		run: g.run,
	})
	f := flags{p, cmd.Flags()}
	f.string(&g.out, "out", gate.File, text{"`FILE` to write; in the judge's folder, gate.json is found without being named", "書き出す `FILE`。--judge のフォルダーに gate.json の名前で置くと、自動的に使われます"})
	f.string(&g.judge, "judge", "", text{"`FOLDER` of the judge (default: the demo's)", "判定に使うモデルの `FOLDER`(既定はデモ用のもの)"})
	f.string(&g.model, "model", "", text{"`FOLDER` of the model that will draw: judge sharpness by what its autoencoder gives back of the real pictures, for it can draw nothing sharper", "描くのに使うモデルの `FOLDER`。そのオートエンコーダーを通した本物の画像を、鮮明さの基準にします(モデルはそれより鮮明には描けません)"})
	f.float(&g.refuse, "refuse", gate.DefaultRefuse, text{"`SHARE` of good pictures that each check may refuse", "それぞれの点で不合格にしてよい、良い画像の割合 `SHARE`"})
	f.float(&g.blur, "blur", gate.DefaultBlur, text{"how blurred bad pictures are: the Gaussian's deviation in `PIXELS`", "悪い例にする画像のぼかしの強さ(ガウス分布の標準偏差、`PIXELS`)"})
	f.string(&g.drawn, "drawn", "", text{"`FOLDER` of the evaluation's results: say how often its methods' drawings pass too", "評価の結果の `FOLDER`。そこにある各方法の画像が合格する割合も調べます"})
	f.bool(&g.force, "force", textForce)
	g.device.add(f)
	return cmd
}

func (g *gating) run(ctx context.Context, args []string) error {
	if err := g.check(); err != nil {
		return err
	}
	protocol, err := evaluate.Read(args[0])
	if err != nil {
		return (&evaluating{p: g.p}).explained(err)
	}
	if protocol.Real == "" {
		return g.p.wrongUse(textNeedsReal, "file", args[0])
	}
	things, err := readThings(protocol)
	if err != nil {
		return err
	}
	hash, err := picture.HashFile(args[0])
	if err != nil {
		return err
	}
	device, err := g.device.open(ctx)
	if err != nil {
		return err
	}
	defer device.Close()
	judge, err := g.openJudge(ctx, device)
	if err != nil {
		return err
	}
	defer judge.Close()
	options := gate.Options{Refuse: g.refuse, Blur: g.blur, Protocol: hash, Report: g.report(textLearningGate)}
	if err := g.drawThrough(ctx, device, &options); err != nil {
		return err
	}
	learned, err := gate.Learn(ctx, judge, things, options)
	if err != nil {
		return err
	}
	if g.drawn != "" {
		if err := g.judgeDrawn(ctx, judge, learned, things); err != nil {
			return err
		}
	}
	if err := learned.Write(g.out); err != nil {
		return err
	}
	return g.p.result(map[string]any{"file": g.out, "gate": learned}, g.lines(learned)...)
}

// check refuses wrong flags before anything is opened.
func (g *gating) check() error {
	if !(g.refuse > 0 && g.refuse < 1) || !(g.blur > 0 && g.blur <= 64) {
		return g.p.wrongUse(textBadGate)
	}
	if err := g.device.check(); err != nil {
		return err
	}
	if err := g.p.notTaken(g.force, g.out); err != nil {
		return err
	}
	return makeParent(g.out)
}

func (g *gating) openJudge(ctx context.Context, device *engine.Engine) (*gate.Judge, error) {
	dir := g.judge
	if dir == "" {
		var err error
		if dir, err = demoJudge(ctx); err != nil {
			return nil, err
		}
	}
	return gate.OpenJudge(ctx, dir, device.Backend())
}

// drawThrough makes pictures that a model's autoencoder gives back the good ones of
// sharpness, where a model is named.
func (g *gating) drawThrough(ctx context.Context, device *engine.Engine, o *gate.Options) error {
	if g.model == "" {
		return nil
	}
	m, err := diffusion.Open(ctx, g.model, device)
	if err != nil {
		return err
	}
	o.Model = m.Name
	o.Through = func(ctx context.Context, p *picture.Picture) (*picture.Picture, error) {
		latents, err := m.EncodePictures(ctx, []*picture.Picture{p}, false, 0)
		if err != nil {
			return nil, err
		}
		given, err := m.DecodeLatents(ctx, latents)
		if err != nil {
			return nil, err
		}
		return given[0], nil
	}
	return nil
}

func (g *gating) report(title text) func(done, of int) {
	return func(done, of int) {
		g.p.report.update(progress{task: "gate", title: g.p.say(title), done: int64(done), total: int64(of)})
	}
}

// lines are the gate for people.
func (g *gating) lines(learned *gate.Gate) []string {
	p := g.p
	rows := [][]string{{p.say(textCheckHead), p.say(textThresholdHead), p.say(textRefusedHead), p.say(textPassedHead), "AUC"}}
	var warnings []string
	for _, c := range learned.Checks {
		passed := rate(c.Passed)
		if c.Hard != nil {
			passed += p.say(textHard, "rate", rate(*c.Hard))
		}
		rows = append(rows, []string{p.say(checkNames[c.Name]), p.bound(c.Name, &c.Threshold), rate(c.Refused), passed, strconv.FormatFloat(c.AUC, 'f', 3, 64)})
		if !c.Tells() {
			warnings = append(warnings, p.say(textOnlyWarns, "check", p.say(checkNames[c.Name])))
		}
	}
	lines := grid(rows)
	for _, name := range gate.Names {
		if _, known := learned.Check(name); !known {
			warnings = append(warnings, p.say(textNoCheck, "check", p.say(checkNames[name])))
		}
	}
	lines = append(lines, g.drawnLines(learned)...)
	lines = append(lines, warnings...)
	lines = append(lines, p.say(textRatesOf, "subjects", strconv.Itoa(subjectsOf(learned)), "side", strconv.Itoa(learned.Side)))
	return append(lines, "", p.say(textGateIn, "path", g.out))
}

// subjectsOf is how many subjects the rates rest on.
func subjectsOf(g *gate.Gate) int {
	n := 0
	for _, c := range g.Checks {
		n = max(n, c.Refused.N)
	}
	return n
}

// rate is a share with its interval.
func rate(r measure.Interval) string {
	return percent(r.Mean) + " (" + percent(r.Low) + "–" + percent(r.High) + ")"
}

var (
	textBadGate       = text{"--refuse is above 0 and below 1, and --blur above 0 and at most 64", "--refuse は 0 より大きく 1 未満、--blur は 0 より大きく 64 以下で指定してください"}
	textNeedsReal     = text{"{file} has no `real:`; thresholds are found from real pictures of its subjects", "{file} に real: がありません。しきい値は対象の本物の画像から決めます"}
	textLearningGate  = text{"looking at the subjects", "対象の画像を調べています"}
	textCheckHead     = text{"check", "判定する点"}
	textThresholdHead = text{"threshold", "しきい値"}
	textRefusedHead   = text{"good ones refused", "良い画像を不合格にする割合"}
	textPassedHead    = text{"bad ones passed", "悪い画像を見逃す割合"}
	textHard          = text{", the most alike {rate}", "、特に似たもの {rate}"}
	textOnlyWarns     = text{"{check}: this check cannot tell good pictures from bad ones well enough here, and will only warn.", "「{check}」では良い画像と悪い画像を十分に見分けられないため、警告だけにします。"}
	textNoCheck       = text{"{check}: left out, for the judge has no model for it or there are no bad pictures to compare.", "「{check}」は、判定用のモデルか悪い例の画像がないため、含めていません。"}
	textRatesOf       = text{"The shares are over {subjects} subjects, each judged by a threshold found on others, with 95% intervals. Sharpness is measured at {side} pixels.", "割合は {subjects} 個の対象で測ったもので、それぞれ、ほかの対象で決めたしきい値で判定しています(かっこ内は 95% 区間)。鮮明さは {side} ピクセルの大きさで測ります。"}
	textGateIn        = text{"The thresholds: {path}", "しきい値: {path}"}
)
