package concept

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/weights"
)

// modulesOf are the modules that a concept's own layers name.
func modulesOf(c *Concept) map[string][]string {
	m := map[string][]string{}
	for _, l := range c.layers() {
		m[l.Component] = append(m[l.Component], l.Layer)
	}
	return m
}

// TestExchange: out to each naming, back, and on to the other, every number
// and the origin are the same.
func TestExchange(t *testing.T) {
	c := full()
	c.LoRA.Layers[0].Alpha = 0.125 // kohya's alpha is float32
	export := map[string]func(*Concept, string) (Exported, error){
		"diffusers": (*Concept).ExportDiffusers, "kohya": (*Concept).ExportKohya,
	}
	for name, first := range export {
		for other, second := range export {
			t.Run(name+"/"+other, func(t *testing.T) {
				got := c
				for _, export := range []func(*Concept, string) (Exported, error){first, second} {
					dir := filepath.Join(t.TempDir(), "new", "folder")
					out, err := export(got, dir)
					if err != nil {
						t.Fatal(err)
					}
					checkFolder(t, dir, out)
					if got, err = Import(dir, ImportOptions{Modules: modulesOf(c)}); err != nil {
						t.Fatal(err)
					}
					got = read(t, written(t, got))
				}
				if d := cmp.Diff(expectImported(c, got), got); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

// expectImported is c as an import has it, with the settings about files taken
// from got after a look at them.
func expectImported(c, got *Concept) *Concept {
	want := *c
	want.Method, want.Extra = MethodImported, map[string]string{"ichimai.consent": "owner"}
	want.Created = c.Created.UTC()
	want.Settings = maps.Clone(c.Settings)
	want.Settings["imported_method"] = c.Method
	for _, part := range []string{"imported_lora", "imported_embedding"} {
		if strings.HasSuffix(got.Settings[part], ".safetensors") && hashSyntax.MatchString(got.Settings[part+"_sha256"]) {
			want.Settings[part], want.Settings[part+"_sha256"] = got.Settings[part], got.Settings[part+"_sha256"]
		}
	}
	return &want
}

// checkFolder: the export names what it wrote.
func checkFolder(t *testing.T, dir string, out Exported) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		files = append(files, filepath.Join(dir, e.Name()))
	}
	if d := cmp.Diff(files, slices.Sorted(slices.Values(out.Files))); d != "" || len(files) != 2 {
		t.Errorf("files in the folder and told: %s", d)
	}
	if len(out.Notes) == 0 {
		t.Error("no note says that there are two files")
	}
}

func TestExportKohyaNotes(t *testing.T) {
	out, err := full().ExportKohya(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(out.Notes, "\n")
	for _, want := range []string{"Red-sneaker-embedding", "<sneaker>", "alpha of 1 layers", "differ in alpha"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note says %q in:\n%s", want, notes)
		}
	}
}

// Other programs have no second path: they are told so, and what comes back from them
// has one path, whatever a header says.
func TestExportOfTwoPaths(t *testing.T) {
	c := full()
	c.Alpha = new(0.4)
	for name, export := range map[string]func(*Concept, string) (Exported, error){
		"diffusers": (*Concept).ExportDiffusers, "kohya": (*Concept).ExportKohya,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out, err := export(c, dir)
			if err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(out.Notes, "\n"); !strings.Contains(notes, `"boots" stands for the subject (alpha 0.4)`) || !strings.Contains(notes, "weight of the LoRA") {
				t.Errorf("no note says what is lost in:\n%s", notes)
			}
			for _, file := range out.Files {
				src, err := weights.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := src.Metadata()[keyAlpha]; ok {
					t.Errorf("%s carries %s", file, keyAlpha)
				}
				src.Close()
			}
			got, err := Import(dir, ImportOptions{Modules: modulesOf(c)})
			if err != nil {
				t.Fatal(err)
			}
			if again := read(t, written(t, got)); again.Alpha != nil || again.Version != FormatVersion || again.NearestWord != c.NearestWord {
				t.Errorf("alpha %v, version %d, nearest word %q came back", again.Alpha, again.Version, again.NearestWord)
			}
		})
	}
	own, err := Import(written(t, c), ImportOptions{})
	if err != nil || own.Alpha == nil || *own.Alpha != 0.4 {
		t.Errorf("the concept's own file gave %+v, %v", own, err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign.safetensors")
	header := map[string]string{keyName: "x", keyAlpha: "0.4", keyNearestWord: "boots"}
	if err := weights.WriteEmbParams(foreign, []weights.Embedding{embedding("", weights.TextEncoder)}, weights.F32, header); err != nil {
		t.Fatal(err)
	}
	if got, err := Import(foreign, ImportOptions{}); err != nil || got.Alpha != nil || got.Extra[keyAlpha] != "" {
		t.Errorf("a header's alpha gave %+v, %v", got, err)
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"Red sneaker": "Red-sneaker", "../../etc/passwd": "etc-passwd", "<cat>": "cat", "猫の お皿": "猫の-お皿",
		"C:\\a\\b": "C-a-b", "...": "concept", "a.b_c-d": "a.b_c-d", "💥": "concept",
	} {
		if got := (&Concept{Name: name}).FileName(); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// writeEmbedding writes a foreign embedding under dir and gives its path.
func writeEmbedding(t *testing.T, dir, name string, embeddings ...weights.Embedding) string {
	t.Helper()
	path := filepath.Join(dir, name)
	write := weights.WriteLearnedEmbeds
	if embeddings[0].Token == "" {
		write = weights.WriteEmbParams
	}
	if err := write(path, embeddings, weights.F32, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

func embedding(token, component string) weights.Embedding {
	return weights.Embedding{Token: token, Component: component, Vectors: 2, Width: 3, Values: numbers(6)}
}

func TestImportNames(t *testing.T) {
	dir := t.TempDir()
	plain := writeEmbedding(t, dir, "my dog.safetensors", embedding("", weights.TextEncoder))
	named := writeEmbedding(t, dir, "other.safetensors", embedding("<cat>", weights.TextEncoder))
	own := written(t, full())
	for _, c := range []struct {
		path              string
		opts              ImportOptions
		name, placeholder string
	}{
		{plain, ImportOptions{}, "my dog", "<my-dog>"},
		{plain, ImportOptions{Name: "Rex", Placeholder: "<rex>"}, "Rex", "<rex>"},
		{named, ImportOptions{}, "other", "<cat>"},
		{own, ImportOptions{}, "Red sneaker", "<sneaker>"},
		{own, ImportOptions{Placeholder: "<new>"}, "Red sneaker", "<new>"},
	} {
		got, err := Import(c.path, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != c.name || got.Placeholder != c.placeholder {
			t.Errorf("%s: %q %q, want %q %q", c.path, got.Name, got.Placeholder, c.name, c.placeholder)
		}
		if c.path != own && got.Method != MethodImported {
			t.Errorf("method %q", got.Method)
		}
	}
}

func TestImportErrors(t *testing.T) {
	folder := func(fill func(dir string)) string {
		dir := t.TempDir()
		fill(dir)
		return dir
	}
	kohya := folder(func(dir string) {
		if _, err := full().ExportKohya(dir); err != nil {
			t.Fatal(err)
		}
	})
	other := full()
	other.Name, other.LoRA = "Other", nil
	for name, c := range map[string]struct{ path, want string }{
		"ErrNone":    {filepath.Join(t.TempDir(), "none"), "no such file"},
		"ErrEmpty":   {t.TempDir(), "no .safetensors"},
		"ErrModules": {filepath.Join(kohya, "Red-sneaker.safetensors"), "module names were not given"},
		"ErrPickle":  {folder(func(dir string) { os.WriteFile(filepath.Join(dir, "a.pt"), []byte("\x80\x02}q\x00."), 0o666) }), "torch.load"},
		"ErrTwoTokens": {folder(func(dir string) {
			writeEmbedding(t, dir, "a.safetensors", embedding("<a>", weights.TextEncoder), embedding("<b>", weights.TextEncoder))
		}), "2 tokens"},
		"ErrSDXL": {folder(func(dir string) {
			writeEmbedding(t, dir, "a.safetensors", embedding("", weights.TextEncoder), embedding("", weights.TextEncoder2))
		}), "SDXL"},
		"ErrTwo": {folder(func(dir string) {
			writeEmbedding(t, dir, "a.safetensors", embedding("<a>", weights.TextEncoder))
			writeEmbedding(t, dir, "b.safetensors", embedding("<b>", weights.TextEncoder))
		}), "second embedding"},
		"ErrTwoConcepts": {folder(func(dir string) {
			for _, c := range []*Concept{full(), other} {
				if _, err := c.ExportDiffusers(dir); err != nil {
					t.Fatal(err)
				}
			}
		}), `"Other"`},
		"ErrOwnAmongOthers": {folder(func(dir string) {
			if err := full().Write(filepath.Join(dir, "own.safetensors")); err != nil {
				t.Fatal(err)
			}
			writeEmbedding(t, dir, "b.safetensors", embedding("<b>", weights.TextEncoder))
		}), "import it by itself"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Import(c.path, ImportOptions{})
			if err == nil || got != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want an error with %q", got, err, c.want)
			}
		})
	}
	if _, err := Read(filepath.Join(kohya, "Red-sneaker-embedding.safetensors")); !errors.Is(err, ErrNotConcept) {
		t.Errorf("an exported file was read as a concept: %v", err)
	}
}
