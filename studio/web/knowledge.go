package web

import (
	"encoding/json"
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// knowledgeView is what was learned about drawing: examples and templates.
type knowledgeView struct {
	cases     studio.List[studio.Case]
	templates []studio.Template
}

func knowledgePage(v *visit) error {
	q := v.r.URL.Query()
	filter := studio.CaseFilter{Text: q.Get("q")}
	switch q.Get("kind") {
	case "good":
		filter.Good = new(true)
	case "bad":
		filter.Good = new(false)
	}
	cases, err := v.work().Cases(v.ctx(), v.actor, v.project.ID, filter, v.pageOf(24))
	if err != nil {
		return err
	}
	templates, err := v.work().Templates(v.ctx(), v.actor, v.project.ID, studio.TemplateFilter{Text: q.Get("q")}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	v.section = sectionKnowledge
	return v.show(text{"Knowledge", "ナレッジ"}, knowledgeContent(v, knowledgeView{cases, templates.Items}))
}

func createCase(v *visit) error {
	c, err := v.work().CreateCase(v.ctx(), v.actor, v.project.ID, workspace.NewCase{
		PictureID: v.r.PathValue("picture"), Good: v.field("good") == "yes", Title: v.field("title"), Why: v.field("why"),
	})
	if err != nil {
		return err
	}
	return v.redirect(v.path("cases", c.ID), "case")
}

func casePage(v *visit) error {
	c, err := v.work().Case(v.ctx(), v.actor, v.project.ID, v.r.PathValue("case"))
	if err != nil {
		return err
	}
	v.section = sectionKnowledge
	return v.show(text{"{name}", "{name}"}, caseContent(v, c), "name", c.Title)
}

func updateCase(v *visit) error {
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	id := v.r.PathValue("case")
	change := workspace.CaseText{Good: v.field("good") == "yes", Title: v.field("title"), Why: v.field("why")}
	if _, err := v.work().UpdateCase(v.ctx(), v.actor, v.project.ID, id, revision, change); err != nil {
		return err
	}
	return v.redirect(v.path("cases", id), "saved")
}

func deleteCase(v *visit) error {
	if err := v.work().DeleteCase(v.ctx(), v.actor, v.project.ID, v.r.PathValue("case")); err != nil {
		return err
	}
	return v.redirect(v.path("knowledge"), "removed")
}

func templateFromCase(v *visit) error {
	t, err := v.work().TemplateFromCase(v.ctx(), v.actor, v.project.ID, v.r.PathValue("case"), v.field("name"))
	if err != nil {
		return err
	}
	return v.redirect(v.path("templates", t.ID), "template")
}

func newTemplatePage(v *visit) error {
	v.section = sectionKnowledge
	return v.show(text{"New template", "新しいテンプレート"}, templateContent(v, studio.Template{}))
}

func templatePage(v *visit) error {
	t, err := v.work().Template(v.ctx(), v.actor, v.project.ID, v.r.PathValue("template"))
	if err != nil {
		return err
	}
	v.section = sectionKnowledge
	return v.show(text{"{name}", "{name}"}, templateContent(v, t), "name", t.Name)
}

// templateText reads the form of a template. settings are those it has, which
// the form does not show but for the size.
func (v *visit) templateText(settings json.RawMessage) (t workspace.TemplateText, err error) {
	t = workspace.TemplateText{Name: v.field("name"), Prompt: v.field("prompt"), NegativePrompt: v.field("negative_prompt"), Settings: settings}
	t.Defaults = map[string]string{}
	for _, line := range v.lines("defaults") {
		field, value, found := strings.Cut(line, "=")
		if !found {
			return t, badField("defaults", "%.60q is no line such as season=spring", "「%.60s」は正しくありません。season=春のように入力してください。", line)
		}
		t.Defaults[strings.TrimSpace(field)] = strings.TrimSpace(value)
	}
	return t, nil
}

func createTemplate(v *visit) error {
	text, err := v.templateText(nil)
	if err != nil {
		return err
	}
	t, err := v.work().CreateTemplate(v.ctx(), v.actor, v.project.ID, text)
	if err != nil {
		return err
	}
	return v.redirect(v.path("templates", t.ID), "created")
}

func updateTemplate(v *visit) error {
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	id := v.r.PathValue("template")
	old, err := v.work().Template(v.ctx(), v.actor, v.project.ID, id)
	if err != nil {
		return err
	}
	text, err := v.templateText(old.Settings)
	if err != nil {
		return err
	}
	if _, err := v.work().UpdateTemplate(v.ctx(), v.actor, v.project.ID, id, revision, text); err != nil {
		return err
	}
	return v.redirect(v.path("templates", id), "saved")
}

func deleteTemplate(v *visit) error {
	if err := v.work().DeleteTemplate(v.ctx(), v.actor, v.project.ID, v.r.PathValue("template")); err != nil {
		return err
	}
	return v.redirect(v.path("knowledge"), "removed")
}

// defaultLines writes a template's defaults as the form takes them.
func defaultLines(t studio.Template) string {
	var b strings.Builder
	for _, f := range t.Fields() {
		if value, there := t.Defaults[f]; there {
			b.WriteString(f + "=" + value + "\n")
		}
	}
	return b.String()
}
