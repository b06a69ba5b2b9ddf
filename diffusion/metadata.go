package diffusion

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/sampler"
)

// Keys of Image.Metadata.
const (
	// MetadataParameters is the text that AUTOMATIC1111's program writes and
	// many others read.
	MetadataParameters = "parameters"
	// MetadataOwn is a [Record] as JSON.
	MetadataOwn = "ichimai"
)

// Record is how a picture was drawn, all that is needed to draw it again.
type Record struct {
	Prompt          string          `json:"prompt"`
	NegativePrompt  string          `json:"negative_prompt,omitempty"`
	Seed            uint64          `json:"seed"`
	RNG             string          `json:"rng,omitempty"`
	Steps           int             `json:"steps"`
	Sampler         string          `json:"sampler"` // one of sampler.Names, or the class of the folder's own
	Eta             float64         `json:"eta,omitempty"`
	GuidanceScale   float64         `json:"guidance_scale"`
	GuidanceRescale float64         `json:"guidance_rescale,omitempty"`
	GuidanceShare   float64         `json:"guidance_share,omitempty"` // 0 for 1
	FidelityStages  []FidelityStage `json:"fidelity_stages,omitempty"`
	DeepCache       int             `json:"deep_cache,omitempty"` // 0 for 1
	TokenMerging    float64         `json:"token_merging,omitempty"`
	Batch           int             `json:"batch,omitempty"` // 0 for 1
	ClipSkip        int             `json:"clip_skip,omitempty"`
	Width           int             `json:"width"`
	Height          int             `json:"height"`
	Model           RecordModel     `json:"model"`
	Device          string          `json:"device"`
	DType           string          `json:"dtype"`                   // of the UNet's products
	WeightsDType    string          `json:"weights_dtype,omitempty"` // where it is another
	Concepts        []RecordConcept `json:"concepts,omitempty"`
	Warnings        []Warning       `json:"warnings,omitempty"`
}

// RecordModel is the model of a Record.
type RecordModel struct {
	Name string `json:"name"`
	Hash string `json:"hash"` // Model.BaseHash
}

// RecordConcept is a concept of a Record.
type RecordConcept struct {
	Name        string  `json:"name"`
	Placeholder string  `json:"placeholder,omitempty"`
	Method      string  `json:"method"`
	Weight      float64 `json:"weight"`
	Guided      bool    `json:"guided,omitempty"` // see [Use]
	// Fidelity and NearestWord, which stands for the placeholder on the hard path,
	// are there where a second path may be run.
	Fidelity    *float64 `json:"fidelity,omitempty"`
	NearestWord string   `json:"nearest_word,omitempty"`
}

// record describes the picture of a seed, drawn with the base model of a hash.
func (d *drawing) record(seed uint64, base string) Record {
	r := d.request
	record := Record{
		Prompt: r.Prompt, NegativePrompt: r.NegativePrompt, Seed: seed, RNG: r.RNG, Steps: r.Steps,
		Sampler: r.Sampler, Eta: r.Eta, GuidanceScale: r.GuidanceScale, GuidanceRescale: r.GuidanceRescale,
		FidelityStages: r.FidelityStages, TokenMerging: r.TokenMerging, ClipSkip: r.ClipSkip, Width: r.Width, Height: r.Height,
		Model:  RecordModel{d.model.Name, base},
		Device: d.model.Engine.Device(), DType: strings.ToLower(d.model.DType.String()), Warnings: d.warnings,
	}
	if r.guided() && r.GuidanceShare < 1 {
		record.GuidanceShare = r.GuidanceShare
	}
	if d.model.Precision() == Float16 {
		record.WeightsDType = string(Float16)
	}
	if r.DeepCache > 1 {
		record.DeepCache = r.DeepCache
	}
	if r.Batch > 1 {
		record.Batch = r.Batch
	}
	if record.Sampler == "" {
		record.Sampler = d.scheduler.Class
	}
	for _, use := range r.Concepts {
		record.Concepts = append(record.Concepts, recordConcept(use))
	}
	return record
}

