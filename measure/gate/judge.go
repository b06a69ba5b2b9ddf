package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/nn"
)

// Folders of a judge's.
const (
	clipDir      = "clip"
	subjectDir   = "subject"
	tokenizerDir = "tokenizer"
)

// NoJudgeError says that a folder holds no judge.
type NoJudgeError struct{ Dir string }

func (e *NoJudgeError) Error() string {
	return fmt.Sprintf("%s holds no judge; put a CLIPModel into %s with its tokenizer into %s, a ViTModel or Dinov2Model into %s, or one of the two",
		e.Dir, filepath.Join(e.Dir, clipDir), filepath.Join(e.Dir, tokenizerDir), filepath.Join(e.Dir, subjectDir))
}

// Judge has the towers that see. A nil one sees pixels alone. It is safe for concurrent
// use.
type Judge struct {
	clip    *measure.CLIP // nil where there is none
	subject *measure.DINO // nil where there is none
	hash    string
}

// OpenJudge opens a folder with a CLIPModel in clip/ and its tokenizer in tokenizer/,
// and a ViTModel or Dinov2Model in subject/. One of the two may be missing; with neither
// the error is a *[NoJudgeError]. The caller closes what was opened.
func OpenJudge(ctx context.Context, dir string, backend compute.Backend, options ...nn.OpenOption) (j *Judge, err error) {
	hasCLIP, hasSubject := holds(dir, clipDir), holds(dir, subjectDir)
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open judge: %w", err)
	}
	if !hasCLIP && !hasSubject {
		return nil, &NoJudgeError{dir}
	}
	j = &Judge{}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.Close())
			j = nil
		}
	}()
	if j.hash, err = hashFolders(ctx, dir); err != nil {
		return j, fmt.Errorf("open judge: %w", err)
	}
	if hasCLIP {
		if j.clip, err = measure.OpenCLIP(filepath.Join(dir, clipDir), backend, options...); err != nil {
			return j, err
		}
	}
	if hasSubject {
		if j.subject, err = measure.OpenDINO(filepath.Join(dir, subjectDir), backend, options...); err != nil {
			return j, err
		}
	}
	return j, nil
}

func holds(dir, part string) bool {
	_, err := os.Stat(filepath.Join(dir, part, "config.json"))
	return err == nil
}

// Hash identifies the judge: the SHA-256 over the names and bytes of its files, "" of a
// nil one.
func (j *Judge) Hash() string {
	if j == nil {
		return ""
	}
	return j.hash
}

// Sees says whether a check can be measured, given pictures and a text.
func (j *Judge) Sees(check string) bool {
	switch check {
	case Subject:
		return j != nil && j.subject != nil
	case Prompt:
		return j != nil && j.clip != nil
	}
	return true
}

// Close frees what was opened. It may be called again.
func (j *Judge) Close() error {
	if j == nil {
		return nil
	}
	var errs []error
	if j.clip != nil {
		errs = append(errs, j.clip.Close())
	}
	if j.subject != nil {
		errs = append(errs, j.subject.Close())
	}
	return errors.Join(errs...)
}

// hashFolders is the hash over a judge's files, whether they lie there or are linked.
func hashFolders(ctx context.Context, dir string) (string, error) {
	sum := sha256.New()
	for _, part := range []string{clipDir, subjectDir, tokenizerDir} {
		root, err := filepath.EvalSymlinks(filepath.Join(dir, part))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if err := hashFolder(ctx, sum, part, root); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hashFolder(ctx context.Context, sum io.Writer, part, root string) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil || info.IsDir() {
			return err
		}
		fmt.Fprintf(sum, "%s/%s %d\n", part, filepath.ToSlash(name), info.Size())
		_, err = io.Copy(sum, file)
		return err
	})
}
