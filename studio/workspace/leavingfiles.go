package workspace

import (
	"context"
	"errors"
	"sync"
)

// maxLeaving bounds what is held of stamped files, in bytes.
const maxLeaving = 64 << 20

// leaving holds the latest stamped files: a page shows a picture again and again,
// and to mark one takes a tenth of a second and more.
type leaving struct {
	mu    sync.Mutex
	files map[string]*leavingFile
	order []string // the oldest first
	bytes int
}

// leavingFile is a file that is there, or is being made.
type leavingFile struct {
	made chan struct{} // closed when data or err is set
	data []byte
	err  error
}

var errUnmade = errors.New("stamp picture: it was not finished")

func newLeaving() *leaving { return &leaving{files: map[string]*leavingFile{}} }

// get returns the file of a key, which one caller makes while others wait. An error
// is not held; who waited for one tries again by themselves.
func (l *leaving) get(ctx context.Context, key string, produce func() ([]byte, error)) ([]byte, error) {
	for {
		l.mu.Lock()
		f, there := l.files[key]
		if !there {
			f = &leavingFile{made: make(chan struct{})}
			l.files[key] = f
		}
		l.mu.Unlock()
		if !there {
			f.err = errUnmade
			defer l.keep(key, f) // also when it panics
			f.data, f.err = produce()
			return f.data, f.err
		}
		select {
		case <-f.made:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if f.err == nil {
			return f.data, nil
		}
	}
}

// keep holds a file that was made, and lets the oldest go where they are too many.
func (l *leaving) keep(key string, f *leavingFile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(f.made)
	if f.err != nil {
		delete(l.files, key)
		return
	}
	l.order, l.bytes = append(l.order, key), l.bytes+len(f.data)
	for l.bytes > maxLeaving && len(l.order) > 1 {
		oldest := l.order[0]
		l.bytes -= len(l.files[oldest].data)
		delete(l.files, oldest)
		l.order = l.order[1:]
	}
}
