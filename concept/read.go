package concept

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/weights"
)

// Read reads a concept and validates all of it. The error is ErrNotConcept for
// another program's file (see Import), a *VersionError for a later version's,
// a *weights.FormatError or *weights.NonFiniteError for a damaged one.
func Read(path string) (*Concept, error) {
	src, err := weights.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read concept: %w", err)
	}
	defer src.Close()
	c, err := parse(src)
	if err != nil {
		return nil, fmt.Errorf("read concept %s: %w", path, err)
	}
	return c, nil
}

func parse(src weights.Source) (*Concept, error) {
	header := src.Metadata()
	text, ok := header[keyFormat]
	if !ok {
		return nil, ErrNotConcept
	}
	c := &Concept{}
	var err error
	if c.Version, err = parseVersion(text); err != nil {
		return nil, err
	}
	if err := c.setMetadata(header); err != nil {
		return nil, err
	}
	if c.Version < c.format() {
		return nil, fmt.Errorf("%s: a file of format version %d has none", keyAlpha, c.Version)
	}
	if err := c.readTensors(weights.RequireFinite(src)); err != nil {
		return nil, err
	}
	return c, c.Validate()
}

// readTensors reads every tensor of the file, each by its name.
func (c *Concept) readTensors(src weights.Source) error {
	var unknown []string
	for _, name := range src.Names() {
		module, isDown := strings.CutSuffix(name, downEnding)
		switch {
		case name == embeddingTensor:
			if err := c.readEmbedding(src); err != nil {
				return err
			}
		case isDown:
			l, err := readLayer(src, module)
			if err != nil {
				return err
			}
			if c.LoRA == nil {
				c.LoRA = &weights.LoRA{}
			}
			c.LoRA.Layers = append(c.LoRA.Layers, l)
		case !partOfPair(src, name):
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("%d tensors belong to no part of a concept, such as %.200q", len(unknown), unknown[0])
	}
	sortLayers(c.LoRA)
	return nil
}

// partOfPair reports whether a tensor is the up matrix or the alpha of a layer
// whose down matrix is there.
func partOfPair(src weights.Source, name string) bool {
	for _, ending := range []string{upEnding, alphaEnding} {
		if module, ok := strings.CutSuffix(name, ending); ok {
			_, ok := src.Info(module + downEnding)
			return ok
		}
	}
	return false
}

// sortLayers brings the layers into the order that weights.LoRA promises.
func sortLayers(lora *weights.LoRA) {
	if lora == nil {
		return
	}
	slices.SortFunc(lora.Layers, func(a, b weights.LoRALayer) int {
		return slices.Compare([]string{a.Component, a.Layer}, []string{b.Component, b.Layer})
	})
}

func (c *Concept) readEmbedding(src weights.Source) error {
	rows, shape, err := readFloats(src, embeddingTensor)
	if err != nil {
		return err
	}
	if len(shape) != 2 || len(rows) == 0 {
		return fmt.Errorf("tensor %s is %v, want [vectors, hidden_size]", embeddingTensor, shape)
	}
	c.Embeddings = slices.Collect(slices.Chunk(rows, shape[1]))
	return nil
}

// readLayer reads the layer whose tensors begin with module.
func readLayer(src weights.Source, module string) (l weights.LoRALayer, err error) {
	l.Component, l.Layer, _ = strings.Cut(module, ".")
	if l.Down, l.DownShape, err = readFloats(src, module+downEnding); err != nil {
		return l, err
	}
	if l.Up, l.UpShape, err = readFloats(src, module+upEnding); err != nil {
		return l, err
	}
	if len(l.DownShape) > 0 {
		l.Rank = l.DownShape[0]
	}
	l.Alpha, err = readAlpha(src, module+alphaEnding)
	return l, err
}

// readFloats reads a floating-point tensor and its shape.
func readFloats(src weights.Source, name string) ([]float32, []int, error) {
	info, ok := src.Info(name)
	if !ok {
		return nil, nil, fmt.Errorf("tensor %.200q is missing; the file is damaged", name)
	}
	if !info.DType.Float() {
		return nil, nil, fmt.Errorf("tensor %.200q is %s, want floating-point numbers", name, info.DType)
	}
	v, err := src.Float32(name)
	return v, info.Shape, err
}

// readAlpha reads one number in its own precision.
func readAlpha(src weights.Source, name string) (float64, error) {
	v, _, err := readFloats(src, name)
	if err != nil {
		return 0, err
	}
	if len(v) != 1 {
		return 0, fmt.Errorf("tensor %.200q has %d numbers, want one", name, len(v))
	}
	if info, _ := src.Info(name); info.DType != weights.F64 {
		return float64(v[0]), nil
	}
	raw, err := src.Bytes(name)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(raw)), nil
}
