package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
)

func conceptCommand(p *program) *cobra.Command {
	return p.group(spec{
		use:   "concept",
		short: text{"Show, export and import what was learned.", "覚えた内容(コンセプト)を表示・書き出し・取り込みします。"},
		long: text{
			"A concept is one .safetensors file: what was learned of one subject, on which model, from which pictures.",
			"コンセプトは一つの .safetensors ファイルで、何を、どのモデルで、どの写真から覚えたかが入っています。",
		},
		example: text{"  ichimai concept show sneaker.safetensors", "  ichimai concept show sneaker.safetensors"},
	}, conceptShow, conceptExport, conceptImport)
}

func conceptShow(p *program) *cobra.Command {
	return p.command(spec{
		use: "show FILE", min: 1, max: 1,
		short:   text{"Show what a concept holds.", "コンセプトの内容を表示します。"},
		long:    text{"Shows a concept's word, how and from what it was learned, and on which model.", "コンセプトを呼び出す単語、学習の方法と元の写真、使ったモデルを表示します。"},
		example: text{"  ichimai concept show sneaker.safetensors --json", "  ichimai concept show sneaker.safetensors --json"},
		run: func(_ context.Context, args []string) error {
			c, err := concept.Read(args[0])
			if err != nil {
				return err
			}
			return p.result(summarise(c), p.conceptTable(c)...)
		},
	})
}

func conceptExport(p *program) *cobra.Command {
	var out, format string
	cmd := p.command(spec{
		use: "export FILE", min: 1, max: 1,
		short: text{"Write a concept for other programs.", "コンセプトをほかのプログラム用に書き出します。"},
		long: text{
			"Writes a concept's LoRA and embedding in the format of diffusers, or of kohya's scripts, which A1111 and ComfyUI read. Files of the same names in the folder are replaced.",
			"コンセプトの LoRA と埋め込みを、diffusers の形式、または kohya のスクリプトの形式(A1111 や ComfyUI で使えます)で書き出します。フォルダーに同じ名前のファイルがあれば置き換えます。",
		},
		example: text{"  ichimai concept export sneaker.safetensors --format kohya --out exported", "  ichimai concept export sneaker.safetensors --format kohya --out exported"},
		run: func(_ context.Context, args []string) error {
			if format != "diffusers" && format != "kohya" {
				return p.wrongUse(textBadFormat, "value", format)
			}
			c, err := concept.Read(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = c.FileName() + "-" + format
			}
			return p.export(c, format, out)
		},
	})
	f := flags{p, cmd.Flags()}
	f.string(&format, "format", "diffusers", text{"`diffusers|kohya`", "`diffusers|kohya`"})
	f.string(&out, "out", "", text{"`FOLDER` to write to (default: NAME-FORMAT)", "書き出し先の `FOLDER`(既定は「名前-形式」)"})
	return cmd
}

func (p *program) export(c *concept.Concept, format, out string) error {
	write := c.ExportDiffusers
	if format == "kohya" {
		write = c.ExportKohya
	}
	made, err := write(out)
	if err != nil {
		return err
	}
	for _, n := range made.Notes {
		p.report.note(n)
	}
	return p.result(map[string]any{"files": made.Files, "notes": made.Notes}, made.Files...)
}

func conceptImport(p *program) *cobra.Command {
	var device deviceFlags
	var opts concept.ImportOptions
	var out, modelDir string
	var force bool
	cmd := p.command(spec{
		use: "import FILE|FOLDER", min: 1, max: 1,
		short: text{"Make a concept of another program's LoRA or embedding.", "ほかのプログラムの LoRA や埋め込みからコンセプトを作ります。"},
		long: text{
			"Reads a LoRA or a textual-inversion embedding (.safetensors), or a folder with one of each, and writes a concept. Pickled files (.pt, .bin) are refused with the way to convert them.",
			"LoRA または埋め込み(textual inversion)の .safetensors ファイル、あるいはその両方が入ったフォルダーを読み、コンセプトとして書き出します。pickle 形式(.pt、.bin)は読まず、変換方法をお知らせします。",
		},
		example: text{"  ichimai concept import lora.safetensors --model MODEL --placeholder \"<hat>\" --out hat.safetensors", "  ichimai concept import lora.safetensors --model MODEL --placeholder \"<hat>\" --out hat.safetensors"},
		run: func(ctx context.Context, args []string) error {
			if out == "" {
				stem, _ := splitExt(filepath.Base(filepath.Clean(args[0])))
				out = stem + "-concept.safetensors"
			}
			if err := p.notTaken(force, out); err != nil {
				return err
			}
			if modelDir != "" {
				modules, err := modulesOf(ctx, modelDir, &device)
				if err != nil {
					return err
				}
				opts.Modules = modules
			}
			c, err := concept.Import(args[0], opts)
			if err != nil {
				return err
			}
			if err := makeParent(out); err != nil {
				return err
			}
			if err := c.Write(out); err != nil {
				return err
			}
			return p.result(map[string]any{"file": out, "concept": summarise(c)}, p.say(textWrote, "path", out))
		},
	})
	f := flags{p, cmd.Flags()}
	f.string(&modelDir, "model", "", text{"model `FOLDER`; needed to read names of kohya's form", "モデルの `FOLDER`。kohya 形式の名前を読むときに必要です"})
	f.string(&opts.Name, "name", "", text{"`NAME` of the concept", "コンセプトの `NAME`"})
	f.string(&opts.Placeholder, "placeholder", "", text{"`WORD` that prompts use, such as \"<hat>\"", "プロンプトで使う単語 `WORD`(例: \"<hat>\")"})
	f.string(&out, "out", "", text{"`FILE` to write", "書き出す `FILE`"})
	f.bool(&force, "force", textForce)
	device.add(f)
	return cmd
}

