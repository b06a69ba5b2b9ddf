package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/pretrain"
)

func trainVAE(p *program) *cobra.Command {
	s := pretrain.DefaultVAESettings()
	return p.trainPart(part{
		name:  "vae",
		short: text{"Train the autoencoder between pixels and latents.", "画素と潜在表現をつなぐオートエンコーダーを学習します。"},
		long: text{
			"Trains an AutoencoderKL. The keys of the settings file are those of pretrain.VAESettings; its key model holds the model's config.json as YAML.",
			"AutoencoderKL を学習します。設定ファイルのキーは pretrain.VAESettings と同じで、model にはモデルの config.json を YAML で書きます。",
		},
		example: text{
			"  ichimai train vae --data PACK --config demo/recipe/vae.yaml --out runs/vae --steps 100",
			"  ichimai train vae --data PACK --config demo/recipe/vae.yaml --out runs/vae --steps 100",
		},
		settings: &s, shared: &s.Settings,
		stage: func(_ context.Context, e *engine.Engine, _ *training, train, valid *dataset.Scenes) (pretrain.Stage, error) {
			return pretrain.NewVAE(e.Backend(), s, train, valid)
		},
	})
}

func trainCLIP(p *program) *cobra.Command {
	s := pretrain.DefaultCLIPSettings()
	return p.trainPart(part{
		name:  "clip",
		short: text{"Train the tokenizer and the text and picture encoders.", "トークナイザーと、テキスト・画像のエンコーダーを学習します。"},
		long: text{
			"Learns a vocabulary from the pack's captions, then trains a text and a picture tower to agree. The text tower is the model's text encoder.",
			"学習データの説明文から語彙を作り、テキスト側と画像側のエンコーダーを対応するように学習します。テキスト側がモデルのテキストエンコーダーになります。",
		},
		example: text{
			"  ichimai train clip --data PACK --config demo/recipe/clip.yaml --out runs/clip",
			"  ichimai train clip --data PACK --config demo/recipe/clip.yaml --out runs/clip",
		},
		settings: &s, shared: &s.Settings,
		stage: func(ctx context.Context, e *engine.Engine, _ *training, train, valid *dataset.Scenes) (pretrain.Stage, error) {
			return pretrain.NewCLIP(ctx, e.Backend(), s, train, valid)
		},
	})
}

func trainSubject(p *program) *cobra.Command {
	s := pretrain.DefaultSubjectSettings()
	return p.trainPart(part{
		name:  "subject",
		short: text{"Train a picture tower that tells one subject from another.", "ものの違いを見分ける、画像のエンコーダーを学習します。"},
		long: text{
			"Trains a vision transformer that finds two pictures of one subject alike, wherever it stands, and those of others not. It reads no text, and is for scores of likeness (evaluate, score): a judge apart from the model that draws. The keys of the settings file are those of pretrain.SubjectSettings.",
			"背景や位置が違っても、同じものの画像どうしは近く、別のものとは遠くなるように、画像のエンコーダー(ViT)を学習します。テキストは使いません。似ている度合いの採点(evaluate、score)に使う、描くモデルとは別の審査役です。設定ファイルのキーは pretrain.SubjectSettings と同じです。",
		},
		example: text{
			"  ichimai train subject --data PACK --config demo/recipe/subject.yaml --out runs/subject",
			"  ichimai train subject --data PACK --config demo/recipe/subject.yaml --out runs/subject",
		},
		settings: &s, shared: &s.Settings,
		stage: func(_ context.Context, e *engine.Engine, _ *training, train, valid *dataset.Scenes) (pretrain.Stage, error) {
			return pretrain.NewSubject(e.Backend(), s, train, valid)
		},
	})
}

func trainUNet(p *program) *cobra.Command {
	s := pretrain.DefaultUNetSettings()
	var parts pretrain.UNetParts
	return p.trainPart(part{
		name:  "unet",
		short: text{"Train the denoiser; writes the whole model folder.", "ノイズ除去器を学習し、モデルのフォルダー一式を書き出します。"},
		long: text{
			"Trains the UNet on latents of the pack's pictures, made once and kept in the run's folder. The trained text encoder and autoencoder are copied into the finished model.",
			"学習画像の潜在表現(最初に一度だけ計算して保存します)で UNet を学習します。完成したモデルには、学習済みのテキストエンコーダーとオートエンコーダーも入ります。",
		},
		example: text{
			"  ichimai train unet --data PACK --config demo/recipe/unet.yaml --text runs/clip/model --vae runs/vae/model --out runs/unet",
			"  ichimai train unet --data PACK --config demo/recipe/unet.yaml --text runs/clip/model --vae runs/vae/model --out runs/unet",
		},
		settings: &s, shared: &s.Settings,
		flags: func(cmd *cobra.Command) {
			f := flags{p, cmd.Flags()}
			f.string(&parts.Text, "text", "", text{"`FOLDER` that holds text_encoder/ and tokenizer/", "text_encoder/ と tokenizer/ がある `FOLDER`"})
			f.string(&parts.VAE, "vae", "", text{"`FOLDER` that holds vae/", "vae/ がある `FOLDER`"})
		},
		stage: func(ctx context.Context, e *engine.Engine, t *training, train, _ *dataset.Scenes) (pretrain.Stage, error) {
			if parts.Text == "" || parts.VAE == "" {
				return nil, p.wrongUse(textUNetNeeds)
			}
			parts.Latents = filepath.Join(t.out, "latents.safetensors")
			if t.tune {
				parts.Latents, s.CachedPictures = t.latents, min(s.CachedPictures, tunePictures)
			}
			parts.Report = func(done, total int) {
				p.report.update(progress{task: "encode", title: p.say(textEncoding), done: int64(done), total: int64(total)})
			}
			return pretrain.NewUNet(ctx, e.Backend(), s, parts, train)
		},
	})
}

var (
	textUNetNeeds = text{"--text and --vae are needed: the folders that train clip and train vae wrote", "--text と --vae に、train clip と train vae が書き出したフォルダーを指定してください"}
	textEncoding  = text{"encoding pictures", "画像を潜在表現に変換中"}
)
