package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// normals are n draws.
func normals(random *rand.Rand, n int, mean, deviation float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = mean + deviation*random.NormFloat64()
	}
	return values
}

// coverage is how often an interval of level 0.9 holds the true value.
func coverage(t *testing.T, truth float64, interval func(random *rand.Rand, seed uint64) (Interval, error)) float64 {
	t.Helper()
	const trials = 300
	random, held := rand.New(rand.NewPCG(11, 12)), 0
	for i := range trials {
		got, err := interval(random, uint64(i))
		check(t, err)
		if got.Low <= truth && truth <= got.High {
			held++
		}
	}
	return float64(held) / trials
}

func TestBootstrapCoverage(t *testing.T) {
	for _, c := range []struct {
		name     string
		truth    float64
		interval func(random *rand.Rand, seed uint64) (Interval, error)
	}{
		{"Normal", 3, func(random *rand.Rand, seed uint64) (Interval, error) {
			return Bootstrap(normals(random, 30, 3, 2), 0.9, seed)
		}},
		{"Skewed", 1, func(random *rand.Rand, seed uint64) (Interval, error) {
			values := make([]float64, 40)
			for i := range values {
				values[i] = random.ExpFloat64()
			}
			return Bootstrap(values, 0.9, seed)
		}},
		{"Clusters", 3, func(random *rand.Rand, seed uint64) (Interval, error) {
			return ClusterBootstrap(subjects(random, 16, 5), 0.9, seed)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if share := coverage(t, c.truth, c.interval); share < 0.83 || share > 0.96 {
				t.Errorf("%.3f of the intervals hold the truth, want about 0.9", share)
			}
		})
	}
	// What the other is for: the pictures of few subjects, taken for independent.
	share := coverage(t, 3, func(random *rand.Rand, seed uint64) (Interval, error) {
		return Bootstrap(slices.Concat(subjects(random, 16, 5)...), 0.9, seed)
	})
	if share > 0.75 {
		t.Errorf("%.3f of the intervals of all pictures alike hold the truth; the test cannot tell the two apart", share)
	}
}

// subjects have a mean of their own each, and values around it.
func subjects(random *rand.Rand, n, pictures int) (groups [][]float64) {
	for range n {
		groups = append(groups, normals(random, pictures, 3+random.NormFloat64(), 0.5))
	}
	return groups
}

func TestBootstrap(t *testing.T) {
	values := []float64{4.1, 1.37, 3, 2.05, 5.9, 3.3, 9.123}
	got, err := Bootstrap(values, 0.95, 1)
	check(t, err)
	if got.N != 7 || got.Low >= got.Mean || got.High <= got.Mean {
		t.Errorf("the interval is %+v", got)
	}
	near(t, "mean", got.Mean, 28.843/7, 1e-12)
	wide, err := Bootstrap(values, 0.99, 1)
	check(t, err)
	if wide.Low >= got.Low || wide.High <= got.High {
		t.Errorf("level 0.99 gives %+v, level 0.95 %+v", wide, got)
	}
	other, err := Bootstrap(values, 0.95, 2)
	check(t, err)
	if other == got {
		t.Error("another seed gives the same draws")
	}
	equal, err := Bootstrap([]float64{2, 2, 2}, 0.95, 1)
	check(t, err)
	if d := cmp.Diff(Interval{2, 2, 2, 3}, equal); d != "" {
		t.Error(d)
	}
}

func TestQuantile(t *testing.T) {
	for q, want := range map[float64]float64{0: 1, 0.25: 2, 0.5: 3, 0.9: 8.2, 1: 11} {
		near(t, "quantile", quantile([]float64{1, 2, 3, 4, 11}, q), want, 1e-12)
	}
}

