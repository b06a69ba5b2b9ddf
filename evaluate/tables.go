package evaluate

import (
	"fmt"

	"github.com/ichimai/ichimai/measure"
)

// tables are the report's tables, those without lines left out.
func (s *summariser) tables(w words) []table {
	var list []table
	for _, j := range s.out.Scorers {
		list = append(list, s.resultTable(w, j))
	}
	list = append(list, s.pairTable(w), s.reachTable(w), s.languageTable(w), s.bestTable(w), s.markTable(w), s.sweepTable(w))
	var filled []table
	for _, t := range list {
		if len(t.Lines) > 0 {
			t.ID = fmt.Sprintf("t%d", len(filled)+1)
			filled = append(filled, t)
		}
	}
	return filled
}

// resultTable is all rows by one scorer.
func (s *summariser) resultTable(w words, j Judged) table {
	t := table{Title: w.say(textResults, "scorer", j.Name), Note: w.say(textResultsNote)}
	if !j.Normalised {
		t.Note = w.say(textResultsUnscaled)
	}
	if j.Own {
		t.Title, t.Note = w.say(textOwnResults, "scorer", j.Name), w.say(textOwnNote)
	}
	t.Head = []string{w.say(textMethod), w.say(textScoreAxis), w.say(textSubjectPart), w.say(textPromptPart), "CLIP-I"}
	if j.DINO {
		t.Head = append(t.Head, "DINO")
	}
	t.Head = append(t.Head, "CLIP-T", w.say(textDiversity), w.say(textCopying))
	frechet := s.frechetHead(w, j.Name)
	if frechet != "" {
		t.Head = append(t.Head, frechet)
	}
	t.Head = append(t.Head, w.say(textTime))
	for _, r := range s.out.Rows {
		by := r.By[j.Name]
		cells := []cell{{w.short(r.Row), s.why(w, r)}, w.under(by.Score), w.under(by.SubjectPart), w.under(by.PromptPart), w.under(by.Subject)}
		if j.DINO {
			cells = append(cells, w.under(by.DINO))
		}
		cells = append(cells, w.under(by.Prompt), w.under(by.Diversity), w.under(r.Copying))
		if frechet != "" {
			cells = append(cells, frechetCell(w, by.Frechet))
		}
		t.Lines = append(t.Lines, tableLine{append(cells, s.timeCell(w, r)), r.Row == s.out.Reference})
	}
	return t
}

// why says why a row is shown, where it has a method.
func (s *summariser) why(w words, r Result) string {
	var said []string
	if r.Row.Setting != "" {
		said = append(said, r.Row.Setting)
	}
	if r.Kind == KindBest {
		said = append(said, w.say(textBestKind))
	}
	if r.Subjects < len(s.whole.subjects) {
		said = append(said, w.say(textOnSubjects, "subjects", fmt.Sprint(r.Subjects)))
	}
	return w.list(said)
}

func (s *summariser) timeCell(w words, r Result) cell {
	if r.Row.mark() || r.Seconds == nil {
		return cell{"–", ""}
	}
	c := cell{w.duration(r.Seconds.Mean), ""}
	if r.Starting > 0 {
		c.Under = w.say(textStartingOf, "time", w.duration(r.Starting))
	}
	return c
}

// frechetHead names the Fréchet distance in the form that the rows have it; "" without
// any.
func (s *summariser) frechetHead(w words, scorer string) string {
	for _, r := range s.out.Rows {
		f := r.By[scorer].Frechet
		switch {
		case f == nil:
			continue
		case f.Diagonal:
			return w.say(textDiagonal)
		}
		return w.say(textFrechet)
	}
	return ""
}

func frechetCell(w words, f *Frechet) cell {
	if f == nil {
		return cell{"–", ""}
	}
	return w.under(&f.Interval)
}

func (s *summariser) pairTable(w words) table {
	t := table{Title: w.say(textPairs), Note: w.say(textPairsNote),
		Head: []string{w.say(textReferenceHead)}}
	for _, j := range s.out.Scorers {
		t.Head = append(t.Head, w.say(textDifferenceBy, "scorer", j.Name))
	}
	t.Head = append(t.Head, w.say(textTimesHead))
	for _, p := range s.out.Pairs {
		cells := []cell{{w.short(p.Reference), w.say(textOther, "other", w.short(p.Other))}}
		for _, j := range s.out.Scorers {
			cells = append(cells, testCell(w, p.Score, j.Name))
		}
		t.Lines = append(t.Lines, tableLine{append(cells, s.timesCell(w, p.Times)), p.Reference == s.out.Reference})
	}
	return t
}

