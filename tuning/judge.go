package tuning

import (
	"context"
	"fmt"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// Judge scores drawn pictures with the CLIP of a model folder.
type Judge struct{ clip *measure.CLIP }

// NewJudge opens the CLIP that a model's folder holds: clip/, or image_encoder/
// with a text encoder that projects. The caller closes it.
func NewJudge(m *diffusion.Model) (*Judge, error) {
	c, err := measure.OpenModelCLIP(m)
	if err != nil {
		return nil, fmt.Errorf("open CLIP for scores: %w", err)
	}
	return &Judge{c}, nil
}

// Close frees what was opened.
func (j *Judge) Close() error { return j.clip.Close() }

// Score is what CLIP says of pictures drawn with a concept: mean cosines.
type Score struct {
	Subject float64 // see [measure.SubjectSimilarity]
	Prompt  float64 // see [measure.PromptSimilarity]
}

// over is how much better a score is than another, both parts alike: the sum of
// their relative changes.
func (s Score) over(other Score) float64 {
	return s.Subject/other.Subject - 1 + s.Prompt/other.Prompt - 1
}

// Score compares drawn pictures with the given ones and with texts, one each.
func (j *Judge) Score(ctx context.Context, given, drawn []*picture.Picture, texts []string) (Score, error) {
	s, err := j.compare(ctx, given, drawn, texts)
	if err != nil {
		return Score{}, fmt.Errorf("score: %w", err)
	}
	return s, nil
}

func (j *Judge) compare(ctx context.Context, given, drawn []*picture.Picture, texts []string) (s Score, err error) {
	subject, err := j.clip.Pictures(ctx, given)
	if err != nil {
		return s, err
	}
	embeds, err := j.clip.Pictures(ctx, drawn)
	if err != nil {
		return s, err
	}
	words, err := j.clip.Texts(ctx, texts)
	if err != nil {
		return s, err
	}
	if s.Subject, err = measure.SubjectSimilarity(subject, embeds); err != nil {
		return s, err
	}
	s.Prompt, err = measure.PromptSimilarity(embeds, words)
	return s, err
}
