package pretrain

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/vae"
)

// tinySettings are three steps of two pictures.
func tinySettings() Settings {
	s := DefaultSettings()
	s.Steps, s.BatchSize, s.SaveEvery, s.SampleEvery, s.Schedule.Warmup = 3, 2, 0, 0, 1
	return s
}

func tinyVAE() VAESettings {
	s := DefaultVAESettings()
	s.Settings = tinySettings()
	s.Model = ModelConfig{
		"block_out_channels": []int{2, 4}, "norm_num_groups": 1, "latent_channels": 2,
		"down_block_types": []string{"DownEncoderBlock2D", "DownEncoderBlock2D"},
		"up_block_types":   []string{"UpDecoderBlock2D", "UpDecoderBlock2D"},
	}
	return s
}

func tinyCLIP() CLIPSettings {
	s := DefaultCLIPSettings()
	s.Settings = tinySettings()
	s.VocabSize, s.VocabCaptions, s.MaxLength = 540, 40, 12
	s.Towers = Towers{drawnSide, 8, 8, 1, 2, 8, 1, 2, 4}
	return s
}

func tinySubject() SubjectSettings {
	s := DefaultSubjectSettings()
	s.Settings = tinySettings()
	s.Tower = SubjectTower{drawnSide, 8, 8, 1, 2}
	return s
}

func tinyUNet() UNetSettings {
	s := DefaultUNetSettings()
	s.Settings = tinySettings()
	s.CachedPictures, s.Prompts, s.SheetSteps = 32, []string{"a red square"}, 1
	s.Model = ModelConfig{
		"in_channels": 2, "out_channels": 2, "block_out_channels": []int{4}, "norm_num_groups": 2, "layers_per_block": 1,
		"down_block_types": []string{"CrossAttnDownBlock2D"}, "up_block_types": []string{"CrossAttnUpBlock2D"},
		"cross_attention_dim": 8, "attention_head_dim": 2,
	}
	s.Scheduler = ModelConfig{"_class_name": "DDIMScheduler", "beta_schedule": "scaled_linear", "prediction_type": "v_prediction"}
	return s
}

const data, unseen = drawn(12), drawn(5)

// pureGo opens the backend that has models of this size compiled at once.
func pureGo(t *testing.T) compute.Backend {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Device: engine.DeviceGo, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e.Backend()
}

// stages make each stage anew, the UNet upon the results of the others.
func stages(t *testing.T, backend compute.Backend, text, autoencoder, latents string, change func(*Settings)) map[string]func() (Stage, error) {
	v, c, u, subject := tinyVAE(), tinyCLIP(), tinyUNet(), tinySubject()
	for _, s := range []*Settings{&v.Settings, &c.Settings, &u.Settings, &subject.Settings} {
		if change != nil {
			change(s)
		}
	}
	return map[string]func() (Stage, error){
		"vae":     func() (Stage, error) { return NewVAE(backend, v, data, unseen) },
		"clip":    func() (Stage, error) { return NewCLIP(t.Context(), backend, c, data, unseen) },
		"subject": func() (Stage, error) { return NewSubject(backend, subject, data, unseen) },
		"unet": func() (Stage, error) {
			return NewUNet(t.Context(), backend, u, UNetParts{Text: text, VAE: autoencoder, Latents: latents}, data)
		},
	}
}

func made(t *testing.T, make func() (Stage, error)) Stage {
	t.Helper()
	stage, err := make()
	if err != nil {
		t.Fatal(err)
	}
	return stage
}

// files reads all files of a folder but the sheets and the log, which holds times.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) == ".png" || e.Name() == "log.jsonl" {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		found[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Every stage learns, and a run that is stopped and resumed leaves the same
// state and the same model, bit by bit, as one that is not. The model opens.
func TestStages(t *testing.T) {
	root := t.TempDir()
	at := func(name ...string) string { return filepath.Join(append([]string{root}, name...)...) }
	all := stages(t, pureGo(t), at("clip", "model"), at("vae", "model"), at("latents.safetensors"), nil)
	for _, name := range []string{"vae", "clip", "subject", "unet"} {
		t.Run(name, func(t *testing.T) {
			resumesAlike(t, all[name], at(name), at(name+"-cut"))
			if _, err := os.Stat(at(name, "sheets", name+"-0000003.png")); err != nil {
				t.Error(err)
			}
			if log, err := os.ReadFile(at(name, "log.jsonl")); err != nil || (name == "unet") != bytes.Contains(log, []byte("start_own")) {
				t.Errorf("the log is %s, %v", log, err)
			}
		})
	}
	if t.Failed() {
		return
	}
	opens(t, at("unet", "model"))
	t.Run("Parts", func(t *testing.T) { testParts(t, at("clip", "model"), at("vae", "model")) })
	t.Run("TrainText", func(t *testing.T) { testTrainText(t, root) })
	t.Run("InitFrom", func(t *testing.T) { testInitFrom(t, root) })
}

