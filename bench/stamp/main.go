// Command stamp writes stamped pictures, whole ones and some that were changed after
// signing, with what our own reader says of each, for bench/c2pa_check.py:
//
//	stamp FOLDER
//
// The signer that it makes lies in the folder too.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
)

func main() { run.Main(command()) }

func command() *cobra.Command {
	return &cobra.Command{
		Use: "stamp FOLDER", Short: "Write stamped pictures, whole and changed, for another reader.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return write(args[0]) },
	}
}

// said is what our reader says of a file.
type said struct {
	File  string   `json:"file"`
	State string   `json:"state"`
	Codes []string `json:"codes"` // C2PA's, of the problems
	Why   []string `json:"why"`   // ours
}

func write(dir string) error {
	signer, err := provenance.OpenSigner(dir, provenance.SignerOptions{Organisation: "Check"})
	if err != nil {
		return err
	}
	files, err := examples(signer)
	if err != nil {
		return err
	}
	var all []said
	for _, f := range files {
		r, err := provenance.Verify(f.data, signer.Roots())
		if err != nil {
			return err
		}
		s := said{File: f.name, State: string(r.State), Codes: []string{}, Why: []string{}}
		for _, p := range r.Problems {
			s.Why = append(s.Why, string(p.Reason))
			if p.Code != "" {
				s.Codes = append(s.Codes, p.Code)
			}
		}
		all = append(all, s)
		if err := os.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "said.json"), append(text, '\n'), 0o644)
}

// file is a picture file.
type file struct {
	name string
	data []byte
}

// examples are a PNG and a JPEG, each whole and changed.
func examples(signer *provenance.Signer) ([]file, error) {
	p := drawing()
	var asPNG, asJPEG bytes.Buffer
	if err := errors.Join(picture.EncodePNG(&asPNG, p, nil), jpeg.Encode(&asJPEG, p, nil)); err != nil {
		return nil, err
	}
	seed := uint64(7)
	what := provenance.Statement{
		Title: "Drawing <1> & 急須", Model: "demo", ModelHash: "00ff", Concepts: []string{"teapot", "急須"}, Seed: &seed,
		Owner: "© Check", Licence: "https://example.com/licence",
	}
	var all []file
	for _, plain := range []file{{"png", asPNG.Bytes()}, {"jpg", asJPEG.Bytes()}} {
		ext := plain.name
		stamped, err := signer.Stamp(plain.data, what)
		if err != nil {
			return nil, err
		}
		all = append(all, file{"whole." + ext, stamped})
		for _, h := range hostile {
			changed, err := h.change(stamped)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", h.name, err)
			}
			all = append(all, file{h.name + "." + ext, withChecksums(changed)})
		}
	}
	return all, nil
}

// drawing is a smooth picture.
func drawing() *picture.Picture {
	p := picture.New(160, 120)
	for i := range p.Width * p.Height {
		x, y := float64(i%p.Width), float64(i/p.Width)
		p.Pix[3*i] = uint8(128 + 100*math.Sin(x/20))
		p.Pix[3*i+1] = uint8(128 + 100*math.Cos(y/17))
		p.Pix[3*i+2] = uint8(x + y/2)
	}
	return p
}

// hostile are changes of a stamped file that keep its length, so that its wrapping
// stays sound.
var hostile = []struct {
	name   string
	change func([]byte) ([]byte, error)
}{
	{"picture-changed", func(d []byte) ([]byte, error) {
		out := bytes.Clone(d)
		out[len(out)-20] ^= 1
		return out, nil
	}},
	{"label-changed", replace("Check</rdf:li>", "Thief</rdf:li>")},
	{"record-changed", replace("\x66teapot", "\x66teacup")}, // in CBOR a text begins with 0x60 and its length
	{"claim-changed", replace("急須\x69signature", "急急\x69signature")},
	{"rights-changed", replace(`"dc:rights":"© Check"`, `"dc:rights":"© Thief"`)},
	{"assertion-renamed", replace("org.ichimai.record\x00", "org.ichimai.recore\x00")},
}

// replace changes the first place of a text.
func replace(from, to string) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		if !bytes.Contains(d, []byte(from)) {
			return nil, fmt.Errorf("there is no %q", from)
		}
		return bytes.Replace(d, []byte(from), []byte(to), 1), nil
	}
}

// withChecksums mends the checksums of a PNG file, as whoever changes one would.
func withChecksums(d []byte) []byte {
	if !bytes.HasPrefix(d, []byte("\x89PNG")) {
		return d
	}
	out := bytes.Clone(d)
	for at := 8; at+12 <= len(out); {
		end := at + 8 + int(binary.BigEndian.Uint32(out[at:]))
		binary.BigEndian.PutUint32(out[end:], crc32.ChecksumIEEE(out[at+4:end]))
		at = end + 4
	}
	return out
}
