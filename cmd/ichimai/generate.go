package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

// generating is the flags of generate.
type generating struct {
	p        *program
	model    modelFlags
	request  diffusion.Request
	concepts []string
	fidelity fidelity
	seed     seed
	size     size
	out      string
	force    bool
}

func generateCommand(p *program) *cobra.Command {
	g := &generating{p: p}
	cmd := p.command(spec{
		use: "generate PROMPT", min: 1, max: 1,
		short: text{"Draw what a prompt says, with learned concepts in it.", "覚えたものを使って、プロンプトのとおりに描きます。"},
		long: text{
			"Draws pictures of a prompt. A concept is called by its word, such as <sneaker>. The settings are written into each PNG file, so that it can be drawn again; several pictures are numbered and have consecutive seeds.",
			"プロンプトのとおりに画像を描きます。コンセプトは <sneaker> のような単語で呼び出します。設定は PNG ファイルに書き込まれるので、あとから同じ画像を描き直せます。複数枚のときは番号が付き、シードは一枚ごとに 1 ずつ増えます。",
		},
		example: text{
			"  ichimai generate \"a photo of <sneaker> on the beach\" --model MODEL --concept sneaker.safetensors --seed 7 --count 4 --out beach.png",
			"  ichimai generate \"a photo of <sneaker> on the beach\" --model MODEL --concept sneaker.safetensors --seed 7 --count 4 --out beach.png",
		},
		run: g.run,
	})
	f := flags{p, cmd.Flags()}
	g.add(f)
	f.value(&g.fidelity, "fidelity", text{"how far pictures resemble the learned things instead of doing what the prompt says, 0 to 1 (default: the concept's own)", "覚えたものにどこまで似せるか(0〜1。小さくするほどプロンプトを優先します。既定はコンセプトの値)"})
	return cmd
}

func (g *generating) add(f flags) {
	r := &g.request
	f.strings(&g.concepts, "concept", text{"concept `FILE[:WEIGHT]` to use; may be repeated", "使うコンセプト `FILE[:WEIGHT]`(複数可)"})
	f.string(&g.out, "out", "", text{"`FILE` to write (default: named after the prompt)", "書き出す `FILE`(既定はプロンプトから付けた名前)"})
	f.int(&r.Count, "count", 1, text{"how many pictures", "枚数"})
	f.value(&g.size, "size", text{"size in pixels, such as 512x768 (default: the model's)", "画像の大きさ(例: 512x768。既定はモデルの標準の大きさ)"})
	f.value(&g.seed, "seed", text{"seed of the first picture (default: a new one each time)", "最初の一枚のシード(既定は毎回変わります)"})
	f.string(&r.NegativePrompt, "negative", "", text{"`TEXT` of what to keep away from", "避けたいものを書いた `TEXT`"})
	f.string(&r.Sampler, "sampler", "", text{"`NAME` of the sampler (default: the model's): " + strings.Join(sampler.Names(), ", "), "サンプラーの `NAME`(既定はモデルのもの): " + strings.Join(sampler.Names(), ", ")})
	f.int(&r.Steps, "steps", diffusion.DefaultSteps, text{"sampling steps", "サンプリングのステップ数"})
	f.float(&r.GuidanceScale, "guidance", diffusion.DefaultGuidanceScale, text{"how strictly the prompt is followed, 1 or more", "プロンプトに従う強さ(1 以上)"})
	f.float(&r.GuidanceRescale, "guidance-rescale", 0, text{"against overexposure at high guidance, 0 to 1", "guidance が高いときの白飛びを抑える強さ(0〜1)"})
	f.float(&r.GuidanceShare, "guidance-share", 1, text{"part of the steps, from the first, with guidance; less is faster, 0 to 1", "ガイダンスを使うステップの割合(最初から数えて 0〜1。小さいほど速くなります)"})
	f.int(&r.DeepCache, "deep-cache", 1, text{"run the whole UNet at every `N`th step and its outer layer alone between; 2 to 5 are faster, with less detail", "UNet 全体を `N` ステップごとに計算し、その間は外側の層だけを計算します(2〜5 で速くなりますが、細部は落ちます)"})
	f.int(&r.Batch, "batch", 1, text{"pictures of --count to draw at once; more is faster with small models", "--count の画像のうち、同時に描く枚数(小さなモデルでは、増やすと速くなります)"})
	f.float(&r.TokenMerging, "token-merging", 0, text{"part of the tokens to merge in the UNet's largest layers, 0 to below 1; up to 0.5 is faster, with less detail", "UNet の最も大きい層で、似たトークンをまとめて減らす割合(0 以上 1 未満。0.5 くらいまでで速くなりますが、細部は落ちます)"})
	f.float(&r.Eta, "eta", 0, text{"DDIM's noise, 0 to 1", "DDIM のノイズ(0〜1)"})
	f.int(&r.ClipSkip, "clip-skip", 0, text{"how many of the text encoder's last layers to leave out", "テキストエンコーダーの後ろの層を省く数"})
	f.string(&r.RNG, "rng", "", text{"`torch` draws PyTorch's noise, so that other tools' seeds give the same picture", "`torch` を指定すると PyTorch と同じノイズを使い、ほかのツールのシードを再現できます"})
	f.bool(&g.force, "force", textForce)
	g.model.add(f)
}

