package pretrain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/vae"
)

const recipes = "../demo/recipe"

// The recipes that the project ships have only known keys and can be built.
func TestRecipes(t *testing.T) {
	v, c, u := DefaultVAESettings(), DefaultCLIPSettings(), DefaultUNetSettings()
	for file, s := range map[string]interface{ Validate() error }{"vae.yaml": &v, "clip.yaml": &c, "unet.yaml": &u} {
		if err := ReadSettings(filepath.Join(recipes, file), s); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	autoencoder, denoiser, towers := vae.DefaultConfig(), unet.DefaultConfig(), clip.DefaultConfig()
	if err := v.Model.Into(&autoencoder); err != nil {
		t.Fatal(err)
	}
	if err := u.Model.Into(&denoiser); err != nil {
		t.Fatal(err)
	}
	for file, check := range map[string]error{"vae.yaml": autoencoder.Validate(), "unet.yaml": denoiser.Validate(), "default towers": towers.Validate()} {
		if check != nil {
			t.Errorf("%s: %v", file, check)
		}
	}
	if denoiser.InChannels != autoencoder.LatentChannels || denoiser.CrossAttentionDim.At(0) != c.Towers.TextWidth {
		t.Errorf("the parts do not fit: %d and %d latent channels, %d and %d wide texts",
			denoiser.InChannels, autoencoder.LatentChannels, denoiser.CrossAttentionDim.At(0), c.Towers.TextWidth)
	}
	st := &unetStage{settings: u}
	if err := st.openScheduler(); err != nil {
		t.Errorf("unet.yaml: %v", err)
	}
	if _, err := sampler.NewSchedule(st.scheduler); err != nil {
		t.Error(err)
	}
}

// What is held out is not asked for while a model grows either.
func TestRecipePromptsAreFree(t *testing.T) {
	held, err := dataset.OpenHeldOut(filepath.Join(recipes, "heldout.json"))
	if err != nil {
		t.Fatal(err)
	}
	u := DefaultUNetSettings()
	if err := ReadSettings(filepath.Join(recipes, "unet.yaml"), &u); err != nil {
		t.Fatal(err)
	}
	for _, prompt := range u.Prompts {
		if err := held.Guard(dataset.Subject{Key: prompt, Names: []string{prompt}}); err != nil {
			t.Error(err)
		}
	}
}

func yamlFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadSettings(t *testing.T) {
	s := DefaultVAESettings()
	if err := ReadSettings(yamlFile(t, "steps: 7\nlr_scheduler: linear\ninit_from: runs/vae/model\nmodel: {latent_channels: 8}\n"), &s); err != nil {
		t.Fatal(err)
	}
	want := DefaultVAESettings()
	want.Steps, want.Schedule.Kind, want.InitFrom, want.Model = 7, "linear", "runs/vae/model", ModelConfig{"latent_channels": 8}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	if err := ReadSettings(yamlFile(t, "# nothing\n"), &s); err != nil {
		t.Errorf("an empty file gave %v", err)
	}
	for key, text := range map[string]string{
		"learning_rat": "learning_rat: 1\n", "steps": "steps: many\n", "line 2": "steps: 1\n\tseed: 2\n",
	} {
		path := yamlFile(t, text)
		if err := ReadSettings(path, &s); err == nil || !strings.Contains(err.Error(), "line") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s gave %v", key, err)
		}
	}
	if err := ReadSettings(filepath.Join(t.TempDir(), "none.yaml"), &s); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("a missing file gave %v", err)
	}
	config := vae.DefaultConfig()
	if err := (ModelConfig{"latent_channels": "four"}).Into(&config); err == nil || !strings.Contains(err.Error(), "latent_channels") {
		t.Errorf("a text for a number gave %v", err)
	}
}

// Values out of range are refused by their key.
func TestSettingsRefuse(t *testing.T) {
	for key, change := range map[string]func(*VAESettings, *CLIPSettings, *UNetSettings){
		"steps":            func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.Steps = 0 },
		"batch_size":       func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.BatchSize = -1 },
		"ema_decay":        func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.EMADecay = 1 },
		"adam_beta2":       func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.Beta2 = 1 },
		"optimizer":        func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.Optimizer = "lion" },
		"save_every":       func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.SaveEvery = -1 },
		"max_grad_norm":    func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.MaxGradNorm = -1 },
		"lr_scheduler":     func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.Schedule.Kind = "step" },
		"learning_rate":    func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.Schedule.Base = 0 },
		"gradient_weight":  func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.GradientWeight = -1 },
		"kl_weight":        func(v *VAESettings, _ *CLIPSettings, _ *UNetSettings) { v.KLWeight = -1 },
		"vocab_captions":   func(_ *VAESettings, c *CLIPSettings, _ *UNetSettings) { c.VocabCaptions = 0 },
		"model_max_length": func(_ *VAESettings, c *CLIPSettings, _ *UNetSettings) { c.MaxLength = 2 },
		"caption_dropout":  func(_ *VAESettings, _ *CLIPSettings, u *UNetSettings) { u.CaptionDropout = 1.5 },
		"cached_pictures":  func(_ *VAESettings, _ *CLIPSettings, u *UNetSettings) { u.CachedPictures = 0 },
		"min_snr_gamma":    func(_ *VAESettings, _ *CLIPSettings, u *UNetSettings) { u.MinSNRGamma = -1 },
		"timestep_shift":   func(_ *VAESettings, _ *CLIPSettings, u *UNetSettings) { u.TimestepShift = 0 },
		"sheet_steps":      func(_ *VAESettings, _ *CLIPSettings, u *UNetSettings) { u.Prompts, u.SheetSteps = []string{"a"}, 0 },
	} {
		v, c, u := DefaultVAESettings(), DefaultCLIPSettings(), DefaultUNetSettings()
		change(&v, &c, &u)
		var errs []string
		for _, s := range []interface{ Validate() error }{&v, &c, &u} {
			if err := s.Validate(); err != nil {
				errs = append(errs, err.Error())
			}
		}
		if len(errs) != 1 || !strings.Contains(errs[0], key) {
			t.Errorf("%s gave %q", key, errs)
		}
	}
}
