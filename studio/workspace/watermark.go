package workspace

import (
	"cmp"
	"context"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// errUnmarkable is of a picture that does not hold the mark that the policy wants.
func errUnmarkable(name string) error {
	return studio.Errorf(studio.Invalid,
		"picture %q is too small or too plain for the invisible mark that the policy wants; draw it larger or with more in it, leave it out, or have an admin switch the mark off",
		"画像「%s」は小さすぎるか単調すぎるため、ポリシーで必須の電子透かしを入れられません。サイズを大きくするか描き込みを増やして作り直す、この画像を除く、または管理者が透かしを無効にする、のいずれかで対応してください。", name)
}

// watermarked finds out whether a picture holds the invisible mark.
func (w *Workspace) watermarked(ctx context.Context, p *picture.Picture, id string) (bool, error) {
	select {
	case decoding <- struct{}{}: // it takes a processor for as long
		defer func() { <-decoding }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return w.stamper.Holds(ctx, p, id)
}

// compareWatermark is the check of a picture for which the policy wants the mark. It warns:
// an approver may like the picture, and the policy may change.
func (w *Workspace) compareWatermark(ctx context.Context, p *picture.Picture, k checked) (*studio.Verdict, error) {
	if !k.policy.Watermark {
		return nil, nil
	}
	v := &studio.Verdict{Check: studio.CheckWatermark, Outcome: studio.OutcomePassed}
	holds, err := w.watermarked(ctx, p, k.picture.ID)
	if !holds {
		v.Outcome = studio.OutcomeWarned
	}
	return v, err
}

// markable refuses to publish a picture that does not hold the mark that the policy wants:
// nobody could open it. What its check has found already is not looked for again.
func (w *Workspace) markable(ctx context.Context, actor Actor, project, id string) error {
	var p studio.Picture
	var policy studio.Policy
	err := w.view(ctx, actor, project, mayReview, func(c *call) (err error) {
		if policy, err = c.Policy(); err != nil {
			return err
		}
		p, err = c.Tx.Picture(project, id)
		return err
	})
	if err != nil || !policy.Watermark || p.State != studio.PictureApproved {
		return err
	}
	v := p.Verdict(studio.CheckWatermark)
	if v != nil && v.Outcome == studio.OutcomePassed {
		return nil
	}
	drawn, err := w.stored(ctx, p.Blob)
	if err != nil {
		return err
	}
	holds, err := w.watermarked(ctx, drawn, id)
	if err == nil && !holds {
		err = errUnmarkable(cmp.Or(p.Name, p.ID))
	}
	return err
}
