package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ichimai/ichimai/evaluate"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// unitRecord is what an evaluation keeps of a folder of pictures.
type unitRecord struct {
	Pictures []struct {
		Compared string `json:"compared"`
		File     string `json:"file"` // "" where it was not kept
	} `json:"pictures"`
}

// judgeDrawn adds to a gate how often the drawings of an evaluation pass.
func (g *gating) judgeDrawn(ctx context.Context, judge *gate.Judge, learned *gate.Gate, things []gate.Thing) error {
	var index evaluate.Index
	if err := readJSONFile(filepath.Join(g.drawn, "index.json"), &index); err != nil {
		return err
	}
	methods, by := []string{}, map[string][]gate.Judged{}
	report := g.report(textJudgingDrawn)
	for i, e := range index.Entries {
		at := slices.IndexFunc(things, func(t gate.Thing) bool { return t.Name == e.Subject })
		if at < 0 || e.Row.Name == "real" {
			continue
		}
		judged, err := g.judgeUnit(ctx, judge, learned, things[at], e)
		if err != nil {
			return err
		}
		name := rowName(e.Row)
		if by[name] == nil {
			methods = append(methods, name)
		}
		by[name] = append(by[name], judged)
		report(i+1, len(index.Entries))
	}
	for _, name := range methods {
		kept := slices.DeleteFunc(by[name], func(j gate.Judged) bool { return len(j) == 0 })
		if len(kept) < 2 {
			continue
		}
		d, err := gate.Drawings(name, kept, 0)
		if err != nil {
			return err
		}
		learned.Drawn = append(learned.Drawn, d)
	}
	if len(learned.Drawn) == 0 {
		return g.p.failed(nil, textNothingDrawn, "dir", g.drawn)
	}
	return nil
}

// rowName is a method with its steps and setting.
func rowName(r evaluate.Row) string {
	name := r.Name
	if r.Steps > 0 || r.Setting != "" {
		name += ", " + strconv.Itoa(r.Steps)
	}
	if r.Setting != "" {
		name += " (" + r.Setting + ")"
	}
	return name
}

// judgeUnit judges the pictures of one subject by one method that were kept.
func (g *gating) judgeUnit(ctx context.Context, judge *gate.Judge, learned *gate.Gate, t gate.Thing, e evaluate.Entry) (gate.Judged, error) {
	dir := filepath.Join(g.drawn, filepath.FromSlash(e.Folder))
	var unit unitRecord
	if err := readJSONFile(filepath.Join(dir, "unit.json"), &unit); err != nil {
		return nil, err
	}
	given, err := judge.Look(ctx, t.Given)
	if err != nil {
		return nil, err
	}
	judged := gate.Judged{}
	for _, one := range unit.Pictures {
		if one.File == "" {
			continue
		}
		drawn, err := picture.Open(filepath.Join(dir, one.File))
		if err != nil {
			return nil, err
		}
		values, err := judge.Measure(ctx, gate.View{Picture: drawn, Text: one.Compared, Given: given, Side: learned.Side})
		if err != nil {
			return nil, err
		}
		judged = append(judged, learned.Verdicts(values))
	}
	return judged, nil
}

// readJSONFile reads a file of an evaluation's results.
func readJSONFile(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the evaluation's results: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read the evaluation's results: %s: %w", path, err)
	}
	return nil
}

// drawnLines say how often methods' drawings pass.
func (g *gating) drawnLines(learned *gate.Gate) []string {
	if len(learned.Drawn) == 0 {
		return nil
	}
	p := g.p
	head := []string{p.say(textMethodHead), p.say(textAllHead)}
	for _, name := range gate.Names {
		head = append(head, p.say(checkNames[name]))
	}
	rows := [][]string{head}
	for _, d := range learned.Drawn {
		cells := []string{d.Method, rate(d.All)}
		for _, name := range gate.Names {
			cell := "-"
			if r, known := d.By[name]; known {
				cell = percent(r.Mean)
			}
			cells = append(cells, cell)
		}
		rows = append(rows, cells)
	}
	return append([]string{"", p.say(textDrawnPass)}, append(grid(rows), "")...)
}

var (
	textJudgingDrawn = text{"judging drawings", "描いた画像を判定中"}
	textNothingDrawn = text{"{dir} has no drawings of two subjects or more; evaluate keeps all with --keep-pictures all", "{dir} に、二つ以上の対象を描いた画像がありません。evaluate に --keep-pictures all を付けると、すべての画像が残ります"}
	textDrawnPass    = text{"How many of the evaluation's drawings pass:", "評価で描いた画像が合格する割合:"}
	textMethodHead   = text{"method", "方法"}
	textAllHead      = text{"all checks", "すべての点"}
)
