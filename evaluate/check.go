package evaluate

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/tuning"
)

// check looks at everything that needs no model.
func (p *Protocol) check() error {
	for _, part := range []func() error{p.checkSampling, p.checkPrompts, p.checkSubjects, p.checkMethods, p.checkSweep, p.checkScorers} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Protocol) checkSampling() error {
	if len(p.Seeds) == 0 {
		return p.wrong(at("seeds"), textMissing)
	}
	for i, seed := range p.Seeds {
		if slices.Contains(p.Seeds[:i], seed) {
			return p.wrong(at("seeds", i), textTwice, "value", fmt.Sprint(seed))
		}
	}
	s := &p.Sampling
	if s.Steps == 0 {
		s.Steps = diffusion.DefaultSteps
	}
	if s.Guidance == 0 {
		s.Guidance = diffusion.DefaultGuidanceScale
	}
	switch {
	case s.Steps < 1 || s.Steps > 1000:
		return p.wrong(at("sampling", "steps"), textRange, "value", fmt.Sprint(s.Steps), "low", "1", "high", "1000")
	case !(s.Guidance >= 1 && s.Guidance <= 100):
		return p.wrong(at("sampling", "guidance"), textRange, "value", fmt.Sprint(s.Guidance), "low", "1", "high", "100")
	case s.Sampler != "" && !slices.Contains(sampler.Names(), s.Sampler):
		return p.wrong(at("sampling", "sampler"), textUnknownName, "value", s.Sampler, "known", strings.Join(sampler.Names(), ", "))
	}
	return nil
}

// name is what ids and names of files are made of.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

func (p *Protocol) checkPrompts() error {
	if len(p.Prompts) == 0 {
		return p.wrong(at("prompts"), textMissing)
	}
	seen := map[string]bool{}
	for i, q := range p.Prompts {
		switch {
		case !name.MatchString(q.ID):
			return p.wrong(at("prompts", i, "id"), textBadID, "value", q.ID)
		case seen[q.ID]:
			return p.wrong(at("prompts", i, "id"), textTwice, "value", q.ID)
		case !slices.Contains(Kinds, q.Kind):
			return p.wrong(at("prompts", i, "kind"), textUnknownName, "value", q.Kind, "known", strings.Join(Kinds, ", "))
		case q.Lang != English && q.Lang != Japanese:
			return p.wrong(at("prompts", i, "lang"), textUnknownName, "value", q.Lang, "known", "en, ja")
		case strings.Count(q.Text, subjectMark) == 0:
			return p.wrong(at("prompts", i, "text"), textNoBraces, "value", q.Text)
		}
		seen[q.ID] = true
	}
	return nil
}

// subjectMark is where the subject goes in a prompt.
const subjectMark = "{}"

func (p *Protocol) checkMethods() error {
	if len(p.Methods) == 0 {
		return p.wrong(at("methods"), textMissing)
	}
	seen := map[string]bool{}
	for i, m := range p.Methods {
		switch {
		case strings.TrimSpace(m.Name) == "":
			return p.wrong(at("methods", i, "name"), textMissing)
		case seen[m.Name] || m.Name == nameBase || m.Name == nameReal:
			return p.wrong(at("methods", i, "name"), textTwice, "value", m.Name)
		case !slices.Contains(tuning.Methods(), m.Method):
			return p.wrong(at("methods", i, "method"), textUnknownName, "value", m.Method, "known", strings.Join(tuning.Methods(), ", "))
		}
		seen[m.Name] = true
		if err := p.checkMethod(i, m); err != nil {
			return err
		}
	}
	if p.Reference != "" && !seen[p.Reference] {
		return p.wrong(at("reference"), textNoSuch, "value", p.Reference, "list", "methods")
	}
	return nil
}

func (p *Protocol) checkMethod(i int, m Method) error {
	if len(m.Steps) == 0 {
		return p.wrong(at("methods", i, "steps"), textMissing)
	}
	for _, list := range []struct {
		key   string
		steps []int
	}{{"steps", m.Steps}, {"report_steps", m.ReportSteps}} {
		for j, n := range list.steps {
			if n < 0 || n > 1_000_000 {
				return p.wrong(at("methods", i, list.key, j), textRange, "value", fmt.Sprint(n), "low", "0", "high", "1000000")
			}
			if slices.Contains(list.steps[:j], n) {
				return p.wrong(at("methods", i, list.key, j), textTwice, "value", fmt.Sprint(n))
			}
		}
	}
	if m.Method != encoderMethod && slices.Max(slices.Concat(m.Steps, m.ReportSteps)) == 0 {
		return p.wrong(at("methods", i, "steps"), textStepsZero)
	}
	if m.Encoder != "" {
		if m.Method != encoderMethod {
			return p.wrong(at("methods", i, "encoder"), textEncoderUnused, "method", m.Method)
		}
		if err := p.checkFolder(at("methods", i, "encoder"), p.Folder(m.Encoder)); err != nil {
			return err
		}
	}
	if m.ClassWord && m.Method != encoderMethod {
		return p.wrong(at("methods", i, "class_word"), textClassWordUnused, "method", m.Method)
	}
	return p.checkSettings(i, m)
}