func recordConcept(use Use) RecordConcept {
	c := use.Concept
	r := RecordConcept{Name: c.Name, Placeholder: c.Placeholder, Method: c.Method, Weight: use.Weight, Guided: use.IsGuided()}
	if f, ok := use.fidelity(); ok {
		r.Fidelity, r.NearestWord = &f, c.NearestWord
	}
	return r
}

// metadata is the text chunks of the picture of a seed.
func (d *drawing) metadata(seed uint64) (map[string]string, error) {
	base, err := d.baseHash()
	if err != nil {
		return nil, err
	}
	record := d.record(seed, base)
	own, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("describe picture: %w", err)
	}
	config, err := d.scheduler.As(d.request.Sampler)
	if err != nil {
		return nil, fmt.Errorf("describe picture: %w", err)
	}
	return map[string]string{
		MetadataParameters: record.parameters(samplerLabel(config)), MetadataOwn: string(own),
		provenance.XMPKeyword: provenance.XMP(record.Statement()),
	}, nil
}

// parameters is the record as AUTOMATIC1111's program writes it.
func (r Record) parameters(sampler string) string {
	var b strings.Builder
	b.WriteString(r.Prompt)
	if r.NegativePrompt != "" {
		fmt.Fprintf(&b, "\nNegative prompt: %s", r.NegativePrompt)
	}
	fmt.Fprintf(&b, "\nSteps: %d, Sampler: %s, CFG scale: %g, Seed: %d, Size: %dx%d, Model hash: %.10s, Model: %s",
		r.Steps, sampler, r.GuidanceScale, r.Seed, r.Width, r.Height, r.Model.Hash, quoteValue(r.Model.Name))
	if r.ClipSkip > 0 {
		fmt.Fprintf(&b, ", Clip skip: %d", r.ClipSkip+1) // there 1 is none
	}
	if r.GuidanceRescale > 0 {
		fmt.Fprintf(&b, ", CFG Rescale phi: %g", r.GuidanceRescale)
	}
	if r.GuidanceShare > 0 {
		fmt.Fprintf(&b, ", Guidance share: %g", r.GuidanceShare)
	}
	if f := r.fidelity(); f != "" {
		fmt.Fprintf(&b, ", Fidelity: %s", f)
	}
	if r.DeepCache > 0 {
		fmt.Fprintf(&b, ", DeepCache: %d", r.DeepCache)
	}
	if r.TokenMerging > 0 {
		fmt.Fprintf(&b, ", Token merging ratio: %g", r.TokenMerging)
	}
	if r.Eta > 0 {
		fmt.Fprintf(&b, ", Eta: %g", r.Eta)
	}
	b.WriteString(", Version: ichimai")
	return b.String()
}

// fidelity is that of each concept that has one, behind those of the stages, each
// with its end: "0.2@0.3 0.6".
func (r Record) fidelity() string {
	var all []string
	for _, s := range r.FidelityStages {
		all = append(all, fmt.Sprintf("%g@%g", s.Fidelity, s.Until))
	}
	for _, c := range r.Concepts {
		if c.Fidelity != nil {
			all = append(all, fmt.Sprintf("%g", *c.Fidelity))
		}
	}
	return strings.Join(all, " ")
}

// quoteValue quotes what would end a value early.
func quoteValue(s string) string {
	if !strings.ContainsAny(s, ",:\n") {
		return s
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(quoted)
}

// samplerLabels are the names by which other programs know the samplers of a
// diffusers class; a class without one goes by its own name.
var samplerLabels = map[string]string{
	"DDIMScheduler":                   "DDIM",
	"DDPMScheduler":                   "DDPM",
	"PNDMScheduler":                   "PLMS",
	"EulerDiscreteScheduler":          "Euler",
	"EulerAncestralDiscreteScheduler": "Euler a",
	"DPMSolverMultistepScheduler":     "DPM++ 2M",
	"UniPCMultistepScheduler":         "UniPC",
	"LCMScheduler":                    "LCM",
}

func samplerLabel(c sampler.Config) string {
	label, ok := samplerLabels[c.Class]
	if !ok {
		label = c.Class
	}
	if strings.HasPrefix(c.AlgorithmType, "sde-") {
		label += " SDE"
	}
	if c.UseKarrasSigmas {
		label += " Karras"
	}
	return label
}