func testCell(w words, tests map[string]measure.PairedTest, scorer string) cell {
	test, there := tests[scorer]
	if !there {
		return cell{"–", ""}
	}
	d := test.Difference
	return cell{signed(d.Mean), w.span(signed(d.Low), signed(d.High)) + w.say(textComma) + w.p(test.P)}
}

func (s *summariser) timesCell(w words, v *measure.Interval) cell {
	switch {
	case v == nil:
		return cell{"–", ""}
	case v.N < 2:
		return cell{w.factor(v.Mean), ""}
	}
	return cell{w.factor(v.Mean), w.span(significant(v.Low), significant(v.High))}
}

func (s *summariser) reachTable(w words) table {
	t := table{Title: w.say(textReach, "reference", w.short(s.out.Reference)), Note: w.say(textReachNote, "subjects", fmt.Sprint(s.out.Sweep)),
		Head: []string{w.say(textMethod), w.say(textFirst), w.say(textTime), w.say(textTimesHead)}, Texts: 1}
	for _, r := range s.out.Reached {
		cells := []cell{{r.Method, ""}}
		if r.Row == nil {
			cells = append(cells, cell{w.say(textNever, "most", fmt.Sprint(r.Most)), ""}, cell{"–", ""}, cell{"–", ""})
		} else {
			took := cell{"–", ""}
			if r.Seconds != nil {
				took.Text = w.duration(*r.Seconds)
			}
			cells = append(cells, cell{w.say(textStepCount, "steps", fmt.Sprint(r.Row.Steps)), r.Row.Setting}, took, s.timesCell(w, r.Times))
		}
		t.Lines = append(t.Lines, tableLine{Cells: cells})
	}
	return t
}

func (s *summariser) languageTable(w words) table {
	langs := map[string]bool{}
	for _, q := range s.protocol.Prompts {
		langs[q.Lang] = true
	}
	t := table{Title: w.say(textByLanguage), Head: []string{w.say(textMethod)}}
	if len(langs) < 2 {
		return t
	}
	for _, lang := range sortedKeys(langs) {
		t.Head = append(t.Head, w.language(lang))
	}
	for _, r := range s.out.Rows {
		cells := []cell{{w.row(r.Row), ""}}
		for _, lang := range sortedKeys(langs) {
			cells = append(cells, w.under(r.Langs[lang]))
		}
		t.Lines = append(t.Lines, tableLine{cells, r.Row == s.out.Reference})
	}
	return t
}

// bestTable is what the sweep chose.
func (s *summariser) bestTable(w words) table {
	t := table{Title: w.say(textBestTitle), Note: w.say(textBestNote, "subjects", fmt.Sprint(s.out.Sweep)),
		Head: []string{w.say(textMethod), w.say(textSetting), w.say(textStepAxis), w.say(textScoreAxis), w.say(textTime), w.say(textTried)}, Texts: 1}
	for _, m := range s.protocol.Methods {
		best, known := s.out.Best[m.Name]
		if !known {
			continue
		}
		setting := best.Setting
		if setting == "" {
			setting = w.say(textOneSetting)
		}
		cells := []cell{{m.Name, ""}, {setting, ""}, {fmt.Sprint(best.Steps), ""}, {"–", ""}, {"–", ""},
			{w.say(textTriedCount, "settings", fmt.Sprint(len(m.candidates())), "steps", fmt.Sprint(len(m.Steps))), ""}}
		for _, r := range s.out.Swept {
			if r.Row == best {
				cells[3] = w.under(r.Score)
				if r.Seconds != nil {
					cells[4].Text = w.duration(r.Seconds.Mean)
				}
			}
		}
		t.Lines = append(t.Lines, tableLine{Cells: cells})
	}
	return t
}

func (s *summariser) markTable(w words) table {
	t := table{Title: w.say(textMarks), Note: w.say(textMarksNote), Head: []string{w.say(textScorer), w.say(textNumber), w.say(textBaseRow), w.say(textRealRow)}, Texts: 1}
	for _, j := range s.out.Scorers {
		for _, m := range j.Marks {
			real := cell{"–", ""}
			if m.Real != nil {
				real.Text = number(*m.Real)
			}
			name := map[string]string{"subject": "CLIP-I", "dino": "DINO", "prompt": "CLIP-T"}[m.Of]
			t.Lines = append(t.Lines, tableLine{Cells: []cell{{j.Name, ""}, {name, ""}, {number(m.Base), ""}, real}})
		}
	}
	return t
}

