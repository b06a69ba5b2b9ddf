package concept

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/ichimai/ichimai/weights"
)

// Names of the tensors; see the package's comment.
const (
	embeddingTensor = "embedding"
	downEnding      = ".lora_down.weight"
	upEnding        = ".lora_up.weight"
	alphaEnding     = ".alpha"
)

// Write writes the concept to path: beside it first, then renamed, so that
// path is never half a file. Equal concepts give equal bytes.
func (c *Concept) Write(path string) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("write concept %s: %w", path, err)
	}
	header, err := c.metadata()
	if err != nil {
		return fmt.Errorf("write concept %s: %w", path, err)
	}
	header[keyFormat] = strconv.Itoa(c.format())
	if err := weights.Write(path, c.tensors(), header); err != nil {
		return fmt.Errorf("write concept: %w", err)
	}
	return nil
}

func (c *Concept) tensors() []weights.Tensor {
	var all []weights.Tensor
	if len(c.Embeddings) > 0 {
		all = append(all, weights.FromFloat32(embeddingTensor, []int{c.Vectors(), c.Width()}, c.Rows(), weights.F32))
	}
	for _, l := range c.layers() {
		key := layerKey(l)
		all = append(all,
			weights.FromFloat32(key+downEnding, l.DownShape, l.Down, weights.F32),
			weights.FromFloat32(key+upEnding, l.UpShape, l.Up, weights.F32),
			weights.Tensor{Name: key + alphaEnding, DType: weights.F64,
				Data: binary.LittleEndian.AppendUint64(nil, math.Float64bits(l.Alpha))})
	}
	return all
}
