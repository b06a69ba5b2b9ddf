package nn_test

import (
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

func TestActivations(t *testing.T) {
	b := setup(t)
	for name, want := range map[string][]float32{
		"silu":              {-0.23840584, -0.18877033, 0, 0.73105858, 2.8577224},
		"gelu":              {-0.04550026, -0.15426877, 0, 0.84134475, 2.9959503},
		"gelu_pytorch_tanh": {-0.04540231, -0.15428599, 0, 0.84119199, 2.9963626},
		"quick_gelu":        {-0.06434138, -0.14961156, 0, 0.84579577, 2.9819287},
		"relu":              {0, 0, 0, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := nn.Activation(name)
			if err != nil {
				t.Fatal(err)
			}
			got := b.forward(func(_ *nn.Pass, x *Node) *Node { return f(x) }, []float32{-2, -0.5, 0, 1, 3})
			near(t, name, got, want, 1e-6)
		})
	}
	for _, name := range []string{"swish", "gelu_new"} {
		if _, err := nn.Activation(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := nn.Activation("mish"); err == nil || !strings.Contains(err.Error(), `"mish"`) {
		t.Errorf("mish gave %v", err)
	}
}
