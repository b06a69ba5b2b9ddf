package diffusion

import (
	"testing"

	"github.com/ichimai/ichimai/provenance"
)

func TestRecordAsStatement(t *testing.T) {
	r := Record{Prompt: "a cat", Seed: 7, Model: RecordModel{"demo", "00ff"}, Concepts: []RecordConcept{{Name: "<cat>"}}}
	got, err := provenance.ReadXMP([]byte(provenance.XMP(r.Statement())))
	if err != nil {
		t.Fatal(err)
	}
	const prompt = "51e467415607798220a3776f6ae1a2a09ddc7e5dcdc955d685477b4cf05ade22"
	if got.Source != provenance.SourceTrained || got.Model != "demo" || got.ModelHash != "00ff" || *got.Seed != 7 || len(got.Concepts) != 1 || got.Concepts[0] != "<cat>" {
		t.Errorf("%+v", got)
	}
	if got.PromptHash != prompt {
		t.Errorf("prompt's hash %s", got.PromptHash)
	}
}
