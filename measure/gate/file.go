package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// File is the name of a gate's file in its judge's folder.
const File = "gate.json"

// maxFile is the most bytes that a gate's file may have.
const maxFile = 1 << 20

// FileError says what is wrong with a gate's file.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string {
	return fmt.Sprintf("%s is no gate that can be used: %v; make one with `ichimai gate PROTOCOL --out %s`", e.Path, e.Err, e.Path)
}

func (e *FileError) Unwrap() error { return e.Err }

// JudgeError says that a gate was learned with another judge.
type JudgeError struct{ Path, Judge string }

func (e *JudgeError) Error() string {
	return fmt.Sprintf("the thresholds of %s were learned with another judge than %s; name that judge, or learn a gate with this one: `ichimai gate PROTOCOL --judge %s`", e.Path, e.Judge, e.Judge)
}

// Find reads the thresholds of a judge's folder: those of the named file or, where none is
// named, the folder's own. Where there are none either, both are empty; dir may be "".
func Find(dir, named string) (g *Gate, file string, err error) {
	file = named
	if file == "" && dir != "" {
		file = filepath.Join(dir, File)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, "", nil
		}
	}
	if file != "" {
		g, err = Read(file)
	}
	return g, file, err
}

// Read reads a gate's file. The error is a *[FileError] where its content is at fault.
func Read(path string) (*Gate, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read gate: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read gate: %w", err)
	}
	g, err := parse(data)
	if err != nil {
		return nil, &FileError{path, err}
	}
	return g, nil
}

func parse(data []byte) (*Gate, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("it has more than %d bytes", maxFile)
	}
	var version struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, err
	}
	if version.Format != Format {
		return nil, fmt.Errorf("its format is %q, not %q", version.Format, Format)
	}
	g := &Gate{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(g); err != nil {
		return nil, err
	}
	return g, errors.Join(g.valid(), thresholdsGiven(data))
}

var hash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// valid says what is wrong with a gate.
func (g *Gate) valid() error {
	switch {
	case !hash.MatchString(g.Judge):
		return errors.New("judge is no SHA-256")
	case !hash.MatchString(g.Protocol):
		return errors.New("protocol is no SHA-256")
	case !(g.Refuse > 0 && g.Refuse < 1):
		return fmt.Errorf("refuse %g is not between 0 and 1", g.Refuse)
	case g.Side < leastSide:
		return fmt.Errorf("side %d is less than %d", g.Side, leastSide)
	case !(g.Blur > 0 && g.Blur <= maxBlur):
		return fmt.Errorf("blur %g is not above 0 and at most %d", g.Blur, maxBlur)
	case len(g.Checks) == 0:
		return errors.New("it has no checks")
	}
	return errors.Join(g.validChecks(), g.validDrawn())
}

func (g *Gate) validChecks() error {
	var seen []string
	for _, c := range g.Checks {
		if !slices.Contains(Names, c.Name) || slices.Contains(seen, c.Name) {
			return fmt.Errorf("the check %q is not known or is there twice", c.Name)
		}
		seen = append(seen, c.Name)
		if err := c.valid(); err != nil {
			return fmt.Errorf("the check %s: %w", c.Name, err)
		}
	}
	return nil
}

func (g *Gate) validDrawn() error {
	for _, d := range g.Drawn {
		if d.Method == "" || d.Pictures < 1 || !isRate(d.All) {
			return fmt.Errorf("the drawings of %q: no share with an interval of one picture or more", d.Method)
		}
		for name, rate := range d.By {
			if !slices.Contains(Names, name) || !isRate(rate) {
				return fmt.Errorf("the drawings of %q: %q is no known check with a share", d.Method, name)
			}
		}
	}
	return nil
}

// thresholdsGiven refuses a check without a threshold, which would else be one of 0.
func thresholdsGiven(data []byte) error {
	var file struct {
		Checks []struct {
			Name      string   `json:"name"`
			Threshold *float64 `json:"threshold"`
			AUC       *float64 `json:"auc"`
		} `json:"checks"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	for _, c := range file.Checks {
		if c.Threshold == nil || c.AUC == nil {
			return fmt.Errorf("the check %q has no threshold or no auc", c.Name)
		}
	}
	return nil
}

// Write writes the gate beside its place and renames it, so that nobody sees half of it.
func (g *Gate) Write(path string) (err error) {
	if err := g.valid(); err != nil {
		return fmt.Errorf("write gate: %w", err)
	}
	data, err := json.MarshalIndent(g, "", " ")
	if err != nil {
		return fmt.Errorf("write gate: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write gate: %w", err)
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
			err = fmt.Errorf("write gate: %w", err)
		}
	}()
	if _, err = file.Write(append(data, '\n')); err != nil {
		return err
	}
	if err = file.Chmod(0o644); err != nil {
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
