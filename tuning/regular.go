package tuning

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
)

// regulariser keeps a vector in the language (Arar et al., arXiv 2307.06925): near
// real words, away from other concepts, and short; and finds the word that stands
// for it on the second path.
type regulariser struct {
	base        *base
	contrastive loss.Contrastive
	weight      float64 // of the contrastive term
	length      float64 // weight of the squared length
	alpha       float64 // share of the soft path
	words       []int32 // ids of real words
	// others are vectors to be pushed from. The paper takes them from the batch, which
	// here shows one subject: they are the encoder's predictions for other pictures,
	// or, without an encoder, some words.
	others []int32
	bank   [][]float32
}

// wordsAway is how many words take the place of other pictures' predictions.
const wordsAway = 64

func newRegulariser(b *base, s *Settings, bank [][]float32) *regulariser {
	r := &regulariser{base: b, contrastive: s.contrastive(), weight: s.ContrastiveWeight, length: s.LengthWeight,
		alpha: s.PathAlpha, bank: bank}
	for _, id := range b.tokens.Words() {
		r.words = append(r.words, int32(id))
	}
	if len(bank) == 0 {
		for i := range min(wordsAway, len(r.words)) {
			r.others = append(r.others, r.words[i*len(r.words)/min(wordsAway, len(r.words))])
		}
	}
	return r
}

// loss is the weighted sum of the terms for rows [vectors, width].
func (r *regulariser) loss(rows *Node) *Node {
	sum := MulScalar(loss.SquaredLength(rows), r.length)
	if r.weight == 0 || len(r.words) < r.contrastive.Neighbours {
		return sum
	}
	return Add(sum, MulScalar(r.contrastive.Loss(rows, r.table(rows, r.words), r.negatives(rows)), r.weight))
}

// nearest are the words' vectors nearest to rows, one each.
func (r *regulariser) nearest(rows *Node) *Node {
	table := r.table(rows, r.words)
	one := loss.Contrastive{Neighbours: 1, Temperature: 1}.Nearest(rows, table)
	return StopGradient(Gather(table, one))
}

// table are the vectors of words in a graph, [ids, width].
func (r *regulariser) table(g GraphProvider, ids []int32) *Node {
	return r.base.text.TableRows(nn.NewPass(r.base.textWeights, nn.Options{}), g, ids)
}

func (r *regulariser) negatives(g GraphProvider) *Node {
	if len(r.bank) > 0 {
		return Const(g.Graph(), r.bank)
	}
	return r.table(g, r.others)
}
