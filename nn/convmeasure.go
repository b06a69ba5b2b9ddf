package nn

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
)

const (
	// worthMeasuring is the work, in operations, from which on a convolution's ways
	// are timed: compiling them takes longer than a faster way to less saves soon.
	worthMeasuring = 3e8
	// mostLaidOut bounds, in bytes, what the ways other than XLA's own lay out.
	mostLaidOut = 128 << 20
	// clearlyFaster is the share of the time of XLA's own way that another must
	// stay under to be taken: a way that is little faster by itself was slower
	// among others, in a whole training step.
	clearlyFaster = 0.8
	// timings is how often each way is timed; the least counts.
	timings = 3
)

// MeasuredConvPath is the fastest way on a device, timed the first time that a
// shape is met and kept in the cache folder from then on. It is [DefaultConvPath]
// for small convolutions. Where nothing is measured, on a card or because a person
// said so, it is what ICHIMAI_CONV names, else the default too.
func MeasuredConvPath(b compute.Backend, s ConvShape) ConvPath {
	m := engine.MeasurementsOf(b)
	if m == nil {
		return namedConvPath(os.Getenv(engine.EnvConv), s)
	}
	if s.operations() < worthMeasuring {
		return DefaultConvPath(s)
	}
	measuring.Lock() // two at once would disturb each other
	defer measuring.Unlock()
	name, ok := m.Get(s.String())
	if !ok {
		path, err := measureConv(b, s)
		if err != nil {
			slog.Debug("convolution not measured", "shape", s.String(), "error", err)
			return DefaultConvPath(s)
		}
		name = m.Keep(s.String(), path.String())
	}
	return namedConvPath(name, s)
}

// namedConvPath is the way of a name, the default where there is none.
func namedConvPath(name string, s ConvShape) ConvPath {
	if path := slices.Index(convPathNames[:], name); path >= 0 {
		return ConvPath(path)
	}
	return DefaultConvPath(s)
}

var measuring sync.Mutex

var (
	convPathNames   = [...]string{ConvDirect: "direct", ConvIm2col: "im2col", ConvWinograd: "winograd", ConvBlocked: "blocked"}
	convResultNames = [...]string{ConvOutput: "output", ConvPictureGradient: "picture gradient", ConvKernelGradient: "kernel gradient"}
)

// String is the way's name.
func (p ConvPath) String() string { return convPathNames[p] }

// String describes the shape in one line.
func (s ConvShape) String() string {
	return fmt.Sprintf("convolution %dx%dx%dx%d to %d, kernel %d, stride %d, %s, %s",
		s.Batch, s.Height, s.Width, s.In, s.Out, s.Kernel, s.Stride, convResultNames[s.Result], strings.ToLower(s.DType.String()))
}

// operations are the additions and multiplications of the definition.
func (s ConvShape) operations() float64 {
	return 2 * float64(s.Batch*s.Height*s.Width) / float64(s.Stride*s.Stride) * float64(s.Kernel*s.Kernel*s.In*s.Out)
}

// ways lists what may be taken for a shape. A stride of 1 and a kernel
// of 3x3 are what Winograd's form here is for. Its gradient for the kernel is
// little faster where it is (docs/benchmarks.md).
func (s ConvShape) ways() []ConvPath {
	ways := []ConvPath{ConvDirect}
	pixels := s.Batch * s.Height * s.Width
	if s.Kernel > 1 && s.DType.Size()*pixels/(s.Stride*s.Stride)*s.Kernel*s.Kernel*max(s.In, s.Out) <= mostLaidOut {
		ways = append(ways, ConvIm2col)
	}
	if s.Kernel == 3 && s.Stride == 1 && s.Result != ConvKernelGradient && 16*pixels*max(s.In, s.Out) <= mostLaidOut {
		ways = append(ways, ConvWinograd)
	}
	return ways
}

// measureConv times the ways and returns the fastest.
func measureConv(b compute.Backend, s ConvShape) (fastest ConvPath, err error) {
	err = engine.Try(func() error {
		var runs []*convRun
		defer func() {
			for _, r := range runs {
				r.close()
			}
		}()
		for _, way := range s.ways() {
			r, err := newConvRun(b, s, way)
			if err != nil {
				return err
			}
			runs = append(runs, r)
		}
		for range timings { // in turn, so that a busy moment meets all of them
			for _, r := range runs {
				if err := r.time(); err != nil {
					return err
				}
			}
		}
		best := time.Duration(float64(runs[0].least) * clearlyFaster)
		for _, r := range runs[1:] {
			if r.least < best {
				fastest, best = r.way, r.least
			}
		}
		return nil
	})
	return fastest, err
}

// convRun times one way.
type convRun struct {
	way   ConvPath
	exec  *model.Exec
	args  []any
	least time.Duration
}

// newConvRun compiles a way and runs it once.
func newConvRun(b compute.Backend, s ConvShape, way ConvPath) (*convRun, error) {
	c := convolution{pass: NewPass(nil, Options{DType: s.DType, Gradients: AllGradients}), stride: s.Stride, pad: PadAll(s.Kernel / 2)}
	exec, err := model.NewExec(b, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
		x, kernel, y := in[0], in[1], in[2]
		var result *Node
		switch s.Result {
		case ConvOutput:
			result = c.forward(way, x, kernel)
		case ConvPictureGradient:
			result = c.forPicture(way, x, kernel, y)
		case ConvKernelGradient:
			result = c.forKernel(way, x, kernel, y)
		}
		first := Slice(Reshape(result, result.Shape().Size()), AxisElem(0))
		return []*Node{result, first} // the second to wait for, without fetching all of the first
	})
	if err != nil {
		return nil, err
	}
	side := func(n int) int { return (n+2*(s.Kernel/2)-s.Kernel)/s.Stride + 1 }
	r := &convRun{way: way, exec: exec, args: []any{
		ones(s.Batch, s.Height, s.Width, s.In), ones(s.Kernel, s.Kernel, s.In, s.Out), ones(s.Batch, side(s.Height), side(s.Width), s.Out),
	}}
	if err := r.time(); err != nil {
		r.close()
		return nil, err
	}
	r.least = math.MaxInt64
	return r, nil
}

// time runs once and keeps the least time.
func (r *convRun) time() error {
	start := time.Now()
	results, err := r.exec.Call(r.args...)
	if err != nil {
		return err
	}
	results[1].MaterializeLocal()
	r.least = min(r.least, time.Since(start))
	for _, result := range results {
		result.MustFinalizeAll()
	}
	return nil
}

// close gives back what the run holds.
func (r *convRun) close() {
	r.exec.Finalize()
	for _, arg := range r.args {
		arg.(*tensors.Tensor).MustFinalizeAll()
	}
}

func ones(dims ...int) *tensors.Tensor {
	t := tensors.FromShape(shapes.Make(dtypes.Float32, dims...))
	tensors.MustMutableFlatData(t, func(flat []float32) {
		for i := range flat {
			flat[i] = 1
		}
	})
	return t
}
