package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/tuning"
)

// personalizing is the flags of personalize.
type personalizing struct {
	p           *program
	model       modelFlags
	learn       learnFlags
	name        string
	placeholder string
	out         string
	runDir      string
	prompts     []string
	noSheet     bool
	force       bool
	check       bool
	checker     checker
}

func personalizeCommand(p *program) *cobra.Command {
	z := &personalizing{p: p}
	cmd := p.learning(spec{
		use: "personalize PHOTO...", min: 1, max: tuning.MaxPictures,
		short: text{"Learn a thing from one picture, or a few.", "一枚または数枚の写真から、ものの姿を覚えます。"},
		long: text{
			"Learns a concept from 1 to 20 pictures of one thing and writes it as NAME.safetensors, with a sheet of pictures drawn with it as NAME-sheet.png. Ctrl-C saves where it stands in NAME.run; the same command goes on. The settings file also takes the settings of package tuning (rank, learning_rate ...).",
			"同じものを写した 1〜20 枚の写真からコンセプトを覚え、「名前.safetensors」に書き出します。それを使って描いた見本も「名前-sheet.png」に書き出します。Ctrl-C で止めると途中の状態を「名前.run」に保存し、同じコマンドで続きから再開します。設定ファイルには tuning パッケージの設定(rank、learning_rate など)も書けます。",
		},
		example: text{
			"  ichimai personalize sneaker.jpg --model MODEL --out sneaker.safetensors",
			"  ichimai personalize sneaker.jpg --model MODEL --out sneaker.safetensors",
		},
		run: z.run,
	})
	z.add(flags{p, cmd.Flags()})
	return cmd
}

func (z *personalizing) add(f flags) {
	f.string(&z.name, "name", "", text{"`NAME` of the concept (default: of the first photo)", "コンセプトの `NAME`(既定は最初の写真のファイル名)"})
	f.string(&z.placeholder, "placeholder", "", text{"`WORD` that prompts will use (default: \"<NAME>\")", "プロンプトで使う単語 `WORD`(既定は \"<名前>\")"})
	f.string(&z.out, "out", "", text{"`FILE` to write (default: NAME.safetensors)", "書き出す `FILE`(既定は「名前.safetensors」)"})
	f.string(&z.runDir, "run", "", text{"`FOLDER` that keeps the state while learning (default: beside the output, removed when done)", "学習中の状態を保存する `FOLDER`(既定は出力と同じ場所で、終わると消します)"})
	z.learn.add(f, tuning.Methods()[0])
	f.strings(&z.prompts, "prompt", text{"`PROMPT` for the sheet, with {} where the thing goes; may be repeated", "見本に使う `PROMPT`。ものの名前が入る場所は {} と書きます(複数可)"})
	f.bool(&z.noSheet, "no-sheet", text{"draw no sheet", "見本を描きません"})
	f.bool(&z.force, "force", textForce)
	f.bool(&z.check, "check", text{"draw a few scenes when done, judge them, and say whether the concept is usable", "学習後に見本を何枚か描いて判定し、コンセプトが使えるかどうかを表示します"})
	z.checker.p = z.p
	z.checker.judge.add(f)
	z.model.add(f)
}

func (z *personalizing) run(ctx context.Context, photos []string) error {
	if err := z.complete(photos); err != nil {
		return err
	}
	job, err := readPhotos(photos)
	if err != nil {
		return err
	}
	z.p.withoutCopies(&job)
	m, done, err := z.model.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	job.Model, job.Name, job.Placeholder, job.Dir = m, z.name, z.placeholder, z.runDir
	if job.Settings, err = z.learn.settings(m); err != nil {
		return err
	}
	if z.check {
		if err := z.checker.open(ctx, m); err != nil {
			return err
		}
		defer z.checker.close()
	}
	c, err := z.learn.learn(ctx, job)
	if err != nil {
		return err
	}
	if err := c.Write(z.out); err != nil {
		return err
	}
	if err := z.sheet(ctx, m, c, job.Pictures[0]); err != nil {
		return err
	}
	found, err := z.checked(ctx, m, c, job.Pictures)
	if err != nil {
		return err
	}
	return z.finish(c, found)
}

// checked is what the check finds, nil where none was asked for.
func (z *personalizing) checked(ctx context.Context, m *diffusion.Model, c *concept.Concept, photos []*picture.Picture) (*checked, error) {
	if !z.check {
		return nil, nil
	}
	return z.checker.check(ctx, m, c, photos)
}

// complete fills in names and refuses what could not be written at the end.
func (z *personalizing) complete(photos []string) error {
	if z.name == "" {
		stem, _ := splitExt(filepath.Base(photos[0]))
		z.name = slug(stem)
	}
	if z.placeholder == "" {
		z.placeholder = "<" + slug(z.name) + ">"
	}
	if z.out == "" {
		z.out = slug(z.name) + ".safetensors"
	}
	if _, ext := splitExt(z.out); !strings.EqualFold(ext, ".safetensors") {
		return z.p.wrongUse(textNotSafetensors, "file", z.out)
	}
	if err := errors.Join(z.learn.check(), z.learn.checkPlaceholder(z.placeholder)); err != nil {
		return err
	}
	if !z.check && (z.checker.judge.dir != "" || z.checker.judge.gate != "") {
		return z.p.wrongUse(textJudgeUnused)
	}
	files := []string{z.out}
	if !z.noSheet {
		files = append(files, z.sheetFile())
	}
	if i := slices.IndexFunc(files, func(f string) bool { return slices.Contains(photos, f) }); i >= 0 {
		return z.p.wrongUse(textIsInput, "file", files[i])
	}
	if err := z.p.notTaken(z.force, files...); err != nil {
		return err
	}
	if err := makeParent(z.out); err != nil {
		return err
	}
	z.p.goOn = z.p.say(textGoOn)
	return z.chooseRun()
}

