package server

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio/workspace"
)

// RootFile is where a studio's folder holds the certificate by which others verify what
// it signed.
func RootFile(folder string) string { return filepath.Join(placesIn(folder).keys, provenance.RootFile) }

// markKeyName is the file of the watermark's key in the folder of keys, beside the
// signer's files. `ichimai verify --watermark --key` reads it.
const markKeyName = "mark.key"

// stamper signs and marks what leaves with the studio's own keys, which are made when
// it is opened for the first time.
func (s *Server) stamper() (workspace.Stamper, error) {
	if err := os.MkdirAll(s.at.keys, 0o700); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	signer, err := provenance.OpenSigner(s.at.keys, provenance.SignerOptions{})
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	secret, err := markSecret(filepath.Join(s.at.keys, markKeyName))
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	return workspace.NewStamper(workspace.StamperOptions{Key: provenance.NewKey(secret), Signer: signer}), nil
}

// markSecret reads the secret of the watermark, or makes one that only its owner can
// read. It is written beside and linked to its name, so that of two that make one at
// once both take the first.
func markSecret(path string) ([]byte, error) {
	if secret, err := readSecret(path); !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	made, err := os.CreateTemp(filepath.Dir(path), markKeyName+".*") // for its owner alone
	if err != nil {
		return nil, err
	}
	defer os.Remove(made.Name())
	_, err = fmt.Fprintln(made, rand.Text())
	if err = errors.Join(err, made.Sync(), made.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(made.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readSecret(path)
}

// readSecret reads a secret as verify does, without the space around it.
func readSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if secret = bytes.TrimSpace(secret); err == nil && len(secret) == 0 {
		return nil, fmt.Errorf("%s is empty; put its copy back, or remove it for a new key, by which older marks are not found", path)
	}
	return secret, err
}
