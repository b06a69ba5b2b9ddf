package loss

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Contrastive keeps predicted embeddings in the language: it pulls each to the
// words nearest to it and pushes it from the others (Arar et al., arXiv
// 2307.06925, nearest-neighbour contrastive regularisation).
type Contrastive struct {
	// Neighbours is how many of the nearest words pull; 1 or more.
	Neighbours int
	// Temperature divides the cosines; 0.001 or more. A lower one looks more at
	// the largest of them.
	Temperature float64
}

// minTemperature keeps what is exponentiated under 1000, where float32 still
// tells cosines apart.
const minTemperature = 1e-3

// Validate reports settings that are out of their range.
func (c Contrastive) Validate() error {
	if c.Neighbours < 1 {
		return fmt.Errorf("contrastive_neighbours: %d is less than 1", c.Neighbours)
	}
	if !(c.Temperature >= minTemperature) || math.IsInf(c.Temperature, 1) {
		return fmt.Errorf("contrastive_temperature: %g is not a finite number of at least %g", c.Temperature, minTemperature)
	}
	return nil
}

// Loss is a scalar of at least 0, in float32:
//
//	mean_i -log S_i / (S_i + P_i)
//	S_i = sum_{w in N(v_i)} exp(cos(v_i, w)/tau)
//	P_i = sum_{j != i} exp(cos(v_i, v_j)/tau) + sum_u exp(cos(v_i, u)/tau)
//
// v are the predictions [n, d], N(v_i) the rows of table that
// [Contrastive.Nearest] finds, and u the negatives [m, d]: further vectors to
// push from, such as those of other concepts; nil is none. One prediction
// without negatives has nothing to be pushed from: its loss is 0.
//
// table [words, d] holds real words only, no special tokens and no
// placeholders. The predictions alone have a gradient, with their neighbours
// held fixed; table and negatives are constants.
func (c Contrastive) Loss(predictions, table, negatives *Node) *Node {
	v := unit(predictions)                                               // [n, d]
	near := Gather(table, InsertAxes(c.Nearest(predictions, table), -1)) // [n, k, d]
	words := Einsum("nd,nkd->nk", v, unit(StopGradient(near)))
	others := besidesItself(v)
	if negatives != nil {
		others = Concatenate([]*Node{others, Einsum("nd,md->nm", v, unit(StopGradient(negatives)))}, 1)
	}
	logS, logP := c.logSumExp(words), c.logSumExp(others) // [n]
	return ReduceAllMean(Softplus(Sub(logP, logS)))       // -log S/(S+P) = log(1 + P/S)
}

// Nearest is the indices of the k rows of table [words, d] that are nearest to
// each of the predictions [n, d] by cosine, nearest first: int32 [n, k]. table
// is that of [Contrastive.Loss]; one with fewer than k rows panics.
func (c Contrastive) Nearest(predictions, table *Node) *Node {
	if words := table.Shape().Dim(0); c.Neighbours > words {
		panic(fmt.Errorf("%d nearest words were asked for of a table of %d", c.Neighbours, words))
	}
	table = ConvertDType(StopGradient(table), dtypes.Float32)
	products := Einsum("nd,wd->nw", unit(StopGradient(predictions)), table)
	cosines := Div(products, Transpose(length(table), 0, 1)) // without a copy of the table with unit rows
	// XLA turns TopK's sort into a selection: 4 or 16 of 49408 words for 8
	// predictions took 1 ms on two cores beside 30 ms for the products. Rounds of
	// ArgMax took 4 and 13 ms; they are faster in pure Go only, where TopK takes
	// 0.4 s a prediction.
	_, nearest := TopK(cosines, c.Neighbours, -1)
	return nearest
}

// besidesItself is the cosines between unit vectors [n, d], and so low a number
// that it adds nothing where a vector meets itself: [n, n].
func besidesItself(v *Node) *Node {
	cosines := Einsum("id,jd->ij", v, v)
	// Finite, so that a row of nothing else has a sum's logarithm and a gradient.
	nothing := Scalar(v.Graph(), v.DType(), -1e30)
	return Where(Diagonal(v.Graph(), v.Shape().Dim(0)), nothing, cosines)
}

// logSumExp is log sum_j exp(cosines_ij / tau): [n].
func (c Contrastive) logSumExp(cosines *Node) *Node {
	x := DivScalar(cosines, c.Temperature)
	top := StopGradient(ReduceAndKeep(x, ReduceMax, -1))
	return Add(Squeeze(top, -1), Log(ReduceSum(Exp(Sub(x, top)), -1)))
}

// unit divides the last axis by its length, in float32.
func unit(x *Node) *Node {
	x = ConvertDType(x, dtypes.Float32)
	return Div(x, length(x))
}

// length is that of the last axis, which is kept with size 1. It is at least
// 1e-4, which gives vectors of zeros cosines of 0 and a finite gradient, and
// changes others, of lengths about 0.4, by less than float32 can tell.
func length(x *Node) *Node {
	return Sqrt(AddScalar(L2NormSquare(x, -1), 1e-8))
}
