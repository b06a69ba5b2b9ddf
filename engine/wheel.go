package engine

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// unpackWheel checks a downloaded wheel against its pin and writes the plugin
// inside to path, also checked. Nothing of the wheel is executed.
func unpackWheel(ctx context.Context, p pin, wheel, path string, report func(Phase, int64, int64)) error {
	if err := checkWheel(ctx, p, wheel, report); err != nil {
		return err
	}
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("open %s: %w", p.File, err)
	}
	defer archive.Close()
	member, err := archive.Open(p.Member)
	if err != nil {
		return fmt.Errorf("read %s of %s: %w", p.Member, p.File, err)
	}
	defer member.Close()
	sum, n, err := writePlugin(path, counting(ctx, member, func(n int64) { report(PhaseExtract, n, p.Bytes) }), p.Bytes)
	if err != nil {
		return fmt.Errorf("extract %s of %s: %w", p.Member, p.File, err)
	}
	if n != p.Bytes || sum != p.SHA256 {
		return fmt.Errorf("%s of %s has %d bytes with SHA-256 %s, expected %d with %s", p.Member, p.File, n, sum, p.Bytes, p.SHA256)
	}
	return nil
}

// checkWheel compares a wheel's SHA-256 with its pin.
func checkWheel(ctx context.Context, p pin, wheel string, report func(Phase, int64, int64)) error {
	f, err := os.Open(wheel)
	if err != nil {
		return fmt.Errorf("open the downloaded wheel: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, counting(ctx, f, func(n int64) { report(PhaseVerify, n, p.WheelBytes) }))
	if err != nil {
		return fmt.Errorf("read %s: %w", p.File, err)
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != p.WheelSHA256 {
		return fmt.Errorf("%s was refused: its %d bytes have SHA-256 %s, expected %d bytes with %s (a truncated download, or a package index that serves another file)",
			filepath.Base(wheel), n, sum, p.WheelBytes, p.WheelSHA256)
	}
	return nil
}

// writePlugin copies at most limit+1 bytes to a new file and returns their
// SHA-256 and count.
func writePlugin(path string, from io.Reader, limit int64) (sum string, n int64, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return "", 0, err
	}
	hash := sha256.New()
	n, err = io.Copy(io.MultiWriter(f, hash), io.LimitReader(from, limit+1))
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return hex.EncodeToString(hash.Sum(nil)), n, err
}

// counting wraps a reader so that it stops with the context and reports how
// many bytes it gave, at every whole megabyte.
func counting(ctx context.Context, from io.Reader, report func(int64)) io.Reader {
	return &countingReader{ctx: ctx, from: from, report: report}
}

type countingReader struct {
	ctx    context.Context
	from   io.Reader
	report func(int64)
	n      int64
}

// Read implements [io.Reader].
func (r *countingReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.from.Read(p)
	before := r.n
	r.n += int64(n)
	if r.n>>20 != before>>20 || err == io.EOF {
		r.report(r.n)
	}
	return n, err
}
