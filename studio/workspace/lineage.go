package workspace

import (
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// ancestry returns a concept and the versions that it came from.
func (c *call) ancestry(id string) ([]studio.Concept, error) {
	var line []studio.Concept
	for id != "" && !slices.ContainsFunc(line, func(v studio.Concept) bool { return v.ID == id }) {
		v, err := c.Tx.Concept(c.project.ID, id)
		if err != nil {
			return nil, err
		}
		line = append(line, v)
		id = v.ParentID
	}
	return line, nil
}

// sourcesOf returns the given pictures from which concepts and the versions
// before them were learned, each once.
func (c *call) sourcesOf(concepts ...string) ([]studio.Source, error) {
	var sources []studio.Source
	seen := map[string]bool{}
	for _, id := range concepts {
		line, err := c.ancestry(id)
		if err != nil {
			return nil, err
		}
		for _, v := range line {
			for _, source := range v.SourceIDs {
				if seen[source] {
					continue
				}
				seen[source] = true
				s, err := c.Tx.Source(c.project.ID, source)
				if err != nil {
					return nil, err
				}
				sources = append(sources, s)
			}
		}
	}
	return sources, nil
}

// usable returns nil where pictures may be drawn with the concepts and used: they
// are ready, and every given picture behind them may be used now.
func (c *call) usable(concepts ...string) error {
	for _, id := range concepts {
		v, err := c.Tx.Concept(c.project.ID, id)
		if err != nil {
			return err
		}
		switch v.State {
		case studio.ConceptReady:
		case studio.ConceptWithdrawn:
			return studio.Errorf(studio.Forbidden, "the concept %q was withdrawn: %s", "コンセプト「%s」は使用が取り消されています：%s", v.Name, v.WithdrawnWhy)
		default:
			return studio.Errorf(studio.Conflict, "the concept %q is not ready", "コンセプト「%s」はまだ使用できません。", v.Name)
		}
	}
	sources, err := c.sourcesOf(concepts...)
	if err != nil {
		return err
	}
	return c.usableSources(sources)
}

func (c *call) usableSources(sources []studio.Source) error {
	for _, s := range sources {
		if err := s.Usable(c.Now()); err != nil {
			return err
		}
	}
	return nil
}
