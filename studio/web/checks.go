package web

import (
	"math"
	"strconv"

	"github.com/ichimai/ichimai/studio"
)

// check is what an automatic check found, for people.
type check struct {
	name  string
	value string // "" where there is none to show
	word  string // of the outcome
	tone  string // "passed", "failed" or "open"

	refused bool     // which no approver has allowed
	notes   []string // shown at once
	basis   []string // of a check that passed: its threshold, and how often it is wrong
}

var outcomeWords = map[studio.Outcome]text{
	studio.OutcomePassed:  {"passed", "問題なし"},
	studio.OutcomeRefused: {"look at this", "要確認"},
	studio.OutcomeWarned:  {"look at this (a warning only)", "要確認（警告のみ）"},
	studio.OutcomeUnknown: {"not checked", "未判定"},
}

var outcomeTones = map[studio.Outcome]string{studio.OutcomePassed: "passed", studio.OutcomeRefused: "failed", studio.OutcomeWarned: "failed", studio.OutcomeUnknown: "open"}

// whyWords are the reasons for unknown outcomes.
var whyWords = map[string]text{
	studio.WhyNoJudge:     {"There is nothing to judge this by: the studio has no model for it.", "判定用のモデルがないため、判定できません。"},
	studio.WhyNoThreshold: {"There is no learned threshold for this check.", "このチェックのしきい値がないため、判定できません。"},
	studio.WhyTooSmall:    {"The picture is smaller than those that the threshold was learned from.", "しきい値の学習に使った画像より小さいため、判定できません。"},
	studio.WhyTooLong:     {"The check took too long and was stopped. Run the checks again.", "時間がかかりすぎたため中断しました。チェックを再実行してください。"},
	studio.WhyFailed:      {"The check failed; the studio's log says why. Run the checks again, or ask an admin.", "チェック中にエラーが発生しました。再実行するか、管理者に連絡してください（詳細はログに記録されています）。"},
}

// checks are what the automatic checks found of a picture.
func (v *visit) checks(p *studio.Picture, people map[string]string) []check {
	var list []check
	for _, name := range studio.CheckNames() {
		if found := p.Verdict(name); found != nil {
			list = append(list, v.checkOf(found, people))
		}
	}
	return list
}

func (v *visit) checkOf(f *studio.Verdict, people map[string]string) check {
	c := check{name: v.scoreName(f.Check), word: v.say(outcomeWords[f.Outcome]), tone: outcomeTones[f.Outcome], refused: f.Outcome == studio.OutcomeRefused && f.Override == nil}
	if f.Value != nil && f.Check != studio.CheckBlockedWords {
		c.value = apart(*f.Value, f.Threshold)
	}
	for _, m := range f.Marks {
		c.notes = append(c.notes, v.say(text{"{name}, similarity {n}", "{name}（類似度{n}）"}, "name", m.Name, "n", number(m.Similarity)))
	}
	if o := f.Override; o != nil {
		c.word, c.tone = v.say(text{"allowed", "許可済み"}), "passed"
		c.notes = append(c.notes, v.say(text{"Allowed by {who} on {day}: {reason}", "{who}が{day}に許可：{reason}"}, "who", nameOr(people, o.By), "day", v.day(o.At), "reason", o.Reason))
	}
	if len(f.Words) > 0 {
		c.notes = append(c.notes, v.say(text{"The prompt contains {words}.", "プロンプトに「{words}」が含まれています。"}, "words", v.listed(f.Words)))
	}
	if f.Check == studio.CheckWatermark && f.Outcome == studio.OutcomeWarned {
		c.notes = append(c.notes, v.say(text{
			"The picture is too small or too plain for the invisible mark that the policy wants, so it cannot be published as it is. Draw it larger or with more in it, or have an admin switch the mark off.",
			"小さすぎるか単調すぎるため、ポリシーで必須の透かしを入れられず、このままでは公開できません。サイズを大きくするか描き込みを増やして作り直すか、管理者に透かしを無効にするよう依頼してください。",
		}))
		return c
	}
	switch f.Outcome {
	case studio.OutcomeUnknown:
		c.notes = append(c.notes, v.say(whyWords[f.Why]))
	case studio.OutcomePassed:
		c.basis = v.ratesOf(f)
	default:
		c.notes = append(c.notes, v.ratesOf(f)...)
	}
	return c
}

// apart writes a number with as many digits as tell it from another.
func apart(f float64, other *float64) string {
	if other == nil || f == *other || number(f) != number(*other) {
		return number(f)
	}
	for digits := 3; digits < 6; digits++ {
		if s := strconv.FormatFloat(f, 'f', digits, 64); s != strconv.FormatFloat(*other, 'f', digits, 64) {
			return s
		}
	}
	return number(f)
}

// unchecked are a picture's scores without those that a check has measured since: two
// judges give two numbers, and people need one.
func unchecked(p *studio.Picture) map[string]float64 {
	left := map[string]float64{}
	for name, score := range p.Scores {
		if f := p.Verdict(name); f == nil || f.Value == nil {
			left[name] = score
		}
	}
	return left
}

// ratesOf say the threshold, and how often the check is wrong.
func (v *visit) ratesOf(f *studio.Verdict) []string {
	var notes []string
	if f.Threshold != nil {
		t := text{"Passes from {n} up.", "{n}以上で合格です。"}
		switch {
		case f.Check == studio.CheckMark:
			t = text{"Counts as a match from {n} up.", "{n}以上で一致とみなします。"}
		case f.AtMost:
			t = text{"Passes up to {n}.", "{n}以下で合格です。"}
		}
		notes = append(notes, v.say(t, "n", apart(*f.Threshold, f.Value)))
	}
	if f.GoodRefused != nil && f.BadPassed != nil {
		notes = append(notes, v.say(text{"Refuses {good} of 100 good pictures wrongly, and lets {bad} of 100 bad ones pass.", "良い画像100枚のうち{good}枚を誤って不合格にし、問題のある画像100枚のうち{bad}枚を見逃します。"},
			"good", v.ofHundred(*f.GoodRefused), "bad", v.ofHundred(*f.BadPassed)))
	}
	if f.Outcome == studio.OutcomeWarned {
		notes = append(notes, v.say(text{"That is too often to refuse a picture, so this check only warns.", "見逃しや誤りが多いため、このチェックは警告のみを行います。"}))
	}
	return notes
}

// ofHundred is a share as how many of a hundred.
func (v *visit) ofHundred(share float64) string {
	n := math.Round(100 * share)
	if n == 0 && share > 0 {
		return v.say(text{"fewer than 1", "1未満"})
	}
	return v.say(text{"about {n}", "約{n}"}, "n", strconv.Itoa(int(n)))
}