// sweepTable is everything that the sweep tried.
func (s *summariser) sweepTable(w words) table {
	t := table{Title: w.say(textSweepTitle), Note: w.say(textSweepNote, "subjects", fmt.Sprint(s.out.Sweep)), Folded: true,
		Head: []string{w.say(textMethod), w.say(textSetting), w.say(textStepAxis), w.say(textScoreAxis), w.say(textSubjectPart), w.say(textPromptPart), w.say(textTime)}, Texts: 1}
	for _, r := range s.out.Swept {
		took := cell{"–", ""}
		if r.Seconds != nil {
			took.Text = w.duration(r.Seconds.Mean)
		}
		t.Lines = append(t.Lines, tableLine{[]cell{{r.Row.Name, ""}, {r.Row.Setting, ""}, {fmt.Sprint(r.Row.Steps), ""},
			w.under(r.Score), w.under(r.Subject), w.under(r.Prompt), took}, r.Row == s.out.Best[r.Row.Name]})
	}
	return t
}

// scaleNotes say how scores are made.
func (s *summariser) scaleNotes(w words) []string {
	notes := []string{w.say(textNoteParts), w.say(textNoteScale)}
	if !s.judge().normalised {
		notes[1] = w.say(textNoteUnscaled, "least", fmt.Sprint(leastSpan))
	}
	return append(notes, w.say(textNoteTime), w.say(textNoteStart), w.say(textNoteCopy), w.say(textNoteTests))
}

