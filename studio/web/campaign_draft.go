package web

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/sheet"
	"github.com/ichimai/ichimai/studio/workspace"
)

// draft is a campaign before it starts: what its form holds.
type draft struct {
	templates []studio.Template
	template  *studio.Template // the chosen one; nil where there is none
	concepts  []studio.Concept // that can be used
	ask       bool             // the guideline is to be accepted first
	table     sheet.Table
	columns   map[string]string // which fills a field of the template, workspace.NameField or ConceptField; "" for none
	request   workspace.BatchRequest
	plan      plan
}

// newDraft loads what a campaign can be made of.
func (v *visit) newDraft() (d draft, err error) {
	templates, err := v.work().Templates(v.ctx(), v.actor, v.project.ID, studio.TemplateFilter{}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return d, err
	}
	concepts, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{State: studio.ConceptReady}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return d, err
	}
	d.templates, d.concepts = templates.Items, concepts.Items
	if d.ask, err = v.guidelineOpen(); err != nil {
		return d, err
	}
	id := v.field("template")
	if id == "" && len(d.templates) > 0 {
		id = d.templates[0].ID
	}
	if id != "" {
		t, err := v.work().Template(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return d, err
		}
		d.template = &t
	}
	return d, nil
}

var errNoTable = badField("", "Choose a file, or paste the table as text.", "ファイルを選択するか、表をテキストとして貼り付けてください。")

// readDraft reads the form: the table, which column fills what, and how to draw.
func (v *visit) readDraft(d *draft) error {
	if d.template == nil {
		return badField("", "A campaign needs a template. Make one first.", "キャンペーンにはテンプレートが必要です。先にテンプレートを作成してください。")
	}
	fresh, err := v.readTable(&d.table)
	if err != nil {
		return err
	}
	v.readColumns(d, fresh)
	d.request = workspace.BatchRequest{TemplateID: d.template.ID, ConceptIDs: v.r.PostForm["concept"], Rows: d.rows(), Columns: d.columns}
	perRow, err := v.whole("per_row", 1)
	if err != nil {
		return err
	}
	d.request.PerRow = int(perRow)
	for _, a := range aspects {
		if a.key == v.field("aspect") {
			d.request.Width, d.request.Height = a.width, a.height
		}
	}
	if v.field("seed") != "" {
		seed, err := v.whole("seed", 0)
		if err != nil {
			return err
		}
		d.request.Seed = &seed
	}
	if d.request.Fidelity, err = v.fraction("fidelity"); err != nil {
		return err
	}
	d.addNamed()
	return nil
}

// readTable reads the file, or where none was chosen the text. fresh says that it
// was a file, to which choices of columns need not fit.
func (v *visit) readTable(t *sheet.Table) (fresh bool, err error) {
	if v.r.MultipartForm != nil && len(v.r.MultipartForm.File["file"]) > 0 {
		file, err := v.r.MultipartForm.File["file"][0].Open()
		if err != nil {
			return false, err
		}
		defer file.Close()
		*t, err = sheet.Read(file, sheet.Limits{})
		return true, err
	}
	if v.field("table") == "" {
		return false, errNoTable
	}
	*t, err = sheet.Parse(v.r.FormValue("table"), sheet.Limits{})
	return false, err
}

// columnField is the form's field with the column for a field of the template.
func columnField(field string) string { return "column_" + field }

// readColumns takes the choices of columns, and where there are none finds columns
// by their names.
func (v *visit) readColumns(d *draft, fresh bool) {
	d.columns = map[string]string{}
	for _, f := range append(d.template.Fields(), workspace.NameField, workspace.ConceptField) {
		chosen := v.field(columnField(f))
		there := slices.Contains(d.table.Columns, chosen)
		if there || v.r.Form.Has(columnField(f)) && chosen == "" && !fresh {
			d.columns[f] = chosen
			continue
		}
		d.columns[f] = matching(d.table.Columns, f)
	}
	// Something has to name the pictures; a table's first column mostly does.
	if !v.r.Form.Has(columnField(workspace.NameField)) || fresh {
		d.columns[workspace.NameField] = cmp.Or(d.columns[workspace.NameField], d.table.Columns[0])
	}
}

