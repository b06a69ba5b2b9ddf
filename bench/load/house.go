package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// house is a studio in a process of its own.
type house struct {
	town
	process *exec.Cmd
	in      io.WriteCloser
	client  *http.Client
}

// start starts this program once more, as the studio, and waits until it is filled.
func start(ctx context.Context, folder string, s settings) (*house, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &house{process: exec.CommandContext(ctx, own, "serve")}
	h.process.Stderr = os.Stderr
	if h.in, err = h.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := h.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.process.Start(); err != nil {
		return nil, fmt.Errorf("start the studio: %w", err)
	}
	s.serving.Folder, s.serving.Users, s.serving.Projects = filepath.Join(folder, "studio"), s.users, s.projects
	if err = json.NewEncoder(h.in).Encode(s.serving); err == nil {
		err = json.NewDecoder(out).Decode(&h.town)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fill the studio: %w", err), h.stop())
	}
	h.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8 * s.users, DisableCompression: true}}
	return h, nil
}

// stop ends the studio in order.
func (h *house) stop() error {
	if err := errors.Join(h.in.Close(), h.process.Wait()); err != nil {
		return fmt.Errorf("stop the studio: %w", err)
	}
	return nil
}
