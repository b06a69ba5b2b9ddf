package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// trialState is what a trial's script has to know when it is run again. It holds
// secrets, and its file is for its owner alone.
type trialState struct {
	Run      string      `json:"run"`      // sets the trial apart
	Photo    string      `json:"photo"`    // SHA-256
	Pictures int         `json:"pictures"` // of the campaign
	Creator  trialPerson `json:"creator"`
	Approver trialPerson `json:"approver"`

	path string
}

// trialPerson is one of the two people of a trial's own studio.
type trialPerson struct {
	Email    string `json:"email,omitempty"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"` // of the API; "" before there is one
}

const trialStateFile = "trial.json"

// openTrialState reads the state that a run before left in a folder, or makes one.
// A state of another trial is refused.
func (p *program) openTrialState(folder, photo string, pictures int) (*trialState, error) {
	s := &trialState{path: filepath.Join(folder, trialStateFile)}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.Run, s.Photo, s.Pictures = strings.ToLower(rand.Text()[:8]), photo, pictures
		s.Creator = trialPerson{Email: "creator@trial.example", Password: studio.NewSecret()}
		s.Approver = trialPerson{Email: "approver@trial.example", Password: studio.NewSecret()}
		return s, s.save()
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, s); err != nil || s.Run == "" {
		return nil, fmt.Errorf("read %s: it is no trial's state: %w", s.path, err)
	}
	if s.Photo != photo || s.Pictures != pictures {
		return nil, p.wrongUse(textOtherTrial, "folder", folder)
	}
	return s, nil
}

func (s *trialState) save() error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	return writeWhole(s.path, func(w io.Writer) error {
		_, err := w.Write(append(data, '\n'))
		return err
	})
}

var textOtherTrial = text{"{folder} holds a trial with another photo or another number of pictures; give the same as then, or another folder", "{folder} には、写真または枚数の異なるトライアルがあります。前回と同じ内容にするか、別のフォルダーを指定してください"}
