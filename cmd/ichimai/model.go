package main

import (
	"context"
	"os"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/diffusion"
)

// envModel names the model folder of commands without --model.
const envModel = "ICHIMAI_MODEL"

// modelFlags choose the model and the device that computes it.
type modelFlags struct {
	device deviceFlags
	dir    string
	half   bool
	tiling bool
}

func (m *modelFlags) add(f flags) {
	f.string(&m.dir, "model", "", text{"`FOLDER` of a Stable Diffusion 1.x or 2.x model in diffusers' layout (default: ICHIMAI_MODEL, then the demo model)", "Stable Diffusion 1.x / 2.x のモデルの `FOLDER`(diffusers 形式)。既定は ICHIMAI_MODEL、なければデモ用モデルです"})
	f.bool(&m.half, "half", text{"keep the model's weights in float16: half the memory, a little slower", "モデルの重みを float16 で保持します。メモリーは半分になり、少し遅くなります"})
	f.bool(&m.tiling, "vae-tiling", text{"decode large pictures in overlapping tiles, which takes less memory", "大きな画像を、重なり合うタイルに分けてデコードします(メモリーの節約)"})
	m.device.add(f)
}

// open opens the device and the model; done closes both.
func (m *modelFlags) open(ctx context.Context) (model *diffusion.Model, done func(), err error) {
	p := m.device.p
	dir, err := m.folder(ctx)
	if err != nil {
		return nil, nil, err
	}
	e, err := m.device.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	p.note(textOpening, "model", dir, "device", e.Device())
	model, err = diffusion.OpenWith(ctx, dir, e, diffusion.Options{Half: m.half, Tiling: m.tiling})
	if err != nil {
		e.Close()
		return nil, nil, err
	}
	return model, e.Close, nil
}

// folder is the model's folder; the demo model is unpacked when it is needed.
func (m *modelFlags) folder(ctx context.Context) (string, error) {
	if m.dir != "" {
		return m.dir, nil
	}
	if dir := os.Getenv(envModel); dir != "" {
		return dir, nil
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	return demo.Model(ctx, cache)
}

var textOpening = text{"opening {model} on {device}", "{model} を {device} で開いています"}
