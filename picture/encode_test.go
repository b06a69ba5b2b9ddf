package picture

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPNGMetadataRoundTrip(t *testing.T) {
	want := map[string]string{
		"prompt": "机の上の急須 <teapot>, morning light", "seed": "7", "empty": "", "lines": "a\nb", "sch\u00f6n": "ü",
	}
	p := sample(7, 5)
	var file bytes.Buffer
	if err := EncodePNG(&file, p, want); err != nil {
		t.Fatal(err)
	}
	if text, pixels := bytes.Index(file.Bytes(), []byte("iTXt")), bytes.Index(file.Bytes(), []byte("IDAT")); text < 0 || text > pixels {
		t.Errorf("iTXt at %d, IDAT at %d", text, pixels)
	}
	got, err := ReadPNGMetadata(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if _, err := png.Decode(bytes.NewReader(file.Bytes())); err != nil {
		t.Errorf("the standard library does not read the file: %v", err)
	}
	var again bytes.Buffer
	if err := EncodePNG(&again, p, want); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
		t.Error("the same picture gives other bytes")
	}
}

func TestForeignTextChunks(t *testing.T) {
	var file bytes.Buffer
	if err := EncodePNG(&file, sample(2, 2), nil); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	packed.WriteString("Comment\x00\x00")
	packed.Write(zlibbed(t, "packed"))
	data := withChunk(file.Bytes(), "zTXt", packed.Bytes())
	data = withChunk(data, "tEXt", []byte("parameters\x00a caf\xe9"))
	data = withChunk(data, "iTXt", append([]byte("long\x00\x01\x00ja\x00\x00"), zlibbed(t, "急須")...))
	data = withChunk(data, "tEXt", []byte("no zero"))
	got, err := ReadPNGMetadata(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"Comment": "packed", "parameters": "a café", "long": "急須"}, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if _, err := ReadPNGMetadata(strings.NewReader("text")); !errors.Is(err, ErrNotPicture) {
		t.Errorf("of a text: %v", err)
	}
}

func TestBadMetadataWritesNothing(t *testing.T) {
	for _, key := range []string{"", " lead", "trail ", "two  spaces", "急須", "tab\t", strings.Repeat("x", 80)} {
		var file bytes.Buffer
		if err := EncodePNG(&file, sample(2, 2), map[string]string{key: "v"}); err == nil || file.Len() > 0 {
			t.Errorf("keyword %q: error %v, %d bytes", key, err, file.Len())
		}
	}
	path := filepath.Join(t.TempDir(), "out.png")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, sample(2, 2), map[string]string{"key": "\xff"}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v", err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if old, _ := os.ReadFile(path); string(old) != "old" || len(entries) != 1 {
		t.Errorf("a failed write left %q and %d files", old, len(entries))
	}
}

func TestWriteFileAndHash(t *testing.T) {
	p := sample(8, 6)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png")
	for path, settings := range map[string]map[string]string{a: nil, b: {"seed": "1"}} {
		if err := WriteFile(path, p, settings); err != nil {
			t.Fatal(err)
		}
		got, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		mustEqual(t, got, p)
		if got.Hash() != p.Hash() {
			t.Error("equal pictures have other hashes")
		}
	}
	hashA, errA := HashFile(a)
	hashB, errB := HashFile(b)
	if errA != nil || errB != nil || hashA == hashB || len(hashA) != 64 {
		t.Errorf("hashes %q %v and %q %v", hashA, errA, hashB, errB)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got, err := HashFile(empty); got != ofNothing || err != nil {
		t.Errorf("hash of nothing is %q, %v", got, err)
	}
	if _, err := HashFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
	if New(2, 3).Hash() == New(3, 2).Hash() {
		t.Error("the sides do not count")
	}
}
