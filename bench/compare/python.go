package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// howToInstall is what to do for a Python that can run the peer.
const howToInstall = `make a virtual environment for the peer (about 5 GB) and name its Python:
  python3.11 -m venv VENV
  VENV/bin/pip install -r bench/requirements.txt
  go run ./bench/compare --peer-python VENV/bin/python ...`

// checkPython says what to do where there is no Python for the peer.
func checkPython(python string) error {
	if python == "" {
		return fmt.Errorf("--peer-python is not given; %s", howToInstall)
	}
	if _, err := exec.LookPath(python); err != nil {
		return fmt.Errorf("--peer-python: %w; %s", err, howToInstall)
	}
	return nil
}

// adviseOnPeer adds the same advice to a failure for want of a module.
func adviseOnPeer(stderr string) string {
	if strings.Contains(stderr, "ModuleNotFoundError") {
		return "; " + howToInstall
	}
	return ""
}