// checkSettings tries all settings of a method over its defaults.
func (p *Protocol) checkSettings(i int, m Method) error {
	defaults, err := tuning.Defaults(m.Method, true)
	if err != nil {
		return err
	}
	try := func(place []any, key string, values ...setValue) error {
		if key == "steps" || key == "preview_every" || key == "save_every" {
			return p.wrong(place, textStepsInSet, "key", key)
		}
		s := defaults
		if err := applySettings(&s, values...); err != nil {
			return p.wrong(place, textBadSetting, "error", err.Error())
		}
		return nil
	}
	for _, key := range sortedKeys(m.Set) {
		if err := try(at("methods", i, "set", key), key, setValue{key, m.Set[key]}); err != nil {
			return err
		}
	}
	for _, key := range sortedKeys(m.Sweep) {
		place := at("methods", i, "sweep", key)
		if _, both := m.Set[key]; both {
			return p.wrong(place, textSetAndSwept, "key", key)
		}
		if len(m.Sweep[key]) == 0 {
			return p.wrong(place, textMissing)
		}
		for _, node := range m.Sweep[key] {
			if err := try(place, key, setValue{key, node}); err != nil {
				return err
			}
		}
	}
	for _, c := range m.candidates() {
		s := defaults
		if err := c.apply(&s); err != nil {
			return p.wrong(at("methods", i), textBadSetting, "error", err.Error())
		}
		if err := s.Validate(); err != nil {
			return p.wrong(at("methods", i), textBadSetting, "error", err.Error())
		}
	}
	return nil
}

func (p *Protocol) checkSweep() error {
	s := p.Sweep
	if s.Subjects < 0 || s.Seeds < 0 || s.Seeds > len(p.Seeds) {
		return p.wrong(at("sweep"), textSweepRange, "seeds", fmt.Sprint(len(p.Seeds)))
	}
	for i, id := range s.Prompts {
		if _, known := p.prompt(id); !known {
			return p.wrong(at("sweep", "prompts", i), textNoSuch, "value", id, "list", "prompts")
		}
		if slices.Contains(s.Prompts[:i], id) {
			return p.wrong(at("sweep", "prompts", i), textTwice, "value", id)
		}
	}
	return nil
}

func (p *Protocol) checkScorers() error {
	if len(p.Scorers) == 0 {
		return p.wrong(at("scorers"), textMissing)
	}
	own := 0
	for i, s := range p.Scorers {
		switch {
		case !name.MatchString(s.Name):
			return p.wrong(at("scorers", i, "name"), textBadID, "value", s.Name)
		case slices.ContainsFunc(p.Scorers[:i], func(o ScorerFolder) bool { return o.Name == s.Name }):
			return p.wrong(at("scorers", i, "name"), textTwice, "value", s.Name)
		case s.CLIP == "":
			return p.wrong(at("scorers", i, "clip"), textMissing)
		}
		if s.Own {
			own++
		}
	}
	if own == len(p.Scorers) {
		return p.wrong(at("scorers"), textOnlyOwn)
	}
	return nil
}

// CheckScorers finds the scorers' folders, from the file or the model's folder.
func (p *Protocol) CheckScorers(model string) error {
	for i, s := range p.Scorers {
		for _, f := range []struct{ key, name string }{{"clip", s.CLIP}, {"dino", s.DINO}} {
			if f.name == "" {
				continue
			}
			if err := p.checkFolder(at("scorers", i, f.key), p.scorerFolder(f.name, model)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFolder says so where a folder is not there.
func (p *Protocol) checkFolder(place []any, dir string) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return p.wrong(place, textNoFolder, "dir", dir)
	}
	return nil
}

var (
	textMissing         = text{"this is missing or empty", "指定がないか、空です"}
	textTwice           = text{"{value} is there twice, or is a name with a meaning of its own", "{value} が二度書かれているか、予約された名前です"}
	textRange           = text{"{value} is not between {low} and {high}", "{value} は {low} から {high} までの値ではありません"}
	textUnknownName     = text{"\"{value}\" is not known; choose one of {known}", "「{value}」は使えません。{known} から指定してください"}
	textBadID           = text{"\"{value}\" cannot be used in names of files; use letters, digits, - and _", "「{value}」はファイル名に使えません。英数字と - と _ で書いてください"}
	textNoBraces        = text{"\"{value}\" does not say where the subject goes; write {} there", "「{value}」に、ものの名前が入る場所がありません。その場所に {} と書いてください"}
	textNoSuch          = text{"\"{value}\" is not among {list}", "「{value}」は {list} にありません"}
	textStepsZero       = text{"a prediction without steps is for the method encoder; give a number of steps", "ステップ数 0 だけの指定は encoder 用です。ステップ数を指定してください"}
	textClassWordUnused = text{"{method} is told the class anyway; the key is for the method encoder", "{method} には常に種類を伝えます。このキーは encoder 用です"}
	textEncoderUnused   = text{"{method} uses no encoder", "{method} ではエンコーダーを使いません"}
	textBadSetting      = text{"{error}", "設定が正しくありません: {error}"}
	textStepsInSet      = text{"{key} is not set here: the list steps says how long is learned", "{key} はここでは指定できません。学習の長さは steps の一覧で指定してください"}
	textSetAndSwept     = text{"{key} is in set and in sweep", "{key} が set と sweep の両方にあります"}
	textSweepRange      = text{"subjects must not be negative, and seeds are 0 to {seeds}", "subjects は 0 以上、seeds は 0 から {seeds} で指定してください"}
	textOnlyOwn         = text{"the generator's own CLIP is never the only judge; add a scorer that was trained apart", "画像を生成するモデル自身の CLIP だけでは判定できません。別に学習した scorer を加えてください"}
	textNoFolder        = text{"there is no folder {dir}", "{dir} というフォルダーがありません"}
)
