package web

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/a-h/templ"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// batch is a campaign that was started, with what it has drawn.
type batch struct {
	job      studio.Job
	params   workspace.BatchParams
	template *studio.Template // nil where it was deleted
	rows     []batchRow       // that are shown
	first    int              // number of the first row shown
	all      int              // rows in all
	pictures []studio.Picture // of all rows, in order
	exports  []studio.Job     // of its pictures, the newest first
	checking *studio.Job      // the newest that checks some of its pictures, nil for none
	formats  []string         // in which pictures may leave
}

// batchRow is a row with its pictures.
type batchRow struct {
	number   int // from 1
	name     string
	prompt   string
	fields   []oneValue
	pictures []studio.Picture
	awaited  int // pictures not drawn yet
}

// rowsShown is how many rows a page has.
const rowsShown = 48

// batch loads the campaign that the path names.
func (v *visit) batch() (b batch, err error) {
	if b.job, err = v.work().Job(v.ctx(), v.actor, v.project.ID, v.r.PathValue("job")); err != nil {
		return b, err
	}
	if b.job.Kind != studio.JobBatch {
		return b, errNoPage
	}
	if err := json.Unmarshal(b.job.Params, &b.params); err != nil {
		return b, fmt.Errorf("read a batch's parameters: %w", err)
	}
	switch t, err := v.work().Template(v.ctx(), v.actor, v.project.ID, b.params.TemplateID); studio.ErrorCode(err) {
	case "":
		b.template = &t
	case studio.NotFound: // it was deleted; the prompts are in the job
	default:
		return b, err
	}
	return b, v.loadRows(&b)
}

// loadRows puts the pictures into their rows.
func (v *visit) loadRows(b *batch) error {
	var drawn workspace.DrawnPictures
	if len(b.job.Result) > 0 {
		if err := json.Unmarshal(b.job.Result, &drawn); err != nil {
			return fmt.Errorf("read a batch's result: %w", err)
		}
	}
	byID := map[string]studio.Picture{}
	list := func(page studio.Page) (studio.List[studio.Picture], error) {
		return v.work().Pictures(v.ctx(), v.actor, v.project.ID, studio.PictureFilter{JobID: b.job.ID}, page)
	}
	for p, err := range studio.All(list) {
		if err != nil {
			return err
		}
		byID[p.ID] = p
	}
	perRow := max(b.params.PerRow, 1)
	for i, shot := range b.params.Shots {
		if i%perRow == 0 {
			b.rows = append(b.rows, batchRow{number: i/perRow + 1, name: shot.Name, prompt: shot.Prompt, fields: v.rowFields(b.template, shot)})
		}
		row := &b.rows[len(b.rows)-1]
		id, done := drawn.Pictures[i]
		if !done {
			row.awaited++
		} else if p, there := byID[id]; there {
			row.pictures = append(row.pictures, p)
			b.pictures = append(b.pictures, p)
		}
	}
	b.all, b.first = len(b.rows), 1
	return nil
}

// part leaves the rows of one page, from the one that the address asks for.
func (v *visit) part(b *batch) error {
	first, err := v.whole("row", 1)
	if err != nil {
		return err
	}
	b.first = int(min(max(first, 1), int64(max(b.all, 1))))
	b.rows = b.rows[b.first-1 : min(b.first-1+rowsShown, b.all)]
	return nil
}

