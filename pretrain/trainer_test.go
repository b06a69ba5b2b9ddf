package pretrain

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
)

// newLine makes a trainer that fits a linear layer to twice its input.
func newLine(t *testing.T, s *Settings) *trainer {
	t.Helper()
	b := nn.NewBuilder()
	layer := nn.NewLinear(b.In("line"), 3, 3, true)
	w := nn.NewWeights(model.NewStore(), "net")
	if err := w.Initialise(b.Params(), 1); err != nil {
		t.Fatal(err)
	}
	line, err := newTrainer(enginetest.Open(t).Backend(), s, []learned{{w, b.Params()}}, func(in []*Node) []*Node {
		y := layer.Forward(nn.NewPass(w, nn.Options{}), in[0])
		return []*Node{ReduceAllMean(Square(Sub(y, MulScalar(in[0], 2))))}
	})
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// steps trains and returns the last loss.
func (line *trainer) steps(t *testing.T, from, to int) (loss float64) {
	t.Helper()
	for step := from; step <= to; step++ {
		f, err := line.step(step, tensors.FromValue([][]float32{{1, -2, 0.5}, {float32(step % 2), 0, 1}}))
		if err != nil {
			t.Fatal(err)
		}
		loss = f[1]
	}
	return loss
}

// A trainer's state is all that it needs: with it another goes on to the bit,
// on whatever engine there is.
func TestTrainerResumes(t *testing.T) {
	for _, optimizer := range []string{adamw, muon} {
		t.Run(optimizer, func(t *testing.T) { testTrainerResumes(t, optimizer) })
	}
}

func testTrainerResumes(t *testing.T, optimizer string) {
	s := tinySettings()
	s.Steps, s.Optimizer = 7, optimizer
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	save := func(line *trainer, name string, step int) string {
		path := filepath.Join(dir, name)
		if err := saveState(path, line.state(), step, s.Steps, "line"); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole := newLine(t, &s)
	first := whole.steps(t, 1, 1)
	whole.steps(t, 2, 3)
	middle := save(whole, "middle", 3)
	last := whole.steps(t, 4, 7) // with the numbers of step 1
	if !(last < first) {
		t.Errorf("the loss went from %g to %g", first, last)
	}
	resumed := newLine(t, &s)
	if done, err := loadState(middle, resumed.state(), s.Schedule, "line"); done != 3 || err != nil {
		t.Fatalf("loaded step %d, %v", done, err)
	}
	resumed.steps(t, 4, 7)
	a, errA := os.ReadFile(save(whole, "a", 7))
	b, errB := os.ReadFile(save(resumed, "b", 7))
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("the states differ: %v, %v", errA, errB)
	}
}
