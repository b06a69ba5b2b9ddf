package dataset

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

func tarOf(t testing.TB, headers ...*tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte{7}, int(h.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchiveReadsAtRandom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.tar")
	long := strings.Repeat("long/", 40) + "name.bin" // needs a PAX header
	members := []member{{"a.txt", []byte("first")}, {"empty", nil}, {"./dir/b.bin", bytes.Repeat([]byte{1, 2, 3}, 700)}, {long, []byte("z")}}
	writeTar(t, file, members)
	a, err := OpenArchive(file, ArchiveLimits{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i := len(members) - 1; i >= 0; i-- {
		got, err := a.Read(path.Clean(members[i].name))
		if err != nil || !bytes.Equal(got, members[i].data) {
			t.Errorf("member %s reads %d bytes, %v; want %d", members[i].name, len(got), err, len(members[i].data))
		}
	}
	if _, err := a.Read("nothing"); err == nil {
		t.Error("a missing member reads")
	}
}

func TestArchiveRefuses(t *testing.T) {
	good := tarOf(t, &tar.Header{Name: "a", Size: 600})
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"symlink":    {tarOf(t, &tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), "link"},
		"hard link":  {tarOf(t, &tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "b"}), "link"},
		"device":     {tarOf(t, &tar.Header{Name: "a", Typeflag: tar.TypeChar}), "no plain file"},
		"parent":     {tarOf(t, &tar.Header{Name: "../a", Size: 1}), "leads out"},
		"inner":      {tarOf(t, &tar.Header{Name: "a/../../b", Size: 1}), "leads out"},
		"absolute":   {tarOf(t, &tar.Header{Name: "/a", Size: 1}), "leads out"},
		"drive":      {tarOf(t, &tar.Header{Name: `C:\a`, Size: 1}), "leads out"},
		"twice":      {tarOf(t, &tar.Header{Name: "a", Size: 1}, &tar.Header{Name: "./a", Size: 1}), "twice"},
		"big":        {tarOf(t, &tar.Header{Name: "a", Size: 5000}), "5000 bytes"},
		"many":       {tarOf(t, &tar.Header{Name: "a"}, &tar.Header{Name: "b"}, &tar.Header{Name: "c"}, &tar.Header{Name: "d"}), "more than 3"},
		"cut off":    {good[:700], "cut off"},
		"compressed": {append([]byte{0x1f, 0x8b, 8}, bytes.Repeat([]byte{9}, 2000)...), "decompressed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := indexTar(bytes.NewReader(c.data), ArchiveLimits{Members: 3, MemberBytes: 4096})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v; it should say %q", err, c.says)
			}
		})
	}
}

func FuzzTarIndex(f *testing.F) {
	f.Add(tarOf(f, &tar.Header{Name: "a/b.png", Size: 600}, &tar.Header{Name: "a/b.txt", Size: 3}))
	f.Add(tarOf(f, &tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: ".."}))
	f.Add([]byte("not a tar"))
	f.Fuzz(func(t *testing.T, data []byte) {
		names, members, err := indexTar(bytes.NewReader(data), ArchiveLimits{Members: 100, MemberBytes: 1 << 16})
		if err != nil {
			return
		}
		for _, name := range names {
			m, ok := members[name]
			if !ok || m.offset < 0 || m.size < 0 || m.size > 1<<16 || m.offset+m.size > int64(len(data)) {
				t.Errorf("member %q lies at %+v of %d bytes", name, m, len(data))
			}
			if !localName(name) {
				t.Errorf("member %q leads out", name)
			}
		}
	})
}

// TestIndexMatchesTheTarReader compares every member's place with what a plain reading returns.
func TestIndexMatchesTheTarReader(t *testing.T) {
	file := filepath.Join(testPack(t), spriteArchive)
	a, err := OpenArchive(file, ArchiveLimits{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := tar.NewReader(f)
	for _, name := range a.Names() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Read(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("member %s differs (%v)", name, err)
		}
	}
}