// loadExports adds the files that were made of the campaign's pictures.
func (v *visit) loadExports(b *batch) error {
	policy, err := v.work().Policy(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	b.formats = policy.ExportFormats
	ours := map[string]bool{}
	for _, p := range b.pictures {
		ours[p.ID] = true
	}
	latest, err := v.work().Jobs(v.ctx(), v.actor, v.project.ID, studio.JobFilter{Kind: studio.JobExport}, studio.Page{})
	if err != nil {
		return err
	}
	for _, j := range latest.Items {
		var params workspace.ExportParams
		if json.Unmarshal(j.Params, &params) == nil && len(params.PictureIDs) > 0 && ours[params.PictureIDs[0]] {
			b.exports = append(b.exports, j)
		}
	}
	return nil
}

func (v *visit) loadBatch() (b batch, err error) {
	if b, err = v.batch(); err != nil {
		return b, err
	}
	if err := v.loadExports(&b); err != nil {
		return b, err
	}
	if b.checking, err = v.checking(b.pictures); err != nil {
		return b, err
	}
	return b, v.part(&b)
}

func batchPage(v *visit) error {
	b, err := v.loadBatch()
	if err != nil {
		return err
	}
	v.section = sectionCampaign
	return v.show(text{"{name}", "{name}"}, batchContent(v, b), "name", b.name(v))
}

func batchNow(v *visit) error {
	b, err := v.loadBatch()
	if err != nil {
		return err
	}
	return v.render(batchNowPart(v, b))
}

// name is what the campaign is called: its template's name.
func (b *batch) name(v *visit) string {
	if b.template == nil {
		return v.say(text{"Campaign", "キャンペーン"})
	}
	return b.template.Name
}

// moving reports whether the page will soon show something else.
func (b *batch) moving() bool {
	return !b.job.State.Ended() || underWay(b.checking) || slices.ContainsFunc(b.exports, func(j studio.Job) bool { return !j.State.Ended() })
}

// in are the pictures in one of some states.
func (b *batch) in(states ...studio.PictureState) (list []studio.Picture) {
	for _, p := range b.pictures {
		if slices.Contains(states, p.State) {
			list = append(list, p)
		}
	}
	return list
}

// submittable are those that can be put before the approvers.
func (b *batch) submittable() []studio.Picture {
	return b.in(studio.PictureDraft, studio.PictureChangeRequested)
}

// exportable are those that can leave the studio: a protected mark in one keeps it here.
func (b *batch) exportable() []studio.Picture {
	return slices.DeleteFunc(b.in(studio.PictureApproved, studio.PicturePublished), marked)
}

// kept are the approved ones that show a protected mark which nobody has allowed.
func (b *batch) kept() []studio.Picture {
	return slices.DeleteFunc(b.in(studio.PictureApproved, studio.PicturePublished), func(p studio.Picture) bool { return !marked(p) })
}

func marked(p studio.Picture) bool { return studio.ErrorCode(p.CheckMarks()) == studio.Forbidden }

// submitBatch has the ticked pictures checked and submitted, or all drafts.
func submitBatch(v *visit) error {
	b, err := v.batch()
	if err != nil {
		return err
	}
	back := v.backOr(v.path("campaign", b.job.ID))
	if v.field("what") == "all" {
		return v.checkAll(workspace.EvaluateRequest{JobID: b.job.ID}, back)
	}
	ticked := v.r.PostForm["picture"]
	var ids []string
	for _, p := range b.submittable() {
		if slices.Contains(ticked, p.ID) {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return badField("", "Tick the pictures to submit.", "提出する画像を選択してください。")
	}
	return v.checkAll(workspace.EvaluateRequest{PictureIDs: ids}, back)
}

// exportBatch packs the approved pictures.
func exportBatch(v *visit) error {
	b, err := v.batch()
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range b.exportable() {
		ids = append(ids, p.ID)
	}
	if _, err := v.work().Export(v.ctx(), v.actor, v.project.ID, workspace.ExportRequest{PictureIDs: ids, Format: v.field("format")}); err != nil {
		return err
	}
	return v.redirect(v.path("campaign", b.job.ID), "packing")
}

// serveExport hands out a file that was packed.
func serveExport(v *visit) error {
	j, err := v.work().Job(v.ctx(), v.actor, v.project.ID, v.r.PathValue("export"))
	if err != nil {
		return err
	}
	if j.Kind != studio.JobExport || j.ResultBlob == "" {
		return errNoPage
	}
	file, _, kind, err := v.work().OpenFile(v.ctx(), v.actor, v.project.ID, j.ResultBlob)
	if err != nil {
		return err
	}
	return v.send(file, download{name: exportName(j), kind: kind, etag: j.ResultBlob})
}

// exportFormats are what the formats of an export hold.
var exportFormats = []named{
	{"zip", text{"ZIP with a list", "ZIP（一覧表付き）"}},
	{"html", text{"One page (HTML)", "1つのページ（HTML）"}},
	{"png", text{"PNG", "PNG"}},
	{"jpeg", text{"JPEG", "JPEG"}},
}

// allows reports whether pictures may leave in a format.
func (b *batch) allows(format string) bool { return slices.Contains(b.formats, format) }

// batchPart is the address of the page with a row.
func (v *visit) batchPart(b *batch, row int) templ.SafeURL {
	if row <= 1 {
		return v.url("campaign", b.job.ID)
	}
	return templ.SafeURL(v.path("campaign", b.job.ID) + "?row=" + itoa(row))
}

// exportName is under which an export is saved.
func exportName(j studio.Job) string { return "campaign-" + j.ID[len(j.ID)-6:] + exportEnding(j) }

// exportEnding is the ending of an export's file: one PNG or JPEG is that file,
// and several are in a ZIP.
func exportEnding(j studio.Job) string {
	var params workspace.ExportParams
	if json.Unmarshal(j.Params, &params) != nil {
		return ".zip"
	}
	switch one := len(params.PictureIDs) == 1; {
	case params.Format == "html":
		return ".html"
	case params.Format == "png" && one:
		return ".png"
	case params.Format == "jpeg" && one:
		return ".jpg"
	}
	return ".zip"
}
