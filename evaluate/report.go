package evaluate

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"

	"github.com/ichimai/ichimai/measure"
)

//go:embed report.html
var pageText string

var pageTemplate = template.Must(template.New("report").Parse(pageText))

// page is what the report shows, in one language.
type page struct {
	Lang                    string
	Title, Lead             string
	Sentences               []string
	Plots                   []figure
	Legend                  []legendItem
	Tables                  []table
	GridTitle, GridNote     string
	Columns                 []string
	Grids                   []gridView
	GivenText               string
	MissingTitle            string
	Missing                 []string
	ProtocolTitle, Protocol string
	MachineTitle            string
	Machine                 []pair
	ScaleTitle              string
	Scale                   []string
	ContentsTitle           string
	GridWidth               int
	SeriesNumbers           []int
}

type figure struct {
	Title, Note string
	SVG         template.HTML
}

type legendItem struct {
	Number int
	Name   string
	Mark   template.HTML
}

type pair struct{ Key, Value string }

// table is a table with its heading; the first cell of a line is its head.
type table struct {
	ID, Title, Note string
	Head            []string
	Texts           int // how many columns behind the first are words and not numbers
	Lines           []tableLine
	Folded          bool
}

type tableLine struct {
	Cells  []cell
	Strong bool
}

// cell is a value with what is written small under it.
type cell struct{ Text, Under string }

