package tuning

import (
	"context"
	"fmt"
	"math"
)

// Values of the setting initializer.
const (
	initWord     = "word"
	initPicture  = "picture"
	initGaussian = "gaussian"
)

// neutralWords name anything; the first that the vocabulary has as one token
// is taken.
var neutralWords = []string{"object", "thing", "item", "物"}

// startRows are the vectors that a new placeholder starts from.
func (r *run) startRows(ctx context.Context) ([]float32, error) {
	word, err := r.startWord(ctx)
	if err != nil {
		return nil, err
	}
	r.done.initWord = word
	var rows []float32
	err = r.exclusive(func() (err error) {
		if word == "" {
			rows, err = r.gaussianRows()
		} else {
			rows, err = wordRows(r.base, word, r.job.Settings.Vectors)
		}
		return err
	})
	return rows, err
}

// startWord chooses the word; "" means a random start.
func (r *run) startWord(ctx context.Context) (string, error) {
	switch {
	case r.job.InitWord != "":
		return r.job.InitWord, nil
	case r.job.ClassWord != "":
		return r.job.ClassWord, nil
	case r.job.Settings.Initializer == initGaussian:
		return "", nil
	case r.job.Settings.Initializer == initPicture:
		word, err := r.wordOfPictures(ctx)
		if word != "" || err != nil {
			return word, err
		}
		return r.neutralWord("the model folder has no CLIP with a text and a picture encoder (clip/ or image_encoder/) to find a word for the pictures"), nil
	}
	return r.neutralWord("no init_word is given"), nil
}

// neutralWord is a word for anything, with a note that says why.
func (r *run) neutralWord(why string) string {
	for _, word := range neutralWords {
		if len(r.base.tokens.Encode(word)) == 1 {
			r.note(fmt.Sprintf("%s: the placeholder starts from %q; a word for the subject itself learns faster", why, word))
			return word
		}
	}
	r.note(why + ", and the vocabulary has no word for just anything: the placeholder starts from a random vector")
	return ""
}

func (r *run) note(text string) { r.report(Progress{Event: EventNote, Note: text}) }

// gaussianRows draws vectors with the mean and the deviation of the token
// table's rows, number by number.
func (r *run) gaussianRows() ([]float32, error) {
	table, width, err := tokenTable(r.base)
	if err != nil {
		return nil, err
	}
	sum, squares := make([]float64, width), make([]float64, width)
	for i, v := range table {
		sum[i%width] += float64(v)
		squares[i%width] += float64(v) * float64(v)
	}
	n := float64(len(table) / width)
	random := stream(r.job.Settings.Seed, forToken, 0)
	rows := make([]float32, r.job.Settings.Vectors*width)
	for i := range rows {
		mean := sum[i%width] / n
		deviation := math.Sqrt(max(squares[i%width]/n-mean*mean, 0))
		rows[i] = float32(mean + deviation*random.NormFloat64())
	}
	return rows, nil
}