func (g *generating) run(ctx context.Context, args []string) error {
	g.complete(args[0])
	if err := g.check(); err != nil {
		return err
	}
	files, err := g.files()
	if err != nil {
		return err
	}
	if g.request.Concepts, err = g.p.readConcepts(g.concepts); err != nil {
		return err
	}
	if !g.fidelity.apply(g.request.Concepts) {
		return g.p.wrongUse(textNoFidelity)
	}
	m, done, err := g.model.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := g.p.plan(m, g.request); err != nil {
		return err
	}
	images, drawErr := g.p.draw(ctx, diffusion.NewPipeline(m), g.request)
	if err := g.write(images, files); err != nil {
		return err
	}
	return drawErr
}

// complete fills the request from the flags.
func (g *generating) complete(prompt string) {
	if !g.seed.given {
		// 32 bits, because PyTorch's generator reads no more.
		g.seed = seed{uint64(rand.Uint32()), true}
	}
	g.request.Prompt, g.request.Seed = prompt, g.seed.value
	g.request.Width, g.request.Height = g.size.width, g.size.height
}

// check refuses what no model could draw, before one is opened; what depends
// on the model is diffusion's to refuse.
func (g *generating) check() error {
	r := g.request
	switch {
	case r.Count < 1 || r.Count > diffusion.MaxCount:
		return g.p.wrongUse(textBadCount, "count", strconv.Itoa(r.Count), "max", strconv.Itoa(diffusion.MaxCount))
	case r.Sampler != "" && !slices.Contains(sampler.Names(), r.Sampler):
		return g.p.wrongUse(textBadSampler, "value", r.Sampler, "known", strings.Join(sampler.Names(), ", "))
	case r.RNG != "" && r.RNG != diffusion.RNGTorch:
		return g.p.wrongUse(textBadRNG, "value", r.RNG)
	case r.Steps < 1:
		return g.p.wrongUse(textBadSteps, "value", strconv.Itoa(r.Steps))
	case !(r.GuidanceShare > 0 && r.GuidanceShare <= 1):
		return g.p.wrongUse(textBadShare, "value", fmt.Sprint(r.GuidanceShare))
	case r.DeepCache < 1:
		return g.p.wrongUse(textBadCache, "value", strconv.Itoa(r.DeepCache))
	case r.Batch < 1:
		return g.p.wrongUse(textBadBatch, "value", strconv.Itoa(r.Batch))
	case !(r.TokenMerging >= 0 && r.TokenMerging < 1):
		return g.p.wrongUse(textBadMerging, "value", fmt.Sprint(r.TokenMerging))
	case !(r.GuidanceScale >= 1):
		return g.p.wrongUse(textBadGuidance, "value", fmt.Sprint(r.GuidanceScale))
	}
	return g.model.device.check()
}

