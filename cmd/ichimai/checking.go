package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// checkScenes are what a concept is checked in, fixed so that concepts can be compared.
var checkScenes = ownScenes([]string{"a photo of {}", "{} in snow", "{} on a plain green background"})

// checkSeeds are those of each scene.
var checkSeeds = []uint64{1, 2}

// What a check finds of a concept.
const (
	conceptUsable    = "usable"
	conceptWeak      = "weak"
	conceptNotUsable = "not usable"
	conceptUnknown   = "unknown" // there is nothing to judge by
)

// From these shares of passed drawings a concept is usable, or weak.
const (
	leastUsable = 2.0 / 3
	leastWeak   = 1.0 / 3
)

// checked is what was found of a concept.
type checked struct {
	Outcome  string         `json:"outcome"`
	Pictures int            `json:"pictures"`
	Passed   int            `json:"passed"`
	Refused  map[string]int `json:"refused"`          // pictures, by check
	Doubtful map[string]int `json:"doubtful"`         // those beyond a threshold that only warns
	Why      string         `json:"why,omitempty"`    // the check that refused most
	Message  string         `json:"message"`          // in the user's language
	Advice   string         `json:"advice,omitempty"` // what to do
	Judge    string         `json:"judge,omitempty"`  // its folder
	Gate     string         `json:"gate,omitempty"`   // its file
}

// checker checks a concept that was just learned.
type checker struct {
	p     *program
	judge judgeFlags
	by    *judging
}

// open opens what there is to judge by, before anything is learned.
func (k *checker) open(ctx context.Context, m *diffusion.Model) (err error) {
	dir, err := k.judge.folder(ctx, strings.HasPrefix(m.Name, demo.FolderPrefix))
	if err != nil && !errors.Is(err, demo.ErrNoJudge) {
		return err
	}
	k.by, err = k.judge.open(ctx, dir, func() (*engine.Engine, error) { return m.Engine, nil })
	return err
}

func (k *checker) close() {
	if k.by != nil {
		k.by.close()
	}
}

// check draws the scenes with a concept and judges them. That there is nothing to judge
// by is no error.
func (k *checker) check(ctx context.Context, m *diffusion.Model, c *concept.Concept, photos []*picture.Picture) (*checked, error) {
	found := &checked{Outcome: conceptUnknown, Message: k.p.say(textNothingToJudge)}
	if k.by.gate != nil {
		verdicts, err := k.draw(ctx, m, c, photos)
		if err != nil {
			return nil, err
		}
		found = k.sum(verdicts)
	}
	found.Judge, found.Gate = k.by.dir, k.by.file
	return found, nil
}

// draw draws every scene from every seed and judges the drawings.
func (k *checker) draw(ctx context.Context, m *diffusion.Model, c *concept.Concept, photos []*picture.Picture) ([][]gate.Verdict, error) {
	b := k.by
	given, err := b.judge.Look(ctx, photos)
	if err != nil {
		return nil, err
	}
	s := k.p.newSketcher(m, checkScenes)
	word := firstWord(c.ClassWord, c.NearestWord, c.InitWord)
	var all [][]gate.Verdict
	for _, s.seed = range checkSeeds {
		pictures, err := s.draw(ctx, c)
		if err != nil {
			return nil, err
		}
		for i, drawn := range pictures {
			text := strings.ReplaceAll(checkScenes[i].prompt, "{}", word)
			values, err := b.judge.Measure(ctx, gate.View{Picture: drawn, Text: text, Given: given, Side: b.side()})
			if err != nil {
				return nil, err
			}
			all = append(all, b.gate.Verdicts(values))
		}
	}
	return all, nil
}

// sum is what the verdicts of all drawings come to.
func (k *checker) sum(all [][]gate.Verdict) *checked {
	found := &checked{Pictures: len(all), Refused: map[string]int{}, Doubtful: map[string]int{}}
	able := false // some check that refuses has looked
	for _, verdicts := range all {
		if !gate.Refuses(verdicts) {
			found.Passed++
		}
		for _, v := range verdicts {
			switch v.Outcome {
			case gate.Refused:
				found.Refused[v.Check]++
			case gate.Doubtful:
				found.Doubtful[v.Check]++
			}
			able = able || v.Outcome == gate.Refused || v.Outcome == gate.Passed
		}
	}
	if !able {
		found.Outcome, found.Message = conceptUnknown, k.p.say(textNothingToJudge)
		return found
	}
	k.conclude(found)
	return found
}

