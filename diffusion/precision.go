package diffusion

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// Precision says in what the weights of the UNet and the text encoder are kept,
// and in what the UNet multiplies. Sums, norms, softmax and what passes between
// layers are float32 in each, and so are the text encoder's products and the
// autoencoder.
type Precision string

// The precisions.
const (
	// Float32 keeps and multiplies in float32.
	Float32 Precision = "float32"
	// Float16 keeps in float16, in half the memory, and multiplies in float32. A
	// checkpoint in float16 loses nothing.
	Float16 Precision = "float16"
	// BFloat16 keeps and multiplies the UNet's in bfloat16, of about three digits,
	// in half the memory and on devices that have such products in less time.
	BFloat16 Precision = "bfloat16"
)

// Precisions are all of them.
func Precisions() []Precision { return []Precision{Float32, Float16, BFloat16} }

// largeUNet is the number of parameters from which on products take most of the
// time, so that bfloat16 is worth its rounding. Stable Diffusion 1.5 has 860
// million.
const largeUNet = 100_000_000

// PreferredPrecision is bfloat16 for a UNet of so many parameters where it is
// large and the device multiplies in bfloat16; float32 elsewhere.
func PreferredPrecision(e *engine.Engine, parameters int) Precision {
	if parameters >= largeUNet && e.MultipliesBFloat16() {
		return BFloat16
	}
	return Float32
}

// precisionFor is the preferred one for a folder. What is wrong with its config is
// said where it is opened.
func precisionFor(e *engine.Engine, dir string) Precision {
	config, err := unet.ReadConfig(filepath.Join(dir, partUNet))
	if err != nil {
		return Float32
	}
	m, err := unet.New(config)
	if err != nil {
		return Float32
	}
	parameters := 0
	for _, p := range m.Params {
		parameters += p.Size()
	}
	return PreferredPrecision(e, parameters)
}

// Validate reports a precision that there is not.
func (p Precision) Validate() error {
	if slices.Contains(Precisions(), p) {
		return nil
	}
	var names []string
	for _, known := range Precisions() {
		names = append(names, string(known))
	}
	return fmt.Errorf("precision %q is not known; choose %s", p, strings.Join(names, ", "))
}

// dtype is the precision of products.
func (p Precision) dtype() dtypes.DType {
	if p == BFloat16 {
		return dtypes.BFloat16
	}
	return dtypes.Float32
}

// unet is how the UNet's weights are kept.
func (p Precision) unet() []nn.OpenOption {
	switch p {
	case Float16:
		return []nn.OpenOption{nn.KeptIn(dtypes.Float16)}
	case BFloat16:
		return []nn.OpenOption{nn.KeptIn(dtypes.BFloat16)}
	}
	return nil
}

// text is how the text encoder's are: never in bfloat16, because all that a prompt
// says goes through them and they are few.
func (p Precision) text() []nn.OpenOption {
	if p == Float32 {
		return nil
	}
	return []nn.OpenOption{nn.KeptIn(dtypes.Float16)}
}
