package diffusion

import (
	"testing"

	"github.com/ichimai/ichimai/sampler"
)

func TestParameters(t *testing.T) {
	r := Record{Prompt: "a cup", NegativePrompt: "dark", Seed: 3, Steps: 20, GuidanceScale: 7.5, ClipSkip: 1, GuidanceShare: 0.6, DeepCache: 3, TokenMerging: 0.5,
		FidelityStages: []FidelityStage{{0.3, 0.2}}, Concepts: []RecordConcept{{Name: "cup", Fidelity: new(0.6)}, {Name: "style"}},
		Width: 512, Height: 768, Model: RecordModel{Name: "my, model", Hash: "0123456789abcdef"}}
	want := "a cup\nNegative prompt: dark\nSteps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 3, Size: 512x768, " +
		`Model hash: 0123456789, Model: "my, model", Clip skip: 2, Guidance share: 0.6, Fidelity: 0.2@0.3 0.6, DeepCache: 3, Token merging ratio: 0.5, Version: ichimai`
	if got := r.parameters("Euler a"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Every sampler has a label of its own, so that the text tells them apart.
func TestSamplerLabels(t *testing.T) {
	seen := map[string]string{}
	for _, name := range sampler.Names() {
		config, err := sampler.NewConfig(name)
		if err != nil {
			t.Fatal(err)
		}
		label := samplerLabel(config)
		if other, ok := seen[label]; ok || label == config.Class {
			t.Errorf("%s is called %q, as %s is", name, label, other)
		}
		seen[label] = name
	}
}
