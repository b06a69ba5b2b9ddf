package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/measure/gate"
)

// checkNames are the checks' names for people.
var checkNames = map[string]text{
	gate.Subject:   {"subject", "似ているか"},
	gate.Prompt:    {"prompt", "指示どおりか"},
	gate.Sharpness: {"sharpness", "鮮明さ"},
	gate.Copying:   {"copying", "元の写真との一致"},
}

// refusals say what a refused check means.
var refusals = map[string]text{
	gate.Subject:   {"refused: it does not show the given subject", "不合格: 元の写真と同じものに見えません"},
	gate.Prompt:    {"refused: it does not show what the prompt asks", "不合格: プロンプトの内容と合っていません"},
	gate.Sharpness: {"refused: it is blurred", "不合格: ぼけています"},
	gate.Copying:   {"refused: it copies a given photo", "不合格: 元の写真の複製になっています"},
}

// grid aligns cells in columns, of which the last is as wide as it is.
func grid(rows [][]string) []string {
	var widest []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(widest) {
				widest = append(widest, 0)
			}
			widest[i] = max(widest[i], columns(cell))
		}
	}
	var lines []string
	for _, r := range rows {
		var b strings.Builder
		for i, cell := range r {
			b.WriteString(cell + strings.Repeat(" ", widest[i]-columns(cell)+2))
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

// scoredLines are a picture's verdicts in a table.
func (p *program) scoredLines(s scored, b *judging) []string {
	lines := []string{s.File}
	if s.Text != "" {
		lines = append(lines, "  "+p.say(textCompared, "text", s.Text))
	}
	var rows [][]string
	for _, v := range s.Verdicts {
		rows = append(rows, []string{"  " + p.say(checkNames[v.Check]), number(v.Value), p.bound(v.Check, v.Threshold), p.outcome(v, s, b)})
	}
	return append(lines, grid(rows)...)
}

// number is a value for people.
func number(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'f', 3, 64)
}

// bound is a threshold in words.
func (p *program) bound(check string, threshold *float64) string {
	switch {
	case threshold == nil:
		return ""
	case gate.AtMost(check):
		return p.say(textAtMost, "value", number(threshold))
	}
	return p.say(textAtLeast, "value", number(threshold))
}

// outcome is a verdict in words.
func (p *program) outcome(v gate.Verdict, s scored, b *judging) string {
	switch {
	case v.Outcome == gate.Passed:
		return p.say(textPassed)
	case v.Outcome == gate.Refused:
		return p.say(refusals[v.Check])
	case v.Outcome == gate.Doubtful:
		return p.say(textDoubtful)
	case v.Value != nil:
		return p.say(textNoVerdict)
	}
	return p.unmeasured(v.Check, s, b)
}

// unmeasured says why a check has no value.
func (p *program) unmeasured(check string, s scored, b *judging) string {
	switch {
	case check == gate.Sharpness:
		return p.say(textTooSmall, "side", strconv.Itoa(b.side()))
	case !b.judge.Sees(check):
		return p.say(textNoTower)
	}
	return p.say(textNoPrompt)
}

// judgingLines say by what was judged, and how sure it is.
func (p *program) judgingLines(b *judging) []string {
	var lines []string
	if b.judge == nil {
		lines = append(lines, p.say(textNoJudge))
	}
	if b.gate == nil {
		return append([]string{""}, append(lines, p.say(textNoGate))...)
	}
	for _, c := range b.gate.Checks {
		t := textErrors
		if !c.Tells() {
			t = textCannotTell
		}
		lines = append(lines, p.say(t, "check", p.say(checkNames[c.Name]), "refused", percent(c.Refused.Mean), "passed", percent(c.Passed.Mean)))
	}
	return append([]string{"", p.say(textJudgedBy, "path", b.file)}, lines...)
}

// percent is a share for people.
func percent(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }

var (
	textCompared   = text{"compared with: {text}", "比べた文: {text}"}
	textAtMost     = text{"at most {value}", "{value} 以下"}
	textAtLeast    = text{"at least {value}", "{value} 以上"}
	textPassed     = text{"passed", "合格"}
	textDoubtful   = text{"a warning only: beyond the threshold, but this check cannot tell good from bad here", "参考(警告のみ): しきい値を外れていますが、このしきい値では良し悪しを見分けられません"}
	textNoVerdict  = text{"no verdict: there is no threshold", "判定なし(しきい値がありません)"}
	textTooSmall   = text{"not measured: the picture is smaller than {side} pixels", "測定なし(画像が {side} ピクセルより小さいため)"}
	textNoTower    = text{"not measured: the judge has no model for it", "測定なし(判定用のモデルがありません)"}
	textNoPrompt   = text{"not measured: the prompt is not known; --prompt names it", "測定なし(プロンプトがわかりません。--prompt で指定してください)"}
	textNoJudge    = text{"There is no judge, so subject and prompt are not measured. --judge names one; pictures of the demo model are judged by the demo's.", "判定用のモデルがないため、「似ているか」と「指示どおりか」は調べていません。--judge で指定してください(デモ用モデルの画像では自動的に選ばれます)。"}
	textNoGate     = text{"There are no thresholds (gate.json in the judge's folder, or --gate), so there is no verdict. `ichimai gate` makes them from pictures of subjects like yours.", "しきい値(--judge のフォルダーの gate.json、または --gate)がないため、合否は判定していません。しきい値は「ichimai gate」で、似た対象の画像から作れます。"}
	textJudgedBy   = text{"Judged by {path}, which errs so often, as measured on subjects that it was not made from:", "判定に使ったしきい値: {path}。しきい値を決めるのに使わなかった対象で測った誤りの割合は次のとおりです。"}
	textErrors     = text{"  {check}: refuses {refused} of good pictures, lets {passed} of bad ones pass", "  {check}: 良い画像の {refused} を不合格にし、悪い画像の {passed} を見逃します"}
	textCannotTell = text{"  {check}: only warns, for it lets {passed} of bad pictures pass and refuses {refused} of good ones", "  {check}: 警告のみ(悪い画像の {passed} を見逃し、良い画像の {refused} を不合格にするため)"}
)
