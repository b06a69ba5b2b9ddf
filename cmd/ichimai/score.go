package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// scoring is the flags of score.
type scoring struct {
	p      *program
	judge  judgeFlags
	device deviceFlags
	given  []string
	prompt string
	class  string
}

func scoreCommand(p *program) *cobra.Command {
	s := &scoring{p: p}
	cmd := p.command(spec{
		use: "score PICTURE...", min: 1, max: -1,
		short: text{"Say whether drawn pictures are good enough to show.", "描いた画像が人に見せられる出来かどうかを判定します。"},
		long: text{
			"Checks four things of each picture: whether it shows the given subject, whether it shows what the prompt asks, whether it is sharp, and whether it is a copy of a given photo. The prompt is read from the picture where generate wrote it. Without thresholds (gate.json; `ichimai gate` makes one) the values are shown alone. The exit status is 1 when a check refuses a picture.",
			"画像ごとに四つの点を調べます。元の写真と同じものが写っているか、プロンプトのとおりか、ぼけていないか、元の写真の複製になっていないか、の四つです。プロンプトは、generate が画像に書き込んだものを読み取ります。しきい値(gate.json。「ichimai gate」で作れます)がないときは、値だけを表示します。不合格の画像があるときの終了コードは 1 です。",
		},
		example: text{
			"  ichimai score beach.png --given sneaker.jpg\n  ichimai score *.png --given sneaker.jpg --class shoe --judge JUDGE --json",
			"  ichimai score beach.png --given sneaker.jpg\n  ichimai score *.png --given sneaker.jpg --class 靴 --judge JUDGE --json",
		},
		run: s.run,
	})
	f := flags{p, cmd.Flags()}
	f.strings(&s.given, "given", text{"`PHOTO` that the subject was learned from; may be repeated", "ものを覚えるのに使った写真 `PHOTO`(複数可)"})
	f.string(&s.prompt, "prompt", "", text{"`TEXT` that the pictures were to show (default: read from each picture)", "描かせたプロンプト `TEXT`(既定は画像から読み取ります)"})
	f.string(&s.class, "class", "", text{"`WORD` for the kind of thing, which takes the place of {} or of a word such as <sneaker> (default: the nearest word that the picture records)", "ものの種類を表す `WORD`。プロンプトの {} や <sneaker> のような単語を置き換えます(既定は画像に記録された最も近い単語)"})
	s.judge.add(f)
	s.device.add(f)
	return cmd
}

// scored is what was found of one picture.
type scored struct {
	File string `json:"file"`
	// Prompt is what was to be drawn, Text the words that it was compared with.
	Prompt   string         `json:"prompt,omitempty"`
	Text     string         `json:"text,omitempty"`
	Refused  bool           `json:"refused"`
	Verdicts []gate.Verdict `json:"checks"`

	picture *picture.Picture
	ofDemo  bool
}

// refusedError says that pictures do not pass.
type refusedError struct{ refused, of int }

func (e *refusedError) Error() string {
	return fmt.Sprintf("%d of %d pictures are refused", e.refused, e.of)
}

func (s *scoring) run(ctx context.Context, files []string) error {
	if len(s.given) == 0 {
		return s.p.wrongUse(textNeedsGiven)
	}
	if err := s.device.check(); err != nil {
		return err
	}
	given, err := openPictures(s.given)
	if err != nil {
		return err
	}
	list, err := s.read(files)
	if err != nil {
		return err
	}
	dir, err := s.judge.folder(ctx, allOfDemo(list))
	if err != nil {
		return err
	}
	var device *engine.Engine
	b, err := s.judge.open(ctx, dir, func() (*engine.Engine, error) {
		device, err = s.device.open(ctx)
		return device, err
	})
	if device != nil {
		defer device.Close()
	}
	if err != nil {
		return err
	}
	defer b.close()
	if err := s.score(ctx, b, given, list); err != nil {
		return err
	}
	return s.finish(b, list)
}

