package web

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

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

// rowFields are what the row had in the template's fields. A job keeps the prompts
// alone, so they are read back from those, where that can be done in one way only;
// else there are none, and the prompt has to do.
func (v *visit) rowFields(t *studio.Template, shot workspace.Shot) []oneValue {
	if t == nil {
		return nil
	}
	values, clear := unfill(t, shot)
	if !clear {
		return nil
	}
	var list []oneValue
	for _, f := range t.Fields() {
		list = append(list, oneValue{v.fieldTitle(f), values[f]})
	}
	return list
}

// unfill is Template.Fill backwards. It reports false where the template does not
// fit, or more than one reading does: the shortest and the longest then differ.
func unfill(t *studio.Template, shot workspace.Shot) (map[string]string, bool) {
	values := map[string]string{}
	for _, part := range [][2]string{{t.Prompt, shot.Prompt}, {t.NegativePrompt, shot.NegativePrompt}} {
		short, fits := readFields(part[0], part[1], "(.*?)")
		long, _ := readFields(part[0], part[1], "(.*)")
		if !fits || !slices.Equal(short, long) {
			return nil, false
		}
		for i, name := range braced.FindAllStringSubmatch(part[0], -1) {
			values[name[1]] = short[i]
		}
	}
	prompt, negative, err := t.Fill(values)
	return values, err == nil && prompt == shot.Prompt && negative == shot.NegativePrompt
}

var braced = regexp.MustCompile(`\{([^{}]*)\}`)

// readFields reads the values of a template's fields in order, each as the pattern
// any wants it.
func readFields(template, said, any string) ([]string, bool) {
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	rest := template
	for _, at := range braced.FindAllString(template, -1) {
		before, after, _ := strings.Cut(rest, at)
		pattern.WriteString(regexp.QuoteMeta(before) + any)
		rest = after
	}
	pattern.WriteString(regexp.QuoteMeta(rest) + `$`)
	fit, err := regexp.Compile(pattern.String())
	if err != nil {
		return nil, false
	}
	found := fit.FindStringSubmatch(said)
	if found == nil {
		return nil, false
	}
	return found[1:], true
}

// label is what a picture is called below it: its name, else its row's number.
func (r *batchRow) label() string {
	if r.name != "" {
		return r.name
	}
	return strconv.Itoa(r.number)
}

// place is where a picture is in the campaign: its row, and where a row has
// several its number there.
func (r *batchRow) place(i, perRow int) string {
	if perRow <= 1 {
		return strconv.Itoa(r.number)
	}
	return strconv.Itoa(r.number) + "-" + strconv.Itoa(i+1)
}
