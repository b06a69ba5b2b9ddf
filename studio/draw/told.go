package draw

import (
	"errors"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/tuning"
)

// told turns errors that a person can do something about into the studio's. The
// others, and those that are the studio's already, stay as they are.
func told(err error) error {
	var (
		plain    *tuning.PlainError
		diverged *tuning.DivergedError
		fit      *concept.FitError
	)
	switch {
	case errors.As(err, &plain):
		return studio.Errorf(studio.Invalid, "%[1]s is of one colour, so there is nothing in it to learn; give a photo of the thing",
			"%[1]sは単色のため、学習できるものが写っていません。対象が写った写真を使ってください。", plain.Name)
	case errors.As(err, &diverged):
		return studio.Errorf(studio.Invalid, "learning went astray at step %d; take fewer steps or another method",
			"ステップ%dで学習が発散しました。ステップ数を減らすか、別の学習方法を選択してください。", diverged.Step)
	case errors.As(err, &fit):
		return studio.Errorf(studio.Conflict, "concept %q was learned with another model and does not fit this one; learn it again",
			"コンセプト「%s」は別のモデルで学習したもので、このモデルでは使えません。もう一度学習してください。", fit.Concept)
	}
	return err
}
