package main

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/evaluate"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
	"github.com/ichimai/ichimai/weights"
)

// What went wrong is said in Japanese with the file's name, and the English with
// its details stays beside it.
func TestFailuresInJapanese(t *testing.T) {
	for name, err := range map[string]error{
		"not a picture": &picture.Error{Name: "photo.jpg", Kind: picture.ErrNotPicture, Text: "english"},
		"too big":       &picture.Error{Name: "photo.jpg", Kind: picture.ErrTooBig, Text: "english"},
		"damaged":       &picture.Error{Name: "photo.jpg", Kind: picture.ErrDamaged, Text: "english"},
		"unsupported":   &picture.Error{Name: "photo.jpg", Kind: picture.ErrUnsupported, Text: "english"},
		"pickle":        &weights.FormatError{Path: "photo.jpg", Kind: weights.ErrPickle, Detail: "english"},
		"format":        &weights.FormatError{Path: "photo.jpg", Kind: weights.ErrTruncated, Detail: "english"},
		"keys":          &weights.KeyError{Path: "photo.jpg", Missing: []string{"english"}},
		"encoder":       fmt.Errorf("english: %w", &encoder.BaseError{Dir: "photo.jpg", Part: "base model"}),
		"vision":        fmt.Errorf("english: %w", &encoder.NoVisionError{Dir: "photo.jpg"}),
		"no encoder":    fmt.Errorf("english: %w", &tuning.NoEncoderError{Dir: "photo.jpg"}),
		"plain":         fmt.Errorf("english: %w", &tuning.PlainError{Name: "photo.jpg"}),
		"no results":    fmt.Errorf("english: %w", &evaluate.NothingError{Dir: "photo.jpg"}),
		"no sweep":      fmt.Errorf("english: %w", &evaluate.SweepError{Method: "lora", Dir: "photo.jpg"}),
		"changed":       fmt.Errorf("english: %w", &evaluate.ChangedError{Path: "photo.jpg", Dir: "out"}),
		"no CLIP":       fmt.Errorf("english: %w", &measure.NoCLIPError{Dir: "photo.jpg"}),
		"gate":          fmt.Errorf("english: %w", &gate.FileError{Path: "photo.jpg", Err: fs.ErrInvalid}),
		"other judge":   fmt.Errorf("english: %w", &gate.JudgeError{Path: "photo.jpg", Judge: "judge"}),
		"no judge":      fmt.Errorf("english: %w", &gate.NoJudgeError{Dir: "photo.jpg"}),
		"missing":       fmt.Errorf("english: %w", &fs.PathError{Op: "open", Path: "photo.jpg", Err: fs.ErrNotExist}),
		"forbidden":     fmt.Errorf("english: %w", &fs.PathError{Op: "open", Path: "photo.jpg", Err: fs.ErrPermission}),
		"full":          fmt.Errorf("english: %w", &fs.PathError{Op: "write", Path: "photo.jpg", Err: syscall.ENOSPC}),
	} {
		p := newProgram([]string{"--lang=ja"}, nil, nil)
		p.working = true
		f := p.explain(context.Background(), &cobra.Command{}, err)
		if !hasJapanese(f.detail) || !strings.Contains(f.detail, "photo.jpg") || !strings.Contains(f.inner, "english") {
			t.Errorf("%s: %q (%q)", name, f.detail, f.inner)
		}
		p = newProgram([]string{"--lang=en"}, nil, nil)
		p.working = true
		if f := p.explain(context.Background(), &cobra.Command{}, err); hasJapanese(f.detail) || f.inner != "" {
			t.Errorf("%s in English: %q (%q)", name, f.detail, f.inner)
		}
	}
}

func TestShortened(t *testing.T) {
	if got := shortened(strings.Repeat("猫", 100), 60); got != strings.Repeat("猫", 60)+"…" {
		t.Errorf("got %q", got)
	}
	if got := shortened("cat", 60); got != "cat" {
		t.Errorf("got %q", got)
	}
}
