package provenance

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image/jpeg"
	"math"
	"os"
	"testing"
	"time"

	"github.com/ichimai/ichimai/picture"
)

// signingTime is the clock of tests.
var signingTime = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// waves is a smooth picture with some texture.
func waves(width, height int) *picture.Picture {
	p := picture.New(width, height)
	for i := range width * height {
		x, y := float64(i%width), float64(i/width)
		v := 120 + 60*math.Sin(x/9)*math.Cos(y/7) + 30*math.Sin((x+2*y)/3)
		p.Pix[3*i], p.Pix[3*i+1], p.Pix[3*i+2] = uint8(v), uint8(0.8*v), uint8(200-0.5*v)
	}
	return p
}

func encodePNG(t testing.TB, p *picture.Picture) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, picture.EncodePNG(&b, p, map[string]string{"ichimai": `{"seed":7}`}))
	return b.Bytes()
}

func encodeJPEG(t testing.TB, p *picture.Picture) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, p, &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

// plainFiles are one picture in both formats.
func plainFiles(t testing.TB) map[string][]byte {
	t.Helper()
	p := waves(64, 48)
	return map[string][]byte{"PNG": encodePNG(t, p), "JPEG": encodeJPEG(t, p)}
}

func newSigner(t testing.TB, organisation string) *Signer {
	t.Helper()
	s, err := OpenSigner(t.TempDir(), SignerOptions{Organisation: organisation, Now: func() time.Time { return signingTime }})
	must(t, err)
	n := 0
	s.NewID = func() string { n++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
	return s
}

// verify is Verify at the time of signing.
func verify(t testing.TB, data []byte, s *Signer) Report {
	t.Helper()
	v := Verifier{Now: func() time.Time { return signingTime }}
	if s != nil {
		v.Roots = s.Roots()
	}
	r, err := v.Verify(data)
	must(t, err)
	return r
}

func reasons(r Report) (list []Reason) {
	for _, p := range r.Problems {
		list = append(list, p.Reason)
	}
	return list
}

// whole is a statement with every field.
func whole() Statement {
	seed, mark := uint64(math.MaxUint64), uint32(0xDEADBEEF)
	return Statement{
		Title: `A "teapot" <急須> & tea`, Source: SourceTrained, Tool: "Ichimai", ToolVersion: "1.2.3", Model: "demo's <model>", ModelHash: "00ff",
		Concepts: []string{"<teapot>", "急須", "a, b"}, Seed: &seed, PromptHash: "abcd", Owner: "© 2026 Acme & Söhne\nTokyo",
		Licence: "CC BY 4.0, https://example.com/?a=1&b=2", Created: signingTime, Watermark: &mark,
	}
}

// replaced changes a text in a file once, and in a PNG file the checksums.
func replaced(t testing.TB, data []byte, from, to string) []byte {
	t.Helper()
	if !bytes.Contains(data, []byte(from)) {
		t.Fatalf("the file has no %q", from)
	}
	return withChecksums(bytes.Replace(data, []byte(from), []byte(to), 1))
}

// withChecksums mends the checksums of a PNG file as far as its chunks go.
func withChecksums(data []byte) []byte {
	out := bytes.Clone(data)
	if !bytes.HasPrefix(out, []byte("\x89PNG")) {
		return out
	}
	for at := 8; at+12 <= len(out); {
		size := uint64(binary.BigEndian.Uint32(out[at:]))
		if size > uint64(len(out)-at-12) {
			return out
		}
		end := at + 8 + int(size)
		binary.BigEndian.PutUint32(out[end:], crc32.ChecksumIEEE(out[at+4:end]))
		at = end + 4
	}
	return out
}

// onlyStore is the manifest store of a file.
func onlyStore(t testing.TB, data []byte) part {
	t.Helper()
	c, err := carrierOf(data)
	must(t, err)
	l := c.read(data)
	if len(l.stores) != 1 {
		t.Fatalf("%d manifest stores", len(l.stores))
	}
	return l.stores[0]
}

// withStore is the file with another manifest store in place of its own.
func withStore(t testing.TB, data, store []byte) []byte {
	t.Helper()
	c, err := carrierOf(data)
	must(t, err)
	p := onlyStore(t, data)
	out := append(bytes.Clone(data[:p.start]), c.store(store)...)
	return append(out, data[p.end:]...)
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	must(t, err)
	return data
}