// report is the page as one file that needs no other.
func (s *summariser) report(w words, pictureBytes int64) ([]byte, error) {
	grids, plan, left, err := s.grids(w, pictureBytes)
	if err != nil {
		return nil, err
	}
	v := page{
		Lang: w.lang, Title: w.say(textTitle), Lead: w.say(textLead, "model", s.out.Model), Sentences: s.out.Sentences[w.lang],
		Plots: s.plots(w), Legend: s.legend(w), Tables: s.tables(w), Grids: grids, GridTitle: w.say(textGridTitle),
		GridNote: w.say(textGridNote, "seed", fmt.Sprint(s.protocol.Seeds[0])), GivenText: w.say(textGiven),
		MissingTitle: w.say(textMissingTitle), Missing: s.missing(w, left),
		ProtocolTitle: w.say(textProtocolTitle), Protocol: string(s.protocol.text),
		MachineTitle: w.say(textMachineTitle), Machine: s.machine(w),
		ScaleTitle: w.say(textScaleTitle), Scale: s.scaleNotes(w), ContentsTitle: w.say(textContents),
		GridWidth: len(plan.columns) * 52, SeriesNumbers: make([]int, seriesCount),
	}
	for _, row := range plan.columns {
		v.Columns = append(v.Columns, w.brief(row))
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// number is a method's place in the protocol: that of its colour.
func (s *summariser) number(name string) int {
	return slices.IndexFunc(s.protocol.Methods, func(m Method) bool { return m.Name == name })
}

func (s *summariser) legend(w words) []legendItem {
	var list []legendItem
	for i, m := range s.protocol.Methods {
		name := m.Name
		if best := s.out.Best[m.Name]; best.Setting != "" {
			name = w.say(textBrackets, "name", m.Name, "text", best.Setting)
		}
		d := newDrawing(16, 16, m.Name)
		d.marker(i, 8, 8, 5, "")
		list = append(list, legendItem{i % seriesCount, name, d.done()})
	}
	return list
}

// plots are the curves of the sweep and the dots of the whole product.
func (s *summariser) plots(w words) []figure {
	var figures []figure
	note := w.say(textCurveNote, "subjects", fmt.Sprint(s.out.Sweep))
	if byTime, low, high := s.curves(w, true); len(byTime) > 0 {
		x := logarithmic(plotLeft+6, plotWidth-labelsWidth, low, high, false, w.timeTicks())
		figures = append(figures, figure{w.say(textTimePlot), note, w.curvePlot(w.say(textTimePlot), w.say(textTimeAxis), byTime, x, w.say(textScoreAxis))})
	}
	if bySteps, low, high := s.curves(w, false); len(bySteps) > 0 {
		x := logarithmic(plotLeft+6, plotWidth-labelsWidth, low, high, s.looksAtZero(), stepTicks())
		figures = append(figures, figure{w.say(textStepPlot), note, w.curvePlot(w.say(textStepPlot), w.say(textStepAxis), bySteps, x, w.say(textScoreAxis))})
	}
	if groups := s.kindGroups(w); len(groups) > 0 {
		figures = append(figures, figure{w.say(textKindPlot), w.say(textKindNote, "subjects", fmt.Sprint(s.out.Subjects)),
			w.dotPlot(w.say(textKindPlot), w.say(textScoreAxis), groups)})
	}
	return figures
}

func (s *summariser) looksAtZero() bool {
	return slices.ContainsFunc(s.out.Swept, func(r Swept) bool { return r.Row.Steps == 0 })
}

// curves are each method's scores at its best setting, over time or steps, with the
// lowest and highest positive place.
func (s *summariser) curves(w words, byTime bool) (all []series, low, high float64) {
	for i, m := range s.protocol.Methods {
		best, known := s.out.Best[m.Name]
		if !known {
			continue
		}
		c := series{name: m.Name, number: i}
		for _, r := range s.out.Swept {
			if r.Row.Name != m.Name || r.Row.Setting != best.Setting || byTime && r.Seconds == nil {
				continue
			}
			p := dataPoint{float64(r.Row.Steps), *r.Score, w.row(r.Row) + ": " + w.interval(r.Score)}
			if byTime {
				p.x = r.Seconds.Mean
				p.title += w.say(textComma) + w.duration(p.x)
			}
			c.points = append(c.points, p)
			if p.x > 0 && (low == 0 || p.x < low) {
				low = p.x
			}
			high = max(high, p.x)
		}
		if len(c.points) > 0 {
			all = append(all, c)
		}
	}
	return all, low, high
}

// kindGroups are the scores by kinds of prompts.
func (s *summariser) kindGroups(w words) []dotGroup {
	var groups []dotGroup
	for _, kind := range Kinds {
		g := dotGroup{name: w.kind(kind)}
		for _, r := range s.out.Rows {
			if v := r.Kinds[kind]; v != nil && !r.Row.mark() {
				g.dots = append(g.dots, dot{w.brief(r.Row), s.number(r.Row.Name), *v, w.row(r.Row) + ": " + w.interval(v)})
			}
		}
		if len(g.dots) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// under is an interval as a cell.
func (w words) under(v *measure.Interval) cell {
	switch {
	case v == nil:
		return cell{"–", ""}
	case v.N < 2:
		return cell{number(v.Mean), ""}
	}
	return cell{number(v.Mean), w.span(number(v.Low), number(v.High))}
}

// machine describes what computed.
func (s *summariser) machine(w words) []pair {
	m := s.out.Machine
	return []pair{
		{w.say(text{"processor", "プロセッサー"}), m.Processor},
		{w.say(text{"logical cores", "論理コア数"}), fmt.Sprint(m.Cores)},
		{w.say(text{"device", "デバイス"}), m.Device},
		{w.say(text{"platform", "プラットフォーム"}), m.Platform},
		{w.say(text{"plugin", "プラグイン"}), m.Plugin},
		{w.say(text{"system", "システム"}), m.OS},
		{"Go", m.Go},
		{w.say(text{"model", "モデル"}), s.out.Model},
	}
}

// missing says what is not there.
func (s *summariser) missing(w words, left int) []string {
	var list []string
	for _, m := range s.out.NotRun {
		t := textMissingFull
		if m.Part == PartSweep {
			t = textMissingSweep
		}
		list = append(list, w.say(t, "row", w.row(m.Row), "subjects", fmt.Sprint(m.Subjects)))
	}
	for _, m := range s.protocol.Methods {
		if _, known := s.out.Best[m.Name]; !known {
			list = append(list, w.say(textMissingBest, "method", m.Name))
		}
	}
	if have, all := len(s.whole.subjects), s.countSubjects(); have < all {
		list = append(list, w.say(textMissingSubjects, "have", fmt.Sprint(have), "all", fmt.Sprint(all)))
	}
	if left > 0 {
		list = append(list, w.say(textMissingGrids, "subjects", fmt.Sprint(left)))
	}
	return list
}

// countSubjects is how many the protocol has.
func (s *summariser) countSubjects() int {
	all, err := s.protocol.subjects()
	if err != nil { // they were listed before
		return len(s.whole.subjects)
	}
	return len(all)
}

var (
	textTitle         = text{"Ways to learn a thing, compared", "ものの姿を覚える方法の比較"}
	textLead          = text{"Model: {model}. Intervals are of 95%, by drawing subjects anew, and each one's prompts (bootstrap).", "モデル: {model}。区間は 95% で、対象とそのプロンプトを引き直すブートストラップによるものです。"}
	textContents      = text{"In this report", "このレポートの内容"}
	textTimePlot      = text{"Score against time", "時間と得点"}
	textStepPlot      = text{"Score against steps", "ステップ数と得点"}
	textKindPlot      = text{"Score by kind of prompt", "プロンプトの種類別の得点"}
	textTimeAxis      = text{"time from reading the picture", "画像を読んでからの時間"}
	textStepAxis      = text{"learning steps", "学習ステップ数"}
	textScoreAxis     = text{"score", "得点"}
	textCurveNote     = text{"Each method at its best setting, on the {subjects} things of the sweep.", "各方法の最良の設定。設定を比べた {subjects} 個の対象による結果です。"}
	textKindNote      = text{"On all {subjects} things. Steps are in brackets.", "全 {subjects} 個の対象による結果です。括弧内はステップ数です。"}
	textGridTitle     = text{"Pictures", "画像"}
	textGridNote      = text{"Seed {seed} of each, not chosen. Steps are in brackets. Gray: not drawn or not kept.", "すべてシード {seed} の画像で、選んでいません。括弧内はステップ数です。灰色は描いていないか、保存していないものです。"}
	textGiven         = text{"given", "覚えた画像"}
	textMissingTitle  = text{"What was not run", "実行していないもの"}
	textMissingFull   = text{"{row}: {subjects} things are missing", "{row}: {subjects} 個の対象が未実行"}
	textMissingSweep  = text{"{row}, in the sweep: {subjects} things are missing", "{row}(設定の比較): {subjects} 個の対象が未実行"}
	textMissingBest   = text{"{method}: its sweep is not finished, so its best setting is not known", "{method}: 設定の比較が終わっていないため、最良の設定が決まっていません"}
	textMissingGrids  = text{"the pictures of {subjects} things are left out here, to keep this file small", "ファイルの大きさを抑えるため、{subjects} 個の対象の画像は載せていません"}
	textProtocolTitle = text{"Protocol", "評価の手順"}
	textMachineTitle  = text{"Machine", "実行環境"}
	textScaleTitle    = text{"How scores are made", "得点の求め方"}

	textMissingSubjects = text{"{have} of {all} things were begun", "{all} 個の対象のうち {have} 個を実行"}
)
