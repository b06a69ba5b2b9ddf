package concept

import (
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/ichimai/ichimai/weights"
)

// components are the parts of a model that a LoRA may change.
var components = []string{weights.UNet, weights.TextEncoder, weights.TextEncoder2}

var layerSyntax = regexp.MustCompile(`^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$`)

// checkLayers looks at each layer by itself and that none is there twice.
func (c *Concept) checkLayers() error {
	seen := map[string]bool{}
	for _, l := range c.layers() {
		if err := checkLayer(l); err != nil {
			return err
		}
		if seen[layerKey(l)] {
			return fmt.Errorf("LoRA layer %.200q is there twice", layerKey(l))
		}
		seen[layerKey(l)] = true
	}
	return nil
}

// layerKey is a layer's name with its component.
func layerKey(l weights.LoRALayer) string { return l.Component + "." + l.Layer }

func checkLayer(l weights.LoRALayer) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("LoRA layer %.200q: %s", layerKey(l), fmt.Sprintf(format, args...))
	}
	switch {
	case !slices.Contains(components, l.Component):
		return fail("its component is none of %q", components)
	case !layerSyntax.MatchString(l.Layer):
		return fail("it is not named as a module of a model is")
	case !isPair(l.DownShape, l.UpShape):
		return fail("down %v and up %v are not [rank, in] and [out, rank] with or without kernels", l.DownShape, l.UpShape)
	case l.Rank != l.DownShape[0] || l.Rank != l.UpShape[1]:
		return fail("down %v and up %v are not of rank %d", l.DownShape, l.UpShape, l.Rank)
	case len(l.Down) != size(l.DownShape) || len(l.Up) != size(l.UpShape):
		return fail("down %v and up %v have %d and %d numbers", l.DownShape, l.UpShape, len(l.Down), len(l.Up))
	case !(math.Abs(l.Alpha) <= math.MaxFloat32): // NaN too
		return fail("alpha is %v", l.Alpha)
	case notFinite(l.Down) >= 0 || notFinite(l.Up) >= 0:
		return fail("it holds NaN or infinity; its training diverged")
	}
	return nil
}

// isPair reports whether shapes are those of a pair: matrices or kernels, the
// up kernel 1x1, nothing empty.
func isPair(down, up []int) bool {
	for _, shape := range [][]int{down, up} {
		if len(shape) != 2 && len(shape) != 4 || slices.Min(shape) < 1 {
			return false
		}
	}
	return len(up) == 2 || up[2] == 1 && up[3] == 1
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
