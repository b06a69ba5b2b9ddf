package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/pretrain"
)

// encoderData is what an encoder is trained for and on, beside a pack.
type encoderData struct {
	model    modelFolder
	pictures string
	crop     float64
}

func trainEncoder(p *program) *cobra.Command {
	s := pretrain.DefaultEncoderSettings()
	d := &encoderData{}
	return p.trainPart(part{
		name:  "encoder",
		short: text{"Train the tuning-encoder of a model.", "モデル用のチューニングエンコーダーを学習します。"},
		long: text{
			"Trains the encoder that predicts, from one picture, a word's vector and low-rank weights for a model's attention; put the encoder/ that it writes into the model's folder. It learns from a training pack, or from any folder or tar archive of pictures without captions (--pictures). The model must hold a CLIP that reads pictures. The keys of the settings file are those of pretrain.EncoderSettings.",
			"一枚の画像から、単語のベクトルとモデルの注意機構の低ランク重みを予測するエンコーダーを学習します。書き出された encoder/ をモデルのフォルダーに入れて使います。学習データ(パック)のほか、説明文のない画像のフォルダーや tar アーカイブ(--pictures)からも学習できます。モデルには、画像を読む CLIP が必要です。設定ファイルのキーは pretrain.EncoderSettings と同じです。",
		},
		example: text{
			"  ichimai train encoder --model MODEL --pictures photos --out runs/encoder",
			"  ichimai train encoder --model MODEL --pictures photos --out runs/encoder",
		},
		settings: &s, shared: &s.Settings,
		unlabelled: func() bool { return d.pictures != "" },
		flags: func(cmd *cobra.Command) {
			f := flags{p, cmd.Flags()}
			d.model.add(f)
			f.string(&d.pictures, "pictures", "", text{"`PATH` of a folder or tar archive of pictures without captions, in place of --data", "説明文のない画像のフォルダーか tar アーカイブの `PATH`(--data の代わり)"})
			f.float(&d.crop, "pictures-crop", 0.7, text{"smallest part of a picture's side that a random crop of --pictures keeps", "--pictures の画像を無作為に切り抜くときに残す、辺の最小の割合"})
		},
		stage: func(ctx context.Context, e *engine.Engine, t *training, train, valid *dataset.Scenes) (pretrain.Stage, error) {
			parts := pretrain.EncoderParts{Features: filepath.Join(t.out, "features.safetensors")}
			if t.tune {
				parts.Features, s.CachedPairs = t.latents, min(s.CachedPairs, tunePictures)
			}
			parts.Report = func(done, total int) {
				p.report.update(progress{task: "encode", title: p.say(textEncoding), done: int64(done), total: int64(total)})
			}
			dir, err := d.model.folder(ctx)
			if err != nil {
				return nil, err
			}
			p.note(textOpening, "model", dir, "device", e.Device())
			if parts.Base, err = diffusion.Open(ctx, dir, e); err != nil {
				return nil, err
			}
			if d.pictures == "" {
				return pretrain.NewEncoder(ctx, s, parts, train, valid)
			}
			return d.fromPictures(ctx, t, s, parts)
		},
	})
}

// fromPictures trains on pictures without captions, of which some are only looked
// at.
func (d *encoderData) fromPictures(ctx context.Context, t *training, s pretrain.EncoderSettings, parts pretrain.EncoderParts) (pretrain.Stage, error) {
	held, err := t.openHeldOut()
	if err != nil {
		return nil, err
	}
	view := dataset.View{Size: t.size, Crop: d.crop, Flip: true, Japanese: s.Scenes.Japanese}
	all, err := dataset.OpenPictures(d.pictures, view, dataset.ArchiveLimits{}, held)
	if err != nil {
		return nil, err
	}
	defer all.Close() // everything is read while the stage is made
	train, valid := all.Split(s.Scenes.Validation)
	if train.Len() == 0 || valid.Len() == 0 {
		train, valid = all, all // too few to part
	}
	return pretrain.NewEncoder(ctx, s, parts, train, valid)
}
