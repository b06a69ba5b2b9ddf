package web

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// contactPage shows all pictures small, on one sheet where they fit.
func contactPage(v *visit) error {
	b, err := v.batch()
	if err != nil {
		return err
	}
	v.section = sectionCampaign
	return v.show(text{"Contact sheet: {name}", "コンタクトシート：{name}"}, contactSheet(v, b), "name", b.name(v))
}

// contactColumns are how many pictures fit side by side so that all of them fit on
// one A4 sheet (190 by 262 mm without its margins and heading), square and with
// 7 mm for a line below each; at most 12, where a picture is still 15 mm wide.
func contactColumns(count int) int {
	const width, height, line = 190, 262, 7
	for columns := 4; columns < 12; columns++ {
		if lines := height / (width/columns + line); columns*lines >= count {
			return columns
		}
	}
	return 12
}

// cataloguePage shows row by row a picture, its name and its fields, to print.
func cataloguePage(v *visit) error {
	b, err := v.batch()
	if err != nil {
		return err
	}
	all := v.field("all") != ""
	var rows []batchRow
	for _, r := range b.rows {
		r.pictures = slices.DeleteFunc(r.pictures, func(p studio.Picture) bool {
			approved := p.State == studio.PictureApproved || p.State == studio.PicturePublished
			return p.State == studio.PictureWithdrawn || p.State == studio.PictureRejected || !approved && !all
		})
		if len(r.pictures) > 0 {
			rows = append(rows, r)
		}
	}
	b.rows = rows
	v.section = sectionCampaign
	return v.show(text{"Catalogue: {name}", "カタログ：{name}"}, catalogue(v, b, all), "name", b.name(v))
}

// rowFields are what the row had in the template's fields: in the template's order,
// or where that was deleted by name. Jobs of before fields were kept have none.
func (v *visit) rowFields(t *studio.Template, shot workspace.Shot) []oneValue {
	names := slices.Sorted(maps.Keys(shot.Fields))
	if t != nil {
		ours := t.Fields()
		place := func(name string) int {
			if i := slices.Index(ours, name); i >= 0 {
				return i
			}
			return len(ours)
		}
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	}
	var list []oneValue
	for _, name := range names {
		list = append(list, oneValue{v.fieldTitle(name), shot.Fields[name]})
	}
	return list
}

// label is what a picture is called below it: its name, else the row's first field
// that says something, else the row's number.
func (r *batchRow) label() string { return cmp.Or(r.caption(), strconv.Itoa(r.number)) }

// caption is label without the number.
func (r *batchRow) caption() string {
	if r.name != "" {
		return r.name
	}
	for _, f := range r.fields {
		if f.value != "" {
			return f.value
		}
	}
	return ""
}

// place is where a picture is in the campaign: its row, and where a row has
// several its number there.
func (r *batchRow) place(i, perRow int) string {
	if perRow <= 1 {
		return strconv.Itoa(r.number)
	}
	return strconv.Itoa(r.number) + "-" + strconv.Itoa(i+1)
}
