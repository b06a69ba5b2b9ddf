package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/picture"
)

// exhibit collects what a concept draws as it is being learned.
type exhibit struct {
	p        *program
	sketcher *sketcher
	input    *picture.Picture
	concept  *concept.Concept
	stages   []stage
	// predicted says whether learning began with an encoder's prediction.
	predicted func() bool
}

// stage is the scenes as drawn after some learning steps.
type stage struct {
	step     int
	pictures []*picture.Picture
	// word, if set, is what was drawn in place of the concept; predicted is whether it
	// was as the encoder predicted it.
	word      string
	predicted bool
}

func (s stage) label() (t text, pairs []string) {
	switch {
	case s.word != "":
		return textWordAlone, []string{"word", s.word}
	case s.predicted:
		return textAsPredicted, nil
	case s.step == 0:
		return textBefore, nil
	}
	return textAfter, []string{"step", fmt.Sprint(s.step)}
}

// add draws the scenes with the concept as it stands. A prediction comes after what
// the model draws for the nearest word.
func (e *exhibit) add(ctx context.Context, step int, c *concept.Concept) error {
	predicted := step == 0 && e.predicted()
	if predicted && c.NearestWord != "" {
		pictures, err := e.sketcher.drawAt(ctx, c, new(0.0))
		if err != nil {
			return err
		}
		e.stages = append(e.stages, stage{pictures: pictures, word: c.NearestWord})
	}
	pictures, err := e.sketcher.draw(ctx, c)
	if err != nil {
		return err
	}
	e.stages = append(e.stages, stage{step: step, pictures: pictures, predicted: predicted})
	return nil
}

// sheet lays everything out in one picture.
func (e *exhibit) sheet() (*picture.Picture, error) {
	s := picture.Sheet{
		Title: e.p.say(textExhibit), Note: e.p.say(textSheetNote, "method", e.concept.Method, "model", modelName(e.sketcher.model)),
		Input: &picture.Cell{Picture: e.input, Caption: e.p.say(textInput)},
	}
	for _, v := range e.stages {
		t, pairs := v.label()
		s.Rows = append(s.Rows, e.sketcher.row(e.p.say(t, pairs...), v.pictures))
	}
	return s.Draw()
}

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// pageView is what the page shows; every text is there in both languages and
// the page switches between them.
type pageView struct {
	Lang                      string
	Title, Intro, Input, Next bilingual
	Photo                     template.URL
	Rows                      []pageRow
	Command                   string
}

type bilingual struct{ EN, JA string }

func both(t text, pairs ...string) bilingual {
	return bilingual{t.in(english, pairs...), t.in(japanese, pairs...)}
}

type pageRow struct {
	Label bilingual
	Cells []pageCell
}

type pageCell struct {
	Picture template.URL
	Caption bilingual
	Prompt  string
}

// writePage writes a page that needs no other file and no network.
func (e *exhibit) writePage(path string) error {
	view, err := e.view()
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, view); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeWhole(path, func(w io.Writer) error {
		_, err := page.WriteTo(w)
		return err
	})
}

func (e *exhibit) view() (pageView, error) {
	c := e.concept
	v := pageView{
		Lang: string(e.p.language()), Title: both(textExhibit), Input: both(textInput), Next: both(textTry),
		Intro:   both(textExhibitIntro, "word", c.Placeholder, "method", c.Method, "model", modelName(e.sketcher.model)),
		Command: fmt.Sprintf("ichimai generate \"%s in snow\" --concept %s", c.Placeholder, demoConcept),
	}
	var err error
	if v.Photo, err = dataURI(e.input.Fit(512, 512)); err != nil {
		return v, err
	}
	for _, s := range e.stages {
		t, pairs := s.label()
		row := pageRow{Label: both(t, pairs...)}
		for i, drawn := range s.pictures {
			cell := pageCell{Caption: both(e.sketcher.scenes[i].caption), Prompt: e.sketcher.scenes[i].of(c)}
			if cell.Picture, err = dataURI(drawn); err != nil {
				return v, err
			}
			row.Cells = append(row.Cells, cell)
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

// dataURI is a picture as the address of an <img>.
func dataURI(p *picture.Picture) (template.URL, error) {
	var b bytes.Buffer
	if err := picture.EncodePNG(&b, p, nil); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

var (
	textExhibit      = text{"One picture in, any scene out", "一枚の写真から、好きな場面へ"}
	textExhibitIntro = text{"{word} was learned from this photo ({method}, model {model}). Each row draws the same scenes from the same noise, with what had been learned by then.", "この写真から {word} を覚えました(方法: {method}、モデル: {model})。各行は、その時点までに覚えた内容を使って、同じノイズから同じ場面を描いたものです。"}
	textBefore       = text{"before learning", "学習前"}
	textWordAlone    = text{"the nearest word alone, \"{word}\"", "最も近い単語「{word}」だけ"}
	textAsPredicted  = text{"as the encoder predicts it", "エンコーダーの予測のまま"}
	textAfter        = text{"after {step} steps", "{step} ステップ後"}
	textTry          = text{"Try it yourself:", "試してみるには:"}
)