// files are the names of the pictures. A name that the user gave is not
// overwritten; one that the program makes avoids what is there.
func (g *generating) files() ([]string, error) {
	count := g.request.Count
	if g.out == "" {
		return numbered(free(slug(g.request.Prompt)+".png", count), count), nil
	}
	if _, ext := splitExt(g.out); !strings.EqualFold(ext, ".png") {
		return nil, g.p.wrongUse(textNotPNG, "file", g.out)
	}
	files := numbered(g.out, count)
	if err := g.p.notTaken(g.force, files...); err != nil {
		return nil, err
	}
	return files, makeParent(g.out)
}

// drawn is a picture in the result for programs.
type drawn struct {
	File     string              `json:"file"`
	Seed     uint64              `json:"seed"`
	Warnings []diffusion.Warning `json:"warnings,omitempty"`
}

func (g *generating) write(images []diffusion.Image, files []string) error {
	if len(images) == 0 {
		return nil
	}
	pictures, lines := []drawn{}, []string{}
	for i, image := range images {
		if err := picture.WriteFile(files[i], image.Picture, image.Metadata); err != nil {
			return err
		}
		pictures = append(pictures, drawn{files[i], image.Seed, image.Warnings})
		lines = append(lines, fmt.Sprintf("%s  (%s %d)", files[i], g.p.say(text{"seed", "シード"}), image.Seed))
	}
	return g.p.result(map[string]any{"prompt": g.request.Prompt, "pictures": pictures}, lines...)
}

// readConcepts reads concept files, each followed by :WEIGHT where it is not 1.
func (p *program) readConcepts(args []string) ([]diffusion.Use, error) {
	var uses []diffusion.Use
	for _, a := range args {
		file, weight := splitWeight(a)
		c, err := concept.Read(file)
		if err != nil {
			return nil, err
		}
		uses = append(uses, diffusion.Use{Concept: c, Weight: weight})
	}
	return uses, nil
}

// splitWeight parts FILE:WEIGHT; a colon before anything but a number belongs
// to the file's name.
func splitWeight(arg string) (file string, weight float64) {
	if i := strings.LastIndexByte(arg, ':'); i > 0 {
		if w, err := strconv.ParseFloat(arg[i+1:], 64); err == nil {
			return arg[:i], w
		}
	}
	return arg, 1
}

var (
	textBadCount    = text{"--count: {count} is not 1 to {max}", "--count: {count} は 1 から {max} の範囲にありません"}
	textBadSampler  = text{"--sampler: {value} is not known; choose one of {known}", "--sampler: {value} というサンプラーはありません。{known} から指定してください"}
	textBadRNG      = text{"--rng: {value} is not known; leave it out, or choose torch", "--rng: {value} は使えません。省略するか torch を指定してください"}
	textBadSteps    = text{"--steps: {value} is not 1 or more", "--steps: {value} は使えません。1 以上の数を指定してください"}
	textBadGuidance = text{"--guidance: {value} is not 1 or more; 1 turns guidance off", "--guidance: {value} は使えません。1 以上の数を指定してください(1 で無効になります)"}
	textBadShare    = text{"--guidance-share: {value} is not above 0 and at most 1; --guidance 1 turns guidance off", "--guidance-share: {value} は使えません。0 より大きく 1 以下の数を指定してください(--guidance 1 で無効になります)"}
	textBadCache    = text{"--deep-cache: {value} is not 1 or more; 1 turns it off", "--deep-cache: {value} は使えません。1 以上の整数を指定してください(1 で無効になります)"}
	textBadBatch    = text{"--batch: {value} is not 1 or more", "--batch: {value} は使えません。1 以上の整数を指定してください"}
	textBadMerging  = text{"--token-merging: {value} is not 0 or more and below 1; 0 turns it off", "--token-merging: {value} は使えません。0 以上 1 未満の数を指定してください(0 で無効になります)"}
	textNotPNG      = text{"--out: {file} must end in .png", "--out: {file} の拡張子は .png にしてください"}
)
