package main

import (
	"strconv"
	"time"
)

// stepID names a step of a trial's script.
type stepID string

const (
	stepPhoto  stepID = "photo"
	stepPlan   stepID = "plan"
	stepLearn  stepID = "learn"
	stepDraw   stepID = "draw"
	stepCheck  stepID = "check"
	stepReview stepID = "review"
	stepReport stepID = "report"
	stepExport stepID = "export"
	stepVerify stepID = "verify"
)

// trialSteps are the steps in their order.
var trialSteps = []struct {
	id    stepID
	title text
}{
	{stepPhoto, text{"giving the photo with its rights", "写真と権利情報を登録"}},
	{stepPlan, text{"planning the campaign", "キャンペーンを計画"}},
	{stepLearn, text{"learning the concept", "コンセプトを学習"}},
	{stepDraw, text{"drawing the pictures", "画像を生成"}},
	{stepCheck, text{"running the automatic checks", "自動チェックを実行"}},
	{stepReview, text{"reviewing and publishing", "審査・公開"}},
	{stepReport, text{"writing the report", "報告書を作成"}},
	{stepExport, text{"exporting what was published", "公開した画像を書き出し"}},
	{stepVerify, text{"verifying what came out", "書き出した画像を検証"}},
}

// step is how far a trial is.
type step struct {
	at       stepID
	done, of int
	rate     float64 // of done, a second; 0 where not known
	left     float64 // seconds; 0 where not known
}

// tell shows a step.
func (p *program) tellStep(s step) {
	for i, known := range trialSteps {
		if known.id != s.at {
			continue
		}
		title := strconv.Itoa(i+1) + "/" + strconv.Itoa(len(trialSteps)) + " " + p.say(known.title)
		p.report.update(progress{
			task: "trial", title: title, done: int64(s.done), total: int64(s.of), note: p.paceText(s),
			data: map[string]any{"step": string(s.at), "rate": s.rate, "left_seconds": s.left},
		})
	}
}

func (p *program) paceText(s step) string {
	if s.rate <= 0 {
		return ""
	}
	left := time.Duration(s.left * float64(time.Second)).Round(time.Second)
	return p.say(textPace, "rate", strconv.FormatFloat(s.rate, 'f', 1, 64), "left", left.String())
}

var textPace = text{"{rate} steps/s, {left} left", "{rate} ステップ/秒、残り {left}"}
