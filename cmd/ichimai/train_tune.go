package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/pretrain"
)

const (
	tuneTime     = 5 * time.Second // for each size of batch, after compiling
	tunePictures = 512             // encoded for it, where a run would encode more
)

// autotune times batches from a quarter of the settings' size to four times it
// and says which to take. It writes nothing into the run's folder.
func (t *training) autotune(ctx context.Context, v part, e *engine.Engine, train, valid *dataset.Scenes) error {
	scratch, err := os.MkdirTemp("", "ichimai-autotune-")
	if err != nil {
		return fmt.Errorf("make a folder for trials: %w", err)
	}
	defer os.RemoveAll(scratch)
	t.latents = filepath.Join(scratch, "latents.safetensors")
	set := v.shared.BatchSize
	var trials []pretrain.Trial
	var rows []row
	for _, batch := range []int{set / 4, set / 2, set, set * 2, set * 4} {
		if batch < 1 {
			continue
		}
		v.shared.BatchSize = batch
		stage, err := v.stage(ctx, e, t, train, valid)
		if err != nil {
			return err
		}
		trial, err := pretrain.Time(ctx, stage, batch, tuneTime)
		if err != nil {
			return err
		}
		trials = append(trials, trial)
		head := fmt.Sprintf("batch_size: %d", batch)
		rows = append(rows, row{text{head, head}, t.p.say(textTuneRow, "step", fmt.Sprintf("%.3g", trial.Step.Seconds()), "rate", fmt.Sprintf("%.1f", trial.Rate()))})
		t.p.note(textTuneTried, "batch", fmt.Sprint(batch), "rate", fmt.Sprintf("%.1f", trial.Rate()))
	}
	best := pretrain.Best(trials)
	found := []map[string]any{}
	for _, x := range trials {
		found = append(found, map[string]any{"batch_size": x.BatchSize, "first_s": x.First.Seconds(), "step_s": x.Step.Seconds(), "rate": x.Rate()})
	}
	lines := append(t.p.table(rows), t.p.say(textTuneBest, "batch", fmt.Sprint(best.BatchSize)))
	return t.p.result(map[string]any{"trials": found, "batch_size": best.BatchSize}, lines...)
}

var (
	textTuneTried = text{"batches of {batch}: {rate} pictures/s", "バッチサイズ {batch}: 毎秒 {rate} 枚"}
	textTuneRow   = text{"{step} s a step, {rate} pictures/s", "1 ステップ {step} 秒、毎秒 {rate} 枚"}
	textTuneBest  = text{"Use batch_size: {batch}, the smallest within a twentieth of the highest rate. A larger batch wants a higher learning_rate, a smaller one a lower.",
		"batch_size: {batch} をお勧めします(最高速度との差が 5% 以内で最小のもの)。バッチを大きくするときは learning_rate も上げ、小さくするときは下げてください。"}
)