// conclude says what a person wants to know.
func (k *checker) conclude(found *checked) {
	for _, name := range gate.Names {
		if found.Refused[name] > found.Refused[found.Why] {
			found.Why = name
		}
	}
	share := float64(found.Passed) / float64(found.Pictures)
	t := textUsable
	found.Outcome = conceptUsable
	switch {
	case share < leastWeak:
		found.Outcome, t = conceptNotUsable, textNotUsable
	case share < leastUsable:
		found.Outcome, t = conceptWeak, textWeak
	}
	found.Message = k.p.say(t, "passed", strconv.Itoa(found.Passed), "count", strconv.Itoa(found.Pictures))
	if found.Outcome != conceptUsable {
		found.Advice = k.p.say(advice[found.Why])
	}
}

// lines are what was found for people.
func (k *checker) lines(found *checked) []string {
	p := k.p
	lines := []string{p.say(textChecked, "message", found.Message)}
	for _, name := range gate.Names {
		if n := found.Refused[name]; n > 0 {
			lines = append(lines, p.say(textRefusedOf, "check", p.say(checkNames[name]), "count", strconv.Itoa(n), "of", strconv.Itoa(found.Pictures)))
		}
		if n := found.Doubtful[name]; n > 0 {
			lines = append(lines, p.say(textDoubtfulOf, "check", p.say(checkNames[name]), "count", strconv.Itoa(n), "of", strconv.Itoa(found.Pictures)))
		}
	}
	if found.Advice != "" {
		lines = append(lines, "  "+found.Advice)
	}
	return lines
}

// advice is what to do about a check that refuses.
var advice = map[string]text{
	gate.Subject: {
		"The drawings do not look like the photo. Try a photo that shows the thing larger, on a plain ground; give two or three more photos from other sides; or learn for more steps (--steps).",
		"描いた画像が元の写真に似ていません。ものが大きく写った、背景の無地に近い写真を使うか、別の角度の写真を二、三枚追加するか、ステップ数(--steps)を増やしてください。",
	},
	gate.Prompt: {
		"The drawings do not do what the prompts ask: the concept has learned the photo's scene. Try photos on other grounds, fewer steps (--steps), or draw with a smaller --fidelity.",
		"描いた画像がプロンプトの内容と合っていません。写真の背景まで覚えた可能性があります。背景の違う写真を追加するか、ステップ数(--steps)を減らすか、描くときの --fidelity を小さくしてください。",
	},
	gate.Sharpness: {
		"The drawings are blurred. Try a sharper, larger photo, or learn for more steps (--steps).",
		"描いた画像がぼけています。よりはっきり大きく写った写真を使うか、ステップ数(--steps)を増やしてください。",
	},
	gate.Copying: {
		"The drawings copy the photo. Try more photos, on other grounds, or fewer steps (--steps).",
		"描いた画像が元の写真の複製になっています。背景の違う写真を追加するか、ステップ数(--steps)を減らしてください。",
	},
}

var (
	textChecked        = text{"Check: {message}", "判定: {message}"}
	textUsable         = text{"usable; {passed} of {count} drawings pass.", "使えます。見本 {count} 枚のうち {passed} 枚が合格しました。"}
	textWeak           = text{"weak; only {passed} of {count} drawings pass.", "不安定です。見本 {count} 枚のうち合格は {passed} 枚だけでした。"}
	textNotUsable      = text{"not usable; {passed} of {count} drawings pass.", "このままでは使えません。見本 {count} 枚のうち合格は {passed} 枚でした。"}
	textRefusedOf      = text{"  {check}: {count} of {of} refused", "  {check}: {of} 枚のうち {count} 枚が不合格"}
	textDoubtfulOf     = text{"  {check}: {count} of {of} beyond the threshold (a warning only)", "  {check}: {of} 枚のうち {count} 枚がしきい値外(警告のみ)"}
	textNothingToJudge = text{
		"unknown; there is nothing to judge by. Name a judge with thresholds: --judge FOLDER (`ichimai gate` makes them).",
		"判定できません。判定用のモデルとしきい値がありません。--judge でフォルダーを指定してください(しきい値は「ichimai gate」で作れます)。",
	}
)
