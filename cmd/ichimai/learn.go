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
	encoder  string
	steps    steps
	seed     seed

	predicted bool // an encoder has predicted what learning starts from
}

func (l *learnFlags) add(f flags, method string) {
	l.p = f.p
	known := strings.Join(tuning.Methods(), "|")
	f.string(&l.method, "method", method, text{"how to learn: `" + known + "`", "学習方法(`" + known + "`)"})
	f.string(&l.initWord, "init-word", "", text{"`WORD` to start from (default: found by the method)", "出発点にする `WORD`(既定は学習方法に任せます)"})
	f.string(&l.class, "class-word", "", text{"`WORD` for the kind of thing, such as \"shoe\"", "ものの種類を表す `WORD`(例: \"shoe\")"})
	f.string(&l.encoder, "encoder", "", text{"`FOLDER` of the encoder for --method encoder (default: encoder/ in the model's folder)", "--method encoder で使うエンコーダーの `FOLDER`(既定はモデルのフォルダーの encoder/)"})
	f.value(&l.steps, "steps", text{"number of learning steps; 0, with an encoder, takes its prediction as it is (default: the method's)", "学習のステップ数。エンコーダーがあるときは 0 も指定でき、予測をそのまま使います(既定は学習方法の標準値)"})
	f.value(&l.seed, "seed", text{"seed of the learning (default: 1)", "学習のシード(既定は 1)"})
	f.settings()
}

// check refuses wrong flags before anything is opened.
func (l *learnFlags) check() error {
	if !slices.Contains(tuning.Methods(), l.method) {
		return l.p.wrongUse(textBadMethod, "value", l.method, "known", strings.Join(tuning.Methods(), ", "))
	}
	if l.encoder != "" && l.method != "encoder" {
		return l.p.wrongUse(textEncoderUnused, "method", l.method)
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
	if l.steps.given {
		s.Steps = l.steps.value
	}
	if l.seed.given {
		s.Seed = l.seed.value
	}
	return s, nil
}

// learn runs a job with its progress shown.
func (l *learnFlags) learn(ctx context.Context, job tuning.Job) (*concept.Concept, error) {
	job.InitWord, job.ClassWord, job.Encoder = l.initWord, l.class, l.encoder
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
	case tuning.EventNoEncoder:
		p.note(textNoEncoder, "model", s.Path)
	case tuning.EventChosen:
		p.note(textChosen, "step", fmt.Sprint(s.Chosen), "steps", fmt.Sprint(s.Steps))
	case tuning.EventStart:
		l.reportStart(s.Start)
	}
}

// reportStart says which word the learning starts from, where nobody chose it.
func (l *learnFlags) reportStart(s tuning.Start) {
	l.predicted = s.Why == tuning.StartPredicted
	t := map[tuning.StartWhy]text{tuning.StartSeen: textStartSeen, tuning.StartNoCLIP: textStartNoCLIP, tuning.StartNoWord: textStartNoWord,
		tuning.StartPredicted: textStartPredicted}[s.Why]
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
	textEncoderUnused  = text{"--encoder is for --method encoder; {method} reads none", "--encoder は --method encoder 用です。{method} ではエンコーダーを使いません"}
	textNeedsClass     = text{"--method dreambooth_lora needs --class-word, the kind of thing that the subject is, such as \"dog\"", "--method dreambooth_lora には、ものの種類を表す --class-word(例: \"dog\")が必要です"}
	textLeft           = text{"{left} left", "残り {left}"}
	textLearning       = text{"learning", "学習中"}
	textClassPictures  = text{"drawing pictures of the class", "同じ種類のものの画像を描画中"}
	textResumed        = text{"going on after step {step} of {steps}", "ステップ {step}/{steps} の続きから学習します"}
	textNoEncoder      = text{"{model} has no encoder/, so nothing is predicted from the picture: learning starts from a word and changes its vector and the model's attention. \"ichimai train encoder\" makes an encoder", "{model} には encoder/ がないため、画像からの予測は行いません。単語から始めて、そのベクトルとモデルの注意機構を学習します。エンコーダーは「ichimai train encoder」で作れます"}
	textChosen         = text{"the concept after step {step} of {steps} looks and obeys best, and is kept", "似ていることと指示どおりであることを比べ、ステップ {step}/{steps} の結果を採用しました"}
	textStartPredicted = text{"the encoder has looked at the subject; the word nearest to what it sees is \"{word}\"", "エンコーダーが画像を読み取りました。もっとも近い単語は「{word}」です"}
	textStartSeen      = text{"the model finds the pictures most like \"{word}\" and starts from there (--init-word chooses another)", "画像にもっとも近い単語「{word}」から学習を始めます(--init-word で変更できます)"}
	textStartNoCLIP    = text{"the model folder has no CLIP (clip/ or image_encoder/) to find a word for the pictures; learning starts from \"{word}\". A word for the subject (--init-word) makes it faster", "モデルのフォルダーに CLIP(clip/ または image_encoder/)がなく、画像に合う単語を選べないため、「{word}」から学習を始めます。写っているものの単語を --init-word で指定すると、より速く学習できます"}
	textStartNoWord    = text{"learning starts from \"{word}\"; a word for the subject (--init-word) makes it faster", "「{word}」から学習を始めます。写っているものの単語を --init-word で指定すると、より速く学習できます"}
	textStartRandom    = text{"the vocabulary has no word for just anything; learning starts from a random vector. A word for the subject (--init-word) makes it faster", "語彙に汎用的な単語がないため、ランダムなベクトルから学習を始めます。写っているものの単語を --init-word で指定すると、より速く学習できます"}
	textPrepared       = text{"pictures are prepared; learning begins (the first step compiles the model)", "画像の準備ができました。学習を始めます(最初のステップではモデルをコンパイルします)"}
	textBadPlaceholder = text{"the word {word} cannot be used: {error}", "{word} という単語は使えません: {error}"}
)
