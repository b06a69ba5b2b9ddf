package main

import (
	"context"
	"errors"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/measure/gate"
)

// judgeFlags choose who judges pictures, and by which thresholds.
type judgeFlags struct {
	p    *program
	dir  string
	gate string
}

func (j *judgeFlags) add(f flags) {
	j.p = f.p
	f.string(&j.dir, "judge", "", text{"`FOLDER` of the judge: a CLIP in clip/ with tokenizer/, and a ViT or DINOv2 in subject/ (default: the demo's, for pictures of the demo model)", "判定に使うモデルの `FOLDER`。clip/ と tokenizer/ に CLIP、subject/ に ViT または DINOv2 を入れます(既定は、デモ用モデルの画像ならデモ用のもの)"})
	f.string(&j.gate, "gate", "", text{"`FILE` with the thresholds (default: gate.json in the judge's folder)", "しきい値の `FILE`(既定は --judge のフォルダーの gate.json)"})
}

// judging judges pictures: either part may be nil.
type judging struct {
	judge *gate.Judge
	gate  *gate.Gate
	dir   string // of the judge
	file  string // of the gate
}

func (b *judging) close() {
	b.judge.Close()
}

// side is where sharpness is measured.
func (b *judging) side() int {
	if b.gate == nil {
		return 0
	}
	return b.gate.Side
}

// folder is the judge's: that of the flag, or the demo's where it is the demo model's
// pictures that are judged, or "".
func (j *judgeFlags) folder(ctx context.Context, ofDemo bool) (string, error) {
	if j.dir != "" || !ofDemo {
		return j.dir, nil
	}
	return demoJudge(ctx)
}

// demoJudge is the folder of the demo's judge.
func demoJudge(ctx context.Context) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	return demo.Judge(ctx, cache)
}

// open opens a judge's folder, if there is one, and its gate. open gives the device.
func (j *judgeFlags) open(ctx context.Context, dir string, open func() (*engine.Engine, error)) (*judging, error) {
	b := &judging{dir: dir}
	var err error
	if b.gate, b.file, err = gate.Find(dir, j.gate); err != nil {
		return nil, err
	}
	if dir == "" {
		return b, nil
	}
	e, err := open()
	if err != nil {
		return nil, err
	}
	if b.judge, err = gate.OpenJudge(ctx, dir, e.Backend()); err != nil {
		return nil, err
	}
	if b.gate != nil && b.gate.Judge != b.judge.Hash() {
		return nil, errors.Join(&gate.JudgeError{Path: b.file, Judge: dir}, b.judge.Close())
	}
	return b, nil
}
