package result

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	mode := Token
	for _, c := range []struct {
		name, output string
		want         Result
	}{
		{"OK", `{"peer": "diffusers on torch 2", "job": "unet", "mode": "token", "size": 64, "steps": 8, "batch": 2, "first_s": 0.9, "runs_s": [0.5, 0.4], "best_s": 0.4, "peak_gib": 1.5}`,
			Result{Peer: "diffusers on torch 2", Job: UNet, Mode: &mode, Size: 64, Steps: 8, Batch: 2, First: 0.9, Runs: []float64{0.5, 0.4}, Best: 0.4, PeakGiB: 1.5}},
		{"Learning", `{"job": "lora", "mode": null, "total_s": 9.5, "best_step_s": 0.25, "loss_first": 1, "loss_last10": 0.5, "peak_gib": 2}`,
			Result{Job: LoRA, Total: 9.5, BestStep: 0.25, LossFirst: 1, LossLast: 0.5, PeakGiB: 2}},
		{"Noise", "warning {\n{\"not\": \"last\"}\n{\"job\":\"generate\",\"best_s\":1,\"peak_gib\":1}\r\nbye\n", Result{Job: Generate, Best: 1, PeakGiB: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse([]byte(c.output))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ output, want string }{
		"Nothing":  {"loading\n", "no line of JSON"},
		"Damaged":  {`{"job": "unet", "best_s": "soon"}`, "best_s"},
		"NoJob":    {`{"best_s": 1, "peak_gib": 1}`, "job is missing"},
		"NoTime":   {`{"job": "unet", "peak_gib": 1}`, "best_s"},
		"NoMemory": {`{"job": "unet", "best_s": 1}`, "peak_gib"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.output))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not speak of %q", err, c.want)
			}
		})
	}
}

func TestSetRuns(t *testing.T) {
	var r Result
	r.SetRuns([]float64{9, 0.30004, 0.2, 0.4})
	want := Result{First: 9, Runs: []float64{0.3, 0.2, 0.4}, Best: 0.2}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func TestSetSteps(t *testing.T) {
	var r Result
	losses := []float64{100, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	r.SetSteps([]float64{5, 0.25, 0.5}, losses, 12.3456)
	want := Result{Total: 12.346, BestStep: 0.25, LossFirst: 100, LossLast: 5.5}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if r.Seconds() != 0.25 {
		t.Errorf("a learning job is compared by %v s, not by its fastest step", r.Seconds())
	}
}

// A result that is printed has the keys that the peer prints, and is read back.
func TestKeys(t *testing.T) {
	mode := All
	r := Result{Peer: "Ichimai", Job: UNet, Mode: &mode, Size: 64, Steps: 8, Batch: 1, PeakGiB: 1}
	r.SetRuns([]float64{2, 1})
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"peer", "job", "mode", "size", "steps", "batch", "first_s", "runs_s", "best_s", "peak_gib"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("key %s is missing in %s", key, text)
		}
	}
	back, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Error(diff)
	}
}
