package evaluate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// scorer is an opened judge.
type scorer struct {
	name string
	hash string
	clip *measure.CLIP
	dino *measure.DINO // nil without one

	texts map[string]measure.Embedding
	given map[string]map[string][]measure.Embedding // by the hash of given pictures, and part
}

// Parts of a scorer.
const (
	partCLIP = "clip"
	partDINO = "dino"
)

// scorerFolder finds a folder of a scorer: from the protocol's file, or in the model's
// folder.
func (p *Protocol) scorerFolder(name, model string) string {
	dir := p.Folder(name)
	if !exists(dir) && !filepath.IsAbs(name) {
		if inModel := filepath.Join(model, name); exists(inModel) {
			return inModel
		}
	}
	return dir
}

// openScorers opens a protocol's scorers beside a model.
func openScorers(ctx context.Context, p *Protocol, m *diffusion.Model) ([]*scorer, error) {
	var all []*scorer
	for _, f := range p.Scorers {
		s, err := openScorer(ctx, p, f, m)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open scorer %s: %w", f.Name, err), closeScorers(all))
		}
		all = append(all, s)
	}
	return all, nil
}

func openScorer(ctx context.Context, p *Protocol, f ScorerFolder, m *diffusion.Model) (*scorer, error) {
	s := &scorer{name: f.Name, texts: map[string]measure.Embedding{}, given: map[string]map[string][]measure.Embedding{}}
	dir := p.scorerFolder(f.CLIP, m.Dir)
	h, err := hashFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	parts := []string{h}
	if s.clip, err = measure.OpenCLIP(dir, m.Engine.Backend()); err != nil {
		return nil, err
	}
	if f.DINO != "" {
		dir := p.scorerFolder(f.DINO, m.Dir)
		if h, err = hashFolder(ctx, dir); err != nil {
			return nil, errors.Join(err, s.close())
		}
		parts = append(parts, h)
		if s.dino, err = measure.OpenDINO(dir, m.Engine.Backend()); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	s.hash = digest(parts...)
	return s, nil
}

func (s *scorer) close() error {
	err := s.clip.Close()
	if s.dino != nil {
		err = errors.Join(err, s.dino.Close())
	}
	return err
}

func closeScorers(all []*scorer) (err error) {
	for _, s := range all {
		err = errors.Join(err, s.close())
	}
	return err
}

// embed gives the embeddings of pictures by each part.
func (s *scorer) embed(ctx context.Context, pictures []*picture.Picture) (map[string][]measure.Embedding, error) {
	embeds := map[string][]measure.Embedding{}
	var err error
	if embeds[partCLIP], err = s.clip.Pictures(ctx, pictures); err != nil || s.dino == nil {
		return embeds, err
	}
	embeds[partDINO], err = s.dino.Pictures(ctx, pictures)
	return embeds, err
}

// ofGiven are the embeddings of given pictures, computed once.
func (s *scorer) ofGiven(ctx context.Context, g given) (map[string][]measure.Embedding, error) {
	if known, ok := s.given[g.hash]; ok {
		return known, nil
	}
	embeds, err := s.embed(ctx, g.pictures)
	if err == nil {
		s.given[g.hash] = embeds
	}
	return embeds, err
}

// ofTexts are the embeddings of texts, each computed once.
func (s *scorer) ofTexts(ctx context.Context, texts []string) ([]measure.Embedding, error) {
	var missing []string
	for _, t := range texts {
		if s.texts[t] == nil {
			missing = append(missing, t)
		}
	}
	found, err := s.clip.Texts(ctx, missing)
	if err != nil {
		return nil, err
	}
	for i, t := range missing {
		s.texts[t] = found[i]
	}
	all := make([]measure.Embedding, len(texts))
	for i, t := range texts {
		all[i] = s.texts[t]
	}
	return all, nil
}

// score scores pictures, each with the text of its place, and gives their embeddings
// by part.
func (s *scorer) score(ctx context.Context, g given, pictures []*picture.Picture, texts []string) ([]Scores, map[string][]measure.Embedding, error) {
	given, err := s.ofGiven(ctx, g)
	if err != nil {
		return nil, nil, err
	}
	asked, err := s.ofTexts(ctx, texts)
	if err != nil {
		return nil, nil, err
	}
	embeds, err := s.embed(ctx, pictures)
	if err != nil {
		return nil, nil, err
	}
	all := make([]Scores, len(pictures))
	for i := range pictures {
		if all[i], err = one(given, embeds, asked, i); err != nil {
			return nil, nil, err
		}
	}
	return all, embeds, nil
}

// one scores picture i.
func one(given, embeds map[string][]measure.Embedding, asked []measure.Embedding, i int) (Scores, error) {
	var s Scores
	var err error
	drawn := embeds[partCLIP][i : i+1]
	if s.Subject, err = measure.SubjectSimilarity(given[partCLIP], drawn); err != nil {
		return s, err
	}
	if s.Prompt, err = measure.PromptSimilarity(drawn, asked[i:i+1]); err != nil {
		return s, err
	}
	nearest, err := measure.Nearest(given[partCLIP], drawn[0])
	if err != nil {
		return s, err
	}
	s.Nearest = nearest.Value
	if embeds[partDINO] == nil {
		return s, nil
	}
	dino, err := measure.SubjectSimilarity(given[partDINO], embeds[partDINO][i:i+1])
	s.DINO = &dino
	return s, err
}
