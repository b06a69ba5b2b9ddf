package concept

import (
	"errors"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// storeFor is a store with the weights that full's layers change, and a table
// of tokens.
func storeFor(t testing.TB, hidden int) *model.Store {
	t.Helper()
	store := model.NewStore()
	set := func(component, name string, shape ...int) {
		p := &nn.Param{Name: name, Shape: shape}
		if err := nn.NewWeights(store, component).Set(name, nn.GraphTensor(p, numbers(p.Size()))); err != nil {
			t.Fatal(err)
		}
	}
	set(weights.TextEncoder, "text_model.encoder.layers.0.mlp.fc1.weight", 5, 4)
	set(weights.TextEncoder, "text_model.encoder.layers.0.mlp.fc1.bias", 5)
	set(weights.TextEncoder, tokenTable, 7, hidden)
	set(weights.UNet, "conv_in.weight", 6, 4, 3, 3)
	set(weights.UNet, "mid_block.attentions.0.proj_in.weight", 6, 6, 1, 1) // the file has matrices
	return store
}

func paths(store *model.Store) []string {
	var all []string
	for v := range store.IterVariables() {
		all = append(all, v.Path())
	}
	slices.Sort(all)
	return all
}

func TestInstallRemove(t *testing.T) {
	store, c := storeFor(t, 4), full()
	before := paths(store)
	for _, id := range []string{"one", "one-more"} {
		if _, err := c.Install(store, id); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(paths(store)) - len(before); n != 4*len(c.LoRA.Layers) {
		t.Errorf("%d variables were added", n)
	}
	if _, err := c.Install(store, "one"); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("the same id again: %v", err)
	}
	for _, id := range []string{"", "a/b", "..", "a b"} {
		if _, err := c.Install(store, id); err == nil {
			t.Errorf("id %q was accepted", id)
		}
	}
}

func TestInstallLeavesNothing(t *testing.T) {
	store, c := storeFor(t, 4), full()
	before := paths(store)
	i, err := c.Install(store, "x")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(i.Rows, c.Rows()) || i.Vectors != 2 || i.Width != 4 {
		t.Errorf("rows are [%d, %d] %v", i.Vectors, i.Width, i.Rows)
	}
	if d := cmp.Diff([]int{2, 4}, i.RowsTensor().Shape().Dimensions); d != "" {
		t.Error(d)
	}
	lora, err := i.LoRA()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c.LoRA, lora); d != "" {
		t.Errorf("read back: %s", d)
	}
	if err := i.Remove(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, paths(store)); d != "" {
		t.Error(d)
	}
	if _, err := c.Install(store, "x"); err != nil {
		t.Errorf("the id of a removed concept: %v", err)
	}
}

// TestCheckFit: layers and sizes of another model are listed with both sizes,
// and the store is left alone.
func TestCheckFit(t *testing.T) {
	c := full()
	c.LoRA.Layers[1] = layer(weights.UNet, "conv_in", 1, []int{2, 9, 3, 3}, []int{6, 2, 1, 1})
	c.LoRA.Layers[2].Layer = "mid_block.nowhere"
	store := storeFor(t, 8)
	before := paths(store)
	_, err := c.Install(store, "x")
	var fit *FitError
	if !errors.As(err, &fit) {
		t.Fatalf("got %v", err)
	}
	if d := cmp.Diff([]string{"unet.mid_block.nowhere"}, fit.Missing); d != "" {
		t.Error(d)
	}
	text := strings.Join(fit.Sizes, "\n")
	for _, want := range []string{"4 numbers, the text encoder's have 8", "conv_in", "[3 3 9 6]", "[3 3 4 6]"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if d := cmp.Diff(before, paths(store)); d != "" {
		t.Error(d)
	}
	if err := full().CheckFit(model.NewStore()); !errors.As(err, &fit) || len(fit.Missing) != 4 {
		t.Errorf("an empty store: %v", err)
	}
}

// TestAdapters checks the offsets against AddTo: x times the changed weight.
func TestAdapters(t *testing.T) {
	store, c := storeFor(t, 4), full()
	i, err := c.Install(store, "x")
	if err != nil {
		t.Fatal(err)
	}
	l := c.LoRA.Layers[0]
	want := make([]float32, 5*4)
	if err := l.AddTo(want, 0.5); err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(enginetest.Open(t).Backend(), store, func(_ *model.Scope, strength *Node) *Node {
		o, ok := i.Adapters(weights.TextEncoder, strength)[0].Offset(strength.Graph(), l.Layer)
		if !ok {
			panic("no offset")
		}
		return Mul(MatMul(o.Up, o.Down), o.Scale)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(float32(0.5))
	if err != nil {
		t.Fatal(err)
	}
	got, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		t.Fatal(err)
	}
	for j := range want {
		if d := got[j] - want[j]; d > 1e-6 || d < -1e-6 {
			t.Fatalf("element %d is %v, want %v", j, got[j], want[j])
		}
	}
	if i.Adapters(weights.TextEncoder2, nil) != nil {
		t.Error("a component without layers has an adapter")
	}
}

func TestModules(t *testing.T) {
	want := map[string][]string{
		weights.TextEncoder: {"text_model.embeddings.token_embedding", "text_model.encoder.layers.0.mlp.fc1"},
		weights.UNet:        {"conv_in", "mid_block.attentions.0.proj_in"},
	}
	if d := cmp.Diff(want, Modules(storeFor(t, 4))); d != "" {
		t.Error(d)
	}
}
