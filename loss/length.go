package loss

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// SquaredLength is mean_i |v_i|^2 of the predictions [n, d], a scalar in
// float32. It keeps predicted embeddings small (Arar et al., arXiv 2307.06925,
// after E4T, arXiv 2302.12228).
func SquaredLength(predictions *Node) *Node {
	return ReduceAllMean(ReduceSum(Square(ConvertDType(predictions, dtypes.Float32)), -1))
}
