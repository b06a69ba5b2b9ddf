package evaluate

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
)

// Protocol is what is compared, and by what. Folders are as in the file; see
// [Protocol.Folder].
type Protocol struct {
	// Subjects is a folder with a folder of 1 to 20 pictures for each subject.
	Subjects string `yaml:"subjects"`
	// Classes are the subjects' words, by the names of their folders.
	Classes map[string]Class `yaml:"classes"`
	// Real is a folder with SUBJECT/PROMPT-ID.png or .jpg: a real picture of the
	// subject as the prompt asks. It may be left out.
	Real    string   `yaml:"real"`
	Prompts []Prompt `yaml:"prompts"`
	Seeds   []uint64 `yaml:"seeds"`

	Sampling Sampling `yaml:"sampling"`
	Methods  []Method `yaml:"methods"`
	// Reference is the method that the others are compared with; "" is the first
	// whose method is encoder, or else the first.
	Reference string         `yaml:"reference"`
	Sweep     Sweep          `yaml:"sweep"`
	Scorers   []ScorerFolder `yaml:"scorers"`

	path  string // of the file
	text  []byte
	lines lines
}

// Class is the word for the kind of thing that a subject is.
type Class struct {
	EN string `yaml:"en"`
	JA string `yaml:"ja"`
}

// In is the word in a language, en or ja.
func (c Class) In(lang string) string {
	if lang == Japanese {
		return c.JA
	}
	return c.EN
}

// Languages of prompts.
const (
	English  = "en"
	Japanese = "ja"
)

// Kinds of prompts, those of DreamBench.
const (
	Recontextualise = "recontextualise" // the subject elsewhere
	Restyle         = "restyle"         // drawn in another style
	Accessorise     = "accessorise"     // with something on it
	Property        = "property"        // in another colour or material
)

// Kinds lists the kinds of prompts in the order in which people are shown them.
var Kinds = []string{Recontextualise, Restyle, Accessorise, Property}

// Prompt is what to draw, {} standing for the subject.
type Prompt struct {
	ID   string `yaml:"id"` // of letters, digits, - and _
	Kind string `yaml:"kind"`
	Lang string `yaml:"lang"`
	Text string `yaml:"text"`
}

// Sampling is how pictures are drawn.
type Sampling struct {
	Steps    int     `yaml:"steps" json:"steps"`
	Guidance float64 `yaml:"guidance" json:"guidance"`
	Sampler  string  `yaml:"sampler" json:"sampler"`
}

// Method is a way to learn, under a name of its own.
type Method struct {
	Name   string `yaml:"name"`
	Method string `yaml:"method"` // of package tuning
	// Set are settings of package tuning that differ from the method's defaults.
	Set map[string]yaml.Node `yaml:"set"`
	// Steps are the numbers of learning steps after which it is looked at.
	Steps []int `yaml:"steps"`
	// ReportSteps are numbers at which it is drawn in full beside its best.
	ReportSteps []int `yaml:"report_steps"`
	// Sweep are values to try of settings; all combinations are tried.
	Sweep map[string][]yaml.Node `yaml:"sweep"`
	// Encoder is the folder of the encoder, "" for the model folder's own.
	Encoder string `yaml:"encoder"`
	// ClassWord tells the encoder the class, which then stands behind the placeholder
	// while it learns and in prompts. The other methods are always told.
	ClassWord bool `yaml:"class_word"`
	// Guided says whether guidance leads towards what was learned when it is drawn; see
	// [diffusion.Use]. nil is what suits the method.
	Guided *bool `yaml:"guided"`
}

// Sweep is the part of the product on which settings are compared. A zero field
// takes all.
type Sweep struct {
	Subjects int      `yaml:"subjects"`
	Prompts  []string `yaml:"prompts"`
	Seeds    int      `yaml:"seeds"`
}

// ScorerFolder is a judge: folders of a CLIP and, where there is one, of a DINO,
// relative to the protocol's file or to the model.
type ScorerFolder struct {
	Name string `yaml:"name"`
	CLIP string `yaml:"clip"`
	DINO string `yaml:"dino"`
	// Own marks the generator's own CLIP, which is reported and never the only judge.
	Own bool `yaml:"own"`
}

// Read reads a protocol and checks all that can be checked without a model; the
// error is a *[ProtocolError] where the file is at fault.
func Read(path string) (*Protocol, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read protocol: %w", err)
	}
	p := &Protocol{path: path, text: data}
	if p.lines, err = readLines(data); err != nil {
		return nil, p.yamlError(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(p); err != nil {
		return nil, p.yamlError(err)
	}
	return p, p.check()
}

// Folder is a folder of the protocol, found from its file.
func (p *Protocol) Folder(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(p.path), name)
}

// ReferenceName is the method that the others are compared with.
func (p *Protocol) ReferenceName() string {
	if p.Reference != "" {
		return p.Reference
	}
	for _, m := range p.Methods {
		if m.Method == encoderMethod {
			return m.Name
		}
	}
	return p.Methods[0].Name
}

// variant says whether a method learns in the same way as the reference, as an
// ablation of it does.
func (p *Protocol) variant(m Method) bool {
	reference := p.ReferenceName()
	for _, o := range p.Methods {
		if o.Name == reference {
			return o.Method == m.Method
		}
	}
	return false
}

// encoderMethod is the name in package tuning of the method that predicts.
const encoderMethod = "encoder"

// guided says whether guidance leads towards the method's concepts.
func (m Method) guided() bool {
	return diffusion.Use{Concept: &concept.Concept{Method: m.Method}, Guided: m.Guided}.IsGuided()
}

// prompt finds a prompt by its id.
func (p *Protocol) prompt(id string) (Prompt, bool) {
	for _, q := range p.Prompts {
		if q.ID == id {
			return q, true
		}
	}
	return Prompt{}, false
}

// judge is the scorer whose scores choose and are shown first: the first that is
// not the generator's own.
func (p *Protocol) judge() ScorerFolder {
	for _, s := range p.Scorers {
		if !s.Own {
			return s
		}
	}
	return p.Scorers[0]
}
