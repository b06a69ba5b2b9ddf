package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio/server"
)

// unpackTrial writes the files of an exported ZIP into a folder and returns the
// paths of its pictures.
func unpackTrial(ctx context.Context, archive, folder string) (pictures []string, err error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", archive, err)
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	for _, f := range z.File {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !filepath.IsLocal(f.Name) || filepath.Base(f.Name) != f.Name || f.UncompressedSize64 > uint64(picture.DefaultLimits().Bytes) {
			return nil, fmt.Errorf("read %s: %q is no name of an exported picture, or too large", archive, f.Name)
		}
		path := filepath.Join(folder, f.Name)
		if err := unpackFile(f, path); err != nil {
			return nil, err
		}
		if filepath.Ext(path) == ".png" {
			pictures = append(pictures, path)
		}
	}
	return pictures, nil
}

func unpackFile(f *zip.File, path string) error {
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("unpack %s: %w", f.Name, err)
	}
	err = writeWhole(path, func(w io.Writer) error {
		_, err := io.CopyN(w, in, int64(f.UncompressedSize64))
		return err
	})
	return errors.Join(err, in.Close())
}

// verifyTrial reads of each picture what it says of itself, as "ichimai verify"
// does: that a trained model drew it, and that what is signed holds. A studio of the
// trial's own must have signed it; of another one the root is not at hand.
func (t *trialling) verifyTrial(ctx context.Context, pictures []string) (sound int, err error) {
	v := verifying{p: t.p}
	if t.url == "" {
		v.ca = []string{server.RootFile(t.hosting.dir)}
	}
	verifier, _, err := v.open()
	if err != nil {
		return 0, err
	}
	for i, path := range pictures {
		if err := ctx.Err(); err != nil {
			return sound, err
		}
		t.p.tellStep(step{at: stepVerify, done: i + 1, of: len(pictures)})
		found := v.look(path, verifier, nil)
		if found.broken() || !saysDrawn(found.Report, verifier.Roots != nil) {
			return sound, t.p.failed(found.err, textNotSound, "file", path)
		}
		sound++
	}
	return sound, nil
}

// saysDrawn reports whether a picture says that a trained model drew it, and under a
// signature where it has to be signed.
func saysDrawn(r *provenance.Report, signed bool) bool {
	switch {
	case r == nil:
		return false
	case r.Manifest != nil:
		return r.Manifest.Statement.Source == provenance.SourceTrained
	}
	return !signed && r.Label != nil && r.Label.Source == provenance.SourceTrained
}

var textNotSound = text{"{file} does not say that a trained model drew it, or was changed since", "{file} に、学習済みモデルで生成したことの記録がないか、書き出し後に変更されています"}
