package web

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func conceptsPage(v *visit) error {
	q := v.r.URL.Query()
	filter := studio.ConceptFilter{Text: q.Get("q"), State: studio.ConceptState(q.Get("state"))}
	list, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, filter, v.pageOf(24))
	if err != nil {
		return err
	}
	sources, err := v.sourcesByID()
	if err != nil {
		return err
	}
	v.section = sectionConcepts
	return v.show(text{"Concepts", "コンセプト"}, concepts(v, list, sources))
}

// sourcesByID are all photos of the project.
func (v *visit) sourcesByID() (map[string]studio.Source, error) {
	list := func(p studio.Page) (studio.List[studio.Source], error) {
		return v.work().Sources(v.ctx(), v.actor, v.project.ID, studio.SourceFilter{}, p)
	}
	all := map[string]studio.Source{}
	for s, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		all[s.ID] = s
	}
	return all, nil
}

// soon is how long before its end a right is warned of.
const soon = 30 * 24 * time.Hour

// rightsWarning says what is wrong, or soon will be, with the right to use a
// photo; "" where nothing is.
func (v *visit) rightsWarning(s studio.Source) string {
	switch {
	case s.Withdrawn():
		return v.say(text{"Withdrawn", "取り消し済み"})
	case !s.Rights.Confirmed():
		return v.say(text{"Rights not confirmed", "権利が未確認"})
	case s.Rights.Expired(v.now):
		return v.say(text{"Rights ended on {day}", "{day}に権利が失効"}, "day", v.day(s.Rights.Expires))
	case !s.Rights.Expires.IsZero() && s.Rights.Expires.Sub(v.now) < soon:
		return v.say(text{"Rights end on {day}", "{day}に権利が失効予定"}, "day", v.day(s.Rights.Expires))
	}
	return ""
}

// conceptWarning is the first of its photos' warnings.
func (v *visit) conceptWarning(c *studio.Concept, sources map[string]studio.Source) string {
	if c.State == studio.ConceptWithdrawn {
		return ""
	}
	for _, id := range c.SourceIDs {
		if s, known := sources[id]; known {
			if w := v.rightsWarning(s); w != "" {
				return w
			}
		}
	}
	return ""
}

// conceptView is what a concept's page shows.
type conceptView struct {
	concept  studio.Concept
	versions []studio.Concept // of its name, the oldest first
	sources  []studio.Source
	dial     []dialPicture
	dialJobs []studio.Job // those under way
	pictures []studio.Picture
	learning *studio.Job
	class    string // the kind of thing that it was told, to learn it again
}

// dialPicture is what the fidelity dial drew at one of its places.
type dialPicture struct {
	fidelity float64
	picture  *studio.Picture // nil while it is not there
}

// dialStops are the places of the fidelity dial.
var dialStops = []float64{0, 0.25, 0.5, 0.75, 1}

func (v *visit) loadConcept() (c conceptView, err error) {
	if c.concept, err = v.work().Concept(v.ctx(), v.actor, v.project.ID, v.r.PathValue("concept")); err != nil {
		return c, err
	}
	versions, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{Name: c.concept.Name}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return c, err
	}
	c.versions = versions.Items
	slices.SortFunc(c.versions, func(a, b studio.Concept) int { return cmp.Compare(a.Version, b.Version) })
	for _, id := range c.concept.SourceIDs {
		s, err := v.work().Source(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return c, err
		}
		c.sources = append(c.sources, s)
	}
	if c.concept.State == studio.ConceptLearning {
		if c.learning, err = v.learningOf(c.concept.ID); err != nil {
			return c, err
		}
	}
	pictures, err := v.work().Pictures(v.ctx(), v.actor, v.project.ID, studio.PictureFilter{ConceptID: c.concept.ID}, studio.Page{Limit: 8})
	if err != nil {
		return c, err
	}
	c.pictures = pictures.Items
	return c, v.loadDial(&c)
}

// dialName is the name of what the dial draws, by which it is found again.
var dialName = text{"Fidelity {n}", "忠実度 {n}"}

func isDial(name string) bool {
	for _, l := range []lang{english, japanese} {
		if beginning, _, _ := strings.Cut(dialName.in(l), "{"); strings.HasPrefix(name, beginning) {
			return true
		}
	}
	return false
}

// loadDial finds the latest picture of each place of the dial.
func (v *visit) loadDial(c *conceptView) error {
	list := func(p studio.Page) (studio.List[studio.Job], error) {
		return v.work().Jobs(v.ctx(), v.actor, v.project.ID, studio.JobFilter{Kind: studio.JobGenerate}, p)
	}
	found := map[float64]studio.Job{}
	for j, err := range studio.All(list) {
		if err != nil {
			return err
		}
		if j.ID < c.concept.ID || len(found) == len(dialStops) {
			break
		}
		var params workspace.GenerateParams
		if json.Unmarshal(j.Params, &params) != nil || params.Fidelity == nil || len(params.Shots) != 1 ||
			!isDial(params.Shots[0].Name) || !slices.Equal(params.ConceptIDs, []string{c.concept.ID}) {
			continue
		}
		if _, later := found[*params.Fidelity]; !later {
			found[*params.Fidelity] = j
		}
	}
	if len(found) == 0 {
		return nil
	}
	for _, stop := range dialStops {
		d := dialPicture{fidelity: stop}
		if j, there := found[stop]; there {
			if !j.State.Ended() {
				c.dialJobs = append(c.dialJobs, j)
			}
			pictures, err := v.picturesOf(j)
			if err != nil {
				return err
			}
			if len(pictures) > 0 {
				d.picture = &pictures[0]
			}
		}
		c.dial = append(c.dial, d)
	}
	return nil
}

