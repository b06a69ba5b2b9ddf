package pretrain

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/weights"
)

// Each pass visits every picture once, in another order.
func TestPermuted(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 16, 17, 63, 64, 65, 1000, 1025} {
		var passes [3][]int
		for pass := range passes {
			for i := range n {
				passes[pass] = append(passes[pass], permuted(7, pass, i, n))
			}
			sorted := slices.Sorted(slices.Values(passes[pass]))
			for i, v := range sorted {
				if i != v {
					t.Fatalf("pass %d over %d leaves out %d", pass, n, i)
				}
			}
		}
		if n >= 16 && (slices.Equal(passes[0], passes[1]) || slices.Equal(passes[1], passes[2])) {
			t.Errorf("two passes over %d are alike", n)
		}
		if n >= 16 && slices.IsSorted(passes[0]) {
			t.Errorf("the pass over %d is not shuffled", n)
		}
	}
	if permuted(7, 1, 3, 1000) == permuted(8, 1, 3, 1000) && permuted(7, 1, 4, 1000) == permuted(8, 1, 4, 1000) {
		t.Error("another seed shuffles alike")
	}
}

// cacheOf has n pictures of one value each, their number; their captions are
// twice that number.
func cacheOf(n int) *latentCache {
	c := &latentCache{shape: []int{1, 1, 1}, length: 2}
	for i := range n {
		c.latents = append(c.latents, float32(i))
		c.ids = append(c.ids, int32(i), int32(i))
	}
	return c
}

// What is read back is what was written and went on with, to float16's
// precision; a file of another fingerprint is not used.
func TestLatentsAreReread(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latents.safetensors")
	c := cacheOf(3)
	c.latents[1] = 0.1 // not a float16
	if err := c.write(path, "now"); err != nil {
		t.Fatal(err)
	}
	again, err := readLatents(path, "now")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, again, cmp.AllowUnexported(latentCache{})); diff != "" {
		t.Error(diff)
	}
	if d := c.latents[1] - 0.1; d == 0 || d > 1e-4 || d < -1e-4 {
		t.Errorf("0.1 became %g, not its float16", c.latents[1])
	}
	for _, where := range []struct{ path, fingerprint string }{{path, "then"}, {path + ".none", "now"}} {
		if c, err := readLatents(where.path, where.fingerprint); c != nil || err != nil {
			t.Errorf("%+v gave %v, %v", where, c, err)
		}
	}
	if err := weights.Write(path, []weights.Tensor{weights.FromFloat32("x", []int{1}, []float32{1}, weights.F32)}, map[string]string{metaFingerprint: "now"}); err != nil {
		t.Fatal(err)
	}
	if _, err := readLatents(path, "now"); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file without latents gave %v", err)
	}
}

// streamed is a data set that tells how many of its samples are being made, and
// makes those that it is known to have, others not before it is told to stop.
type streamed struct {
	drawn
	known  map[madeOf]bool
	making *atomic.Int32
}

type madeOf struct {
	index int
	seed  uint64
}

func (s streamed) At(ctx context.Context, index int, seed uint64) (dataset.Sample, error) {
	s.making.Add(1)
	defer s.making.Add(-1)
	if !s.known[madeOf{index, seed}] {
		<-ctx.Done()
	}
	return s.drawn.At(ctx, index, seed)
}

// noted notes what is made of it.
type noted struct {
	drawn
	made map[madeOf]bool
}

func (n noted) At(ctx context.Context, index int, seed uint64) (dataset.Sample, error) {
	n.made[madeOf{index, seed}] = true
	return n.drawn.At(ctx, index, seed)
}

// As many pictures are encoded as were asked for, those of the stream in its order,
// and nothing is being prepared any more when they are there.
func TestFillLatents(t *testing.T) {
	backend := enginetest.Go(t).Backend()
	exec, err := model.NewExec(backend, model.NewStore(), func(_ *model.Scope, pictures *Node) *Node {
		return ReduceAndKeep(pictures, ReduceMean, 1, 2)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	tokens, err := tokenizer.Train(t.Context(), data.Captions(1, 40), tokenizer.TrainOptions{Size: 540, MaxLength: 12})
	if err != nil {
		t.Fatal(err)
	}
	const n = 130 // two batches of 128
	known := map[madeOf]bool{}
	for _, err := range dataset.Batches(t.Context(), noted{data, known}, dataset.BatchOptions{Size: 256, Seed: 3, Steps: 1, Workers: 1}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var making atomic.Int32
	var reports []int
	e, path := &latentEncoder{exec: exec}, filepath.Join(t.TempDir(), "latents.safetensors")
	c, err := e.fill(t.Context(), path, streamed{data, known, &making}, tokens, 3, n, "now", func(done int) { reports = append(reports, done) })
	if err != nil {
		t.Fatal(err)
	}
	if left := making.Load(); left != 0 {
		t.Errorf("%d samples are still being made", left)
	}
	if diff := cmp.Diff([]int{128, 130}, reports); diff != "" {
		t.Error(diff)
	}
	f := newFeed(data, 3, n)
	samples, err := f.batch(t.Context(), 1)
	f.close()
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := pictureTensor(samples)
	if err != nil {
		t.Fatal(err)
	}
	want := &latentCache{shape: []int{1, 1, 3}, length: 12, latents: tensors.MustCopyFlatData[float32](exec.MustCall(pictures)[0]),
		ids: tensors.MustCopyFlatData[int32](idTensor(tokens, captionsOf(samples)))}
	near := cmp.Comparer(func(a, b float32) bool { return max(a-b, b-a) < 1e-3 }) // as a float16
	again, err := readLatents(path, "now")
	for _, got := range []*latentCache{c, again} {
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(latentCache{}), near); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
}

// A step's batch depends on its number alone; pictures keep their captions but
// for the share that is dropped; a pass has every picture once.
func TestCacheBatch(t *testing.T) {
	const n, size = 10, 5
	c := cacheOf(n)
	empty := []int32{-1, -1}
	seen := map[float32]int{}
	for step := 1; step <= 2; step++ {
		latents, ids := c.batch(3, step, size, 0, empty)
		again, _ := c.batch(3, step, size, 0, empty)
		values, tokens := tensors.MustCopyFlatData[float32](latents), tensors.MustCopyFlatData[int32](ids)
		if !slices.Equal(values, tensors.MustCopyFlatData[float32](again)) {
			t.Errorf("step %d is not the same twice", step)
		}
		for i, v := range values {
			seen[v]++
			if tokens[2*i] != int32(v) {
				t.Errorf("picture %g has the caption of %d", v, tokens[2*i])
			}
		}
	}
	if len(seen) != n {
		t.Errorf("a pass of %d has %d pictures", n, len(seen))
	}
	dropped, steps := 0, 200
	for step := range steps {
		_, ids := c.batch(3, step+1, size, 0.25, empty)
		for i, id := range tensors.MustCopyFlatData[int32](ids) {
			if id == -1 && i%2 == 0 {
				dropped++
			}
		}
	}
	if share := float64(dropped) / float64(steps*size); share < 0.2 || share > 0.3 {
		t.Errorf("%.2f of the captions are dropped, want 0.25", share)
	}
}
