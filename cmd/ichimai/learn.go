package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/tuning"
)

// learnFlags are how a concept is learned.
type learnFlags struct {
	p        *program
	method   string
	initWord string
	class    string
	steps    int
	seed     seed
}

func (l *learnFlags) add(f flags, method string) {
	l.p = f.p
	known := strings.Join(tuning.Methods(), "|")
	f.string(&l.method, "method", method, text{"how to learn: `" + known + "`", "学習方法(`" + known + "`)"})
	f.string(&l.initWord, "init-word", "", text{"`WORD` to start from (default: found by the method)", "出発点にする `WORD`(既定は学習方法に任せます)"})
	f.string(&l.class, "class-word", "", text{"`WORD` for the kind of thing, such as \"shoe\"", "ものの種類を表す `WORD`(例: \"shoe\")"})
	f.int(&l.steps, "steps", 0, text{"number of learning steps (default: the method's)", "学習のステップ数(既定は学習方法の標準値)"})
	f.value(&l.seed, "seed", text{"seed of the learning (default: 1)", "学習のシード(既定は 1)"})
	f.settings()
}

// check refuses wrong flags before anything is opened.
func (l *learnFlags) check() error {
	if !slices.Contains(tuning.Methods(), l.method) {
		return l.p.wrongUse(textBadMethod, "value", l.method, "known", strings.Join(tuning.Methods(), ", "))
	}
	if l.method == "dreambooth_lora" && l.class == "" {
		return l.p.wrongUse(textNeedsClass)
	}
	return nil
}

// settings are the method's defaults for the model, then --config, --set and
// the flags over them.
func (l *learnFlags) settings(m *diffusion.Model) (tuning.Settings, error) {
	s, err := tuning.Defaults(l.method, tuning.IsSmall(m))
	if err != nil {
		return s, err
	}
	if err := l.p.decodeSettings(&s); err != nil {
		return s, err
	}
	if l.steps != 0 {
		s.Steps = l.steps
	}
	if l.seed.given {
		s.Seed = l.seed.value
	}
	return s, nil
}

// learn runs a job with its progress shown.
func (l *learnFlags) learn(ctx context.Context, job tuning.Job) (*concept.Concept, error) {
	job.InitWord, job.ClassWord = l.initWord, l.class
	job.Report = l.report
	job.Room = func(working int64) error { return l.p.room(job.Model, working, textNoRoomToLearn) }
	c, err := tuning.Learn(ctx, l.method, job)
	l.p.report.close()
	return c, err
}

// report shows what a run reports.
func (l *learnFlags) report(s tuning.Progress) {
	p := l.p
	switch s.Event {
	case tuning.EventStep:
		note := fmt.Sprintf("loss %.4f", s.Loss)
		if s.Left > 0 {
			note += "  " + p.say(textLeft, "left", s.Left.Round(time.Second).String())
		}
		p.report.update(progress{
			task: "learn", title: p.say(textLearning), done: int64(s.Step), total: int64(s.Steps), note: note,
			data: map[string]any{"loss": s.Loss, "grad_norm": s.GradNorm, "rate": s.Rate, "left_s": s.Left.Seconds()},
		})
	case tuning.EventClass:
		p.report.update(progress{task: "class", title: p.say(textClassPictures), done: int64(s.Step), total: int64(s.Steps)})
	case tuning.EventResumed:
		p.note(textResumed, "step", fmt.Sprint(s.Step), "steps", fmt.Sprint(s.Steps))
	case tuning.EventPrepared:
		p.note(textPrepared)
	case tuning.EventStart:
		l.reportStart(s.Start)
	}
}

// reportStart says which word the learning starts from, where nobody chose it.
func (l *learnFlags) reportStart(s tuning.Start) {
	t := map[tuning.StartWhy]text{tuning.StartSeen: textStartSeen, tuning.StartNoCLIP: textStartNoCLIP, tuning.StartNoWord: textStartNoWord}[s.Why]
	switch {
	case s.Why == tuning.StartAsked:
		return
	case s.Word == "":
		t = textStartRandom
	}
	l.p.note(t, "word", s.Word)
}

// checkPlaceholder refuses a word that prompts could not use.
func (l *learnFlags) checkPlaceholder(word string) error {
	if err := concept.CheckPlaceholder(word); err != nil {
		return l.p.wrongUse(textBadPlaceholder, "word", word, "error", err.Error())
	}
	return nil
}

// learning makes a command that reads a settings file of package tuning.
func (p *program) learning(s spec) *cobra.Command {
	s.settings = &tuning.Settings{}
	return p.command(s)
}

var (
	textBadMethod      = text{"--method: {value} is not known; choose one of {known}", "--method: {value} という学習方法はありません。{known} から指定してください"}
	textNeedsClass     = text{"--method dreambooth_lora needs --class-word, the kind of thing that the subject is, such as \"dog\"", "--method dreambooth_lora には、ものの種類を表す --class-word(例: \"dog\")が必要です"}
	textLeft           = text{"{left} left", "残り {left}"}
	textLearning       = text{"learning", "学習中"}
	textClassPictures  = text{"drawing pictures of the class", "同じ種類のものの画像を描画中"}
	textResumed        = text{"going on after step {step} of {steps}", "ステップ {step}/{steps} の続きから学習します"}
	textStartSeen      = text{"the model finds the pictures most like \"{word}\" and starts from there (--init-word chooses another)", "画像にもっとも近い単語「{word}」から学習を始めます(--init-word で変更できます)"}
	textStartNoCLIP    = text{"the model folder has no CLIP (clip/ or image_encoder/) to find a word for the pictures; learning starts from \"{word}\". A word for the subject (--init-word) makes it faster", "モデルのフォルダーに CLIP(clip/ または image_encoder/)がなく、画像に合う単語を選べないため、「{word}」から学習を始めます。写っているものの単語を --init-word で指定すると、より速く学習できます"}
	textStartNoWord    = text{"learning starts from \"{word}\"; a word for the subject (--init-word) makes it faster", "「{word}」から学習を始めます。写っているものの単語を --init-word で指定すると、より速く学習できます"}
	textStartRandom    = text{"the vocabulary has no word for just anything; learning starts from a random vector. A word for the subject (--init-word) makes it faster", "語彙に汎用的な単語がないため、ランダムなベクトルから学習を始めます。写っているものの単語を --init-word で指定すると、より速く学習できます"}
	textPrepared       = text{"pictures are prepared; learning begins (the first step compiles the model)", "画像の準備ができました。学習を始めます(最初のステップではモデルをコンパイルします)"}
	textBadPlaceholder = text{"the word {word} cannot be used: {error}", "{word} という単語は使えません: {error}"}
)