func openPictures(files []string) ([]*picture.Picture, error) {
	var list []*picture.Picture
	for _, file := range files {
		one, err := picture.Open(file)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// read opens the pictures and what they say of their prompts.
func (s *scoring) read(files []string) ([]scored, error) {
	var list []scored
	for _, file := range files {
		opened, err := picture.Open(file)
		if err != nil {
			return nil, err
		}
		found := scored{File: file, Prompt: s.prompt, picture: opened}
		record, known := readRecord(file)
		if found.Prompt == "" {
			found.Prompt = record.Prompt
		}
		found.ofDemo = known && strings.HasPrefix(record.Model.Name, demo.FolderPrefix)
		found.Text = s.plain(found.Prompt, record.Concepts)
		list = append(list, found)
	}
	return list, nil
}

// readRecord is what generate wrote into a file; false where there is nothing of it.
func readRecord(file string) (record diffusion.Record, known bool) {
	data, err := readBounded(file)
	if err != nil {
		return record, false
	}
	metadata, err := picture.ReadPNGMetadata(bytes.NewReader(data))
	if err != nil { // no PNG
		return record, false
	}
	err = json.Unmarshal([]byte(metadata[diffusion.MetadataOwn]), &record)
	return record, err == nil
}

func allOfDemo(list []scored) bool {
	for _, s := range list {
		if !s.ofDemo {
			return false
		}
	}
	return true
}

// someWord stands for a thing of which nobody says what it is.
const someWord = "thing"

// placeholder is a word such as <sneaker>, or {}.
var placeholder = regexp.MustCompile(`<[^<>\s]+>|\{\}`)

// plain is a prompt in words that CLIP knows.
func (s *scoring) plain(prompt string, concepts []diffusion.RecordConcept) string {
	for _, c := range concepts {
		if c.Placeholder != "" {
			prompt = strings.ReplaceAll(prompt, c.Placeholder, firstWord(s.class, c.NearestWord))
		}
	}
	return placeholder.ReplaceAllLiteralString(prompt, firstWord(s.class))
}

// firstWord is the first of words that says something.
func firstWord(words ...string) string {
	for _, w := range words {
		if w = strings.TrimSpace(w); w != "" {
			return w
		}
	}
	return someWord
}

// score measures and judges all pictures.
func (s *scoring) score(ctx context.Context, b *judging, given []*picture.Picture, list []scored) error {
	looked, err := b.judge.Look(ctx, given)
	if err != nil {
		return err
	}
	for i := range list {
		v := &list[i]
		values, err := b.judge.Measure(ctx, gate.View{Picture: v.picture, Text: v.Text, Given: looked, Side: b.side()})
		if err != nil {
			return fmt.Errorf("%s: %w", v.File, err)
		}
		v.Verdicts = b.gate.Verdicts(values)
		v.Refused = gate.Refuses(v.Verdicts)
		s.p.report.update(progress{task: "score", title: s.p.say(textScoring), done: int64(i + 1), total: int64(len(list))})
	}
	return nil
}

func (s *scoring) finish(b *judging, list []scored) error {
	refused := 0
	var lines []string
	for i, v := range list {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, s.p.scoredLines(v, b)...)
		if v.Refused {
			refused++
		}
	}
	lines = append(lines, s.p.judgingLines(b)...)
	result := map[string]any{"pictures": list, "refused": refused, "judge": b.dir, "gate": b.file}
	if err := s.p.result(result, lines...); err != nil {
		return err
	}
	if refused > 0 {
		return s.p.failed(&refusedError{refused, len(list)}, textRefused, "refused", strconv.Itoa(refused), "count", strconv.Itoa(len(list)))
	}
	return nil
}

// isRefused says whether an error is that pictures do not pass.
func isRefused(err error) bool {
	var e *refusedError
	return errors.As(err, &e)
}

var (
	textNeedsGiven = text{"--given is missing: the photo that the subject was learned from", "--given がありません。ものを覚えるのに使った写真を指定してください"}
	textScoring    = text{"judging", "判定中"}
	textRefused    = text{"{refused} of {count} pictures are refused.", "{count} 枚のうち {refused} 枚が不合格です。"}
)
