package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cardProc is where NVIDIA's driver describes itself and its cards.
var cardProc = "/proc/driver/nvidia"

// cardPatience is how long nvidia-smi may take: on a busy machine it waits for
// the driver.
const cardPatience = 10 * time.Second

// cardEnvironment are the variables that choose among cards.
var cardEnvironment = []string{"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"}

// describeCard names the NVIDIA cards of this machine and their driver: machine
// code for one card may not run on another.
func describeCard() (string, error) {
	if text := cardFromProc(cardProc); text != "" {
		return text, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), cardPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader").Output()
	if err != nil {
		return "", fmt.Errorf("ask nvidia-smi what the card is: %w", err)
	}
	text := strings.TrimSpace(string(out))
	if text == "" {
		return "", errors.New("nvidia-smi lists no card")
	}
	return text, nil
}

// cardFromProc reads the driver's version and the cards' models; "" where either is
// missing.
func cardFromProc(dir string) string {
	version, err := os.ReadFile(filepath.Join(dir, "version"))
	cards, _ := filepath.Glob(filepath.Join(dir, "gpus", "*", "information"))
	if err != nil || len(cards) == 0 {
		return ""
	}
	text := strings.TrimSpace(string(version))
	for _, card := range cards {
		model := cpuinfo(card)["Model"]
		if model == "" {
			return ""
		}
		text += "\n" + model
	}
	return text
}
