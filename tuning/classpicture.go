package tuning

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
)

// classFolder holds the class pictures inside a run's folder.
const classFolder = "class"

// classPrompt is the sentence of class pictures.
func (r *run) classPrompt() string {
	return fill(classTemplates[r.job.Settings.Language], r.job.ClassWord)
}

// classPictures draws the pictures of the class, one after another, and keeps
// each in the run's folder, so that a run that was stopped draws only what is
// missing.
func (r *run) classPictures(ctx context.Context) ([]*picture.Picture, error) {
	s := &r.job.Settings
	draw := r.job.Draw
	if draw == nil {
		draw = drawWith(r.job.Model)
	}
	first := stream(s.Seed, forClassPicture, 1).Uint64()
	var pictures []*picture.Picture
	for i := range s.ClassPictures {
		p, err := r.classPicture(ctx, draw, i, first+uint64(i))
		if err != nil {
			return nil, fmt.Errorf("class picture %d of %d: %w", i+1, s.ClassPictures, err)
		}
		pictures = append(pictures, p)
		r.report(Progress{Event: EventClass, Step: i + 1, Steps: s.ClassPictures})
	}
	return pictures, nil
}

func (r *run) classPicture(ctx context.Context, draw drawFunc, i int, seed uint64) (*picture.Picture, error) {
	path := r.classPath(i, seed)
	if path != "" {
		p, err := picture.Open(path)
		if err == nil && p.Width == r.job.Settings.Resolution && p.Height == r.job.Settings.Resolution {
			return p, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w; remove the file to draw it anew", err)
		}
	}
	drawn, err := draw(ctx, r.classPrompt(), r.job.Settings.Resolution, 1, seed)
	if err != nil {
		return nil, err
	}
	if len(drawn) != 1 || drawn[0] == nil {
		return nil, fmt.Errorf("%d pictures were drawn, 1 is wanted", len(drawn))
	}
	p := drawn[0].Square(r.job.Settings.Resolution)
	if path == "" {
		return p, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return p, picture.WriteFile(path, p, map[string]string{"prompt": r.classPrompt(), "seed": fmt.Sprint(seed)})
}

// classPath names a picture by all that it depends on; "" without a folder.
func (r *run) classPath(i int, seed uint64) string {
	if r.job.Dir == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%d", r.baseHash, r.classPrompt(), r.job.Settings.Resolution, seed))
	return filepath.Join(r.job.Dir, classFolder, fmt.Sprintf("%04d-%s.png", i+1, hex.EncodeToString(sum[:4])))
}

type drawFunc = func(ctx context.Context, prompt string, size, count int, seed uint64) ([]*picture.Picture, error)

// drawWith draws with a model and its own sampler.
func drawWith(m *diffusion.Model) drawFunc {
	pipeline := diffusion.NewPipeline(m)
	return func(ctx context.Context, prompt string, size, count int, seed uint64) ([]*picture.Picture, error) {
		images, err := pipeline.Generate(ctx, diffusion.Request{Prompt: prompt, Width: size, Height: size, Count: count, Seed: seed})
		if err != nil {
			return nil, err
		}
		var pictures []*picture.Picture
		for _, image := range images {
			pictures = append(pictures, image.Picture)
		}
		return pictures, nil
	}
}
