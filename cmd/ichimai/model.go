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
	modelFolder
	device    deviceFlags
	precision string
	tiling    bool
}

func (m *modelFlags) add(f flags) {
	m.modelFolder.add(f)
	f.string(&m.precision, "precision", "", text{"`PRECISION` of the model's weights: float32, float16 (half the memory, a little slower) or bfloat16 (half the memory, and faster where the processor has AVX512-BF16 or AMX; slightly different pictures). The default is bfloat16 for large models where it is faster, float32 otherwise", "モデルの重みの精度 `PRECISION`。float32、float16(メモリーは半分、少し遅い)、bfloat16(メモリーは半分、AVX512-BF16 か AMX のあるプロセッサーでは速い。画像はわずかに変わる)。既定は、大きいモデルで bfloat16 が速い場合は bfloat16、それ以外は float32 です"})
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
	model, err = diffusion.OpenWith(ctx, dir, e, diffusion.Options{Precision: diffusion.Precision(m.precision), Tiling: m.tiling})
	if err != nil {
		e.Close()
		return nil, nil, err
	}
	return model, e.Close, nil
}

// modelFolder chooses the model alone.
type modelFolder struct{ dir string }

func (m *modelFolder) add(f flags) {
	f.string(&m.dir, "model", "", text{"`FOLDER` of a Stable Diffusion 1.x or 2.x model in diffusers' layout (default: ICHIMAI_MODEL, then the demo model)", "Stable Diffusion 1.x / 2.x のモデルの `FOLDER`(diffusers 形式)。既定は ICHIMAI_MODEL、なければデモ用モデルです"})
}

// folder is the model's folder; the demo model is unpacked when it is needed.
func (m *modelFolder) folder(ctx context.Context) (string, error) {
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