var (
	textResults     = text{"All rows, by the scorer {scorer}", "すべての結果(scorer: {scorer})"}
	textResultsNote = text{"Score is the mean of its subject and prompt halves; 0 is the model that has learned nothing, 1 are real pictures.", "得点は、対象への類似とプロンプトへの一致の平均です。0 は学習なしのモデル、1 は本物の画像です。"}

	textResultsUnscaled = text{"Score is the mean of its subject and prompt halves, as differences from the model that has learned nothing.", "得点は、対象への類似とプロンプトへの一致の平均で、学習なしのモデルとの差です。"}

	textOwnResults  = text{"The same, by the generator's own CLIP ({scorer})", "同じ結果(生成モデル自身の CLIP: {scorer})"}
	textOwnNote     = text{"It helped to make these pictures, so it is no independent judge.", "画像の生成に関わったモデルのため、独立した判定ではありません。"}
	textMethod      = text{"method", "方法"}
	textSubjectPart = text{"subject half", "対象への類似"}
	textPromptPart  = text{"prompt half", "プロンプトへの一致"}
	textDiversity   = text{"diversity", "多様さ"}
	textCopying     = text{"copying", "丸写しの度合い"}
	textTime        = text{"time", "時間"}
	textFrechet     = text{"Fréchet distance", "フレシェ距離"}
	textDiagonal    = text{"diagonal Fréchet distance", "対角フレシェ距離"}
	textBestKind    = text{"best of the sweep", "最良の設定"}
	textOnSubjects  = text{"on {subjects} things", "対象 {subjects} 個"}
	textStartingOf  = text{"{time} to load", "うち準備 {time}"}

	textPairs         = text{"Against each other method at its best", "ほかの方法の最良の設定との比較"}
	textPairsNote     = text{"Differences of scores subject by subject, with their intervals; P is of a sign-flip test. Where they are positive the first is better.", "対象ごとの得点の差と区間です。P は符号反転検定によるものです。正の値は、先に書いた方法が上回ることを示します。"}
	textReferenceHead = text{"compared", "比べる方法"}
	textOther         = text{"with {other}", "相手: {other}"}
	textDifferenceBy  = text{"difference ({scorer})", "差({scorer})"}
	textTimesHead     = text{"times as long", "時間の比"}

	textReach     = text{"Where the others come as far as {reference}", "ほかの方法が {reference} の得点に達する時点"}
	textReachNote = text{"The quickest of all settings and steps whose mean is within the interval or above it, on the {subjects} things of the sweep.", "すべての設定とステップ数のうち、平均が得点の区間に入るか上回る最短のものです。設定を比べた {subjects} 個の対象によります。"}
	textFirst     = text{"first there", "達した時点"}
	textNever     = text{"not within {most} steps", "{most} ステップまでに達しない"}
	textStepCount = text{"{steps} steps", "{steps} ステップ"}

	textByLanguage = text{"Score by language of the prompt", "プロンプトの言語別の得点"}
	textBestTitle  = text{"Settings that the sweep chose", "設定の比較で選んだもの"}
	textBestNote   = text{"By the score on {subjects} things.", "{subjects} 個の対象での得点によります。"}
	textSetting    = text{"setting", "設定"}
	textTried      = text{"tried", "試したもの"}
	textTriedCount = text{"{settings} settings x {steps} numbers of steps", "{settings} 通りの設定 × {steps} 通りのステップ数"}
	textOneSetting = text{"as in the protocol", "手順のとおり"}
	textMarks      = text{"Marks of the scale", "得点の目盛り"}
	textMarksNote  = text{"Mean cosines of the prompts that have real pictures.", "本物の画像があるプロンプトでの、コサイン類似度の平均です。"}
	textScorer     = text{"scorer", "scorer"}
	textNumber     = text{"number", "指標"}
	textSweepTitle = text{"Everything that the sweep tried", "設定の比較のすべて"}
	textSweepNote  = text{"On {subjects} things. The chosen row of each method is in bold.", "{subjects} 個の対象での結果です。選んだものは太字です。"}

	textNoteParts    = text{"CLIP-I and DINO are mean cosines of drawn and given pictures, CLIP-T that of a drawing and its prompt with the thing's word. The subject half is CLIP-I, or the mean of CLIP-I and DINO where the scorer has both.", "CLIP-I と DINO は描いた画像と覚えた画像のコサイン類似度の平均、CLIP-T は描いた画像と、ものの単語を入れたプロンプトのコサイン類似度です。「対象への類似」は CLIP-I、DINO もある場合は両者の平均です。"}
	textNoteScale    = text{"Each is mapped so that the mean of the model that has learned nothing, drawn with the thing's word, is 0 and that of real pictures is 1, on the prompts that have real pictures.", "どの指標も、本物の画像があるプロンプトで、学習なしのモデルがものの単語で描いた画像の平均が 0、本物の画像の平均が 1 になるように換算しています。"}
	textNoteUnscaled = text{"Scores are differences from the model that has learned nothing: there are no real pictures, or they lie within {least} of its own by one of the numbers, and a quotient would be noise.", "得点は学習なしのモデルとの差です。本物の画像がないか、いずれかの指標で差が {least} に満たず、比をとっても意味がないためです。"}
	textNoteTime     = text{"Time is that of learning alone, from reading the picture to the concept, without the looks on the way; \"to load\" is how much longer the first step takes than later ones, while its program is built and loaded. A step of each setting was run before, so that nothing is compiled in it; subjects whose learning was interrupted do not count.", "時間は画像を読んでからコンセプトができるまでの学習時間で、途中経過の確認は含みません。「準備」は、最初のステップで計算の準備に余分にかかる時間です。事前に各設定で 1 ステップ実行し、コンパイルが時間に入らないようにしています。中断した対象は数えません。"}
	textNoteStart    = text{"Methods other than the encoder start from the thing's word, as their papers do; the encoder is told nothing but the picture.", "encoder 以外の方法は、論文のとおりものの単語から学習を始めます。encoder に与えるのは画像だけです。"}
	textNoteCopy     = text{"Diversity is the mean distance (1 − cosine) of a prompt's pictures; copying the highest correlation of small gray copies of a drawing and a given picture, moved and mirrored. The Fréchet distance is that of the first seed's pictures of all things from the real ones, smaller being nearer.", "「多様さ」は同じプロンプトの画像どうしの距離(1 − コサイン類似度)の平均、「丸写しの度合い」は、描いた画像と覚えた画像を小さな灰色の画像にし、ずらしたり反転したりしたときの相関の最大値です。フレシェ距離は、全対象の最初のシードの画像と本物の画像の分布の距離で、小さいほど近いことを示します。"}
	textNoteTests    = text{"The best settings were chosen on a part of the things on which the methods are then compared, which favours methods with more settings.", "最良の設定は、比較に使う対象の一部で選んでいます。そのため、試した設定の多い方法に有利です。"}
)