// A text encoder that learns with the denoiser is kept, resumed and exported with
// it; everything else of the given parts stays.
func testTrainText(t *testing.T, root string) {
	at := func(name ...string) string { return filepath.Join(append([]string{root}, name...)...) }
	u := tinyUNet()
	u.TrainText, u.Optimizer = true, muon
	backend := pureGo(t)
	make := func() (Stage, error) {
		return NewUNet(t.Context(), backend, u, UNetParts{Text: at("clip", "model"), VAE: at("vae", "model"), Latents: at("latents.safetensors")}, data)
	}
	resumesAlike(t, make, at("text"), at("text-cut"))
	opens(t, at("text", "model"))
	given, got := files(t, at("clip", "model")), files(t, at("text", "model"))
	for name, same := range map[string]bool{"text_encoder/model.safetensors": false, "clip/model.safetensors": true, "tokenizer/vocab.json": true} {
		if len(given[name]) == 0 || bytes.Equal(given[name], got[name]) != same {
			t.Errorf("%s: %d bytes given, %d in the model, the same: %t", name, len(given[name]), len(got[name]), !same)
		}
	}
}

// resumesAlike trains in one folder, and in another with a stop in the middle.
func resumesAlike(t *testing.T, make func() (Stage, error), dir, cutDir string) {
	t.Helper()
	s := tinySettings()
	whole, cut := &Run{Dir: dir, Settings: &s, Every: 1}, &Run{Dir: cutDir, Settings: &s, Every: 1}
	if err := whole.Train(t.Context(), made(t, make)); err != nil {
		t.Fatal(err)
	}
	if err := cut.Train(cancelAfter(t, cut, 2), made(t, make)); !errors.Is(err, context.Canceled) {
		t.Fatalf("a run that was stopped gave %v", err)
	}
	resumed := 0
	cut.Report = func(p Progress) {
		if p.Event == "resumed" {
			resumed = p.Step
		}
	}
	if err := cut.Train(t.Context(), made(t, make)); err != nil || resumed != 2 {
		t.Fatalf("resumed after step %d: %v", resumed, err)
	}
	sameFiles(t, files(t, cutDir), files(t, dir))
}

func sameFiles(t *testing.T, got, want map[string][]byte) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want))
	if !slices.Equal(slices.Sorted(maps.Keys(got)), names) {
		t.Errorf("files are %q, want %q", slices.Sorted(maps.Keys(got)), names)
	}
	for _, name := range names {
		if !bytes.Equal(got[name], want[name]) {
			t.Errorf("%s differs from an undisturbed run's", name)
		}
	}
}

