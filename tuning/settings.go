package tuning

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/optim"
)

// Settings are how a method learns. Names are those of a settings file. Make
// them with [Defaults]: the zero value is not usable.
type Settings struct {
	Steps     int    `yaml:"steps" json:"steps"`
	BatchSize int    `yaml:"batch_size" json:"batch_size"` // rows of one graph
	Seed      uint64 `yaml:"seed" json:"seed"`
	// Accumulation is the number of batches whose gradients make one step.
	Accumulation int `yaml:"gradient_accumulation_steps" json:"gradient_accumulation_steps"`

	// LearningRate is that of low-rank offsets. The other two are for the
	// token's vectors and the text encoder's offsets; 0 takes LearningRate.
	LearningRate      float64 `yaml:"learning_rate" json:"learning_rate"`
	TokenLearningRate float64 `yaml:"token_learning_rate" json:"token_learning_rate"`
	TextLearningRate  float64 `yaml:"text_encoder_learning_rate" json:"text_encoder_learning_rate"`
	Scheduler         string  `yaml:"lr_scheduler" json:"lr_scheduler"` // constant, linear, cosine
	Warmup            int     `yaml:"lr_warmup_steps" json:"lr_warmup_steps"`

	Beta1       float64 `yaml:"adam_beta1" json:"adam_beta1"`
	Beta2       float64 `yaml:"adam_beta2" json:"adam_beta2"`
	Eps         float64 `yaml:"adam_epsilon" json:"adam_epsilon"`
	WeightDecay float64 `yaml:"adam_weight_decay" json:"adam_weight_decay"`
	MaxGradNorm float64 `yaml:"max_grad_norm" json:"max_grad_norm"` // 0: no limit
	EMADecay    float64 `yaml:"ema_decay" json:"ema_decay"`         // 0: no average

	MinSNRGamma float64 `yaml:"snr_gamma" json:"snr_gamma"` // 0: all timesteps alike
	// Timesteps is how they are drawn: uniform, or stratified, which spreads
	// those of a batch and of successive steps evenly over the schedule.
	Timesteps string `yaml:"timesteps" json:"timesteps"`

	// Vectors is the number of the placeholder's vectors, 1 to 8.
	Vectors int `yaml:"num_vectors" json:"num_vectors"`
	// Initializer is where the vectors start when there is no init word: word
	// (a neutral one), picture (the word that CLIP finds nearest to the
	// pictures; a neutral one without a CLIP in the model folder) or gaussian.
	Initializer string `yaml:"initializer" json:"initializer"`
	// TrainToken learns the placeholder's vectors beside low-rank offsets.
	TrainToken bool `yaml:"train_token" json:"train_token"`

	// Rank is that of low-rank offsets, which are times Alpha/Rank. Those that an
	// encoder predicts have the encoder's rank and the scale 1.
	Rank  int     `yaml:"rank" json:"rank"`
	Alpha float64 `yaml:"lora_alpha" json:"lora_alpha"`
	// Targets are the layers of the UNet that get offsets: attention, ff, proj
	// and conv, any of them together.
	Targets          []string `yaml:"lora_targets" json:"lora_targets"`
	TrainTextEncoder bool     `yaml:"train_text_encoder" json:"train_text_encoder"`

	// PathAlpha is the share of the soft path in dual-path attention (Arar et al.,
	// arXiv 2307.06925), in learning and, unless a drawing says otherwise, in drawing:
	// up to 1, which is a single path; 0 takes that which the encoder was trained with,
	// or 0.75 without one. It belongs to method encoder.
	PathAlpha float64 `yaml:"path_alpha" json:"path_alpha"`
	// ContrastiveWeight and LengthWeight weigh what keeps the vector near real words
	// and short: see [loss.Contrastive] and [loss.SquaredLength]. 0 leaves them out.
	ContrastiveWeight      float64 `yaml:"contrastive_weight" json:"contrastive_weight"`
	ContrastiveNeighbours  int     `yaml:"contrastive_neighbours" json:"contrastive_neighbours"`
	ContrastiveTemperature float64 `yaml:"contrastive_temperature" json:"contrastive_temperature"`
	LengthWeight           float64 `yaml:"length_weight" json:"length_weight"`
	// Choose says which step's concept is the result: last, or best, by pictures that
	// are drawn with those of a few steps. See choose.go.
	Choose string `yaml:"choose" json:"choose"`

	// PriorLossWeight weighs the class pictures of DreamBooth, of which there
	// are ClassPictures, drawn by the model itself.
	PriorLossWeight float64 `yaml:"prior_loss_weight" json:"prior_loss_weight"`
	ClassPictures   int     `yaml:"num_class_images" json:"num_class_images"`

	Template string `yaml:"template" json:"template"` // object or style
	Language string `yaml:"language" json:"language"` // en, ja or both
	// Resolution is the side of the square that pictures are cut to; 0 takes
	// the model's own.
	Resolution int  `yaml:"resolution" json:"resolution"`
	Flip       bool `yaml:"random_flip" json:"random_flip"`
	// Crop is the smallest part of a picture's side that a random crop keeps, in
	// (0.5, 1]; 1 crops nothing. Views is how many crops are made of a picture.
	Crop  float64 `yaml:"random_crop" json:"random_crop"`
	Views int     `yaml:"views" json:"views"`
	// SamplePosterior takes a draw of the autoencoder's posterior in place of
	// its mean.
	SamplePosterior bool `yaml:"sample_posterior" json:"sample_posterior"`

	Checkpointing bool   `yaml:"gradient_checkpointing" json:"gradient_checkpointing"`
	Precision     string `yaml:"precision" json:"precision"` // float32 or bfloat16; "" the device's best

	// SaveEvery and PreviewEvery are in steps; 0 means only at the end. They
	// do not change the result.
	SaveEvery    int `yaml:"save_every" json:"-"`
	PreviewEvery int `yaml:"preview_every" json:"-"`
}

