package workspace

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

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
// the rights behind them good, and the format one that the policy allows. Ones that show a
// protected mark which was not allowed are Forbidden, and the error names them: here those
// of which it is known, and from the job those in which a mark is found that was protected
// after they were checked.
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
		if policy.Watermark {
			if err := c.unmarkable(r.PictureIDs); err != nil {
				return err
			}
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
	marks, err := c.allMarks()
	if err != nil {
		return err
	}
	var marked []studio.Picture
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
		if screened(&p, marks) && p.CheckMarks() != nil { // the job looks for what is not known yet
			marked = append(marked, p)
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
	return errMarked(marked)
}

// namedMost is how many pictures an error names.
const namedMost = 10

// errMarked names the pictures that a protected mark keeps in the studio, as CheckMarks
// does of one.
func errMarked(pictures []studio.Picture) error {
	if len(pictures) == 0 {
		return nil
	}
	var english, japanese []string
	for _, p := range pictures[:min(len(pictures), namedMost)] {
		name, marks := cmp.Or(p.Name, p.ID), p.Verdict(studio.CheckMark).MarkNames()
		english, japanese = append(english, fmt.Sprintf("%s (%s)", name, marks)), append(japanese, fmt.Sprintf("%s（%s）", name, marks))
	}
	if len(pictures) > namedMost {
		english, japanese = append(english, "…"), append(japanese, "…")
	}
	return studio.Errorf(studio.Forbidden, "protected marks are shown by %[1]s; an approver has to allow them with a reason first",
		"保護対象のマークが写っている画像があります：%[2]s。先に、承認者が理由を添えて許可してください。", strings.Join(english, ", "), strings.Join(japanese, "、"))
}

// unmarkable refuses pictures of which a check has found that they do not hold the
// invisible mark.
func (c *call) unmarkable(ids []string) error {
	for _, id := range ids {
		p, err := c.Tx.Picture(c.project.ID, id)
		if err != nil {
			return err
		}
		if v := p.Verdict(studio.CheckWatermark); v != nil && v.Outcome == studio.OutcomeWarned {
			return errUnmarkable(cmp.Or(p.Name, p.ID))
		}
	}
	return nil
}

// CheckExport asks of a running export's pictures anew what Export asks of them: marks may
// have been protected since.
func (w *Workspace) CheckExport(ctx context.Context, project, job string) error {
	return w.view(ctx, w.System(), project, maySee, func(c *call) error {
		j, err := c.running(job)
		if err != nil {
			return err
		}
		refs, err := refsOf(j)
		if err != nil {
			return err
		}
		return c.exportable(refs.PictureIDs)
	})
}
