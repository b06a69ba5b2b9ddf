package loss

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// WithPrior joins the loss of a subject's rows, the first half of each
// [batch], with that of rows of its class, the second half: mean(subject) +
// weight * mean(class) (DreamBooth's prior preservation, Ruiz et al., arXiv
// 2208.12242, eq. 2). It panics if the halves are not equal.
func WithPrior(each *Node, weight float64) *Node {
	n := each.Shape().Dim(0)
	if n%2 != 0 {
		panic(fmt.Errorf("a batch with class pictures has as many of them as of the subject, found %d rows", n))
	}
	subject, class := Slice(each, AxisRange(0, n/2)), Slice(each, AxisRange(n/2, n))
	return Add(ReduceAllMean(subject), MulScalar(ReduceAllMean(class), weight))
}
