package weights

import (
	"fmt"
	"slices"
	"strings"
)

// The components of a pipeline that LoRA layers and embeddings belong to, by
// the folder names of diffusers.
const (
	UNet         = "unet"
	TextEncoder  = "text_encoder"
	TextEncoder2 = "text_encoder_2"
)

// LoRA is a set of low-rank changes to a pipeline's weights (Hu et al. 2021,
// arXiv 2106.09685), in one form for every naming that files use.
type LoRA struct {
	Layers []LoRALayer // sorted by component and layer
}

// LoRALayer is the change of one linear or convolution layer. The effective
// weight is W + weight * Alpha/Rank * Up @ Down, with Down read as the matrix
// [Rank, in*kh*kw] and Up as [out, Rank].
type LoRALayer struct {
	Component string    // UNet, TextEncoder or TextEncoder2
	Layer     string    // the module's checkpoint name, without ".weight"
	Down      []float32 // lora_A
	Up        []float32 // lora_B
	DownShape []int     // [rank, in] or [rank, in, kh, kw]
	UpShape   []int     // [out, rank] or [out, rank, 1, 1]
	Alpha     float64
	Rank      int
}

// Scale is Alpha / Rank.
func (l LoRALayer) Scale() float64 { return l.Alpha / float64(l.Rank) }

// AddTo adds weight * Alpha/Rank * Up @ Down to w, the layer's weight in
// checkpoint order ([out, in] or [out, in, kh, kw]). It fails, w unchanged,
// when w has another number of elements than the product.
func (l LoRALayer) AddTo(w []float32, weight float64) error {
	if err := l.check(); err != nil {
		return fmt.Errorf("add LoRA: %w", err)
	}
	out, in := l.UpShape[0], len(l.Down)/l.Rank
	if out == 0 || len(w)%out != 0 || len(w)/out != in {
		return fmt.Errorf("add LoRA: layer %s: the weight has %d elements, up %v times down %v has %d x %d",
			clip(l.Layer), len(w), l.UpShape, l.DownShape, out, in)
	}
	row := make([]float64, in)
	for o := range out {
		l.productRow(row, o)
		for i, v := range row {
			w[o*in+i] += float32(weight * l.Scale() * v)
		}
	}
	return nil
}

// productRow sets row to one row of Up @ Down, summed in float64.
func (l LoRALayer) productRow(row []float64, o int) {
	clear(row)
	for r, u := range l.Up[o*l.Rank : (o+1)*l.Rank] {
		for i, d := range l.Down[r*len(row) : (r+1)*len(row)] {
			row[i] += float64(u) * float64(d)
		}
	}
}

// check says how a layer's shapes do not fit each other.
func (l LoRALayer) check() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("layer %s.%s: %s", clip(l.Component), clip(l.Layer), fmt.Sprintf(format, args...))
	}
	down, errDown := byteCount(l.DownShape, 1)
	up, errUp := byteCount(l.UpShape, 1)
	switch {
	case errDown != nil || errUp != nil:
		return fail("shapes %v and %v are impossible", l.DownShape, l.UpShape)
	case !matrixOrKernel(l.DownShape) || !matrixOrKernel(l.UpShape):
		return fail("down %v and up %v need two or four dimensions", l.DownShape, l.UpShape)
	case l.Rank <= 0 || l.DownShape[0] != l.Rank || l.UpShape[1] != l.Rank:
		return fail("down %v and up %v are not of one rank", l.DownShape, l.UpShape)
	case len(l.UpShape) == 4 && (l.UpShape[2] != 1 || l.UpShape[3] != 1):
		return fail("up %v is not a 1x1 convolution", l.UpShape)
	case len(l.Down) != down || len(l.Up) != up:
		return fail("down %v and up %v do not fit their %d and %d values", l.DownShape, l.UpShape, len(l.Down), len(l.Up))
	}
	return nil
}

func matrixOrKernel(shape []int) bool { return len(shape) == 2 || len(shape) == 4 }

// sort puts the layers in the order that LoRA promises.
func (l *LoRA) sort() {
	slices.SortFunc(l.Layers, func(a, b LoRALayer) int {
		if c := strings.Compare(a.Component, b.Component); c != 0 {
			return c
		}
		return strings.Compare(a.Layer, b.Layer)
	})
}

// Modules are the names of a model's linear and convolution layers, as
// ParseLoRA wants them: every ".weight" of two or more dimensions, without that
// ending.
func Modules(src Source) []string {
	var modules []string
	for _, name := range src.Names() {
		module, ok := strings.CutSuffix(name, ".weight")
		if info, _ := src.Info(name); ok && len(info.Shape) >= 2 {
			modules = append(modules, module)
		}
	}
	return modules
}

// LoRAError says why a file is not a LoRA that can be used, with the keys at
// fault.
type LoRAError struct {
	Path    string
	Problem string
	Keys    []string
}

func (e *LoRAError) Error() string {
	var b strings.Builder
	b.WriteString("LoRA " + e.Path + ": " + e.Problem)
	listKeys(&b, "keys", clipAll(e.Keys))
	return b.String()
}
