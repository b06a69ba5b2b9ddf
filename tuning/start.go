package tuning

import (
	"context"
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

// startValues are what is learned begins with: the placeholder's vectors, nil
// where it has none, and the pairs that an encoder predicts, nil without one.
func (r *run) startValues(ctx context.Context) (rows, pairs []float32, err error) {
	if r.encoder != nil {
		return r.predict(ctx)
	}
	if r.plan.encoder {
		r.report(Progress{Event: EventNoEncoder, Path: r.job.Model.Dir})
	}
	if r.plan.token {
		rows, err = r.startRows(ctx)
	}
	return rows, nil, err
}

// startRows are the vectors that a new placeholder starts from.
func (r *run) startRows(ctx context.Context) ([]float32, error) {
	start, err := r.chooseStart(ctx)
	if err != nil {
		return nil, err
	}
	r.report(Progress{Event: EventStart, Start: start})
	r.done.initWord = start.Word
	var rows []float32
	err = r.exclusive(func() (err error) {
		if start.Word == "" {
			rows, err = r.gaussianRows()
		} else {
			rows, err = wordRows(r.base, start.Word, r.job.Settings.Vectors)
		}
		return err
	})
	return rows, err
}

func (r *run) chooseStart(ctx context.Context) (Start, error) {
	switch {
	case r.job.InitWord != "":
		return Start{r.job.InitWord, StartAsked}, nil
	case r.job.ClassWord != "":
		return Start{r.job.ClassWord, StartAsked}, nil
	case r.job.Settings.Initializer == initGaussian:
		return Start{"", StartAsked}, nil
	case r.job.Settings.Initializer == initPicture:
		word, err := r.wordOfPictures(ctx)
		if word != "" || err != nil {
			return Start{word, StartSeen}, err
		}
		return Start{r.neutralWord(), StartNoCLIP}, nil
	}
	return Start{r.neutralWord(), StartNoWord}, nil
}

// neutralWord is a word for anything, "" where the vocabulary has none.
func (r *run) neutralWord() string {
	for _, word := range neutralWords {
		if len(r.base.tokens.Encode(word)) == 1 {
			return word
		}
	}
	return ""
}

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
