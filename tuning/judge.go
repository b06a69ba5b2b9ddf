package tuning

import (
	"fmt"

	"github.com/gomlx/compute"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/picture"
)

// Judge scores drawn pictures with the CLIP of a model folder.
type Judge struct {
	model  *diffusion.Model
	towers *towers
}

// NewJudge opens the CLIP that a model's folder holds: clip/, or image_encoder/
// with a text encoder that projects.
func NewJudge(m *diffusion.Model) (*Judge, error) {
	b, err := newBase(m)
	if err != nil {
		return nil, err
	}
	t, err := openTowers(m.Dir, b)
	if err != nil {
		return nil, fmt.Errorf("open CLIP for scores: %w", err)
	}
	if t == nil {
		return nil, fmt.Errorf("scores need a CLIP in the model folder %s: clip/, or image_encoder/ with a text encoder that projects", m.Dir)
	}
	return &Judge{m, t}, nil
}

// Score is what CLIP says of pictures drawn with a concept: mean cosines.
type Score struct {
	Subject float64 // with the mean of the pictures that it was learned from
	Prompt  float64 // with the texts that were to be drawn
}

// over is how much better a score is than another, both parts alike: the sum of
// their relative changes.
func (s Score) over(other Score) float64 {
	return s.Subject/other.Subject - 1 + s.Prompt/other.Prompt - 1
}

// Score compares drawn pictures with the given ones and with texts, one each.
func (j *Judge) Score(given, drawn []*picture.Picture, texts []string) (Score, error) {
	if len(given) == 0 || len(drawn) == 0 || len(drawn) != len(texts) {
		return Score{}, fmt.Errorf("score: %d given and %d drawn pictures and %d texts do not go together", len(given), len(drawn), len(texts))
	}
	var s Score
	err := j.model.Exclusive(func() error {
		return engine.Try(func() (err error) {
			s, err = j.towers.score(j.model.Engine.Backend(), given, drawn, texts)
			return err
		})
	})
	if err != nil {
		return Score{}, fmt.Errorf("score: %w", err)
	}
	return s, nil
}

func (t *towers) score(backend compute.Backend, given, drawn []*picture.Picture, texts []string) (Score, error) {
	subject, err := t.pictureMean(backend, given)
	if err != nil {
		return Score{}, err
	}
	embeds, err := t.pictureEmbeds(backend, drawn)
	if err != nil {
		return Score{}, err
	}
	words, err := t.textEmbeds(backend, texts)
	if err != nil {
		return Score{}, err
	}
	var s Score
	for i, e := range embeds {
		s.Subject += cosine(e, subject) / float64(len(embeds))
		s.Prompt += cosine(e, words[i]) / float64(len(embeds))
	}
	return s, nil
}
