package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/pretrain"
)

func trainCommand(p *program) *cobra.Command {
	return p.group(spec{
		use:   "train",
		short: text{"Train the parts of a model from nothing.", "モデルの各部分を一から学習します。"},
		long: text{
			"Trains the parts of a Stable Diffusion model one after another: the autoencoder (vae), the text encoder (clip), the denoiser (unet), which writes the whole model folder, and the encoder that learns a thing from one picture (encoder); and a judge of likeness (subject). Ctrl-C saves; the same command goes on.",
			"Stable Diffusion のモデルを、オートエンコーダー(vae)、テキストエンコーダー(clip)、ノイズ除去器(unet)の順に学習します。unet の学習が終わると、モデルのフォルダー一式ができます。そのあと、一枚の写真からものを覚えるエンコーダー(encoder)を学習できます。似ている度合いを採点する審査役(subject)も学習できます。Ctrl-C で保存して止まり、同じコマンドで続きから再開します。",
		},
		example: text{
			"  ichimai train vae --data PACK --config demo/recipe/vae.yaml --out runs/vae",
			"  ichimai train vae --data PACK --config demo/recipe/vae.yaml --out runs/vae",
		},
	}, trainVAE, trainCLIP, trainUNet, trainEncoder, trainSubject)
}

// training is the flags that all parts share.
type training struct {
	p       *program
	device  deviceFlags
	data    string
	heldout string
	out     string
	size    int
	steps   int
	within  time.Duration
	every   int
	tune    bool
	latents string // where encoded pictures are kept; "" in the run's folder
}

func (t *training) add(cmd *cobra.Command) {
	f := flags{t.p, cmd.Flags()}
	f.string(&t.data, "data", "", text{"`FOLDER` of the training pack (see demo/recipe)", "学習データ(パック)の `FOLDER`。作り方は demo/recipe を参照してください"})
	f.string(&t.out, "out", "", text{"`FOLDER` of the run: its state, log, sample sheets and the trained model", "状態・ログ・サンプル画像・学習済みモデルを書き出す `FOLDER`"})
	f.string(&t.heldout, "heldout", "", text{"`FILE` that lists what must not be trained on (default: ICHIMAI_HELDOUT, then the built-in list)", "学習に使ってはならない画像の一覧 `FILE`。既定は ICHIMAI_HELDOUT、なければ内蔵の一覧です"})
	f.int(&t.size, "size", dataset.DefaultConfig().Size, text{"side of the training pictures in pixels", "学習画像の一辺のピクセル数"})
	f.int(&t.steps, "steps", 0, text{"number of steps, in place of the settings'", "ステップ数(設定ファイルの値より優先)"})
	f.duration(&t.within, "within", text{"`TIME` that the whole command may take, such as 90m: the number of steps is fitted to it (needs lr_scheduler warmup_stable_decay or constant)", "コマンド全体にかけてよい時間 `TIME`(例: 90m)。ステップ数をこれに合わせます(lr_scheduler が warmup_stable_decay か constant のとき)"})
	f.settings()
	f.int(&t.every, "report-every", 25, text{"steps between two reports", "経過を報告する間隔(ステップ数)"})
	f.bool(&t.tune, "autotune", text{"time batches of several sizes, say which to take, and train nothing", "いくつかのバッチサイズの速度を測り、どれが良いかを示します(学習はしません)"})
	t.device.add(f)
}

// part is what differs between the parts of a model.
type part struct {
	name        string
	short, long text
	example     text
	settings    any
	shared      *pretrain.Settings // within settings
	flags       func(*cobra.Command)
	unlabelled  func() bool // whether pictures of another kind take the pack's place; nil: never
	stage       func(ctx context.Context, e *engine.Engine, t *training, train, valid *dataset.Scenes) (pretrain.Stage, error)
}

func (p *program) trainPart(v part) *cobra.Command {
	t := &training{p: p}
	cmd := p.command(spec{
		use: v.name, short: v.short, long: v.long, example: v.example, settings: v.settings,
		run: func(ctx context.Context, _ []string) error { return t.run(ctx, v) },
	})
	if v.flags != nil {
		v.flags(cmd)
	}
	t.add(cmd)
	return cmd
}

