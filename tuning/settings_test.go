package tuning

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultsAreValid(t *testing.T) {
	for _, name := range Methods() {
		for _, small := range []bool{false, true} {
			s, err := Defaults(name, small)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(); err != nil {
				t.Errorf("%s, small %t: %v", name, small, err)
			}
		}
	}
	if _, err := Defaults("magic", false); err == nil || !strings.Contains(err.Error(), "dreambooth_lora") {
		t.Errorf("an unknown method gave %v", err)
	}
}

func TestSettingsRefuse(t *testing.T) {
	for key, change := range map[string]func(*Settings){
		"steps":                       func(s *Settings) { s.Steps = -1 },
		"batch_size":                  func(s *Settings) { s.BatchSize = -1 },
		"gradient_accumulation_steps": func(s *Settings) { s.Accumulation = 0 },
		"learning_rate":               func(s *Settings) { s.LearningRate = 0 },
		"token_learning_rate":         func(s *Settings) { s.TokenLearningRate = -1 },
		"lr_scheduler":                func(s *Settings) { s.Scheduler = "polynomial" },
		"adam_beta1":                  func(s *Settings) { s.Beta1 = 1 },
		"adam_beta2":                  func(s *Settings) { s.Beta2 = 0 },
		"adam_epsilon":                func(s *Settings) { s.Eps = 0 },
		"ema_decay":                   func(s *Settings) { s.EMADecay = 1 },
		"snr_gamma":                   func(s *Settings) { s.MinSNRGamma = -5 },
		"timesteps":                   func(s *Settings) { s.Timesteps = "sigmoid" },
		"num_vectors":                 func(s *Settings) { s.Vectors = 9 },
		"initializer":                 func(s *Settings) { s.Initializer = "" },
		"rank":                        func(s *Settings) { s.Rank = 0 },
		"lora_alpha":                  func(s *Settings) { s.Alpha = 0 },
		"lora_targets":                func(s *Settings) { s.Targets = []string{"ff", "ff"} },
		"prior_loss_weight":           func(s *Settings) { s.PriorLossWeight = -1 },
		"template":                    func(s *Settings) { s.Template = "poem" },
		"language":                    func(s *Settings) { s.Language = "fr" },
		"random_crop":                 func(s *Settings) { s.Crop = 0.4 },
		"views":                       func(s *Settings) { s.Views = 4 },
		"precision":                   func(s *Settings) { s.Precision = "fp8" },
		"save_every":                  func(s *Settings) { s.SaveEvery = -1 },
	} {
		s := lora{}.Defaults(false)
		change(&s)
		if err := s.Validate(); err == nil || !strings.HasPrefix(err.Error(), key+":") {
			t.Errorf("a wrong %s gave %v", key, err)
		}
	}
	s := lora{}.Defaults(false)
	s.Targets = nil
	if s.Validate() == nil {
		t.Error("LoRA of no layer was accepted")
	}
	s.TrainTextEncoder = true
	if err := s.Validate(); err != nil {
		t.Errorf("LoRA of the text encoder alone: %v", err)
	}
}

func TestReadSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := lora{}.Defaults(false)
	write("steps: 12\nlora_targets: [attention, ff]\nlanguage: ja\n")
	if err := ReadSettings(path, &s); err != nil {
		t.Fatal(err)
	}
	if s.Steps != 12 || len(s.Targets) != 2 || s.Language != languageJapanese || s.Rank != 8 {
		t.Errorf("read %+v", s)
	}
	write("learning_rte: 1\n")
	if err := ReadSettings(path, &s); err == nil || !strings.Contains(err.Error(), "learning_rte") {
		t.Errorf("an unknown key gave %v", err)
	}
	write("")
	if err := ReadSettings(path, &s); err != nil || s.Steps != 12 {
		t.Errorf("an empty file gave %v and %d steps", err, s.Steps)
	}
	if ReadSettings(path+".missing", &s) == nil {
		t.Error("a missing file was read")
	}
}

// TestTable holds what a concept tells of its settings: all that decide the
// result and nothing else.
func TestTable(t *testing.T) {
	s := lora{}.Defaults(true)
	s.Steps = 77
	table, err := s.table()
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"steps": "77", "learning_rate": "0.001", "language": "en", "lora_targets": `["attention"]`, "random_flip": "false"} {
		if table[key] != want {
			t.Errorf("%s is %q, want %q", key, table[key], want)
		}
	}
	if _, ok := table["save_every"]; ok {
		t.Error("save_every decides nothing but is in the table")
	}
}
