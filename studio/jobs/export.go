package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// export does a job of kind export. One picture as PNG or JPEG is that file, and
// several are in a ZIP; the format zip adds a table, html is one page.
func (t *task) export(ctx context.Context) error {
	var params workspace.ExportParams
	if err := t.params(&params); err != nil {
		return err
	}
	if !slices.Contains(studio.ExportFormats(), params.Format) {
		return studio.Errorf(studio.Invalid, "there is no format %q", "形式%qには対応していません。", params.Format)
	}
	if len(params.PictureIDs) == 0 {
		return studio.Errorf(studio.Invalid, "there are no pictures to export", "書き出す画像がありません。")
	}
	checking := func(done int) {
		t.report(ctx, studio.Progress{Step: done, Steps: len(params.PictureIDs), Message: MessageChecking}, nil)
	}
	if err := t.screen(ctx, params, checking); err != nil {
		return err
	}
	path, err := t.pack(ctx, params)
	if err != nil {
		return err
	}
	if err := t.screen(ctx, params, func(int) {}); err != nil { // of marks that were protected meanwhile
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read export: %w", err)
	}
	defer file.Close()
	return t.finish(ctx, file)
}

// screen compares the pictures with marks that were protected since they were checked, and
// refuses to let them leave where one is found. tell hears of each.
func (t *task) screen(ctx context.Context, params workspace.ExportParams, tell func(done int)) error {
	for i, id := range params.PictureIDs {
		tell(i)
		if err := t.desk.ScreenPicture(ctx, t.job.ProjectID, id); err != nil {
			return err
		}
	}
	return t.desk.CheckExport(ctx, t.job.ProjectID, t.job.ID)
}

// pack writes the export's file into the run's folder, picture after picture, so
// that a thousand of them take no more memory than one.
func (t *task) pack(ctx context.Context, params workspace.ExportParams) (path string, err error) {
	if err := os.MkdirAll(t.runFolder(t.job), 0o700); err != nil {
		return "", fmt.Errorf("write export: %w", err)
	}
	file, err := os.Create(filepath.Join(t.runFolder(t.job), "export"))
	if err != nil {
		return "", fmt.Errorf("write export: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	p := newPacker(file, params.Format, len(params.PictureIDs))
	for i, id := range params.PictureIDs {
		it, err := t.item(ctx, id, params)
		if err != nil {
			return "", err
		}
		it.File = itemName(it, i, len(params.PictureIDs))
		if err := p.add(it); err != nil {
			return "", fmt.Errorf("write export: %w", err)
		}
		t.report(ctx, studio.Progress{Step: i + 1, Steps: len(params.PictureIDs), Message: MessagePacking}, nil)
	}
	if err := p.close(); err != nil {
		return "", fmt.Errorf("write export: %w", err)
	}
	return file.Name(), nil
}

// Types of pictures that leave.
const (
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
)

// item is a picture that leaves.
type item struct {
	studio.Picture
	File string // its name in an archive
	Data []byte // its file
	Type string // MIME
}

// item reads a picture as it leaves.
func (t *task) item(ctx context.Context, id string, params workspace.ExportParams) (it item, err error) {
	format := workspace.FormatPNG
	it.Type = typePNG
	if params.Format == workspace.FormatJPEG {
		format, it.Type = workspace.FormatJPEG, typeJPEG
	}
	it.Picture, it.Data, err = t.desk.StampPicture(ctx, t.job.ProjectID, id, format, params.Watermark)
	return it, err
}
