package server

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio/workspace"
)

// What a studio lets out is signed and marked with keys of its own, and with the same
// ones when it is opened again.
func TestKeys(t *testing.T) {
	s := &Server{at: placesIn(t.TempDir())}
	photo, err := picture.Open("../../demo/photos/rc_car_1.jpg")
	if err != nil {
		t.Fatal(err)
	}
	photo = photo.ResizeWith(512, 512, picture.Bicubic)
	var secrets [][]byte
	for range 2 {
		stamper, err := s.stamper()
		if err != nil {
			t.Fatal(err)
		}
		data, err := stamper.Stamp(context.Background(), photo, workspace.FormatPNG, workspace.About{Picture: "p1", Watermark: true})
		if err != nil {
			t.Fatal(err)
		}
		signer, err := provenance.OpenSigner(s.at.keys, provenance.SignerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := provenance.Verify(data, signer.Roots())
		if err != nil || report.State != "trusted" {
			t.Errorf("the file is %q to who has its root: %v", report.State, err)
		}
		secret, err := os.ReadFile(filepath.Join(s.at.keys, markKeyName))
		if err != nil || len(bytes.TrimSpace(secret)) < 20 {
			t.Fatalf("the mark's key %q: %v", secret, err)
		}
		secrets = append(secrets, secret)
		drawn, err := picture.Decode(bytes.NewReader(data), picture.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if found := provenance.Detect(drawn, provenance.NewKey(bytes.TrimSpace(secret))); !found.Found {
			t.Errorf("its own key does not find the mark: %+v", found)
		}
		if found := provenance.Detect(drawn, provenance.PublicKey()); found.Found {
			t.Error("everybody's key finds the mark")
		}
	}
	if !bytes.Equal(secrets[0], secrets[1]) {
		t.Error("the key changed")
	}
	for _, name := range []string{markKeyName, "signer.pem"} {
		if info, err := os.Stat(filepath.Join(s.at.keys, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.at.keys, markKeyName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.stamper(); err == nil {
		t.Error("an empty key was taken")
	}
}
