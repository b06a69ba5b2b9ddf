package draw

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// judge is what submitted pictures are checked by. Either part may be nil.
type judge struct {
	judge  *gate.Judge
	gate   *gate.Gate
	broken bool // it was there and could not be opened
}

// newJudge opens the judge of the options or, for the demo model, the one that the program
// carries. That there is none is no error; neither is one that cannot be opened, because
// pictures can be drawn without: the log says why, and every check that it is unknown.
func (r *Runner) newJudge(ctx context.Context, m *diffusion.Model) *judge {
	j, err := r.openJudge(ctx, m)
	if err != nil {
		r.log.ErrorContext(ctx, "judge could not be opened", "error", err)
		return &judge{broken: true}
	}
	return j
}

func (r *Runner) openJudge(ctx context.Context, m *diffusion.Model) (j *judge, err error) {
	dir, err := r.judgeFolder(ctx, m)
	if err != nil || dir == "" && r.options.Gate == "" {
		return &judge{}, err
	}
	j = &judge{}
	var file string
	if j.gate, file, err = gate.Find(dir, r.options.Gate); err != nil {
		return nil, err
	}
	if dir == "" {
		return j, nil // sharpness and copying need no towers
	}
	if j.judge, err = gate.OpenJudge(ctx, dir, m.Engine.Backend()); err != nil {
		return nil, err
	}
	if j.gate != nil && j.gate.Judge != j.judge.Hash() {
		return nil, errors.Join(&gate.JudgeError{Path: file, Judge: dir}, j.judge.Close())
	}
	return j, nil
}

// judgeFolder is that of the judge, or "" where there is none.
func (r *Runner) judgeFolder(ctx context.Context, m *diffusion.Model) (string, error) {
	ofDemo := strings.HasPrefix(m.Name, demo.FolderPrefix)
	if r.options.Judge != "" || !ofDemo || r.options.Cache == "" {
		return r.options.Judge, nil
	}
	dir, err := demo.Judge(ctx, r.options.Cache)
	if errors.Is(err, demo.ErrNoJudge) {
		return "", nil
	}
	return dir, err
}

// side is where sharpness is measured.
func (j *judge) side() int {
	if j.gate == nil {
		return 0
	}
	return j.gate.Side
}

// warm compiles what checking takes.
func (j *judge) warm(ctx context.Context) error {
	p := picture.Filled(32, 32, 200, 100, 50)
	given, err := j.judge.Look(ctx, []*picture.Picture{p})
	if err != nil {
		return fmt.Errorf("warm up the judge: %w", err)
	}
	if _, err := j.judge.Measure(ctx, gate.View{Picture: p, Text: "a photo", Given: given}); err != nil {
		return fmt.Errorf("warm up the judge: %w", err)
	}
	return nil
}

func (j *judge) close() error { return j.judge.Close() }