// Bounds of settings, beyond which a value is a slip of the hand.
const (
	MaxPictures = 20
	MaxVectors  = 8
	maxSteps    = 1_000_000
	maxBatch    = 256
	maxRank     = 1024
	maxViews    = 64
	maxClass    = 1000
)

// Targets of low-rank offsets in the UNet.
const (
	TargetAttention = "attention" // to_q, to_k, to_v, to_out.0 of attn1 and attn2
	TargetFF        = "ff"        // the feed-forward layers of transformer blocks
	TargetProj      = "proj"      // proj_in and proj_out
	TargetConv      = "conv"      // convolutions of resnets and of changes of size
)

// ranged is a number with its key and bounds; open excludes the lower bound.
type ranged struct {
	key           string
	value, lo, hi float64
	open          bool
}

func (r ranged) check() error {
	ok := r.value >= r.lo && r.value <= r.hi && !(r.open && r.value == r.lo)
	if ok {
		return nil
	}
	if r.open {
		return fmt.Errorf("%s: %g is not above %g and at most %g", r.key, r.value, r.lo, r.hi)
	}
	return fmt.Errorf("%s: %g is not between %g and %g", r.key, r.value, r.lo, r.hi)
}

// belowOne is the highest value of a decay.
var belowOne = math.Nextafter(1, 0)

func (s *Settings) numbers() []ranged {
	n := func(v int) float64 { return float64(v) }
	return []ranged{
		{"steps", n(s.Steps), 0, maxSteps, false},
		{"batch_size", n(s.BatchSize), 1, maxBatch, false},
		{"gradient_accumulation_steps", n(s.Accumulation), 1, maxBatch, false},
		{"learning_rate", s.LearningRate, 0, 10, true},
		{"token_learning_rate", s.TokenLearningRate, 0, 10, false},
		{"text_encoder_learning_rate", s.TextLearningRate, 0, 10, false},
		{"lr_warmup_steps", n(s.Warmup), 0, maxSteps, false},
		{"adam_beta1", s.Beta1, 0, belowOne, false},
		{"adam_beta2", s.Beta2, 0, belowOne, true},
		{"adam_epsilon", s.Eps, 0, 1, true},
		{"adam_weight_decay", s.WeightDecay, 0, 10, false},
		{"max_grad_norm", s.MaxGradNorm, 0, math.MaxFloat32, false},
		{"ema_decay", s.EMADecay, 0, belowOne, false},
		{"snr_gamma", s.MinSNRGamma, 0, 1e6, false},
		{"num_vectors", n(s.Vectors), 1, MaxVectors, false},
		{"rank", n(s.Rank), 1, maxRank, false},
		{"lora_alpha", s.Alpha, 0, 1e6, true},
		{"path_alpha", s.PathAlpha, 0, 1, false},
		{"contrastive_weight", s.ContrastiveWeight, 0, 1e3, false},
		{"length_weight", s.LengthWeight, 0, 1e3, false},
		{"prior_loss_weight", s.PriorLossWeight, 0, 1e3, false},
		{"num_class_images", n(s.ClassPictures), 0, maxClass, false},
		{"resolution", n(s.Resolution), 0, 4096, false},
		{"random_crop", s.Crop, 0.5, 1, true},
		{"views", n(s.Views), 1, maxViews, false},
		{"save_every", n(s.SaveEvery), 0, maxSteps, false},
		{"preview_every", n(s.PreviewEvery), 0, maxSteps, false},
	}
}