func conceptPage(v *visit) error {
	c, err := v.loadConcept()
	if err != nil {
		return err
	}
	if v.role.CanCreate() {
		if c.class, err = v.classWordOf(c.concept.ID); err != nil {
			return err
		}
	}
	v.section = sectionConcepts
	return v.show(text{"{name}", "{name}"}, conceptContent(v, c), "name", c.concept.Name)
}

// classWordOf is the kind of thing that a concept's learning was told, "" where that
// was nothing or the job was deleted.
func (v *visit) classWordOf(concept string) (string, error) {
	j, err := v.learningOf(concept)
	if err != nil || j == nil {
		return "", err
	}
	var params workspace.LearnParams
	err = json.Unmarshal(j.Params, &params)
	return params.ClassWord, err
}

func conceptNow(v *visit) error {
	c, err := v.loadConcept()
	if err != nil {
		return err
	}
	return v.render(dialNow(v, c))
}

// drawDial draws one prompt at each place of the dial, from the same noise.
func drawDial(v *visit) error {
	c, err := v.work().Concept(v.ctx(), v.actor, v.project.ID, v.r.PathValue("concept"))
	if err != nil {
		return err
	}
	prompt := v.field("dial_prompt")
	if !strings.Contains(prompt, c.Placeholder) {
		return badField("prompt", "does not mention %s", "「%s」が含まれていません。", c.Placeholder)
	}
	for _, stop := range dialStops {
		_, err := v.work().Generate(v.ctx(), v.actor, v.project.ID, workspace.GenerateRequest{
			Prompt: prompt, ConceptIDs: []string{c.ID}, Fidelity: new(stop), Seed: new(int64(sceneSeed)), Name: v.say(dialName, "n", number(stop)),
		})
		if err != nil {
			return err
		}
	}
	return v.redirect(v.path("concepts", c.ID), "drawing")
}

func setFidelity(v *visit) error {
	fidelity, err := v.fraction("fidelity")
	if err != nil {
		return err
	}
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	if fidelity == nil {
		return badField("fidelity", "is empty", "入力されていません。")
	}
	id := v.r.PathValue("concept")
	if _, err := v.work().SetFidelity(v.ctx(), v.actor, v.project.ID, id, revision, *fidelity); err != nil {
		return err
	}
	return v.redirect(v.path("concepts", id), "saved")
}

func learnAgain(v *visit) error {
	parent, err := v.work().Concept(v.ctx(), v.actor, v.project.ID, v.r.PathValue("concept"))
	if err != nil {
		return err
	}
	steps, err := v.whole("steps", 0)
	if err != nil {
		return err
	}
	c, _, err := v.work().LearnConcept(v.ctx(), v.actor, v.project.ID, workspace.LearnRequest{
		SourceIDs: v.r.PostForm["source"], ParentID: parent.ID, ClassWord: v.classWord(), Method: v.field("method"), Steps: int(steps),
	})
	if err != nil {
		return err
	}
	return v.redirect(v.path("concepts", c.ID), "learning")
}

func renameConcept(v *visit) error {
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	id := v.r.PathValue("concept")
	if _, err := v.work().RenameConcept(v.ctx(), v.actor, v.project.ID, id, revision, v.field("name")); err != nil {
		return err
	}
	return v.redirect(v.path("concepts", id), "saved")
}

func withdrawConcept(v *visit) error {
	w, err := v.work().WithdrawConcept(v.ctx(), v.actor, v.project.ID, v.r.PathValue("concept"), v.field("reason"))
	if err != nil {
		return err
	}
	v.section = sectionConcepts
	return v.show(text{"Withdrawn", "取り消しました"}, withdrawn(v, w))
}

func deleteConcept(v *visit) error {
	if err := v.work().DeleteConcept(v.ctx(), v.actor, v.project.ID, v.r.PathValue("concept")); err != nil {
		return err
	}
	return v.redirect(v.path("concepts"), "removed")
}

func serveConcept(v *visit) error {
	c, err := v.work().Concept(v.ctx(), v.actor, v.project.ID, v.r.PathValue("concept"))
	if err != nil {
		return err
	}
	file, _, err := v.work().OpenConcept(v.ctx(), v.actor, v.project.ID, c.ID)
	if err != nil {
		return err
	}
	name := c.Name + "-v" + itoa(c.Version) + ".safetensors"
	return v.send(file, download{name: name, kind: "application/octet-stream", etag: c.Blob})
}