func TestClusterBootstrap(t *testing.T) {
	got, err := ClusterBootstrap([][]float64{{1, 3}, {10}, {4, 4, 4, 4}}, 0.9, 1)
	check(t, err)
	if got.N != 3 || math.Abs(got.Mean-(2+10+4)/3.0) > 1e-12 {
		t.Errorf("every group counts alike: %+v", got)
	}
	single, err := ClusterBootstrap([][]float64{{1}, {5}, {2}, {7}}, 0.9, 1)
	check(t, err)
	plain, err := Bootstrap([]float64{1, 5, 2, 7}, 0.9, 1)
	check(t, err)
	near(t, "low bound of groups of one", single.Low, plain.Low, 0.2)
	near(t, "high bound of groups of one", single.High, plain.High, 0.2)
	within, err := ClusterBootstrap([][]float64{{-1, 1}, {-2, 2}, {-1.5, 1.5}}, 0.9, 1)
	check(t, err)
	if within.Low > -0.5 || within.High < 0.5 {
		t.Errorf("groups of one mean, whose values differ, have %+v", within)
	}
}

// shuffled is a copy in another order.
func shuffled[T any](t *rapid.T, values []T) []T { return rapid.Permutation(values).Draw(t, "order") }

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-5, 5), 2, 8)
		seed := rapid.Uint64().Draw(t, "seed")
		list := values.Draw(t, "values")
		groups := rapid.SliceOfN(values, 2, 4).Draw(t, "groups")
		var other [][]float64
		for _, g := range shuffled(t, groups) {
			other = append(other, shuffled(t, g))
		}
		same := func(a, b Interval, errs ...error) {
			for _, err := range errs {
				check(t, err)
			}
			if d := cmp.Diff(a, b); d != "" {
				t.Errorf("another order:\n%s", d)
			}
		}
		a, err := Bootstrap(list, 0.9, seed)
		b, errB := Bootstrap(shuffled(t, list), 0.9, seed)
		same(a, b, err, errB)
		a, err = ClusterBootstrap(groups, 0.9, seed)
		b, errB = ClusterBootstrap(other, 0.9, seed)
		same(a, b, err, errB)
	})
}

func TestPairedIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 10).Draw(t, "n")
		list := rapid.SliceOfN(rapid.Map(rapid.IntRange(-20, 20), func(i int) float64 { return float64(i) / 4 }), n, n)
		a, b, seed := list.Draw(t, "a"), list.Draw(t, "b"), rapid.Uint64().Draw(t, "seed")
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		testSymmetry(t, a, b, shuffled(t, order), seed)
	})
	random := rand.New(rand.NewPCG(1, 1)) // and where flips are drawn
	n := exactPairs + 4
	testSymmetry(t, normals(random, n, 1, 1), normals(random, n, 1.3, 1), random.Perm(n), 7)
}

// testSymmetry swaps a and b, and puts their pairs into another order.
func testSymmetry(t rapid.TB, a, b []float64, order []int, seed uint64) {
	got, err := Paired(a, b, seed)
	check(t, err)
	back, err := Paired(b, a, seed)
	check(t, err)
	d := got.Difference
	turned := PairedTest{Interval{-d.Mean, -d.High, -d.Low, d.N}, got.P}
	if diff := cmp.Diff(turned, back, equateZeros); diff != "" {
		t.Errorf("swapped:\n%s", diff)
	}
	var c, e []float64
	for _, i := range order {
		c, e = append(c, a[i]), append(e, b[i])
	}
	again, err := Paired(c, e, seed)
	check(t, err)
	if diff := cmp.Diff(got, again, equateZeros); diff != "" {
		t.Errorf("in another order:\n%s", diff)
	}
	if got.P <= 0 || got.P > 1 || math.Abs(d.Mean-(mean(a)-mean(b))) > 1e-9 {
		t.Errorf("P is %g, the difference %g", got.P, d.Mean)
	}
}

// equateZeros takes 0 and -0 for equal.
var equateZeros = cmp.Comparer(func(a, b float64) bool { return a == b })

