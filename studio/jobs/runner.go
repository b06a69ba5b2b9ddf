package jobs

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// Runner is what computes: package studio/draw is the real one. Its methods may
// be called from several goroutines; how many use the device at a time is its
// own business.
//
// When ctx ends a method stops after the step under way and returns an error
// that wraps ctx.Err(). A studio.Error of a Runner is told to the person whose
// job it was; of any other error the person learns that there was one, and the
// log the rest.
type Runner interface {
	// Learn learns a concept. report gets the steps and, every few of them, a
	// picture drawn with what was learned so far; at other times preview is nil.
	Learn(ctx context.Context, task LearnTask, report Report) (Learned, error)
	// Draw draws the task's pictures in their order. each gets a picture as soon as
	// it is done; its error ends the drawing and is returned.
	Draw(ctx context.Context, task DrawTask, report Report, each func(Drawn) error) error
}

// Report is told how far a job has come. preview is nil where there is no new one.
// What it is given is the receiver's to keep.
type Report func(p studio.Progress, preview *picture.Picture)

// LearnTask is a concept to learn.
type LearnTask struct {
	Name        string
	Placeholder string             // such as "<mug>"
	ClassWord   string             // the kind of thing, such as "cup"; "" where nobody said
	Method      string             // one of tuning.Methods(); "" leaves it to the runner
	Steps       int                // 0 is the method's own number
	Pictures    []*picture.Picture // of the subject, 1 to 20
	Sources     []SourceFile       // where they come from, one each
	Created     time.Time
	// Folder is where a run that was stopped goes on, with equal tasks; it is the
	// task's alone and is there.
	Folder string
}

// SourceFile says of a given picture what the concept's file keeps.
type SourceFile struct {
	Name   string
	SHA256 string // of the picture's blob
}

// Learned is a concept that was learned.
type Learned struct {
	File      []byte // safetensors; see package concept
	Preview   *picture.Picture
	Method    string
	ModelHash string  // of the base model
	Fidelity  float64 // how strongly it draws the subject unless a request says otherwise, 0 to 1
	Alpha     float64 // the soft path's share, 0 to 1; 1 where there is one path
	Scores    map[string]float64
}

// DrawTask is pictures to draw, of one size and one set of concepts.
type DrawTask struct {
	Concepts      []ConceptFile
	Width, Height int                // pixels; 0 leaves both to the model, others are taken to the nearest that it can draw
	Steps         int                // of the sampler; 0 is the model's own number
	Guidance      float64            // 0 is the model's own
	Shots         []Shot             // at least one
	Subjects      []*picture.Picture // given pictures of the concepts, to score by; may be empty
}

// ConceptFile is a concept's file by its hash.
type ConceptFile struct {
	Blob     string // SHA-256 of File
	File     []byte
	Fidelity float64 // how strongly to draw it, 0 to 1; without effect on one that has no second path
}

// Shot is one picture to draw.
type Shot struct {
	Index          int // within the job
	Prompt         string
	NegativePrompt string
	Seed           int64 // not negative
	Name           string
}

// Drawn is a picture that was drawn. Its Shot's prompt is what was really asked: a
// Runner may have put a concept's kind of thing behind its placeholder.
type Drawn struct {
	Shot
	Picture  *picture.Picture
	Metadata map[string]string // how it was drawn, for the PNG's text chunks
	Settings []byte            // the same as a JSON object
	Scores   map[string]float64
}

// Messages of a Report's progress: identifiers, for which what shows them has
// texts.
const (
	MessagePreparing = "preparing" // pictures are read, the model is compiled
	MessageLearning  = "learning"
	MessageDrawing   = "drawing"
	MessageScoring   = "scoring"
	MessageChecking  = "checking" // by the automatic checks
	MessagePacking   = "packing"
)
