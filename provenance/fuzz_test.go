package provenance

import (
	"encoding/json"
	"errors"
	"testing"
)

// addFiles gives a fuzzer stamped and plain files of both formats.
func addFiles(f *testing.F) {
	s := newSigner(f, "Acme")
	for _, plain := range plainFiles(f) {
		f.Add(plain)
		data, err := s.Stamp(plain, whole())
		must(f, err)
		f.Add(data)
	}
	f.Add(phoneJPEG(f, 6))
	for _, name := range []string{"es256.png", "ps256.jpg", "ed25519.png"} {
		f.Add(readFile(f, "testdata/"+name))
	}
}

func FuzzVerify(f *testing.F) {
	addFiles(f)
	roots := newSigner(f, "Acme").Roots()
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, withChecksums(data)} {
			r, err := Verify(d, roots)
			if err != nil {
				if !errors.Is(err, ErrFormat) {
					t.Fatalf("error %v", err)
				}
				return
			}
			if r.State == StateTrusted || r.Broken() == (r.State == StateNone) {
				t.Fatalf("state %s with problems %v", r.State, r.Problems)
			}
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzStrip(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		once, err := Strip(data)
		if err != nil {
			return
		}
		twice, err := Strip(once)
		if err != nil || string(once) != string(twice) {
			t.Fatalf("stripping again changes %d bytes to %d, %v", len(once), len(twice), err)
		}
	})
}

func FuzzReadXMP(f *testing.F) {
	f.Add([]byte(XMP(whole())))
	f.Add([]byte(XMP(Statement{})))
	f.Add([]byte("<a><b/></a>"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		s, err := ReadXMP(packet)
		if err != nil {
			return
		}
		if s.check() == nil && s.Source != "" && s.Tool != "" {
			again, err := ReadXMP([]byte(XMP(s)))
			if err != nil || again.Title != s.Title || again.Owner != s.Owner {
				t.Fatalf("%+v became %+v, %v", s, again, err)
			}
		}
	})
}
