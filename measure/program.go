package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
)

// device is where programs run, and how they wait for each other there.
type device struct {
	backend compute.Backend
	// exclusive runs a function alone and turns its panic into an error.
	exclusive func(func() error) error
}

// alone is a device that only the programs of one encoder use.
func alone(backend compute.Backend) device {
	var mu sync.Mutex
	return device{backend, func(f func() error) error {
		mu.Lock()
		defer mu.Unlock()
		return engine.Try(f)
	}}
}

// program maps batches of one size to embeddings. It is compiled at its first batch
// and kept.
type program struct {
	what   string // it embeds, and with what: for errors
	batch  int
	device device
	exec   *model.Exec // nil when closed
}

// newProgram makes the program of a graph that maps a batch to [batch, width].
func newProgram(what string, batch int, d device, w *nn.Weights, graph func(*nn.Pass, *Node) *Node) (*program, error) {
	p := &program{what: what, batch: batch, device: d}
	err := d.exclusive(func() (err error) {
		p.exec, err = model.NewExec(d.backend, w.Store(), func(_ *model.Scope, in *Node) *Node {
			return clip.Normalize(graph(nn.NewPass(w, nn.Options{}), in))
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("prepare to embed %s: %w", what, err)
	}
	return p, nil
}

// embed gives the embeddings of n things. input makes a batch of the things with the
// numbers in at; the last batch is filled up with its last thing.
func (p *program) embed(ctx context.Context, n int, input func(at []int) (*tensors.Tensor, error)) ([]Embedding, error) {
	all := make([]Embedding, 0, n)
	for from := 0; from < n; from += p.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := p.chunk(from, n, input)
		if err != nil {
			return nil, fmt.Errorf("embed %s: %w", p.what, err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

// chunk embeds up to a batch of n things.
func (p *program) chunk(from, n int, input func(at []int) (*tensors.Tensor, error)) ([]Embedding, error) {
	at := make([]int, p.batch)
	for i := range at {
		at[i] = min(from+i, n-1)
	}
	var in *tensors.Tensor
	if err := engine.Try(func() (err error) { in, err = input(at); return err }); err != nil {
		return nil, err
	}
	var flat []float32
	if err := p.device.exclusive(func() (err error) { flat, err = p.call(in); return err }); err != nil {
		return nil, err
	}
	width := len(flat) / p.batch
	var rows []Embedding
	for i := range min(p.batch, n-from) {
		e := Embedding(flat[i*width : (i+1)*width : (i+1)*width])
		if math.IsNaN(e.Cosine(e)) {
			return nil, fmt.Errorf("number %d gave values that are not finite: the weights are damaged", from+i+1)
		}
		rows = append(rows, e)
	}
	return rows, nil
}

// errClosed is the error of an encoder that is used after Close.
var errClosed = errors.New("the encoder is closed")

func (p *program) call(in *tensors.Tensor) ([]float32, error) {
	defer in.MustFinalizeAll()
	if p.exec == nil {
		return nil, errClosed
	}
	results, err := p.exec.Call(in)
	if err != nil {
		return nil, err
	}
	defer results[0].MustFinalizeAll()
	return tensors.CopyFlatData[float32](results[0])
}

// close frees what was compiled; the caller holds the device.
func (p *program) close() {
	if p.exec != nil {
		p.exec.Finalize()
		p.exec = nil
	}
}
