package measure

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// gaussian is the normal distribution of a set of embeddings.
type gaussian struct {
	mean       []float64
	covariance *mat.SymDense // [width, width], over n − 1
}

func newGaussian(set []Embedding) gaussian {
	width := len(set[0])
	g := gaussian{make([]float64, width), mat.NewSymDense(width, nil)}
	for _, e := range set {
		for i, v := range e {
			g.mean[i] += float64(v) / float64(len(set))
		}
	}
	centred := mat.NewDense(len(set), width, nil)
	for r, e := range set {
		for i, v := range e {
			centred.Set(r, i, float64(v)-g.mean[i])
		}
	}
	g.covariance.SymOuterK(1/float64(len(set)-1), centred.T())
	return g
}

// gaussianDistance is the Fréchet distance of two sets. The trace of (C₁ C₂)^½ is that of
// the root of C₁^½ C₂ C₁^½, which has the same eigenvalues and is symmetric.
func gaussianDistance(a, b []Embedding) (float64, error) {
	x, y := newGaussian(a), newGaussian(b)
	root, err := squareRoot(x.covariance)
	if err != nil {
		return 0, err
	}
	var half, product mat.Dense
	half.Mul(root, y.covariance)
	product.Mul(&half, root)
	values, err := eigenvalues(symmetric(&product))
	if err != nil {
		return 0, err
	}
	sum := mat.Trace(x.covariance) + mat.Trace(y.covariance)
	for _, v := range values {
		sum -= 2 * math.Sqrt(max(v, 0)) // rounding makes some of 0 negative
	}
	return max(sum+squaredDistance(x.mean, y.mean), 0), nil
}

func squaredDistance(a, b []float64) (sum float64) {
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return sum
}

// errEigen is what a decomposition fails with that does not converge.
var errEigen = errors.New("find the eigenvalues of a covariance: there is no result; its numbers are too large or too small")

// squareRoot is the symmetric matrix whose square is m, which has no negative eigenvalue
// but by rounding.
func squareRoot(m *mat.SymDense) (*mat.Dense, error) {
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		return nil, errEigen
	}
	roots := e.Values(nil)
	for i, v := range roots {
		roots[i] = math.Sqrt(max(v, 0))
	}
	var vectors, scaled, root mat.Dense
	e.VectorsTo(&vectors)
	scaled.Mul(&vectors, mat.NewDiagDense(len(roots), roots))
	root.Mul(&scaled, vectors.T())
	return &root, nil
}

func eigenvalues(m *mat.SymDense) ([]float64, error) {
	var e mat.EigenSym
	if !e.Factorize(m, false) {
		return nil, errEigen
	}
	return e.Values(nil), nil
}

// symmetric is a matrix that is so but for rounding.
func symmetric(m *mat.Dense) *mat.SymDense {
	n, _ := m.Dims()
	out := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			out.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	return out
}

// diagonalDistance is the Fréchet distance of two sets whose numbers are independent.
func diagonalDistance(a, b []Embedding) (float64, error) {
	meanA, deviationA := spread(a)
	meanB, deviationB := spread(b)
	return squaredDistance(meanA, meanB) + squaredDistance(deviationA, deviationB), nil
}

// spread are the mean and the deviation of each number.
func spread(set []Embedding) (means, deviations []float64) {
	means, deviations = make([]float64, len(set[0])), make([]float64, len(set[0]))
	for _, e := range set {
		for i, v := range e {
			means[i] += float64(v) / float64(len(set))
		}
	}
	for _, e := range set {
		for i, v := range e {
			d := float64(v) - means[i]
			deviations[i] += d * d / float64(len(set)-1)
		}
	}
	for i, v := range deviations {
		deviations[i] = math.Sqrt(v)
	}
	return means, deviations
}