func (z *personalizing) stem() string {
	stem, _ := splitExt(z.out)
	return stem
}

func (z *personalizing) sheetFile() string { return z.stem() + "-sheet.png" }

// chooseRun names the run's folder. A folder of that name that no run made is
// left alone, because ours is removed in the end.
func (z *personalizing) chooseRun() error {
	if z.runDir != "" {
		return nil
	}
	entries, err := os.ReadDir(z.defaultRun())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(z.defaultRun(), tuning.StateFile)); err != nil {
			return z.p.wrongUse(textForeignRun, "dir", z.defaultRun())
		}
	}
	z.runDir = z.defaultRun()
	return nil
}

func (z *personalizing) defaultRun() string { return z.stem() + ".run" }

// sheet draws what the concept looks like now.
func (z *personalizing) sheet(ctx context.Context, m *diffusion.Model, c *concept.Concept, input *picture.Picture) error {
	if z.noSheet {
		return nil
	}
	list := scenes
	if len(z.prompts) > 0 {
		list = ownScenes(z.prompts)
	}
	s := z.p.newSketcher(m, list)
	pictures, err := s.draw(ctx, c)
	if err != nil {
		return err
	}
	sheet := picture.Sheet{
		Title: c.Placeholder, Note: z.p.say(textSheetNote, "method", c.Method, "model", modelName(m)),
		Input: &picture.Cell{Picture: input, Caption: z.p.say(textInput)},
		Rows:  []picture.Row{s.row("", pictures)},
	}
	drawn, err := sheet.Draw()
	if err != nil {
		return err
	}
	return picture.WriteFile(z.sheetFile(), drawn, sheetMetadata(provenance.SourceComposite))
}

func (z *personalizing) finish(c *concept.Concept, found *checked) error {
	if z.runDir == z.defaultRun() {
		if err := os.RemoveAll(z.runDir); err != nil {
			return err
		}
	}
	result := map[string]any{"file": z.out, "concept": summarise(c)}
	lines := []string{z.p.say(textLearned, "word", c.InPrompts(c.ClassWord), "path", z.out)}
	if c.NearestWord != "" {
		lines = append(lines, z.p.say(textNearest, "word", c.NearestWord))
	}
	if !z.noSheet {
		result["sheet"] = z.sheetFile()
		lines = append(lines, z.p.say(textSheetIn, "path", z.sheetFile()))
	}
	if found != nil {
		result["check"] = found
		lines = append(lines, z.checker.lines(found)...)
	}
	return z.p.result(result, append(lines, z.p.say(textNext, "word", c.InPrompts(c.ClassWord), "flags", z.nextFlags()))...)
}

// nextFlags are the flags with which generate uses the concept.
func (z *personalizing) nextFlags() string {
	if z.model.dir == "" {
		return "--concept " + z.out
	}
	return "--model " + z.model.dir + " --concept " + z.out
}

// readPhotos opens pictures of the subject and notes where they are from.
func readPhotos(files []string) (tuning.Job, error) {
	var job tuning.Job
	for _, file := range files {
		photo, err := picture.Open(file)
		if err != nil {
			return job, err
		}
		sum, err := picture.HashFile(file)
		if err != nil {
			return job, err
		}
		job.Pictures = append(job.Pictures, photo)
		job.Sources = append(job.Sources, concept.Source{Name: filepath.Base(file), SHA256: sum})
	}
	return job, nil
}

// withoutCopies takes out pictures that show nothing else than one before them, so
// that none counts twice, and says so.
func (p *program) withoutCopies(job *tuning.Job) {
	var pictures []*picture.Picture
	var sources []concept.Source
	for i, one := range job.Pictures {
		same := func(other *picture.Picture) bool {
			return one.Width == other.Width && one.Height == other.Height && bytes.Equal(one.Pix, other.Pix)
		}
		if at := slices.IndexFunc(pictures, same); at >= 0 {
			p.note(textCopy, "copy", job.Sources[i].Name, "file", sources[at].Name)
			continue
		}
		pictures, sources = append(pictures, one), append(sources, job.Sources[i])
	}
	job.Pictures, job.Sources = pictures, sources
}

var (
	textCopy           = text{"{copy} is the same picture as {file} and is left out", "{copy} は {file} と同じ画像なので、使いません"}
	textNotSafetensors = text{"--out: {file} must end in .safetensors", "--out: {file} の拡張子は .safetensors にしてください"}
	textIsInput        = text{"{file} is one of the photos; choose another --out", "{file} は元の写真です。--out で別の名前を指定してください"}
	textForeignRun     = text{"{dir} is there and holds something else; choose another folder with --run", "{dir} にはほかのファイルが入っています。--run で別のフォルダーを指定してください"}
	textJudgeUnused    = text{"--judge and --gate are for --check", "--judge と --gate は --check と一緒に使います"}
	textInput          = text{"input", "元の写真"}
	textSheetNote      = text{"{method} on {model}", "{method}({model})"}
	textLearned        = text{"Learned {word}: {path}", "{word} を覚えました: {path}"}
	textNearest        = text{"The nearest word is \"{word}\".", "最も近い単語は「{word}」です。"}
	textSheetIn        = text{"Pictures drawn with it: {path}", "描いた見本: {path}"}
	textNext           = text{"Next: ichimai generate \"{word} in snow\" {flags}", "次に試すこと: ichimai generate \"{word} in snow\" {flags}"}
)
