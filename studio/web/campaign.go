package web

import (
	"encoding/json"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// sectionCampaign is the place of campaigns: pictures of every row of a table.
const sectionCampaign section = "campaign"

// tableForm bounds what a campaign's form may carry: the table's file, and its
// text beside it.
const tableForm = 16 << 20

func (m *mux) campaigns() {
	m.in("/campaign", campaignPage)
	m.upload("/campaign/check", tableForm, checkCampaign, campaignPage)
	m.upload("/campaign", tableForm, startCampaign, checkCampaign)
	m.in("/campaign/{job}", batchPage)
	m.in("/campaign/{job}/now", batchNow)
	m.inForm("/campaign/{job}/submit", submitBatch, batchPage)
	m.inForm("/campaign/{job}/export", exportBatch, batchPage)
	m.in("/campaign/{job}/files/{export}", serveExport)
	m.in("/campaign/{job}/contact", contactPage)
	m.in("/campaign/{job}/catalogue", cataloguePage)
}

// campaignView is what the page of all campaigns shows: the form for a new one,
// and those that there are.
type campaignView struct {
	draft draft
	past  []pastCampaign
	next  string // part of the list
}

// pastCampaign is a campaign in the list.
type pastCampaign struct {
	job            studio.Job
	name           string
	rows, pictures int
}

func campaignPage(v *visit) (err error) {
	c := campaignView{}
	if c.draft, err = v.newDraft(); err != nil {
		return err
	}
	list, err := v.work().Jobs(v.ctx(), v.actor, v.project.ID, studio.JobFilter{Kind: studio.JobBatch}, v.pageOf(20))
	if err != nil {
		return err
	}
	c.next = list.Next
	for _, j := range list.Items {
		c.past = append(c.past, v.pastCampaign(j, c.draft.templates))
	}
	v.section = sectionCampaign
	return v.show(text{"Campaign", "キャンペーン"}, campaigns(v, c))
}

func (v *visit) pastCampaign(j studio.Job, templates []studio.Template) pastCampaign {
	p := pastCampaign{job: j, name: v.say(text{"Campaign", "キャンペーン"})}
	var params workspace.BatchParams
	if json.Unmarshal(j.Params, &params) != nil {
		return p
	}
	p.pictures = len(params.Shots)
	p.rows = p.pictures / max(params.PerRow, 1)
	for _, t := range templates {
		if t.ID == params.TemplateID {
			p.name = t.Name
		}
	}
	return p
}

// checkCampaign shows what a campaign would take and what is wrong with it; it
// draws nothing.
func checkCampaign(v *visit) error {
	d, err := v.newDraft()
	if err != nil {
		return err
	}
	if err := v.readDraft(&d); err != nil {
		return err
	}
	if err := v.plan(&d); err != nil {
		return err
	}
	v.section = sectionCampaign
	return v.show(text{"Check the campaign", "キャンペーンの確認"}, campaignPlan(v, d))
}

func startCampaign(v *visit) error {
	d, err := v.newDraft()
	if err != nil {
		return err
	}
	if err := v.readDraft(&d); err != nil {
		return err
	}
	j, err := v.work().Batch(v.ctx(), v.actor, v.project.ID, d.request)
	if err != nil {
		return err
	}
	return v.redirect(v.path("campaign", j.ID), "drawing")
}
