package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrNoJudge says that this build carries no judge.
var ErrNoJudge = errors.New("this build carries no judge of pictures: demo/judge has no clip/config.json; name a folder with --judge")

// judgePrefix begins the name of the unpacked judge's folder.
const judgePrefix = "demo-judge-"

// Judge returns a folder with the judge of the demo model's pictures, unpacking it
// below cache unless it is there already: a CLIP in clip/ with its tokenizer beside it, a
// tower of subjects in subject/, and the thresholds in gate.json. It was trained apart
// from the model. Without a judge the error is [ErrNoJudge].
func Judge(ctx context.Context, cache string) (string, error) {
	source, err := fs.Sub(files, "judge")
	if err != nil {
		return "", fmt.Errorf("open the demo's judge: %w", err)
	}
	return judgeBundle.unpack(ctx, source, cache)
}
