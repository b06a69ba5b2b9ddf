package jobs

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func items() []item {
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	a := item{Picture: studio.Picture{CreatedAt: at, Name: "山田様 ../春", Prompt: `a mug, "red"`, Seed: 7, Width: 8, Height: 8, State: studio.PictureApproved}, Data: []byte("first"), Type: typePNG}
	b := item{Picture: studio.Picture{CreatedAt: at, Name: "", Prompt: "=1+1", Seed: 8, Width: 8, Height: 8}, Data: []byte("second"), Type: typeJPEG}
	for i, it := range []*item{&a, &b} {
		it.File = itemName(*it, i, 2)
	}
	return []item{a, b}
}

func packed(t *testing.T, format string, list ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	p := newPacker(&b, format, len(list))
	for _, it := range list {
		if err := p.add(it); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unzipped(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestPack(t *testing.T) {
	t.Run("Single", func(t *testing.T) {
		if got := packed(t, "png", items()[0]); string(got) != "first" {
			t.Errorf("one picture is packed as %q", got)
		}
	})
	t.Run("Several", func(t *testing.T) {
		files := unzipped(t, packed(t, "jpeg", items()...))
		if len(files) != 2 || files["1-山田様-春.png"] != "first" || files["2.jpg"] != "second" {
			t.Errorf("the ZIP has %q", files)
		}
	})
	t.Run("Table", func(t *testing.T) {
		files := unzipped(t, packed(t, "zip", items()...))
		table := files["pictures.csv"]
		for _, part := range []string{"\ufefffile,name,", `1-山田様-春.png,山田様 ../春,approved,"a mug, ""red""",,7,8,8,2026-04-01T09:00:00Z`, ",'=1+1,"} {
			if !strings.Contains(table, part) {
				t.Errorf("the table lacks %q:\n%s", part, table)
			}
		}
		if !bytes.Equal(packed(t, "zip", items()...), packed(t, "zip", items()...)) {
			t.Error("equal items give other bytes")
		}
	})
	t.Run("Page", func(t *testing.T) {
		list := items()
		list[0].Name, list[1].Prompt = `<script>alert(1)</script>`, `" onerror="alert(1)`
		page := string(packed(t, "html", list...))
		if strings.Contains(page, "<script") || strings.Contains(page, `" onerror`) {
			t.Errorf("a name became part of the page:\n%s", page)
		}
		if strings.Count(page, "<figure>") != 2 || !strings.Contains(page, `src="data:image/png;base64,Zmlyc3Q="`) || !strings.HasSuffix(page, "</html>\n") {
			t.Errorf("the page is:\n%s", page)
		}
	})
}

func TestFileName(t *testing.T) {
	tests := map[string]string{
		"":                       "",
		"../../etc/passwd":       "-etc-passwd",
		`C:\con`:                 "-C-con",
		"春の新作 <A>":               "-春の新作-A",
		strings.Repeat("語", 200): "-" + strings.Repeat("語", maxFileName),
		"a\x00b\nc":              "-a-b-c",
	}
	for name, want := range tests {
		if got := fileName(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}