func (t *training) run(ctx context.Context, v part) error {
	began := time.Now()
	unlabelled := v.unlabelled != nil && v.unlabelled()
	if (t.data == "") != unlabelled || t.out == "" && !t.tune {
		if v.unlabelled != nil {
			return t.p.wrongUse(textEncoderNeeds)
		}
		return t.p.wrongUse(textTrainNeeds)
	}
	if t.within < 0 {
		return t.p.wrongUse(textBadWithin, "value", t.within.String())
	}
	if err := t.p.decodeSettings(v.settings); err != nil {
		return err
	}
	if t.steps != 0 {
		v.shared.Steps = t.steps
	}
	v.shared.Scenes.Size = t.size // kept with the run: latents of another size are others
	t.p.goOn = t.p.say(textGoOn)
	var train, valid *dataset.Scenes
	if !unlabelled {
		var done func()
		var err error
		if train, valid, done, err = t.scenes(v.shared); err != nil {
			return err
		}
		defer done()
	}
	e, err := t.device.open(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	if t.tune {
		return t.autotune(ctx, v, e, train, valid)
	}
	if err := os.MkdirAll(t.out, 0o755); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	t.p.note(textPreparing, "device", e.Device())
	stage, err := v.stage(ctx, e, t, train, valid)
	if err != nil {
		return err
	}
	run := pretrain.Run{Dir: t.out, Settings: v.shared, Every: t.every, Report: t.report, Peak: e.MatMulRate}
	if t.within > 0 {
		run.Until = began.Add(t.within)
	}
	if err := run.Train(ctx, stage); err != nil {
		return err
	}
	made := filepath.Join(t.out, "model")
	return t.p.result(map[string]any{"model": made, "steps": v.shared.Steps}, t.p.say(textTrained, "path", made))
}

// scenes opens the pack as what is trained on and what is only looked at.
func (t *training) scenes(shared *pretrain.Settings) (train, valid *dataset.Scenes, done func(), err error) {
	held, err := t.openHeldOut()
	if err != nil {
		return nil, nil, nil, err
	}
	pack, err := dataset.OpenPack(t.data, held)
	if err != nil {
		return nil, nil, nil, err
	}
	c := shared.Scenes
	c.Part = dataset.Train
	if train, err = dataset.NewScenes(pack, c); err == nil {
		c.Part = dataset.Validation
		valid, err = dataset.NewScenes(pack, c)
	}
	if err != nil {
		pack.Close()
		return nil, nil, nil, err
	}
	return train, valid, func() { pack.Close() }, nil
}

func (t *training) openHeldOut() (*dataset.HeldOut, error) {
	for _, file := range []string{t.heldout, os.Getenv("ICHIMAI_HELDOUT")} {
		if file != "" {
			return dataset.OpenHeldOut(file)
		}
	}
	return dataset.ReadHeldOut(bytes.NewReader(demo.HeldOut()))
}

// report shows a training step, or what was written.
func (t *training) report(s pretrain.Progress) {
	events := map[string]text{
		"resumed": {"going on after step {step} from {path}", "{path} から、ステップ {step} の続きを始めます"},
		"saved":   {"saved {path} at step {step}", "ステップ {step} の状態を {path} に保存しました"},
		"sheet":   {"drew {path} at step {step}", "ステップ {step} のサンプルを {path} に描きました"},
	}
	if e, ok := events[s.Event]; ok {
		t.p.note(e, "step", fmt.Sprint(s.Step), "path", s.Path)
		return
	}
	data := map[string]any{"pictures": s.Pictures, "rate": s.Rate, "left_s": s.Left.Seconds()}
	note := ""
	for _, f := range s.Figures {
		data[f.Name] = f.Value
		note += fmt.Sprintf("%s %.4g  ", f.Name, f.Value)
	}
	if s.Event == "probed" {
		t.p.note(textProbed, "step", fmt.Sprint(s.Step), "figures", strings.TrimSpace(note))
		return
	}
	note += t.rate(s)
	if s.Share > 0 {
		data["share"] = s.Share
	}
	t.p.report.update(progress{task: "train", title: s.Stage, done: int64(s.Step), total: int64(s.Steps), note: note, data: data})
}

// rate says how fast training is and, where that is known, what share of the
// machine's peak that takes.
func (t *training) rate(s pretrain.Progress) string {
	pairs := []string{"rate", fmt.Sprintf("%.1f", s.Rate), "left", s.Left.Round(time.Second).String()}
	if s.Share == 0 {
		return t.p.say(textRate, pairs...)
	}
	return t.p.say(textRateShare, append(pairs, "share", fmt.Sprintf("%.0f%%", 100*s.Share))...)
}

var (
	textTrainNeeds   = text{"--data and --out are needed", "--data と --out を指定してください"}
	textEncoderNeeds = text{"--out and one of --data and --pictures are needed", "--out と、--data か --pictures のどちらか一方を指定してください"}
	textBadWithin    = text{"--within: {value} is no time to train in", "--within: {value} は学習時間に使えません。0 より長い時間を指定してください"}
	textPreparing    = text{"preparing on {device} (compiling the model takes a while)", "{device} で準備しています(モデルのコンパイルに少し時間がかかります)"}
	textProbed       = text{"step {step}: {figures}", "ステップ {step}: {figures}"}
	textTrained      = text{"The trained model is in {path}", "学習したモデルを {path} に書き出しました"}
	textRate         = text{"{rate} pictures/s, {left} left", "毎秒 {rate} 枚、残り {left}"}
	textRateShare    = text{"{rate} pictures/s, {share} of this machine's matrix products, {left} left", "毎秒 {rate} 枚(このマシンの行列積の速度の {share})、残り {left}"}
)
