package tuning

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ichimai/ichimai/weights"
)

// Files of a run folder, beside latents.safetensors and class pictures.
const (
	StateFile   = "state.safetensors"   // where the run stands
	ConceptFile = "concept.safetensors" // the result, once there is one
)

// Metadata keys of a state file.
const (
	metaStep        = "ichimai.step"
	metaFingerprint = "ichimai.run"
	metaCreated     = "ichimai.created"
	metaInitWord    = "ichimai.init_word"
)

// progress is what a run keeps beside its variables.
type progress struct {
	step     int // done
	created  time.Time
	initWord string
}

// statePath is empty for a run without a folder.
func (r *run) statePath() string {
	if r.job.Dir == "" {
		return ""
	}
	return filepath.Join(r.job.Dir, StateFile)
}

// openState reads the header of the folder's state file and leaves the file
// open for [run.load]; nil without one.
func (r *run) openState() (*weights.File, error) {
	path := r.statePath()
	if path == "" {
		return nil, nil
	}
	src, err := weights.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	if err := r.readProgress(src.Metadata()); err != nil {
		src.Close()
		return nil, fmt.Errorf("resume: %w", err)
	}
	return src, nil
}

func (r *run) readProgress(meta map[string]string) error {
	path := r.statePath()
	if err := r.fingerprint.compare(path, meta[metaFingerprint]); err != nil {
		return err
	}
	step, err := strconv.Atoi(meta[metaStep])
	if err != nil || step < 0 || step > r.job.Settings.Steps {
		return fmt.Errorf("%s: %s is %.40q, not a number up to %d", path, metaStep, meta[metaStep], r.job.Settings.Steps)
	}
	created, err := time.Parse(time.RFC3339Nano, meta[metaCreated])
	if err != nil {
		return fmt.Errorf("%s: %s is %.40q, not a time", path, metaCreated, meta[metaCreated])
	}
	r.done = progress{step: step, created: created, initWord: meta[metaInitWord]}
	return nil
}

// load fills the run's variables from an open state file.
func (r *run) load(src weights.Source) error {
	if err := r.vars.load(src, r.trainer.state()); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	return nil
}

// save writes the state beside the old one and replaces it.
func (r *run) save() error {
	path := r.statePath()
	if path == "" {
		return nil
	}
	if err := r.exclusive(func() error { return r.write(path) }); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	r.saved = r.done.step
	r.report(Progress{Event: EventSaved, Path: path})
	return nil
}

func (r *run) write(path string) error {
	list, err := r.vars.save(r.trainer.state())
	if err != nil {
		return err
	}
	return weights.Write(path, list, map[string]string{
		metaStep: strconv.Itoa(r.done.step), metaFingerprint: r.fingerprint.text(),
		metaCreated: r.done.created.Format(time.RFC3339Nano), metaInitWord: r.done.initWord,
	})
}
