package evaluate

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/measure"
)

// words writes numbers and names for people, in one language.
type words struct{ lang string }

func (w words) say(t text, pairs ...string) string { return t.in(w.lang, pairs...) }

// number has three decimals; nothing is a dash.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	s := strconv.FormatFloat(v, 'f', 3, 64)
	if s == "-0.000" {
		return "0.000"
	}
	return strings.Replace(s, "-", "−", 1)
}

// signed is a number with its sign.
func signed(v float64) string {
	if s := number(v); v > 0 && s != "0.000" {
		return "+" + s
	}
	return number(v)
}

// span is an interval's bounds.
func (w words) span(low, high string) string { return w.say(textSpan, "low", low, "high", high) }

// interval is a mean with its bounds.
func (w words) interval(v *measure.Interval) string {
	if v == nil {
		return "–"
	}
	if v.N < 2 {
		return number(v.Mean)
	}
	return w.say(textWithSpan, "mean", number(v.Mean), "span", w.span(number(v.Low), number(v.High)))
}

// duration is a time in the unit that suits it.
func (w words) duration(seconds float64) string {
	switch {
	case seconds < 9.95:
		return w.say(textSeconds, "n", fmt.Sprintf("%.1f", seconds))
	case seconds < 90:
		return w.say(textSeconds, "n", fmt.Sprintf("%.0f", seconds))
	case seconds < 5400:
		return w.say(textMinutes, "n", significant(seconds/60))
	}
	return w.say(textHours, "n", significant(seconds/3600))
}

// significant has two digits that count, or all before the point.
func significant(v float64) string {
	switch {
	case v < 0.095:
		return fmt.Sprintf("%.3f", v)
	case v < 0.95:
		return fmt.Sprintf("%.2f", v)
	case v < 9.95:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// factor says how many times as long something takes.
func (w words) factor(v float64) string { return w.say(textTimes, "n", significant(v)) }

func (w words) p(v float64) string {
	if v < 0.001 {
		return "P < 0.001"
	}
	return fmt.Sprintf("P = %.3f", v)
}

// row is a row's name: the method, and its steps and setting where there are.
func (w words) row(r Row) string {
	switch r.Name {
	case nameBase:
		return w.say(textBaseRow)
	case nameReal:
		return w.say(textRealRow)
	}
	t := textRowSteps
	if r.Setting != "" {
		t = textRowSetting
	}
	return w.say(t, "name", r.Name, "steps", fmt.Sprint(r.Steps), "setting", r.Setting)
}

// short is a row's name without the setting.
func (w words) short(r Row) string {
	r.Setting = ""
	return w.row(r)
}

// brief is a row's name where there is little room: steps are in brackets.
func (w words) brief(r Row) string {
	if r.mark() {
		return w.row(r)
	}
	return w.say(textBrackets, "name", r.Name, "text", fmt.Sprint(r.Steps))
}

func (w words) kind(kind string) string {
	return w.say(map[string]text{
		Recontextualise: {"another scene", "別の場面"},
		Restyle:         {"another style", "別の画風"},
		Accessorise:     {"with another thing", "ほかのものと一緒"},
		Property:        {"another property", "別の色や大きさ"},
	}[kind])
}

func (w words) language(lang string) string {
	return w.say(map[string]text{English: {"English prompts", "英語のプロンプト"}, Japanese: {"Japanese prompts", "日本語のプロンプト"}}[lang])
}

// list joins names.
func (w words) list(names []string) string { return strings.Join(names, w.say(textComma)) }

var (
	textSpan     = text{"{low} to {high}", "{low}〜{high}"}
	textWithSpan = text{"{mean} ({span})", "{mean}({span})"}
	textSeconds  = text{"{n} s", "{n} 秒"}
	textMinutes  = text{"{n} min", "{n} 分"}
	textHours    = text{"{n} h", "{n} 時間"}
	textTimes    = text{"{n} times", "{n} 倍"}
	textBaseRow  = text{"nothing learned", "学習なし"}
	textRealRow  = text{"real pictures", "本物の画像"}
	textRowSteps = text{"{name} ({steps} steps)", "{name}({steps} ステップ)"}

	textRowSetting = text{"{name} ({steps} steps, {setting})", "{name}({steps} ステップ、{setting})"}
	textBrackets   = text{"{name} ({text})", "{name}({text})"}
	textComma      = text{", ", "、"}
)
