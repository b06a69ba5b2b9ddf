package measure

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
)

// DINO is a picture encoder that learned without labels (Caron et al., arXiv
// 2104.14294; Oquab et al., arXiv 2304.07193). It tells one thing from another of
// the same kind, which CLIP, trained with texts, need not: DreamBooth's preferred
// measure of likeness (Ruiz et al., arXiv 2208.12242, section 4.2). It is safe for
// concurrent use.
type DINO struct {
	pictures *sight
	device   device
	store    *model.Store
}

// OpenDINO opens a ViTModel's or a Dinov2Model's folder, as transformers saves it.
// Without a preprocessor_config.json pictures are prepared as their authors do it: the
// middle 224 pixels of 256. The caller closes what was opened.
func OpenDINO(dir string, backend compute.Backend, options ...nn.OpenOption) (*DINO, error) {
	d := &DINO{device: alone(backend), store: model.NewStore()}
	if err := engine.Try(func() error { return d.open(dir, options) }); err != nil {
		d.store.Finalize()
		return nil, err
	}
	return d, nil
}

func (d *DINO) open(dir string, options []nn.OpenOption) error {
	m, w, err := dino.Open(dir, d.store, "dino", options...)
	if err != nil {
		return err
	}
	prepare, err := picture.OpenPreprocess(dir, prepareFor(m.Config))
	if err != nil {
		return fmt.Errorf("open DINO: %w", err)
	}
	d.pictures, err = newSight("DINO", d.device, w, prepare, func(p *nn.Pass, x *Node) *Node { return m.Forward(p, x).CLS })
	return err
}

// prepareFor is how DINO's authors prepare pictures: 224 pixels cut from the middle
// of 256, or as large a part of a smaller model's. Positions learned at other sizes,
// as DINOv2's at 518, are resized by the model.
func prepareFor(c dino.Config) picture.Preprocess {
	p := picture.DINOv2Preprocess()
	side := min(c.ImageSize, p.CropWidth)
	p.ShortestEdge = side * p.ShortestEdge / p.CropWidth
	p.CropWidth, p.CropHeight = side, side
	return p
}

// Pictures gives the pictures' class tokens after the final norm, scaled to length 1,
// in their order.
func (d *DINO) Pictures(ctx context.Context, pictures []*picture.Picture) ([]Embedding, error) {
	return d.pictures.look(ctx, pictures)
}

// Close frees what was compiled and the weights. It may be called again; Pictures
// then fails.
func (d *DINO) Close() error {
	return d.device.exclusive(func() error {
		d.pictures.close()
		d.store.Finalize()
		return nil
	})
}
