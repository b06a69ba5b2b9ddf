// Package result is the line of JSON that a measurement prints, by this project
// or by a peer, so that the two can be compared.
package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Jobs that can be measured.
const (
	UNet             = "unet"              // one pass of the UNet, or one training step
	Generate         = "generate"          // a prompt to a picture
	TextualInversion = "textual-inversion" // steps on one photo
	LoRA             = "lora"              // steps on one photo
	Personalize      = "personalize"       // a photo to a concept, without a peer
)

// Modes of the job unet.
const (
	Forward = "forward" // no gradient
	Token   = "token"   // the text states learn
	Pairs   = "lora"    // low-rank offsets of the attention's linear layers learn
	All     = "all"     // every weight learns
)

// Result is one measurement. Times are in seconds. A key that a job does not
// have is left out.
type Result struct {
	Peer  string  `json:"peer"` // the program and what it computes with
	Job   string  `json:"job"`
	Mode  *string `json:"mode"` // of the job unet, null for others
	Size  int     `json:"size"` // side of the picture in pixels
	Steps int     `json:"steps"`
	Batch int     `json:"batch"`

	// Of the jobs unet and generate: the first call, in which programs are
	// compiled, each run after it, and the fastest of these.
	First float64   `json:"first_s,omitempty"`
	Runs  []float64 `json:"runs_s,omitempty"`
	Best  float64   `json:"best_s,omitempty"`

	// Of the learning jobs: the whole run after the model is opened, its fastest
	// step, the first loss and the mean of the last ten.
	Total     float64 `json:"total_s,omitempty"`
	BestStep  float64 `json:"best_step_s,omitempty"`
	LossFirst float64 `json:"loss_first,omitempty"`
	LossLast  float64 `json:"loss_last10,omitempty"`

	// PeakGiB is the most memory, in 2^30 bytes, that the process held at once.
	PeakGiB float64 `json:"peak_gib"`
}

// SetRuns fills First, Runs and Best from the durations of all calls, in
// seconds; there are two or more.
func (r *Result) SetRuns(seconds []float64) {
	r.First, r.Runs = Round(seconds[0], 4), nil
	for _, s := range seconds[1:] {
		r.Runs = append(r.Runs, Round(s, 4))
	}
	r.Best = slices.Min(r.Runs)
}

// SetSteps fills what a learning job reports from the seconds and the loss of
// each of its steps and the seconds of all; there is one step or more.
func (r *Result) SetSteps(seconds, losses []float64, total float64) {
	r.Total, r.BestStep = Round(total, 3), Round(slices.Min(seconds), 4)
	last := losses[max(len(losses)-10, 0):]
	sum := 0.0
	for _, l := range last {
		sum += l
	}
	r.LossFirst, r.LossLast = losses[0], sum/float64(len(last))
}

// Seconds is the time that is compared: of the fastest run, or of the fastest
// step of a learning job.
func (r Result) Seconds() float64 {
	if r.BestStep > 0 {
		return r.BestStep
	}
	return r.Best
}

// Parse finds the result in what a program printed: the last line that is a
// JSON object. Other lines are ignored, as libraries print warnings.
func Parse(output []byte) (Result, error) {
	for _, line := range slices.Backward(bytes.Split(output, []byte("\n"))) {
		line = bytes.TrimSpace(line)
		if !bytes.HasPrefix(line, []byte("{")) {
			continue
		}
		var r Result
		if err := json.Unmarshal(line, &r); err != nil {
			return Result{}, fmt.Errorf("read result %.200q: %w", line, err)
		}
		return r, r.check()
	}
	return Result{}, errors.New("read result: the program printed no line of JSON")
}

// check refuses a line that is no measurement.
func (r Result) check() error {
	switch {
	case r.Job == "":
		return errors.New("read result: the key job is missing")
	case !(r.Seconds() > 0):
		return fmt.Errorf("read result of %s: neither best_s nor best_step_s is above 0", r.Job)
	case !(r.PeakGiB > 0):
		return fmt.Errorf("read result of %s: peak_gib is not above 0", r.Job)
	}
	return nil
}

// Round cuts x to a number of decimals.
func Round(x float64, decimals int) float64 {
	unit := math.Pow10(decimals)
	return math.Round(x*unit) / unit
}
