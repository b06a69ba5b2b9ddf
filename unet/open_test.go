package unet_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/unet"
)

// The fixtures' keys and shapes are the model's, neither more nor less.
func TestParamsGolden(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			dir := filepath.Join(golden.Dir(t, fixture), "unet")
			c, err := unet.ReadConfig(dir)
			if err != nil {
				t.Fatal(err)
			}
			m, err := unet.New(c)
			if err != nil {
				t.Fatal(err)
			}
			opentest.SameKeys(t, dir, m.Params, func(key string) string { return key })
		})
	}
}

func TestGoldenXLIsRefused(t *testing.T) {
	_, _, err := unet.Open(filepath.Join(golden.Dir(t, "sdxl-tiny"), "unet"), model.NewStore(), "unet")
	if err == nil || !strings.Contains(err.Error(), "Stable Diffusion XL") || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("an SDXL folder gave %v", err)
	}
}

func TestOpen(t *testing.T) {
	m, err := unet.New(smallConfig())
	if err != nil {
		t.Fatal(err)
	}
	opentest.Run(t, m.Config, m.Params, unet.Open)
}
