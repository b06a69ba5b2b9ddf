package tuning

import (
	"github.com/ichimai/ichimai/concept"
)

// concept is what has been learned so far: the moving averages where settings
// keep them.
func (r *run) concept() (c *concept.Concept, err error) {
	settings, err := r.job.Settings.table()
	if err != nil {
		return nil, err
	}
	c = &concept.Concept{
		Name: r.job.Name, Placeholder: r.job.Placeholder, Method: r.method.Name(),
		Base:     concept.Base{Hash: r.baseHash, Name: r.job.Model.Name},
		InitWord: r.done.initWord, ClassWord: r.job.ClassWord,
		Settings: settings, Sources: r.job.Sources, Created: r.done.created,
		Version: concept.FormatVersion,
	}
	err = r.exclusive(func() (err error) {
		averaged := r.job.Settings.EMADecay > 0
		if c.LoRA, err = exportAll(r.vars, averaged, r.loras); err != nil || r.token == nil {
			return err
		}
		w := r.vars.of(tokenComponent)
		if averaged {
			w = r.vars.averaged(tokenComponent)
		}
		if c.Embeddings, err = r.token.embeddings(w); err != nil {
			return err
		}
		c.NearestWord, err = nearestWord(r.base, c.Embeddings)
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.plan.encoder && r.job.Settings.PathAlpha < 1 && c.NearestWord != "" {
		c.Alpha, c.Version = &r.job.Settings.PathAlpha, concept.FormatVersionDual
	}
	return c, c.Validate()
}
