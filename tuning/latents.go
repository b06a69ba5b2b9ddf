package tuning

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/weights"
)

// latents are encoded pictures, [n, h, w, c] row-major.
type latents struct {
	shape []int
	flat  []float32
}

func newLatents(t *tensors.Tensor) (*latents, error) {
	flat, err := tensors.CopyFlatData[float32](t)
	if err != nil {
		return nil, fmt.Errorf("read latents: %w", err)
	}
	return &latents{shape: t.Shape().Dimensions, flat: flat}, nil
}

func (l *latents) count() int { return l.shape[0] }

// at are the values of picture i, [h, w, c].
func (l *latents) at(i int) []float32 {
	n := len(l.flat) / l.shape[0]
	return l.flat[i*n : (i+1)*n]
}

// Keys of the file of cached latents.
const (
	subjectLatents = "subject"
	classLatents   = "class"
	latentsFile    = "latents.safetensors"
)

// encode gives the latents of the job's pictures and, where the plan wants
// them, of class pictures: from the run's folder if it has them.
func (r *run) encode(ctx context.Context) (subject, class *latents, err error) {
	path := filepath.Join(r.job.Dir, latentsFile)
	if r.job.Dir != "" {
		if subject, class, err = r.readLatents(path); subject != nil || err != nil {
			return subject, class, err
		}
	}
	if subject, err = r.encodePictures(ctx, views(r.job.Pictures, &r.job.Settings), forLatents); err != nil {
		return nil, nil, err
	}
	if r.plan.prior {
		pictures, err := r.classPictures(ctx)
		if err != nil {
			return nil, nil, err
		}
		if class, err = r.encodePictures(ctx, pictures, forClassPicture); err != nil {
			return nil, nil, err
		}
	}
	if r.job.Dir != "" {
		err = r.writeLatents(path, subject, class)
	}
	return subject, class, err
}

func (r *run) encodePictures(ctx context.Context, pictures []*picture.Picture, p purpose) (*latents, error) {
	s := &r.job.Settings
	t, err := r.job.Model.EncodePictures(ctx, pictures, s.SamplePosterior, stream(s.Seed, p, 0).Uint64())
	if err != nil {
		return nil, err
	}
	return newLatents(t)
}

// readLatents reads what an earlier start of the same run encoded; nil if there
// is nothing or it is of another run.
func (r *run) readLatents(path string) (subject, class *latents, err error) {
	src, err := weights.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read cached latents: %w; remove the file to make it anew", err)
	}
	defer src.Close()
	if src.Metadata()[metaFingerprint] != r.fingerprint.text() {
		return nil, nil, nil
	}
	read := func(name string) (*latents, error) {
		info, ok := src.Info(name)
		if !ok || len(info.Shape) != 4 || info.Shape[0] == 0 {
			return nil, fmt.Errorf("read cached latents: %s has no %s; remove the file to make it anew", path, name)
		}
		flat, err := src.Float32(name)
		return &latents{shape: info.Shape, flat: flat}, err
	}
	if r.plan.prior {
		if class, err = read(classLatents); err != nil {
			return nil, nil, err
		}
	}
	subject, err = read(subjectLatents)
	return subject, class, err
}

func (r *run) writeLatents(path string, subject, class *latents) error {
	list := []weights.Tensor{weights.FromFloat32(subjectLatents, subject.shape, subject.flat, weights.F32)}
	if class != nil {
		list = append(list, weights.FromFloat32(classLatents, class.shape, class.flat, weights.F32))
	}
	if err := weights.Write(path, list, map[string]string{metaFingerprint: r.fingerprint.text()}); err != nil {
		return fmt.Errorf("cache latents: %w", err)
	}
	return nil
}
