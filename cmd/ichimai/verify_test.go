package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
)

// stampedFile writes a stamped PNG file and its signer's folder.
func stampedFile(t *testing.T) (file, signer string, data []byte) {
	t.Helper()
	signer = t.TempDir()
	s, err := provenance.OpenSigner(signer, provenance.SignerOptions{Organisation: "Acme"})
	must(t, err)
	record := diffusion.Record{Prompt: "a cat\x1b[31m", Seed: 7, Model: diffusion.RecordModel{Name: "demo", Hash: "00ff"}}
	own, err := json.Marshal(record)
	must(t, err)
	var b bytes.Buffer
	must(t, picture.EncodePNG(&b, picture.Filled(40, 30, 9, 99, 199), map[string]string{diffusion.MetadataOwn: string(own)}))
	what := record.Statement()
	what.Owner = "© Acme"
	data, err = s.Stamp(b.Bytes(), what)
	must(t, err)
	file = filepath.Join(t.TempDir(), "cat.png")
	must(t, os.WriteFile(file, data, 0o644))
	return file, signer, data
}

func TestVerify(t *testing.T) {
	file, signer, data := stampedFile(t)
	root := filepath.Join(signer, "root.pem")
	broken := filepath.Join(t.TempDir(), "broken.png")
	must(t, os.WriteFile(broken, bytes.Replace(data, []byte("© Acme\"}"), []byte("© Acne\"}"), 1), 0o644))
	plain := filepath.Join(t.TempDir(), "plain.png")
	must(t, picture.WriteFile(plain, picture.Filled(160, 160, 1, 2, 3), nil))
	_, other, _ := stampedFile(t)
	cases := []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"known signer", []string{file, "--ca", root}, exitDone, []string{"by a known signer", "Acme pictures (Acme), issued by Acme root", "drawn by a trained model", "© Acme", "a cat\uFFFD[31m"}},
		{"nobody to compare with", []string{file}, exitDone, []string{"not known here", "Anybody can make such a certificate"}},
		{"another signer", []string{file, "--ca", filepath.Join(other, "root.pem")}, exitFailed, []string{"The signer is none of those"}},
		{"changed", []string{file, broken, "--ca", root}, exitFailed, []string{"by a known signer", "does not hold", "A statement was changed after signing: cawg.metadata", "1 of 2 files"}},
		{"plain", []string{plain}, exitDone, []string{"no manifest", "says nothing of where it comes from"}},
		{"no watermark", []string{plain, "--watermark"}, exitDone, []string{"none found with this key"}},
		{"no file", []string{"nowhere.png", plain}, exitFailed, []string{"nowhere.png", "1 of 2 files"}},
		{"no picture", []string{root}, exitFailed, []string{"is not a picture"}},
		{"in Japanese", []string{broken, "--ca", root, "--lang", "ja"}, exitFailed, []string{"検証に失敗しました", "署名後に記載が変更されています(cawg.metadata)", "1 件のうち 1 件"}},
		{"no certificate", []string{file, "--ca", plain}, exitWrongUse, []string{"no certificate"}},
		{"no argument", nil, exitWrongUse, []string{"FILE"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := execute(t.Context(), t, append([]string{"verify"}, c.args...)...)
			if got.status != c.status {
				t.Errorf("status %d, want %d", got.status, c.status)
			}
			for _, s := range c.says {
				if !strings.Contains(got.out+got.err, s) {
					t.Errorf("%q is not in\n%s%s", s, got.out, got.err)
				}
			}
			if strings.ContainsRune(got.out, '\x1b') {
				t.Error("a file's text steers the terminal")
			}
		})
	}
}

func TestVerifyForPrograms(t *testing.T) {
	file, signer, _ := stampedFile(t)
	key := writeFile(t, "mark.key", "secret\n")
	photo, err := picture.Open("../../demo/photos/wolf_plushie_1.jpg")
	must(t, err)
	marked, err := provenance.Mark(t.Context(), photo.Resize(256, 256), provenance.NewKey([]byte("secret")), 0xCAFE)
	must(t, err)
	mark := filepath.Join(t.TempDir(), "mark.png")
	must(t, picture.WriteFile(mark, marked.Picture, nil))
	got := execute(t.Context(), t, "verify", file, mark, "--key", key, "--ca", filepath.Join(signer, "root.pem"), "--json")
	var result struct {
		Broken int
		Files  []verified
	}
	must(t, json.Unmarshal([]byte(got.out), &result))
	if got.status != exitDone || result.Broken != 0 || len(result.Files) != 2 {
		t.Fatalf("%+v", got)
	}
	first, second := result.Files[0], result.Files[1]
	if first.Report.State != provenance.StateTrusted || first.Settings.Seed != 7 || first.Watermark.Found {
		t.Errorf("%+v", first)
	}
	if second.Report.State != provenance.StateNone || !second.Watermark.Found || second.Watermark.Payload != 0xCAFE || second.Settings != nil {
		t.Errorf("%+v", second)
	}
}

func TestFindingsAreInJapanese(t *testing.T) {
	ids := append(constants(t, "provenance", "Reason"), constants(t, "provenance", "Note")...)
	if len(ids) != len(findingsJapanese) {
		t.Errorf("%d reasons and %d texts", len(ids), len(findingsJapanese))
	}
	for _, id := range ids {
		f := provenance.Finding{Reason: provenance.Reason(id), About: "{about}"}
		ja := findingsJapanese[f.Reason]
		if diff := cmp.Diff(arguments(f.What()), arguments(ja)); diff != "" || !hasJapanese(ja) {
			t.Errorf("%s: %q, %s", id, ja, diff)
		}
	}
}

func TestProvenanceFailuresInJapanese(t *testing.T) {
	for _, kind := range []error{
		provenance.ErrFormat, provenance.ErrDamaged, provenance.ErrStamped, provenance.ErrText, provenance.ErrSigner, provenance.ErrUnmarkable,
	} {
		if got := inJapanese(&provenance.Error{Name: "signer.pem", Kind: kind, Text: "english"}); !hasJapanese(got) {
			t.Errorf("%v: %q", kind, got)
		}
	}
}