func TestPairedExact(t *testing.T) {
	zero := make([]float64, 20)
	for _, c := range []struct {
		name        string
		differences []float64
		p           float64
	}{
		{"AllOneWay", []float64{1, 2, 3, 4, 5}, 2.0 / 32}, // the observed flip and its mirror
		{"OneTheOther", []float64{-1, 2, 3}, 4.0 / 8},     // |sums| 4 of 6 4 2 0 0 2 4 6
		{"Ties", []float64{0.1, 0.2, 0.3}, 2.0 / 8},
		{"None", []float64{0, 0, 0}, 1},
		{"Rounding", []float64{0.1, 0.2, -0.3, 0.7}, 10.0 / 16}, // 0.1 + 0.2 − 0.3 is not 0, but counts as 0
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Paired(c.differences, zero[:len(c.differences)], 1)
			check(t, err)
			near(t, "P", got.P, c.p, 0)
		})
	}
}

// TestPairedDraws compares drawn flips with all flips, and with the smallest P there is.
func TestPairedDraws(t *testing.T) {
	values := normals(rand.New(rand.NewPCG(5, 6)), exactPairs, 0.4, 1)
	exact, err := Paired(values, make([]float64, len(values)), 1)
	check(t, err)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	near(t, "P of drawn flips", drawnFlips(values, math.Abs(sum), 9), exact.P, 0.01)
	sure, err := Paired(slices.Repeat([]float64{1}, 100), make([]float64, 100), 1)
	check(t, err)
	near(t, "the smallest P", sure.P, 1.0/(1<<exactPairs+1), 1e-12)
}

// TestPairedUnderNull counts how P falls where there is no difference, and where there is.
func TestPairedUnderNull(t *testing.T) {
	for _, c := range []struct {
		name      string
		n, trials int
		tolerance float64 // three deviations of a share among so many
	}{{"Exact", 9, 400, 0.045}, {"Drawn", exactPairs + 1, 80, 0.1}} {
		t.Run(c.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, 8))
			var all []float64
			below := 0.0
			for i := range c.trials {
				differences := normals(random, c.n, 0, 1)
				got := flips(differences, uint64(i))
				all = append(all, got)
				if got <= 0.1 {
					below += 1 / float64(c.trials)
				}
			}
			near(t, "mean of P", mean(all), 0.5, c.tolerance)
			near(t, "share of P up to 0.1", below, 0.1, c.tolerance)
		})
	}
	random, found := rand.New(rand.NewPCG(7, 8)), 0
	for i := range 100 {
		got, err := Paired(normals(random, 10, 3, 1), normals(random, 10, 1, 1), uint64(i))
		check(t, err)
		if got.P <= 0.05 {
			found++
		}
	}
	if found < 90 {
		t.Errorf("a difference of 2 deviations is found %d times in 100", found)
	}
}

func TestStatisticsErrors(t *testing.T) {
	nan := []float64{1, math.NaN()}
	for _, level := range []float64{0, 1, -3, math.NaN()} {
		_, err := Bootstrap([]float64{1, 2}, level, 1)
		wants(t, err, "level")
		_, err = ClusterBootstrap([][]float64{{1}, {2}}, level, 1)
		wants(t, err, "level")
	}
	_, err := Bootstrap([]float64{1}, 0.9, 1)
	tooFew(t, err, 1, 2)
	_, err = Bootstrap(nan, 0.9, 1)
	wants(t, err, "value 2 is NaN")
	_, err = ClusterBootstrap([][]float64{{1, 2, 3}}, 0.9, 1)
	tooFew(t, err, 1, 2)
	_, err = ClusterBootstrap([][]float64{{1}, {}}, 0.9, 1)
	wants(t, err, "group 2 is empty")
	_, err = ClusterBootstrap([][]float64{{1}, nan}, 0.9, 1)
	wants(t, err, "group 2: value 2")
	_, err = Paired([]float64{1}, []float64{1, 2}, 1)
	wants(t, err, "1 values do not pair with 2")
	_, err = Paired([]float64{1}, []float64{2}, 1)
	tooFew(t, err, 1, 2)
	_, err = Paired(nan, []float64{1, 2}, 1)
	wants(t, err, "value 2 is NaN")
}
