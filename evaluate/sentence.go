package evaluate

import (
	"fmt"

	"github.com/ichimai/ichimai/measure"
)

// sentences say in three what was found.
func (s *summariser) sentences(lang string) []string {
	w := words{lang}
	return []string{s.what(w), s.who(w), s.howLong(w)}
}

// what says what was compared, and by what.
func (s *summariser) what(w words) string {
	scaled := textScaled
	if !s.judge().normalised {
		scaled = textUnscaled
	}
	methods := 0
	seen := map[string]bool{}
	for _, r := range s.out.Swept {
		if !seen[r.Row.Name] {
			seen[r.Row.Name], methods = true, methods+1
		}
	}
	return w.say(textWhat, "methods", fmt.Sprint(methods), "subjects", fmt.Sprint(max(s.out.Subjects, s.out.Sweep)), "prompts", fmt.Sprint(s.out.Prompts),
		"seeds", fmt.Sprint(s.out.Seeds), "judge", s.out.Judge) + w.say(scaled)
}

// result finds a row on the whole product; nil without one.
func (s *Summary) result(row Row) *Result {
	for i := range s.Rows {
		if s.Rows[i].Row == row {
			return &s.Rows[i]
		}
	}
	return nil
}

// bestOther is the row with the highest score by the judge of those that learn in
// another way than the reference.
func (s *Summary) bestOther() *Result {
	var best *Result
	for i := range s.Rows {
		r := &s.Rows[i]
		if r.Kind != KindBest || r.Variant || r.By[s.Judge].Score == nil {
			continue
		}
		if best == nil || r.By[s.Judge].Score.Mean > best.By[s.Judge].Score.Mean {
			best = r
		}
	}
	return best
}

// who compares the reference with the best of the others.
func (s *summariser) who(w words) string {
	reference, other := s.out.result(s.out.Reference), s.out.bestOther()
	if reference == nil || other == nil {
		return s.whoInSweep(w)
	}
	pairs := []string{
		"reference", w.short(reference.Row), "score", w.interval(reference.By[s.out.Judge].Score), "time", s.after(w, reference),
		"other", w.short(other.Row), "its", w.interval(other.By[s.out.Judge].Score), "took", s.after(w, other),
	}
	said := w.say(textWho, pairs...)
	for _, p := range s.out.Pairs {
		if test, both := p.Score[s.out.Judge]; both && p.Reference == reference.Row && p.Other == other.Row {
			d := test.Difference
			said += w.say(verdict(d), append(pairs, "difference", signed(d.Mean), "span", w.span(signed(d.Low), signed(d.High)), "p", w.p(test.P))...)
			return said
		}
	}
	return said + w.say(textStop)
}

// after is the time that a row took, or that it is not known.
func (s *summariser) after(w words, r *Result) string {
	if r.Seconds == nil {
		return w.say(textUnknownTime)
	}
	return w.duration(r.Seconds.Mean)
}

// verdict is what a difference of the reference from another says.
func verdict(d measure.Interval) text {
	switch {
	case d.Low > 0:
		return textBetter
	case d.High < 0:
		return textWorse
	}
	return textSame
}

// whoInSweep says what leads in the sweep, while the whole product is not drawn.
func (s *summariser) whoInSweep(w words) string {
	var best *Swept
	for i := range s.out.Swept {
		if r := &s.out.Swept[i]; best == nil || r.Score.Mean > best.Score.Mean {
			best = r
		}
	}
	if best == nil {
		return w.say(textNoRows)
	}
	return w.say(textSweepOnly, "subjects", fmt.Sprint(s.out.Sweep), "row", w.row(best.Row), "score", w.interval(best.Score))
}

// howLong says what the others take to come as far.
func (s *summariser) howLong(w words) string {
	var parts []string
	for _, r := range s.out.Reached {
		if r.Variant {
			continue
		}
		pairs := []string{"method", r.Method, "most", fmt.Sprint(r.Most)}
		switch {
		case r.Row == nil:
			parts = append(parts, w.say(textNotReached, pairs...))
		case r.Times == nil:
			parts = append(parts, w.say(textReachedUntimed, append(pairs, "steps", fmt.Sprint(r.Row.Steps))...))
		default:
			parts = append(parts, w.say(textReachedIn, append(pairs, "steps", fmt.Sprint(r.Row.Steps), "times", w.factor(r.Times.Mean))...))
		}
	}
	if len(parts) == 0 {
		return w.say(textNoReach)
	}
	return w.say(textHowLong, "reference", w.short(s.out.Reference), "list", w.list(parts))
}

var (
	textWhat     = text{"{methods} ways to learn were compared on {subjects} things in {prompts} prompts with {seeds} seeds each, and judged by the scorer \"{judge}\"", "{methods} 通りの学習方法を、{subjects} 個の対象、{prompts} 個のプロンプト、{seeds} 個のシードで比べ、scorer「{judge}」で採点しました"}
	textScaled   = text{": on its scale the model that has learned nothing is at 0, and real pictures are at 1.", "(学習なしのモデルを 0、本物の画像を 1 とした得点です)。"}
	textUnscaled = text{": scores are differences from the model that has learned nothing, as cosines, because no real pictures tell where 1 would be.", "(1 の目安になる本物の画像との差が得られないため、得点は学習なしのモデルとのコサイン類似度の差です)。"}

	textWho         = text{"After {time}, {reference} scores {score}; the best of the others, {other}, scores {its} after {took}", "{reference} は {time}で {score}、それ以外で最も高い {other} は {took}で {its}"}
	textBetter      = text{", and the difference of {difference} ({span}, {p}) is in favour of {reference}.", "で、差は {difference}({span}、{p})、{reference} が上回ります。"}
	textWorse       = text{", and the difference of {difference} ({span}, {p}) is in favour of {other}.", "で、差は {difference}({span}、{p})、{other} が上回ります。"}
	textSame        = text{", and the difference of {difference} ({span}, {p}) is within its uncertainty.", "で、差は {difference}({span}、{p})、不確かさの範囲内です。"}
	textStop        = text{".", "です。"}
	textUnknownTime = text{"a time that was not measured", "計測なしの時間"}
	textSweepOnly   = text{"The whole product has not been drawn yet; on the {subjects} things of the sweep the highest score so far is that of {row}: {score}.", "すべての組み合わせはまだ描いていません。設定を比べた {subjects} 個の対象では、{row} の {score} が最高です。"}
	textNoRows      = text{"No method has been drawn yet.", "まだどの方法でも描いていません。"}

	textHowLong        = text{"To come within the interval of what {reference} reaches, {list}.", "{reference} の得点の区間に達するまでの時間は、{reference} を 1 として {list}です。"}
	textReachedIn      = text{"{method} takes {times} as long ({steps} steps)", "{method} {times}({steps} ステップ)"}
	textReachedUntimed = text{"{method} takes {steps} steps", "{method} {steps} ステップ(時間は計測なし)"}
	textNotReached     = text{"{most} steps of {method} are not enough", "{method} は {most} ステップまでに届かず"}
	textNoReach        = text{"When the others come as far is not known yet.", "ほかの方法が同じ得点に達する時間は、まだ分かりません。"}
)
