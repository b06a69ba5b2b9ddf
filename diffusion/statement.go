package diffusion

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/ichimai/ichimai/provenance"
)

// Statement is what the picture of the record says of itself to others: that a
// model drew it, which, and with which concepts. Of the prompt it tells the hash.
func (r Record) Statement() provenance.Statement {
	prompt := sha256.Sum256([]byte(r.Prompt))
	s := provenance.Statement{
		Source: provenance.SourceTrained, Tool: provenance.Tool,
		Model: r.Model.Name, ModelHash: r.Model.Hash, Seed: &r.Seed, PromptHash: hex.EncodeToString(prompt[:]),
	}
	for _, c := range r.Concepts {
		s.Concepts = append(s.Concepts, c.Name)
	}
	return s
}
