package main

import (
	"fmt"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
)

// plan says how much memory a request will take beside the opened model, and
// refuses one that cannot fit.
func (p *program) plan(m *diffusion.Model, r diffusion.Request) error {
	needed, err := m.Plan(r)
	if err != nil {
		return err
	}
	return p.room(m, needed.Working(), textNoRoom)
}

// room says how many bytes are needed beside the opened model, and refuses what
// cannot fit. A card's memory is not this machine's: there is nothing to say of it.
func (p *program) room(m *diffusion.Model, working int64, refusal text) error {
	if m.Engine.Device() == engine.DeviceCUDA {
		return nil
	}
	available := engine.ReadMemory().Available
	if available == 0 { // the system does not say
		return nil
	}
	pairs := []string{"needed", gibibytes(uint64(working)), "available", gibibytes(available)}
	if uint64(working) > available {
		return p.failed(nil, refusal, pairs...)
	}
	if working >= worthSaying {
		p.note(textPlan, pairs...)
	}
	return nil
}

// worthSaying is the least memory that is told of: less fits everywhere.
const worthSaying = 100 << 20

// gibibytes writes bytes with one decimal, or two below one.
func gibibytes(n uint64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.2f", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.1f", float64(n)/(1<<30))
}

var (
	textPlan          = text{"needs about {needed} GiB beside the model; {available} GiB are free", "モデルのほかに約 {needed} GiB のメモリーを使います(空き {available} GiB)"}
	textNoRoomToLearn = text{
		"A learning step needs about {needed} GiB of memory beside the model, and {available} GiB are free. Recompute instead of keeping (--set gradient_checkpointing=true), learn at a smaller size (--set resolution=256), keep the model in half the memory (--precision bfloat16), or close other programs.",
		"学習の1ステップに、モデルのほかに約 {needed} GiB のメモリーが必要ですが、空きは {available} GiB です。途中の値を残さず計算し直す(--set gradient_checkpointing=true)、小さい画像で学習する(--set resolution=256)、モデルのメモリーを半分にする(--precision bfloat16)、ほかのプログラムを閉じるなどしてください。",
	}
	textNoRoom = text{
		"This needs about {needed} GiB of memory beside the model, and {available} GiB are free. Choose a smaller --size, keep it in half the memory (--precision bfloat16), decode with --vae-tiling, or close other programs.",
		"モデルのほかに約 {needed} GiB のメモリーが必要ですが、空きは {available} GiB です。--size を小さくする、モデルのメモリーを半分にする(--precision bfloat16)、--vae-tiling を付ける、ほかのプログラムを閉じるなどしてください。",
	}
)
