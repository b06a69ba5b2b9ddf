package nn

import "github.com/ichimai/ichimai/weights"

// Renamed presents a checkpoint under other keys, for files that use the names
// of an older time. rename maps a key of the file to the key of today. A file
// that has a weight under both keys shows the older as it is, so that loading it
// finds a key too many.
func Renamed(src weights.Source, rename func(key string) string) weights.Source {
	r := &renamed{Source: src, old: map[string]string{}}
	for _, name := range src.Names() {
		today := rename(name)
		if _, both := src.Info(today); both {
			today = name
		}
		r.names = append(r.names, today)
		r.old[today] = name
	}
	return r
}

type renamed struct {
	weights.Source
	names []string
	old   map[string]string // today's key -> key in the file
}

// Path is where the file lies, or "" where the source does not say.
func (r *renamed) Path() string {
	if p, ok := r.Source.(interface{ Path() string }); ok {
		return p.Path()
	}
	return ""
}

// Names implements [weights.Source].
func (r *renamed) Names() []string { return r.names }

// Info implements [weights.Source].
func (r *renamed) Info(name string) (weights.Info, bool) {
	info, ok := r.Source.Info(r.old[name])
	info.Name = name
	return info, ok
}

// Float32 implements [weights.Source].
func (r *renamed) Float32(name string) ([]float32, error) { return r.Source.Float32(r.old[name]) }

// ReadFloat32 implements [weights.Source].
func (r *renamed) ReadFloat32(name string, f func(values []float32) error) error {
	return r.Source.ReadFloat32(r.old[name], f)
}

// ReadBytes implements [weights.Source].
func (r *renamed) ReadBytes(name string, f func(data []byte) error) error {
	return r.Source.ReadBytes(r.old[name], f)
}

// Bytes implements [weights.Source].
func (r *renamed) Bytes(name string) ([]byte, error) { return r.Source.Bytes(r.old[name]) }
