package tuning

import (
	"context"
	"fmt"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
)

// Method learns a concept from pictures. A new one is a file of its own and a
// line in registry.
type Method interface {
	// Name is the method's name in settings and concepts.
	Name() string
	// Defaults are settings to start from: small for models of a few million
	// weights, whose learning rates are higher and whose steps are cheap.
	Defaults(small bool) Settings
	// Learn does it. The job has been checked.
	Learn(ctx context.Context, job Job) (*concept.Concept, error)
}

// registry lists the methods in the order in which people are shown them.
var registry = []Method{
	tuningEncoder{},
	textualInversion{},
	lora{},
	dreamBoothLoRA{},
}

// Methods are the names that [Learn] knows.
func Methods() []string {
	names := make([]string, len(registry))
	for i, m := range registry {
		names[i] = m.Name()
	}
	return names
}

func find(name string) (Method, error) {
	for _, m := range registry {
		if m.Name() == name {
			return m, nil
		}
	}
	return nil, fmt.Errorf("method: %q is not known; %q are", name, Methods())
}

// Defaults are a method's settings to start from.
func Defaults(method string, small bool) (Settings, error) {
	m, err := find(method)
	if err != nil {
		return Settings{}, err
	}
	return m.Defaults(small), nil
}

// smallModel is the number of UNet weights below which a model is small;
// Stable Diffusion's has 860 million.
const smallModel = 100e6

// IsSmall says which defaults suit a model.
func IsSmall(m *diffusion.Model) bool {
	n := 0
	for _, p := range m.UNet.Params {
		n += p.Size()
	}
	return n < smallModel
}

// common are the settings that the methods share.
func common() Settings {
	return Settings{
		BatchSize: 1, Seed: 1, Accumulation: 1,
		Scheduler: "constant",
		Beta1:     0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 1e-2, MaxGradNorm: 1,
		Timesteps: timestepsStratified, Vectors: 1, Initializer: initPicture,
		Rank: 8, Alpha: 8, Targets: []string{TargetAttention},
		PathAlpha: 1, ContrastiveNeighbours: 4, ContrastiveTemperature: 0.1, Choose: chooseLast,
		Template: templateObject, Language: languageEnglish, Crop: 1, Views: 1,
		PriorLossWeight: 1, ClassPictures: 50,
		SaveEvery: 50,
	}
}
