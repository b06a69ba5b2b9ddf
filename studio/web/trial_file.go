package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"

	"github.com/a-h/templ"

	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/workspace"
)

// ReportPage returns what makes the report on a trial as one file: the article of
// the report's page, with its pictures and styles in it and nothing that leads
// anywhere.
func ReportPage(o Options) api.ReportPage {
	s := newServer(o)
	return func(ctx context.Context, actor workspace.Actor, project, trial, language string) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
		if err != nil {
			return nil, fmt.Errorf("make report: %w", err)
		}
		r.SetPathValue("trial", trial)
		v := &visit{server: s, r: r, id: s.IDs.NewID(), now: s.Clock(), lang: lang(language), actor: actor}
		if v.project, v.role, err = v.work().Project(ctx, actor, project); err != nil {
			return nil, err
		}
		return v.reportFile()
	}
}

// reportFrame stands around the article: language, title, styles, article.
const reportFrame = `<!DOCTYPE html>
<html lang="%s">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>
%s
</style>
</head>
<body>
<main>
%s
</main>
</body>
</html>
`

func (v *visit) reportFile() ([]byte, error) {
	t, err := v.trialView()
	if err != nil {
		return nil, err
	}
	var article bytes.Buffer
	article.WriteString(`<article class="report">`)
	for _, part := range []templ.Component{
		reportCover(v, &t), reportSummary(v, &t), reportPictures(v, &t), reportTime(v, &t),
		reportCost(v, &t), reportReturn(v, &t), reportBasis(v, &t),
	} {
		if err := part.Render(v.ctx(), &article); err != nil {
			return nil, fmt.Errorf("make report: %w", err)
		}
	}
	article.WriteString("</article>")
	whole, err := v.embed(article.Bytes())
	if err != nil {
		return nil, err
	}
	var styles bytes.Buffer
	for _, name := range []string{"studio.css", "trial.css"} {
		style, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			return nil, fmt.Errorf("make report: %w", err)
		}
		styles.Write(style)
	}
	title := v.say(text{"Report: {name}", "報告書：{name}"}, "name", t.Trial.Name)
	return fmt.Appendf(nil, reportFrame, v.lang, html.EscapeString(title), styles.Bytes(), whole), nil
}

// shownFile is the address of a project's file in an attribute.
var shownFile = regexp.MustCompile(`"/p/[^/"]+/files/([0-9a-f]{64})"`)

// embed puts the pictures that a page shows into it.
func (v *visit) embed(page []byte) ([]byte, error) {
	var errs []error
	whole := shownFile.ReplaceAllFunc(page, func(attribute []byte) []byte {
		data, err := v.dataURL(string(shownFile.FindSubmatch(attribute)[1]))
		if err != nil {
			errs = append(errs, err)
		}
		return []byte(`"` + data + `"`)
	})
	return whole, errors.Join(errs...)
}

// dataURL is a file of the project as an address that holds it.
func (v *visit) dataURL(blob string) (string, error) {
	file, _, kind, err := v.work().OpenFile(v.ctx(), v.actor, v.project.ID, blob)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("make report: %w", err)
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data), nil
}
