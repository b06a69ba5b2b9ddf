package encoder

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
)

// Vision is CLIP's picture tower and how pictures are prepared for it.
type Vision struct {
	Dir        string // its folder
	Model      *clip.VisionModel
	Weights    *nn.Weights
	Preprocess picture.Preprocess
}

// OpenVision opens the picture tower of a model folder's CLIP, where [FindCLIP] finds
// it; nil and no error where there is none.
func OpenVision(dir string, options ...nn.OpenOption) (*Vision, error) {
	at := FindCLIP(dir)
	if at == nil {
		return nil, nil
	}
	m, w, err := clip.OpenVision(at.Dir, model.NewStore(), "vision", options...)
	if err != nil {
		return nil, err
	}
	v := &Vision{Dir: at.Dir, Model: m, Weights: w}
	v.Preprocess, err = Preprocess(at.Processor, m.Config.ImageSize)
	return v, err
}

// Preprocess reads from a CLIP's processor folder how pictures are prepared for a
// tower of a picture size, by default OpenAI's way.
func Preprocess(dir string, size int) (picture.Preprocess, error) {
	fallback := picture.CLIPPreprocess()
	fallback.ShortestEdge, fallback.CropWidth, fallback.CropHeight = size, size, size
	return picture.OpenPreprocess(dir, fallback)
}

// EverySecond lists the hidden states that the paper's encoder reads: those after
// every second layer, the last among them.
func (v *Vision) EverySecond() []int {
	var layers []int
	for l := v.Model.Config.NumHiddenLayers; l > 0; l -= 2 {
		layers = append([]int{l}, layers...)
	}
	return layers
}

// NoVisionError says that a model folder has no CLIP to read pictures with.
type NoVisionError struct{ Dir string }

func (e *NoVisionError) Error() string {
	return fmt.Sprintf("%s holds no CLIP that reads pictures; put one into %s (a CLIPModel) or %s (a CLIPVisionModel), as transformers saves them",
		e.Dir, filepath.Join(e.Dir, "clip"), filepath.Join(e.Dir, "image_encoder"))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
