package workspace

import (
	"context"
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// MaxExport is the most pictures of one Export.
const MaxExport = 1000

// ExportRequest asks for pictures to be packed into one file.
type ExportRequest struct {
	PictureIDs []string
	Format     string // one of the policy's formats
}

// ExportParams are the Params of a job of kind export.
type ExportParams struct {
	PictureIDs []string `json:"picture_ids"`
	Format     string   `json:"format"`
	Watermark  bool     `json:"watermark"` // the policy wants the invisible mark
}

// Export makes a job that packs pictures. They have to be approved or published,
// the rights behind them good, and the format one that the policy allows.
func (w *Workspace) Export(ctx context.Context, actor Actor, project string, r ExportRequest) (j studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		policy, err := c.Policy()
		if err != nil {
			return err
		}
		if !slices.Contains(policy.ExportFormats, r.Format) {
			return invalid("format", "%.40q is none of the allowed %v", "%.40qは指定できません。%vのいずれかを指定してください。", r.Format, policy.ExportFormats)
		}
		if err := c.exportable(r.PictureIDs); err != nil {
			return err
		}
		params := ExportParams{PictureIDs: r.PictureIDs, Format: r.Format, Watermark: policy.Watermark}
		j, err = c.enqueue(studio.JobExport, params, fields{"pictures": len(r.PictureIDs), "format": r.Format})
		return err
	})
	if err != nil {
		return studio.Job{}, err
	}
	return j, nil
}

func (c *call) exportable(ids []string) error {
	if len(ids) < 1 || len(ids) > MaxExport {
		return invalid("picture_ids", "name from 1 to %d pictures", "1枚から%d枚の画像を選択してください。", MaxExport)
	}
	known := map[string]bool{}
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			return invalid("picture_ids", "%s is there twice", "%sが重複しています。", id)
		}
		seen[id] = true
		p, err := c.Tx.Picture(c.project.ID, id)
		if err != nil {
			return err
		}
		if p.State != studio.PictureApproved && p.State != studio.PicturePublished {
			return studio.Errorf(studio.Conflict, "only approved pictures can be exported; %s is %s",
				"書き出せるのは承認済みの画像だけです（%s：%s）。", id, p.State)
		}
		if err := p.CheckMarks(); err != nil {
			return err
		}
		for _, concept := range p.ConceptIDs {
			if known[concept] {
				continue
			}
			known[concept] = true
			if err := c.usable(concept); err != nil {
				return err
			}
		}
	}
	return nil
}
