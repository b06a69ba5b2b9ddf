package weights

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Write writes a safetensors file: beside path first, synced to disk, then
// renamed, so that path is never half a file. The same tensors and metadata
// give the same bytes: tensors lie in the order of their element size, the
// largest first, then by name, and the header's length is a multiple of 8, so
// that every tensor is aligned.
func Write(path string, tensors []Tensor, metadata map[string]string) error {
	infos := make([]Info, len(tensors))
	data := make(map[string][]byte, len(tensors))
	for i, t := range tensors {
		infos[i], data[t.Name] = t.Info(), t.Data
		n, err := byteCount(t.Shape, t.DType.Size())
		switch {
		case err != nil:
			return fmt.Errorf("write weights %s: tensor %s: %w", path, clip(t.Name), err)
		case len(t.Data) == 0 && n > 0:
			return fmt.Errorf("write weights %s: tensor %s has no data (FromFloat32 fills floating-point types only)",
				path, clip(t.Name))
		}
	}
	return WriteFunc(path, infos, metadata, func(t Info, w io.Writer) error {
		_, err := w.Write(data[t.Name])
		return err
	})
}

// WriteFunc is Write for tensors too large to hold twice: it calls fill for
// each tensor in the order of the file, and fill writes the tensor's
// little-endian bytes to w, all of them and no more (EncodeFloat32 does that
// for float32 values). An error of fill leaves path as it was.
func WriteFunc(path string, infos []Info, metadata map[string]string, fill func(t Info, w io.Writer) error) error {
	infos = slices.Clone(infos)
	slices.SortFunc(infos, func(a, b Info) int {
		return cmp.Or(-cmp.Compare(a.DType.Size(), b.DType.Size()), cmp.Compare(a.Name, b.Name))
	})
	text, err := formatHeader(infos, metadata)
	if err != nil {
		return fmt.Errorf("write weights %s: %w", path, err)
	}
	err = replaceFile(path, func(file io.Writer) error {
		w := bufio.NewWriterSize(file, 1<<20)
		if _, err := w.Write(text); err != nil {
			return err
		}
		for _, t := range infos {
			if err := fillOne(t, w, fill); err != nil {
				return fmt.Errorf("tensor %s: %w", clip(t.Name), err)
			}
		}
		return w.Flush()
	})
	if err != nil {
		return fmt.Errorf("write weights %s: %w", path, err)
	}
	return nil
}

// fillOne lets fill write one tensor and counts its bytes.
func fillOne(t Info, w io.Writer, fill func(Info, io.Writer) error) error {
	want, err := byteCount(t.Shape, t.DType.Size())
	if err != nil {
		return err
	}
	counted := &countWriter{w: w}
	if err := fill(t, counted); err != nil {
		return err
	}
	if counted.n != want {
		return fmt.Errorf("shape %v of %s needs %d bytes, got %d", t.Shape, t.DType, want, counted.n)
	}
	return nil
}

type countWriter struct {
	w io.Writer
	n int
}

func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// formatHeader is the length and the JSON of infos, which are in the order of
// the file, padded with spaces.
func formatHeader(infos []Info, metadata map[string]string) ([]byte, error) {
	text := bytes.NewBuffer(make([]byte, prefixSize))
	text.WriteByte('{')
	if metadata != nil {
		if err := checkMetadata(metadata); err != nil {
			return nil, err
		}
		text.WriteString(`"` + metadataKey + `":`)
		writeJSON(text, metadata) // encoding/json sorts the keys
	}
	begin, seen := 0, map[string]bool{metadataKey: true}
	for _, t := range infos {
		end, err := checkWritable(t, begin, seen)
		if err != nil {
			return nil, err
		}
		if text.Len() > prefixSize+1 {
			text.WriteByte(',')
		}
		writeJSON(text, t.Name)
		fmt.Fprintf(text, `:{"dtype":%q,"shape":`, t.DType)
		writeJSON(text, append([]int{}, t.Shape...))
		fmt.Fprintf(text, `,"data_offsets":[%d,%d]}`, begin, end)
		begin = end
	}
	text.WriteByte('}')
	for text.Len()%8 != 0 {
		text.WriteByte(' ')
	}
	length := text.Len() - prefixSize
	if length > maxHeaderSize {
		return nil, fmt.Errorf("header of %d bytes is over the format's limit of 100 MB", length)
	}
	little.PutUint64(text.Bytes(), uint64(length))
	return text.Bytes(), nil
}

// checkWritable says where a tensor that begins at begin ends, and refuses what
// a reader would refuse.
func checkWritable(t Info, begin int, seen map[string]bool) (end int, err error) {
	fail := func(format string, args ...any) (int, error) {
		return 0, fmt.Errorf("tensor %s: %s", clip(t.Name), fmt.Sprintf(format, args...))
	}
	n, err := byteCount(t.Shape, t.DType.Size())
	end = begin + n
	switch {
	case t.DType.Size() == 0:
		return fail("dtype %q cannot be written", string(t.DType))
	case len(t.Shape) > maxRank:
		return fail("%d dimensions, at most %d are allowed", len(t.Shape), maxRank)
	case err != nil:
		return fail("%v", err)
	case end < begin:
		return fail("the file would be too large")
	case seen[t.Name]:
		return fail("its name is there twice, or reserved")
	case !utf8.ValidString(t.Name):
		return fail("its name is not valid UTF-8")
	}
	seen[t.Name] = true
	return end, nil
}

func checkMetadata(metadata map[string]string) error {
	for k, v := range metadata {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return errors.New("metadata of key " + clip(k) + " is not valid UTF-8")
		}
	}
	return nil
}

// writeJSON appends a value without escaping <, > and &, which are common in
// the names of learned tokens.
func writeJSON(text *bytes.Buffer, value any) {
	e := json.NewEncoder(text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil { // strings, ints and maps of strings always encode
		panic(err)
	}
	text.Truncate(text.Len() - 1) // Encode's line end
}
