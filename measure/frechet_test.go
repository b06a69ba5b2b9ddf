package measure

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// cloud are n draws of a normal distribution: x = centre + matrix·z.
func cloud(random *rand.Rand, n int, centre []float64, matrix [][]float64) (set []Embedding) {
	for range n {
		z := normals(random, len(centre), 0, 1)
		e := make(Embedding, len(centre))
		for i := range e {
			v := centre[i]
			for j := range z {
				v += matrix[i][j] * z[j]
			}
			e[i] = float32(v)
		}
		set = append(set, e)
	}
	return set
}

func scaled(width int, by float64) [][]float64 {
	m := make([][]float64, width)
	for i := range m {
		m[i] = make([]float64, width)
		m[i][i] = by
	}
	return m
}

// box has the covariance diag(x², y²)·4/3 around a centre: its four corners.
func box(cx, cy, x, y float64) []Embedding {
	var set []Embedding
	for _, s := range [][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
		set = append(set, Embedding{float32(cx + s[0]*x), float32(cy + s[1]*y)})
	}
	return set
}

// TestFrechetDistance compares with distances that can be worked out.
func TestFrechetDistance(t *testing.T) {
	third := math.Sqrt(4.0 / 3) // of a corner's, the deviation over n − 1
	for _, c := range []struct {
		name           string
		a, b           []Embedding
		full, diagonal float64
	}{
		{"Same", box(3, 1, 1, 2), box(3, 1, 1, 2), 0, 0},
		{"Moved", box(3, 1, 1, 2), box(6, 5, 1, 2), 25, 25},
		{"Wider", box(3, 1, 1, 2), box(3, 1, 3, 2.5), (2*2 + 0.5*0.5) * third * third, (2*2 + 0.5*0.5) * third * third},
		// The same deviations, but hanging together: C₂ = [[1, .9], [.9, 1]] has the
		// eigenvalues 1.9 and .1, so the trace is 4 − 2(√1.9 + √.1).
		{"Leaning", whitened(1, 1, 0), whitened(1, 1, 0.9), 4 - 2*(math.Sqrt(1.9)+math.Sqrt(0.1)), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := FrechetDistance(c.a, c.b)
			check(t, err)
			near(t, "distance", got, c.full, 1e-5)
			back, err := FrechetDistance(c.b, c.a)
			check(t, err)
			near(t, "distance of the other to the one", back, got, 1e-6)
			plain, err := DiagonalFrechetDistance(c.a, c.b)
			check(t, err)
			near(t, "diagonal distance", plain, c.diagonal, 1e-5)
		})
	}
}

// whitened are four points of these deviations over n − 1 and this correlation.
func whitened(x, y, correlation float64) []Embedding {
	half := math.Sqrt(3.0 / 4)
	var set []Embedding
	for _, s := range [][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
		u, v := s[0]*half, s[1]*half
		v = correlation*u + math.Sqrt(1-correlation*correlation)*v
		set = append(set, Embedding{float32(9 + x*u), float32(9 + y*v)})
	}
	return set
}

// TestFrechetOfSamples draws two clouds whose distributions' distance is known.
func TestFrechetOfSamples(t *testing.T) {
	const width, n = 6, 4000
	random := rand.New(rand.NewPCG(1, 2))
	a := cloud(random, n, []float64{9, 0, 0, 0, 0, 0}, scaled(width, 1))
	b := cloud(random, n, []float64{9, 2, 0, 0, 0, 0}, scaled(width, 3))
	got, err := FrechetDistance(a, b)
	check(t, err)
	near(t, "distance", got, 4+6*(3-1)*(3-1), 1)
}

// TestFrechetInterval looks at sets of one distribution, whose distance is 0, and of two.
func TestFrechetInterval(t *testing.T) {
	const width, n = 5, 60
	centre := []float64{9, 0, 0, 0, 0}
	random := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name     string
		interval func(context.Context, []Embedding, []Embedding, float64, uint64) (Interval, error)
		distance func(a, b []Embedding) (float64, error)
	}{{"Full", FrechetInterval, FrechetDistance}, {"Diagonal", DiagonalFrechetInterval, DiagonalFrechetDistance}} {
		t.Run(c.name, func(t *testing.T) {
			a, b := cloud(random, n, centre, scaled(width, 1)), cloud(random, n, centre, scaled(width, 1))
			biased, err := c.distance(a, b)
			check(t, err)
			same, err := c.interval(t.Context(), a, b, 0.95, 1)
			check(t, err)
			if same.N != n || same.Low > 0 || same.Mean >= biased {
				t.Errorf("sets of one distribution have %+v, the plain distance is %g", same, biased)
			}
			far := cloud(random, n, centre, scaled(width, 2))
			other, err := c.interval(t.Context(), a, far, 0.95, 1)
			check(t, err)
			if other.Low <= same.High || other.High < width || other.Low > width {
				t.Errorf("sets whose distributions lie %d apart have %+v", width, other)
			}
			if again, err := c.interval(t.Context(), reversed(a), reversed(far), 0.95, 1); err != nil || again != other {
				t.Errorf("in another order they have %+v, %v", again, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := c.interval(ctx, a, b, 0.95, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("canceled, it says %v", err)
			}
			_, err = c.interval(t.Context(), a, b, 95, 1)
			wants(t, err, "level 95")
		})
	}
}

func reversed(set []Embedding) []Embedding {
	var out []Embedding
	for i := range set {
		out = append(out, set[len(set)-1-i])
	}
	return out
}

func TestFrechetErrors(t *testing.T) {
	four, two := box(3, 1, 1, 2), box(3, 1, 1, 2)[:2]
	_, err := FrechetDistance(four, two)
	tooFew(t, err, 2, 3)
	wants(t, err, "covariance", "2 wide", "diagonal")
	_, err = DiagonalFrechetDistance(four[:1], four)
	tooFew(t, err, 1, 2)
	if _, err = DiagonalFrechetDistance(four, two); err != nil {
		t.Errorf("two are enough for the diagonal form, it says %v", err)
	}
	_, err = FrechetDistance(nil, nil)
	tooFew(t, err, 0, 1)
	_, err = FrechetDistance(four, ragged)
	wants(t, err, "embedding 2 of the second set")
}

// TestSquareRoot multiplies roots of any covariances with themselves.
func TestSquareRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "width")
		number := rapid.Float32Range(-3, 3)
		var set []Embedding
		for range rapid.IntRange(2, 8).Draw(t, "n") {
			set = append(set, rapid.SliceOfN(number, width, width).Draw(t, "embedding"))
		}
		c := newGaussian(set).covariance
		root, err := squareRoot(c)
		check(t, err)
		for i := range width {
			for j := range width {
				sum := 0.0
				for k := range width {
					sum += root.At(i, k) * root.At(k, j)
				}
				near(t, "an element of the root's square", sum, c.At(i, j), 1e-9)
			}
		}
	})
}
