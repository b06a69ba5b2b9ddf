package compilecache

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A file is a head, then the program compressed (DEFLATE):
//
//	8 bytes   magic
//	32 bytes  key
//	32 bytes  SHA-256 of the program
//	8 bytes   size of the program, little endian
const (
	magic    = "ICHIXLA1"
	headSize = len(magic) + 2*sha256.Size + 8
	// maxProgram bounds what a file can make a reader allocate. The largest
	// programs seen so far had 17 MB.
	maxProgram = 1 << 30
)

var errEntry = errors.New("not a cached program of this key")

// encode makes a file of a program.
func encode(key Key, program []byte) ([]byte, error) {
	var out bytes.Buffer
	sum := sha256.Sum256(program)
	out.WriteString(magic)
	out.Write(key[:])
	out.Write(sum[:])
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(program))))
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(program); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil { // writes the rest
		return nil, err
	}
	return out.Bytes(), nil
}

// decode gives a file's program back, or an error for a file of another key or
// one with a single bit changed.
func decode(key Key, file []byte) ([]byte, error) {
	if len(file) < headSize || string(file[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it has no head", errEntry)
	}
	head := file[len(magic):headSize]
	if Key(head[:sha256.Size]) != key {
		return nil, fmt.Errorf("%w: it has another key", errEntry)
	}
	size := binary.LittleEndian.Uint64(head[2*sha256.Size:])
	if size > maxProgram || size > 1032*uint64(len(file)) { // DEFLATE's highest ratio
		return nil, fmt.Errorf("%w: it claims %d bytes", errEntry, size)
	}
	program := make([]byte, size)
	body := bytes.NewReader(file[headSize:])
	r := flate.NewReader(body)
	if _, err := io.ReadFull(r, program); err != nil {
		return nil, fmt.Errorf("%w: %w", errEntry, err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF || body.Len() != 0 {
		return nil, fmt.Errorf("%w: it goes on after its end", errEntry)
	}
	if sum := sha256.Sum256(program); !bytes.Equal(sum[:], head[sha256.Size:2*sha256.Size]) {
		return nil, fmt.Errorf("%w: its checksum is wrong", errEntry)
	}
	return program, nil
}
