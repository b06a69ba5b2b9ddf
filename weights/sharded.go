package weights

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Sharded is one model's tensors over several safetensors files, found through
// an index.
type Sharded struct {
	path     string
	shards   map[string]*File // by the shard's name in the index
	place    map[string]*File // by the tensor's name
	metadata map[string]string
}

// OpenIndex opens the shards that a *.safetensors.index.json lists and checks
// that each tensor of its weight_map is in the shard it names. Shards have to
// lie in the index's folder or below it. Tensors of a shard that the index does
// not list are left out, as the index is the model's table of contents.
func OpenIndex(path string) (*Sharded, error) {
	places, err := readIndex(path)
	if err != nil {
		return nil, fmt.Errorf("open shards: %w", err)
	}
	s := &Sharded{path: path, shards: map[string]*File{}, place: map[string]*File{}}
	if err := s.open(places); err != nil {
		s.Close()
		return nil, fmt.Errorf("open shards: %w", err)
	}
	return s, nil
}

// readIndex gives the shard of each tensor, as the index says.
func readIndex(path string) (map[string]string, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() || stat.Size() > maxHeaderSize {
		return nil, indexError(path, "", "it is no regular file of at most 100 MB")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, places := &jsonCursor{text: text}, map[string]string{}
	err = c.object(func(key string) error {
		if key != "weight_map" {
			return c.skip(0)
		}
		return c.object(func(name string) (err error) {
			places[name], err = c.str()
			return err
		})
	})
	if err == nil {
		err = c.end()
	}
	if err == nil && len(places) == 0 {
		err = errors.New("it has no weight_map")
	}
	if err != nil {
		return nil, indexError(path, "", "%v", err)
	}
	return places, nil
}

func (s *Sharded) open(places map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(places)) {
		shard := places[name]
		f, err := s.shard(shard)
		if err != nil {
			return err
		}
		if _, ok := f.Info(name); !ok {
			return indexError(s.path, name, "it is not in %s, where the index says", clip(shard))
		}
		s.place[name] = f
	}
	return nil
}

// shard opens a shard once and joins its metadata to the others'.
func (s *Sharded) shard(name string) (*File, error) {
	if f := s.shards[name]; f != nil {
		return f, nil
	}
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return nil, indexError(s.path, "", "shard %s is outside the folder", clip(name))
	}
	f, err := Open(filepath.Join(filepath.Dir(s.path), local))
	if errors.Is(err, os.ErrNotExist) {
		return nil, indexError(s.path, "", "shard %s is missing", clip(name))
	}
	if err != nil {
		return nil, err
	}
	s.shards[name] = f
	for k, v := range f.metadata {
		if s.metadata == nil {
			s.metadata = map[string]string{}
		}
		s.metadata[k] = v
	}
	return f, nil
}

func indexError(path, tensor, format string, args ...any) error {
	return &FormatError{Path: path, Tensor: tensor, Kind: ErrIndex, Detail: fmt.Sprintf(format, args...)}
}

// Path is the index's path.
func (s *Sharded) Path() string { return s.path }

// Names are the names of the index, sorted.
func (s *Sharded) Names() []string { return slices.Sorted(maps.Keys(s.place)) }

// Info describes one tensor.
func (s *Sharded) Info(name string) (Info, bool) {
	f, ok := s.place[name]
	if !ok {
		return Info{}, false
	}
	return f.Info(name)
}

// Metadata is the string tables of all shards in one.
func (s *Sharded) Metadata() map[string]string { return maps.Clone(s.metadata) }

// Float32 is a copy of one tensor, as File.Float32.
func (s *Sharded) Float32(name string) ([]float32, error) {
	f, err := s.file(name)
	if err != nil {
		return nil, err
	}
	return f.Float32(name)
}

// ReadFloat32 calls f with the values of one tensor, as File.ReadFloat32.
func (s *Sharded) ReadFloat32(name string, f func(values []float32) error) error {
	file, err := s.file(name)
	if err != nil {
		return err
	}
	return file.ReadFloat32(name, f)
}

// ReadBytes calls f with the bytes of one tensor, as File.ReadBytes.
func (s *Sharded) ReadBytes(name string, f func(data []byte) error) error {
	file, err := s.file(name)
	if err != nil {
		return err
	}
	return file.ReadBytes(name, f)
}

// Bytes are one tensor's bytes, as File.Bytes.
func (s *Sharded) Bytes(name string) ([]byte, error) {
	f, err := s.file(name)
	if err != nil {
		return nil, err
	}
	return f.Bytes(name)
}

func (s *Sharded) file(name string) (*File, error) {
	if f, ok := s.place[name]; ok {
		return f, nil
	}
	return nil, &FormatError{Path: s.path, Tensor: name, Kind: ErrNoTensor}
}

// Close frees every shard.
func (s *Sharded) Close() error {
	var errs []error
	for _, f := range s.shards {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
