package compilecache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Key names what a compiled program depends on.
type Key [sha256.Size]byte

// String is the key in lower-case hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// format is the version of what a key is made of and of the files. A change of
// either changes it, so that no program reads another's.
const format = "ichimai compile cache 1"

// keyOf hashes fields, each with its length before it, so that no two lists of
// fields are the same bytes.
func keyOf(fields ...[]byte) Key {
	h := sha256.New()
	addField(h, []byte(format))
	for _, f := range fields {
		addField(h, f)
	}
	return Key(h.Sum(nil))
}

func addField(h hash.Hash, field []byte) {
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(field)))
	h.Write(length[:])
	h.Write(field)
}