// Validate reports the first value that cannot be used, by the key that a user
// sets.
func (s *Settings) Validate() error {
	for _, r := range s.numbers() {
		if err := r.check(); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		key, value string
		known      []string
	}{
		{"lr_scheduler", s.Scheduler, []string{"constant", "linear", "cosine"}},
		{"timesteps", s.Timesteps, []string{timestepsUniform, timestepsStratified}},
		{"initializer", s.Initializer, []string{initWord, initPicture, initGaussian}},
		{"template", s.Template, []string{templateObject, templateStyle}},
		{"language", s.Language, []string{languageEnglish, languageJapanese, languageBoth}},
		{"choose", s.Choose, []string{chooseLast, chooseBest}},
		{"precision", s.Precision, []string{"", "float32", "bfloat16"}},
	} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("%s: %q is not known; %q are", c.key, c.value, c.known)
		}
	}
	if varied := s.Flip || s.Crop < 1; varied != (s.Views > 1) {
		return fmt.Errorf("views: %d with random_flip %t and random_crop %g: the first view is the picture itself, so two or more are for random crops and flips, and those need them", s.Views, s.Flip, s.Crop)
	}
	if s.PathAlpha != 0 && s.PathAlpha < 1 && s.Vectors > 1 {
		return fmt.Errorf("num_vectors: %d with path_alpha %g: the second path puts one word in the place of the placeholder, so that it has one vector", s.Vectors, s.PathAlpha)
	}
	if err := s.contrastive().Validate(); err != nil {
		return err
	}
	return s.checkTargets()
}

// contrastive is the term that keeps the vector near words.
func (s *Settings) contrastive() loss.Contrastive {
	return loss.Contrastive{Neighbours: s.ContrastiveNeighbours, Temperature: s.ContrastiveTemperature}
}

func (s *Settings) checkTargets() error {
	known := []string{TargetAttention, TargetFF, TargetProj, TargetConv}
	for i, t := range s.Targets {
		if !slices.Contains(known, t) {
			return fmt.Errorf("lora_targets: %q is not known; %q are", t, known)
		}
		if slices.Contains(s.Targets[:i], t) {
			return fmt.Errorf("lora_targets: %q is there twice", t)
		}
	}
	if len(s.Targets) == 0 && !s.TrainTextEncoder {
		return fmt.Errorf("lora_targets: the list is empty and train_text_encoder is off, so no layer would learn")
	}
	return nil
}

// rate is the schedule of a learning rate; base 0 takes LearningRate.
func (s *Settings) rate(base float64) optim.Schedule {
	if base == 0 {
		base = s.LearningRate
	}
	return optim.Schedule{Kind: s.Scheduler, Base: base, Warmup: s.Warmup, Total: s.Steps}
}

func (s *Settings) adamw() optim.AdamW {
	return optim.AdamW{Beta1: s.Beta1, Beta2: s.Beta2, Eps: s.Eps, WeightDecay: s.WeightDecay}
}

// ReadSettings reads a YAML file over settings that hold their defaults.
// Unknown keys are errors.
func ReadSettings(path string, into *Settings) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && err != io.EOF {
		return fmt.Errorf("read settings %s: %w", path, err)
	}
	return nil
}

// table are the settings that decide the result, as text by their keys.
func (s *Settings) table() (map[string]string, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("describe settings: %w", err)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("describe settings: %w", err)
	}
	table := map[string]string{}
	for key, value := range values {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		table[key] = text
	}
	return table, nil
}
