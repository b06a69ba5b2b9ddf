package tuning

import "time"

// Events of a run.
const (
	EventStep = "" // a step was made
	// EventNoEncoder says, before EventStart, that the method encoder finds none for
	// the model in Path and starts from a word.
	EventNoEncoder = "no_encoder"
	EventChosen    = "chosen"   // the concept of step Chosen is the result
	EventStart     = "start"    // Start says where the placeholder's vectors begin
	EventResumed   = "resumed"  // the run goes on after Step
	EventPrepared  = "prepared" // pictures are encoded and learning begins
	EventClass     = "class"    // Step of Steps class pictures are drawn
	EventSaved     = "saved"    // the state is in Path
	EventFinished  = "finished" // the concept is learned; Path holds it if there is a folder
)

// Progress is what a run reports.
type Progress struct {
	Method      string
	Step, Steps int           // done, and of how many
	Loss        float64       // before the step
	GradNorm    float64       // before clipping
	Rate        float64       // steps a second, smoothed; 0 before the second step
	Left        time.Duration // until the end at this rate; 0 while it is not known
	Event       string
	Path        string
	Start       Start
	Chosen      int // with EventChosen, the step whose concept is the result
}

// Start is where the vectors of a new placeholder begin.
type Start struct {
	Word string // "": random vectors
	Why  StartWhy
}

// StartWhy says why the vectors begin there.
type StartWhy string

// The reasons.
const (
	StartAsked  StartWhy = "asked"   // the job says so
	StartSeen   StartWhy = "seen"    // CLIP finds the word nearest to the pictures
	StartNoCLIP StartWhy = "no_clip" // a neutral word: the model folder has no CLIP to find one by
	StartNoWord StartWhy = "no_word" // a neutral word: the job names none

	// The encoder predicts the vector, and the low-rank offsets too; Word is the word
	// nearest to it.
	StartPredicted StartWhy = "predicted"
)

// meter measures the rate. The first step is left out: its graph is compiled
// then.
type meter struct {
	last time.Time
	rate float64
}

// add is called after each step of a run of left further steps.
func (m *meter) add(now time.Time, left int) (rate float64, remaining time.Duration) {
	if !m.last.IsZero() {
		if seconds := now.Sub(m.last).Seconds(); seconds > 0 {
			latest := 1 / seconds
			if m.rate == 0 {
				m.rate = latest
			}
			m.rate = 0.8*m.rate + 0.2*latest
		}
	}
	m.last = now
	if m.rate == 0 {
		return 0, 0
	}
	return m.rate, time.Duration(float64(left) / m.rate * float64(time.Second))
}
