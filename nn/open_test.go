package nn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// gate is a model of three parameters whose file says before each key what its
// config says; one with a bias is known by its weights.
type gate struct {
	prefix string
	bias   bool
}

func (c gate) params() []*nn.Param {
	b := nn.NewBuilder()
	for _, name := range []string{"a.weight", "b.weight", "c.weight"} {
		b.Param(name, nn.Init{Kind: nn.InitOnes}, 2)
	}
	if c.bias {
		b.Param("bias", nn.Init{}, 2)
	}
	return b.Params()
}

func gateFolder(prefix string) nn.Folder[gate, gate] {
	return nn.Folder[gate, gate]{
		Kind:   "gate",
		Config: func(string) (gate, error) { return gate{prefix: prefix}, nil },
		New:    func(c gate) (gate, error) { return c, nil },
		Params: gate.params,
		Rename: func(c gate, key string) string { return strings.TrimPrefix(key, c.prefix) },
		Complete: func(c gate, src weights.Source) gate {
			_, c.bias = src.Info("bias")
			return c
		},
		Ignore: func(key string) bool { return key == "steps" },
	}
}

// A file is seen under today's keys by all that asks about it.
func TestFolderOpen(t *testing.T) {
	list := opentest.Tensors(t, gate{bias: true}.params())
	for i := range list {
		list[i].Name = "old." + list[i].Name
	}
	dir := opentest.Folder(t, "{}", append(list, tensor("old.steps", []float32{1}, 1))...)
	m, w, err := gateFolder("old.").Open(dir, model.NewStore(), "gate")
	if err != nil || !m.bias || w.Variable("bias") == nil {
		t.Errorf("opened %+v, %v", m, err)
	}
	var keys *weights.KeyError
	m, w, err = gateFolder("").Open(dir, model.NewStore(), "gate")
	if !errors.As(err, &keys) || len(keys.Unexpected) != 5 || m.prefix != "" || w != nil {
		t.Errorf("keys of another time gave %+v, %v", m, err)
	}
}

// A config that no model has is refused with its folder.
func TestFolderOpenRefusesConfig(t *testing.T) {
	f := gateFolder("")
	refused := errors.New("act_fn: mish")
	f.New = func(gate) (gate, error) { return gate{}, refused }
	dir := opentest.Folder(t, "{}", tensor("a.weight", []float32{1, 1}, 2))
	if _, _, err := f.Open(dir, model.NewStore(), "gate"); !errors.Is(err, refused) || !strings.Contains(err.Error(), "open gate from "+dir) {
		t.Errorf("got %v", err)
	}
}
