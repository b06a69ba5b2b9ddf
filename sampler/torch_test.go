package sampler

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// TestTorch compares with what PyTorch 2.15 drew on a CPU with AVX-512, to the
// bit from 16 values on. Of draws longer than their list, the list holds the
// first and last values.
func TestTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/torch_randn.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Seed   uint64
		Draws  []int
		Values [][]float32
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, tc := range cases {
		torch := NewTorch(tc.Seed)
		for i, n := range tc.Draws {
			got, want := make([]float32, n), tc.Values[i]
			torch.Fill(got)
			half := len(want) / 2
			if n > len(want) {
				got = append(got[:half:half], got[n-half:]...)
			}
			for j, w := range want {
				if got[j] != w && !(n < torchBlock && math.Abs(float64(got[j]-w)) <= 1e-6) {
					t.Errorf("seed %d, draw %d of %d: value %d is %v, want %v", tc.Seed, i, n, j, got[j], w)
					break
				}
			}
		}
	}
}

// TestTorchBits checks the generator under it: the 10,000th value of the
// reference implementation's default seed (C++11, 26.5.5).
func TestTorchBits(t *testing.T) {
	var m mt19937
	m.seed(5489)
	var got uint32
	for range 10000 {
		got = m.uint32()
	}
	if got != 4123659995 {
		t.Errorf("value 10000 is %d, want 4123659995", got)
	}
}