// modulesOf lists a model's layers, by which kohya's names are understood.
func modulesOf(ctx context.Context, dir string, device *deviceFlags) (map[string][]string, error) {
	e, err := device.open(ctx)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	m, err := diffusion.Open(ctx, dir, e)
	if err != nil {
		return nil, err
	}
	return concept.Modules(m.Store), nil
}

// summary is a concept without its numbers.
type summary struct {
	Name        string            `json:"name"`
	Placeholder string            `json:"placeholder,omitempty"`
	Method      string            `json:"method"`
	Vectors     int               `json:"vectors"`
	LoRALayers  int               `json:"lora_layers"`
	BaseName    string            `json:"base_name,omitempty"`
	BaseHash    string            `json:"base_hash,omitempty"`
	InitWord    string            `json:"init_word,omitempty"`
	NearestWord string            `json:"nearest_word,omitempty"`
	ClassWord   string            `json:"class_word,omitempty"`
	Alpha       *float64          `json:"alpha,omitempty"` // what generate calls fidelity
	Settings    map[string]string `json:"settings,omitempty"`
	Sources     []concept.Source  `json:"sources,omitempty"`
	Created     time.Time         `json:"created,omitzero"`
}

func summarise(c *concept.Concept) summary {
	s := summary{
		Name: c.Name, Placeholder: c.Placeholder, Method: c.Method, Vectors: c.Vectors(),
		BaseName: c.Base.Name, BaseHash: c.Base.Hash,
		InitWord: c.InitWord, NearestWord: c.NearestWord, ClassWord: c.ClassWord, Alpha: c.Alpha,
		Settings: c.Settings, Sources: c.Sources, Created: c.Created,
	}
	if c.LoRA != nil {
		s.LoRALayers = len(c.LoRA.Layers)
	}
	return s
}

func (p *program) conceptTable(c *concept.Concept) []string {
	s := summarise(c)
	rows := []row{
		{text{"Name", "名前"}, s.Name},
		{text{"Word in prompts", "プロンプトでの単語"}, s.Placeholder},
		{text{"Method", "学習方法"}, s.Method},
		{text{"Vectors", "ベクトル数"}, fmt.Sprint(s.Vectors)},
		{text{"LoRA layers", "LoRA の層数"}, fmt.Sprint(s.LoRALayers)},
		{text{"Base model", "元のモデル"}, join(s.BaseName, short(s.BaseHash))},
		{text{"Started from", "出発点の単語"}, s.InitWord},
		{text{"Nearest word", "最も近い単語"}, s.NearestWord},
		{text{"Kind of thing", "ものの種類"}, s.ClassWord},
	}
	if s.Alpha != nil {
		rows = append(rows, row{text{"Fidelity", "似せる度合い"}, fmt.Sprint(*s.Alpha)})
	}
	if !s.Created.IsZero() {
		rows = append(rows, row{text{"Created", "作成日時"}, s.Created.Local().Format("2006-01-02 15:04")})
	}
	for _, source := range s.Sources {
		rows = append(rows, row{text{"Learned from", "元の写真"}, join(source.Name, short(source.SHA256))})
	}
	var settings []string
	for _, k := range sortedKeys(s.Settings) {
		settings = append(settings, k+"="+s.Settings[k])
	}
	return p.table(append(rows, row{text{"Settings", "設定"}, strings.Join(settings, " ")}))
}

// short is the beginning of a hash, enough to tell it from others.
func short(hash string) string { return hash[:min(len(hash), 12)] }

var (
	textBadFormat = text{"--format: {value} is not known; choose diffusers or kohya", "--format: {value} という形式はありません。diffusers か kohya を指定してください"}
	textWrote     = text{"Wrote {path}", "{path} に書き出しました"}
	textForce     = text{"overwrite files that are there already", "すでにあるファイルを上書きします"}
)
