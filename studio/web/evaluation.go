package web

import (
	"encoding/json"
	"slices"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// checking returns the newest job that checks some of the pictures, nil where there is none
// among the project's latest.
func (v *visit) checking(pictures []studio.Picture) (*studio.Job, error) {
	latest, err := v.work().Jobs(v.ctx(), v.actor, v.project.ID, studio.JobFilter{Kind: studio.JobEvaluate}, studio.Page{Limit: 20})
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for _, p := range pictures {
		ours[p.ID] = true
	}
	for i := range latest.Items {
		var params workspace.EvaluateParams
		if json.Unmarshal(latest.Items[i].Params, &params) != nil {
			continue
		}
		if slices.ContainsFunc(params.Pictures, func(id string) bool { return ours[id] }) {
			return &latest.Items[i], nil
		}
	}
	return nil, nil
}

// underWay reports whether a job has not ended; nil is none.
func underWay(j *studio.Job) bool { return j != nil && !j.State.Ended() }

// checkAll starts a job that checks pictures and submits what no check refuses, and leads
// back to where it lives.
func (v *visit) checkAll(r workspace.EvaluateRequest, path string) error {
	r.Submit = true
	if _, err := v.work().Evaluate(v.ctx(), v.actor, v.project.ID, r); err != nil {
		return err
	}
	return v.redirect(path, "checking")
}

// checkAllHint says what the button does with so many drafts.
func (v *visit) checkAllHint(n int) string {
	return v.counted(n, text{"{n} draft. If a check refuses it, it stays a draft.", "下書き{n}枚が対象です。不合格の画像は下書きのまま残ります。"},
		text{"{n} drafts. What a check refuses stays a draft.", "下書き{n}枚が対象です。不合格の画像は下書きのまま残ります。"})
}

// evaluationTitle says what a job that checks pictures is about.
func (v *visit) evaluationTitle(j *studio.Job) string {
	var params workspace.EvaluateParams
	if json.Unmarshal(j.Params, &params) != nil {
		return ""
	}
	n := len(params.Pictures)
	if params.Submit {
		return v.counted(n, text{"Check and submit {n} picture", "{n}枚をチェックして提出"}, text{"Check and submit {n} pictures", "{n}枚をチェックして提出"})
	}
	return v.counted(n, text{"Check {n} picture", "{n}枚をチェック"}, text{"Check {n} pictures", "{n}枚をチェック"})
}

// evaluationSays are what became of a job's pictures so far, on lines: none for other jobs
// and while nothing is known.
func (v *visit) evaluationSays(j *studio.Job) []string {
	e, err := workspace.EvaluationOf(*j)
	if j.Kind != studio.JobEvaluate || err != nil || len(e.Outcomes) == 0 {
		return nil
	}
	parts := []string{}
	for _, part := range []struct {
		n    int
		text text
	}{
		{e.Passed, text{"{n} passed", "合格{n}枚"}},
		{e.Warned, text{"{n} with a warning", "警告あり{n}枚"}},
		{e.Refused, text{"{n} refused", "不合格{n}枚"}},
		{e.LeftOut, text{"{n} left out", "対象外{n}枚"}},
	} {
		if part.n > 0 {
			parts = append(parts, v.say(part.text, "n", itoa(part.n)))
		}
	}
	lines := []string{v.say(text{"{parts}.", "{parts}。"}, "parts", v.listed(parts))}
	if e.Submitted > 0 {
		lines[0] += v.counted(e.Submitted, text{" {n} was submitted for review.", "{n}枚を審査に提出しました。"}, text{" {n} were submitted for review.", "{n}枚を審査に提出しました。"})
	}
	if e.Refused > 0 {
		lines = append(lines, v.say(text{
			"What was refused was not submitted. Open a picture to see why.",
			"不合格の画像は提出されていません。画像を開くと理由を確認できます。",
		}))
	}
	for _, r := range e.Reasons {
		lines = append(lines, v.say(text{"Left out ({n}): {why}", "対象外（{n}枚）：{why}"}, "n", itoa(r.Count), "why", v.words(r.Why)))
	}
	return lines
}