// otherNames are what else columns are called, by field.
var otherNames = map[string][]string{
	workspace.ConceptField: {"コンセプト", "コンセプト名", "concept name", "concept id", "被写体"},
	workspace.NameField:    {"名前", "氏名", "お名前", "顧客名", "会社名", "商品名", "customer name", "full name"},
	"product":              {"商品名", "製品", "製品名"},
	"customer":             {"顧客名", "お客様", "会社名", "customer name"},
	"place":                {"場所", "地域", "所在地"},
	"colour":               {"color", "色", "カラー"},
}

// matching is the column that a field's name means, or "": its own, its title's in
// either language, or another that it goes by. Width and case do not matter.
func matching(columns []string, field string) string {
	names := append([]string{field, strings.ReplaceAll(field, "_", " ")}, otherNames[field]...)
	for _, n := range commonFields {
		if n.key == field {
			names = append(names, n.text.en, n.text.ja)
		}
	}
	plain := func(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
	for _, name := range names {
		for _, c := range columns {
			if plain(c) == plain(name) {
				return c
			}
		}
	}
	return ""
}

// rows are the table's, by field. A cell that is empty leaves its field to the
// template's default.
func (d *draft) rows() []map[string]string {
	rows := make([]map[string]string, len(d.table.Rows))
	for i, cells := range d.table.Rows {
		rows[i] = map[string]string{}
		for field, column := range d.columns {
			if value := cells[column]; value != "" {
				rows[i][field] = value
			}
		}
	}
	return rows
}

// choosesConcepts reports whether a column says which concept a row is of.
func (d *draft) choosesConcepts() bool {
	return d.columns[workspace.ConceptField] != "" && !slices.Contains(d.template.Fields(), workspace.ConceptField)
}

// shots are the rows as they would be drawn, without a prompt where something is
// missing.
func (d *draft) shots() []workspace.Shot {
	list := make([]workspace.Shot, len(d.request.Rows))
	for i, row := range d.request.Rows {
		var own []studio.Concept
		if cell := row[workspace.ConceptField]; cell != "" && d.choosesConcepts() {
			own, _ = workspace.ConceptsNamed(cell, d.concepts)
		}
		if shot, err := workspace.RowShot(*d.template, row, own); err == nil {
			list[i] = shot
		}
	}
	return list
}

// addNamed adds the concepts that every row names by their word. Of several
// versions the newest is meant, unless one is chosen.
func (d *draft) addNamed() {
	known := map[string]bool{}
	for _, c := range d.concepts {
		if slices.Contains(d.request.ConceptIDs, c.ID) {
			known[c.Placeholder] = true
		}
	}
	// Rows with concepts of their own need none of the request's.
	shots := slices.DeleteFunc(d.shots(), func(s workspace.Shot) bool { return s.Prompt == "" || s.ConceptIDs != nil })
	for _, c := range d.concepts { // the newest first
		lacks := func(s workspace.Shot) bool { return !strings.Contains(s.Prompt, c.Placeholder) }
		if len(shots) == 0 || known[c.Placeholder] || slices.ContainsFunc(shots, lacks) {
			continue
		}
		known[c.Placeholder] = true
		d.request.ConceptIDs = append(d.request.ConceptIDs, c.ID)
	}
}

// example is what the first row that fills a column has there.
func (d *draft) example(column string) string {
	for _, row := range d.table.Rows {
		if row[column] != "" && column != "" {
			return shorten(row[column], 40)
		}
	}
	return ""
}

// sent reports whether an option was chosen; missing is the one where none was.
func (v *visit) sent(field, option, missing string) bool {
	return cmp.Or(v.field(field), missing) == option
}