// opens reads every part of a model folder.
func opens(t *testing.T, dir string) {
	t.Helper()
	store := model.NewStore()
	_, _, vaeErr := vae.Open(filepath.Join(dir, "vae"), store, "vae")
	_, _, textErr := clip.OpenText(filepath.Join(dir, "text_encoder"), store, "text")
	_, _, clipErr := clip.Open(filepath.Join(dir, "clip"), store, "clip")
	_, _, unetErr := unet.Open(filepath.Join(dir, "unet"), store, "unet")
	tok, tokErr := tokenizer.Open(filepath.Join(dir, "tokenizer"))
	if err := errors.Join(vaeErr, textErr, clipErr, unetErr, tokErr); err != nil {
		t.Fatal(err)
	}
	if tok.MaxLength() != 12 {
		t.Errorf("the tokenizer's texts have %d tokens, want 12", tok.MaxLength())
	}
	for _, name := range []string{"model_index.json", "scheduler/scheduler_config.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// A stage that starts from a folder has its weights, in the network and in the
// average, and knows which they were.
func testInitFrom(t *testing.T, root string) {
	at := func(name string) string { return filepath.Join(root, name, "model") }
	latents := filepath.Join(root, "latents.safetensors")
	backend := pureGo(t)
	plain := stages(t, backend, at("clip"), at("vae"), latents, nil)
	for _, name := range []string{"vae", "clip", "subject", "unet"} {
		t.Run(name, func(t *testing.T) {
			from := func(dir string) (Stage, error) {
				return stages(t, backend, at("clip"), at("vae"), latents, func(s *Settings) { s.InitFrom = dir })[name]()
			}
			stage, err := from(at(name))
			if err != nil {
				t.Fatal(err)
			}
			trainer, params := inside(stage)
			var folder *nn.Weights
			switch name {
			case "vae":
				_, folder, err = vae.Open(filepath.Join(at(name), name), model.NewStore(), "x")
			case "subject":
				_, folder, err = dino.Open(filepath.Join(at(name), name), model.NewStore(), "x")
			case "clip":
				_, folder, err = clip.Open(filepath.Join(at(name), name), model.NewStore(), "x")
			case "unet":
				_, folder, err = unet.Open(filepath.Join(at(name), name), model.NewStore(), "x")
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range []*nn.Weights{nn.NewWeights(trainer.store, name), trainer.averaged(name)} {
				sameWeights(t, w, folder, params)
			}
			if a, b := stage.Fingerprint(), made(t, plain[name]).Fingerprint(); !strings.HasPrefix(a, b) || len(a) < len(b)+64 {
				t.Errorf("the fingerprint is %q with init_from and %q without", a, b)
			}
			if _, err := from(t.TempDir()); err == nil {
				t.Error("an empty folder was accepted")
			}
		})
	}
	t.Run("Moved", func(t *testing.T) { testMoved(t, at("vae")) })
}

func inside(stage Stage) (*trainer, []*nn.Param) {
	switch s := stage.(type) {
	case *vaeStage:
		return s.trainer, s.model.Params
	case *clipStage:
		return s.trainer, s.model.Params
	case *subjectStage:
		return s.trainer, s.model.Params
	}
	s := stage.(*unetStage)
	return s.trainer, s.model.Params
}

func sameWeights(t *testing.T, got, want *nn.Weights, params []*nn.Param) {
	t.Helper()
	for _, p := range params {
		a, err := got.Float32(p)
		if err != nil {
			t.Fatal(err)
		}
		b, err := want.Float32(p)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a, b) {
			t.Errorf("%s is not the folder's", p.Name)
		}
	}
}

// A folder is known by what it holds, not by where it lies; another model than
// the settings' is refused by its keys.
func testMoved(t *testing.T, from string) {
	backend := pureGo(t)
	s := tinyVAE()
	s.InitFrom = from
	here, err := NewVAE(backend, s, data, unseen)
	if err != nil {
		t.Fatal(err)
	}
	s.InitFrom = t.TempDir()
	if err := os.CopyFS(s.InitFrom, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	there, err := NewVAE(backend, s, data, unseen)
	if err != nil {
		t.Fatal(err)
	}
	if here.Fingerprint() != there.Fingerprint() {
		t.Errorf("a copy is another start: %q, %q", here.Fingerprint(), there.Fingerprint())
	}
	s.Model = maps.Clone(s.Model)
	s.Model["act_fn"] = "gelu"
	if _, err := NewVAE(backend, s, data, unseen); err == nil || !strings.Contains(err.Error(), "init_from") ||
		!strings.Contains(err.Error(), "act_fn: the folder has silu, the settings gelu") {
		t.Errorf("another activation gave %v", err)
	}
	path := filepath.Join(s.InitFrom, vaeComponent, diffusersFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-2] ^= 1
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	delete(s.Model, "act_fn")
	other, err := NewVAE(backend, s, data, unseen)
	if err != nil {
		t.Fatal(err)
	}
	if here.Fingerprint() == other.Fingerprint() {
		t.Error("other weights have the same fingerprint")
	}
}

// Parts that do not fit are refused before anything is encoded or trained.
func testParts(t *testing.T, text, autoencoder string) {
	u := tinyUNet()
	u.Model["in_channels"] = 7
	backend := pureGo(t)
	for said, parts := range map[string]UNetParts{
		"in_channels is 7": {Text: text, VAE: autoencoder},
		"vae":              {Text: text, VAE: t.TempDir()},
		"text_encoder":     {Text: t.TempDir(), VAE: autoencoder},
	} {
		parts.Latents = filepath.Join(t.TempDir(), "latents.safetensors")
		if _, err := NewUNet(t.Context(), backend, u, parts, data); err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("%+v gave %v", parts, err)
		}
		if _, err := os.Stat(parts.Latents); err == nil {
			t.Error("pictures were encoded all the same")
		}
	}
}
