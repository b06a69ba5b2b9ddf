package web

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// aspect is a shape of pictures. Sizes are of the shape; the model takes the
// nearest that it can draw.
type aspect struct {
	key           string
	text          text
	width, height int // 0 leaves both to the model
}

var aspects = []aspect{
	{"square", text{"Square", "正方形"}, 0, 0},
	{"landscape", text{"Landscape 3:2", "横長 3:2"}, 768, 512},
	{"portrait", text{"Portrait 2:3", "縦長 2:3"}, 512, 768},
	{"wide", text{"Wide 16:9", "ワイド 16:9"}, 896, 504},
	{"tall", text{"Tall 9:16", "縦長 9:16"}, 504, 896},
}

// createView is what the page for drawing shows.
type createView struct {
	concepts  []studio.Concept // that can be used
	templates []studio.Template
	template  *studio.Template // the chosen one
	prompt    string
	negative  string
	chosen    []string // concepts
	seed      string
	ask       bool
	results   results
}

// results are what lives on the page: what is drawn now, and what was last.
type results struct {
	jobs     []studio.Job
	pictures []studio.Picture
	drafts   []studio.Picture // of them, the visitor's own
}

func createPage(v *visit) (err error) {
	c := createView{seed: v.r.URL.Query().Get("seed")}
	concepts, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{State: studio.ConceptReady}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	templates, err := v.work().Templates(v.ctx(), v.actor, v.project.ID, studio.TemplateFilter{}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	c.concepts, c.templates = concepts.Items, templates.Items
	if c.ask, err = v.guidelineOpen(); err != nil {
		return err
	}
	if err := v.beginWith(&c); err != nil {
		return err
	}
	if c.results, err = v.results(); err != nil {
		return err
	}
	v.section = sectionCreate
	return v.show(text{"Create pictures", "画像をつくる"}, createContent(v, c))
}

// beginWith fills the form with what the address asks for: a concept, a
// template, or a picture to vary.
func (v *visit) beginWith(c *createView) error {
	q := v.r.URL.Query()
	if id := cmp.Or(v.field("template"), q.Get("template")); id != "" {
		t, err := v.work().Template(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return err
		}
		c.template = &t
	}
	if id := q.Get("again"); id != "" {
		return v.beginAgain(c, id)
	}
	if id := q.Get("from"); id != "" {
		p, err := v.work().Picture(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return err
		}
		c.prompt, c.negative, c.chosen = p.Prompt, p.NegativePrompt, p.ConceptIDs
		c.seed = strconv.FormatInt(p.Seed, 10)
		return nil
	}
	for _, concept := range c.concepts {
		if concept.ID == q.Get("concept") {
			c.chosen, c.prompt = []string{concept.ID}, "a photo of "+concept.Placeholder
		}
	}
	return nil
}

// beginAgain fills the form with what a job was asked to draw, so that words can
// be changed and drawn again.
func (v *visit) beginAgain(c *createView, job string) error {
	j, err := v.work().Job(v.ctx(), v.actor, v.project.ID, job)
	if err != nil {
		return err
	}
	var params workspace.GenerateParams
	if json.Unmarshal(j.Params, &params) == nil && len(params.Shots) > 0 {
		c.prompt, c.negative, c.chosen = params.Shots[0].Prompt, params.Shots[0].NegativePrompt, params.ConceptIDs
	}
	return nil
}

func createNow(v *visit) error {
	r, err := v.results()
	if err != nil {
		return err
	}
	return v.render(resultsNow(v, r))
}

// shown is how many pictures the page for drawing shows.
const shown = 24

// results are the jobs under way, those that failed last, and the newest
// pictures.
func (v *visit) results() (r results, err error) {
	if r.jobs, err = v.openJobs(); err != nil {
		return r, err
	}
	latest, err := v.work().Jobs(v.ctx(), v.actor, v.project.ID, studio.JobFilter{CreatedBy: v.actor.User.ID}, studio.Page{Limit: 5})
	if err != nil {
		return r, err
	}
	for _, j := range latest.Items {
		if j.State == studio.JobFailed {
			r.jobs = append(r.jobs, j)
		}
	}
	pictures, err := v.work().Pictures(v.ctx(), v.actor, v.project.ID, studio.PictureFilter{}, studio.Page{Limit: shown})
	if err != nil {
		return r, err
	}
	r.pictures = pictures.Items
	return r, v.loadDrafts(&r)
}

// loadDrafts finds what of the newest pictures can be submitted, and what the last checks
// of them said.
func (v *visit) loadDrafts(r *results) error {
	for _, p := range r.pictures {
		if p.State == studio.PictureDraft && p.CreatedBy == v.actor.User.ID {
			r.drafts = append(r.drafts, p)
		}
	}
	last, err := v.checking(r.pictures)
	if err != nil || last == nil {
		return err
	}
	if underWay(last) {
		r.drafts = nil
	} else if last.CreatedBy == v.actor.User.ID && last.State == studio.JobDone {
		r.jobs = append(r.jobs, *last)
	}
	return nil
}

// checkDrawn has drafts that the page showed checked and submitted.
func checkDrawn(v *visit) error {
	return v.checkAll(workspace.EvaluateRequest{PictureIDs: v.r.PostForm["picture"]}, v.path("create"))
}

func (r *results) moving() bool {
	return slices.ContainsFunc(r.jobs, func(j studio.Job) bool { return !j.State.Ended() })
}

func create(v *visit) error {
	r, err := v.request()
	if err != nil {
		return err
	}
	j, err := v.work().Generate(v.ctx(), v.actor, v.project.ID, r)
	if err != nil {
		return err
	}
	if r.TemplateID != "" {
		return v.redirect(v.path("create")+"?template="+r.TemplateID, "drawing")
	}
	return v.redirect(v.path("create")+"?again="+j.ID, "drawing")
}

// request reads what to draw. A concept that the prompt names need not be
// chosen as well.
func (v *visit) request() (r workspace.GenerateRequest, err error) {
	r = workspace.GenerateRequest{
		Prompt: v.field("prompt"), NegativePrompt: v.field("negative_prompt"), TemplateID: v.field("template"),
		ConceptIDs: v.r.PostForm["concept"], Name: v.field("name"),
	}
	count, err := v.whole("count", 1)
	if err != nil {
		return r, err
	}
	r.Count = int(count)
	if v.field("seed") != "" {
		seed, err := v.whole("seed", 0)
		if err != nil {
			return r, err
		}
		r.Seed = &seed
	}
	if r.Fidelity, err = v.fraction("fidelity"); err != nil {
		return r, err
	}
	for _, a := range aspects {
		if a.key == v.field("aspect") {
			r.Width, r.Height = a.width, a.height
		}
	}
	prompt := r.Prompt
	if r.TemplateID != "" {
		if prompt, err = v.readFields(&r); err != nil {
			return r, err
		}
	}
	return r, v.addNamed(&r, prompt)
}

// readFields reads the template's fields, and returns the prompt that they make.
func (v *visit) readFields(r *workspace.GenerateRequest) (string, error) {
	t, err := v.work().Template(v.ctx(), v.actor, v.project.ID, r.TemplateID)
	if err != nil {
		return "", err
	}
	r.Fields = map[string]string{}
	for _, f := range t.Fields() {
		if value := v.field("field_" + f); value != "" {
			r.Fields[f] = value
		}
	}
	prompt, _, err := t.Fill(r.Fields)
	return prompt, err
}

// addNamed adds the concepts that the prompt names by their word. Of several
// versions the newest is meant, unless one is chosen.
func (v *visit) addNamed(r *workspace.GenerateRequest, prompt string) error {
	ready, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{State: studio.ConceptReady}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, c := range ready.Items {
		if slices.Contains(r.ConceptIDs, c.ID) {
			known[c.Placeholder] = true
		}
	}
	for _, c := range ready.Items { // the newest first
		if !known[c.Placeholder] && strings.Contains(prompt, c.Placeholder) {
			known[c.Placeholder] = true
			r.ConceptIDs = append(r.ConceptIDs, c.ID)
		}
	}
	return nil
}

// backOr is where a form wants to lead, if that is a page of ours.
func (v *visit) backOr(path string) string { return cmp.Or(localPath(v.field("back")), path) }

func cancelJob(v *visit) error {
	if _, err := v.work().CancelJob(v.ctx(), v.actor, v.project.ID, v.r.PathValue("job")); err != nil {
		return err
	}
	return v.redirect(v.backOr(cmp.Or(v.backPath(), v.path("create"))), "cancelled")
}

func retryJob(v *visit) error {
	if _, err := v.work().RetryJob(v.ctx(), v.actor, v.project.ID, v.r.PathValue("job")); err != nil {
		return err
	}
	return v.redirect(v.backOr(cmp.Or(v.backPath(), v.path("create"))), "retried")
}

// settingSize is a template's own shape, "" where it leaves that open.
func settingSize(t *studio.Template) string {
	var s workspace.TemplateSettings
	if len(t.Settings) == 0 || json.Unmarshal(t.Settings, &s) != nil || s.Width == 0 {
		return ""
	}
	return strconv.Itoa(s.Width) + " × " + strconv.Itoa(s.Height)
}

func firstTemplate(c createView) string {
	if c.template != nil {
		return c.template.ID
	}
	return c.templates[0].ID
}

// commonFields are what templates' fields are often called.
var commonFields = []named{
	{"product", text{"Product", "商品"}},
	{"season", text{"Season", "季節"}},
	{"customer", text{"Customer", "顧客"}},
	{"place", text{"Place", "場所"}},
	{"scene", text{"Scene", "場面"}},
	{"style", text{"Style", "スタイル"}},
	{"light", text{"Light", "光"}},
	{"colour", text{"Colour", "色"}},
}

// fieldTitle is what a template's field is called.
func (v *visit) fieldTitle(field string) string { return nameOf(v, commonFields, field) }
