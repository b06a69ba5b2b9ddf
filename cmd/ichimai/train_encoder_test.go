package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/picture"
)

// TestTrainEncoder trains the encoder of a model on a folder of pictures without a
// word of what they show, and goes on with it.
func TestTrainEncoder(t *testing.T) {
	folder, photos, out := t.TempDir(), t.TempDir(), t.TempDir()
	tinymodel.Write(t, folder)
	tinymodel.WriteVision(t, folder)
	must(t, os.Mkdir(filepath.Join(photos, "more"), 0o755))
	for i := range 4 {
		name := filepath.Join(photos, []string{"", "more"}[i%2], fmt.Sprintf("cup%d.png", i))
		must(t, picture.WriteFile(name, picture.Filled(20+i, 16, uint8(60*i), 90, 40), nil))
	}
	args := func(more ...string) []string {
		return append([]string{"train", "encoder", "--device", "go", "--model", folder, "--pictures", photos, "--out", out, "--size", "16",
			"--set", "batch_size=2", "--set", "cached_pairs=6", "--set", "sheet_steps=1", "--set", "lr_warmup_steps=0", "--set", "lr_scheduler=constant",
			"--set", "encoder={width: 8, blocks: 1, rank: 2, basis: 2, feature_timesteps: [300], bank: 2}"}, more...)
	}
	for _, steps := range []string{"2", "3"} {
		var trained struct {
			Model string
			Steps int
		}
		got := succeed(t, &trained, args("--steps", steps)...)
		if trained.Model != filepath.Join(out, "model") || fmt.Sprint(trained.Steps) != steps {
			t.Errorf("train gave %+v", trained)
		}
		if !strings.Contains(got.err, `"share":`) {
			t.Errorf("no share of the machine's matrix products is told:\n%s", got.err)
		}
		if encodes := strings.Contains(got.err, `"task":"encode"`); encodes != (steps == "2") {
			t.Errorf("pictures are encoded for %s steps: %t\n%s", steps, encodes, got.err)
		}
	}
	base, err := diffusion.Open(t.Context(), folder, enginetest.Go(t))
	must(t, err)
	e, err := encoder.Open(t.Context(), base, encoder.In(filepath.Join(out, "model")))
	must(t, err)
	e.Close()
	if e.Model.Config.Rank != 2 || e.Model.Config.UNetWidth != 16 {
		t.Errorf("the encoder is %+v", e.Model.Config)
	}
	sheets, err := filepath.Glob(filepath.Join(out, "sheets", "encoder-*.png"))
	if err != nil || len(sheets) != 2 {
		t.Errorf("sheets are %v, %v", sheets, err)
	}

	must(t, os.RemoveAll(filepath.Join(photos, "more")))
	must(t, picture.WriteFile(filepath.Join(photos, "red fox.png"), picture.Filled(8, 8, 1, 2, 3), nil))
	if got := execute(t.Context(), t, args()...); got.status != exitFailed || !strings.Contains(got.err, "red fox.png") {
		t.Errorf("a held-out picture: %+v", got)
	}
}
