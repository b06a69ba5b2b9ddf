package pretrain

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/picture"
)

// Towers see in use what they saw in training: pixels prepared as the exported file
// says are those of a training step.
func TestExportedPreprocess(t *testing.T) {
	sample, err := data.At(t.Context(), 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	trained, err := pictureTensor([]dataset.Sample{sample})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := exportPreprocess(dir, drawnSide); err != nil {
		t.Fatal(err)
	}
	prepare, err := picture.OpenPreprocess(dir, picture.CLIPPreprocess())
	if err != nil {
		t.Fatal(err)
	}
	used, _, _, err := prepare.NHWC(sample.Pixels)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range tensors.MustCopyFlatData[float32](trained) {
		if math.Abs(float64(used[i]-want)) > 1e-6 {
			t.Fatalf("value %d is %g in use and was %g in training", i, used[i], want)
		}
	}
}

// The stages that train towers write that file beside them.
func TestTowersComeWithPreprocess(t *testing.T) {
	backend := pureGo(t)
	for _, name := range []string{"clip", "subject"} {
		dir := t.TempDir()
		if err := made(t, stages(t, backend, "", "", "", nil)[name]).Export(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		got, err := picture.OpenPreprocess(filepath.Join(dir, name), picture.CLIPPreprocess())
		if err != nil || got != picture.SignedPreprocess(drawnSide) {
			t.Errorf("%s: pictures are prepared by %+v, %v", name, got, err)
		}
	}
}

// Cosines (1 on the diagonal, c elsewhere) give -log(e^(1/t) / (e^(1/t) + m
// e^(c/t))), where m counts the others that are of another subject.
func TestSubjectObjective(t *testing.T) {
	const c, temperature = 0.5, 0.25
	s := &subjectStage{settings: SubjectSettings{Temperature: temperature}}
	for name, test := range map[string]struct {
		subjects []int32
		others   []float64 // for each picture
	}{
		"all differ":      {[]int32{1, 2, 3}, []float64{2, 2, 2}},
		"one comes twice": {[]int32{1, 1, 3}, []float64{1, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lossOf(t, pureGo(t), s, [][]float32{{1, c, c}, {c, 1, c}, {c, c, 1}}, test.subjects)
			want := 0.0
			for _, m := range test.others {
				want += math.Log(1+m*math.Exp((c-1)/temperature)) / 3
			}
			if math.Abs(got-want) > 1e-5 {
				t.Errorf("the loss is %g, want %g", got, want)
			}
		})
	}
}

func lossOf(t *testing.T, backend compute.Backend, s *subjectStage, cosines [][]float32, subjects []int32) float64 {
	t.Helper()
	exec, err := NewExec(backend, func(cosines, subjects *Node) *Node { return s.objective(cosines, subjects)[0] })
	if err != nil {
		t.Fatal(err)
	}
	results, err := exec.Call(cosines, subjects)
	if err != nil {
		t.Fatal(err)
	}
	return float64(tensors.ToScalar[float32](results[0]))
}

func TestStackedPairs(t *testing.T) {
	seen, drawn, err := data.Views(t.Context(), 5, 9)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := stacked{data}.At(t.Context(), 5, 9)
	if err != nil {
		t.Fatal(err)
	}
	n := len(seen.Pixels.Pix)
	if string(pair.Pixels.Pix[:n]) != string(seen.Pixels.Pix) || string(pair.Pixels.Pix[n:]) != string(drawn.Pixels.Pix) {
		t.Error("the pair is not the first picture above the second")
	}
	if pair.Key != seen.Key {
		t.Errorf("the pair is of %q, want %q", pair.Key, seen.Key)
	}
}
