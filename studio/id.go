package studio

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"io"
	"sync"
)

// IDs makes ids that no other call returned. Implementations may be used by
// many goroutines at once.
type IDs interface {
	NewID() string
}

// UUIDs makes UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of
// milliseconds, 12 bits that count within one millisecond (its method 1), 62
// random bits. Ids of one UUIDs sort in the order in which they were made, even
// when the clock is set back.
type UUIDs struct {
	clock  Clock
	random io.Reader

	mu    sync.Mutex
	milli uint64 // of the last id
	count uint64 // within it
}

// NewUUIDs returns a generator that reads a clock and a source of randomness.
// A nil clock is SystemClock, a nil source crypto/rand.
func NewUUIDs(clock Clock, random io.Reader) *UUIDs {
	if clock == nil {
		clock = SystemClock
	}
	if random == nil {
		random = rand.Reader
	}
	return &UUIDs{clock: clock, random: random}
}

// NewID returns a UUID as 36 lower-case characters. It panics when the source
// of randomness fails, which crypto/rand's never does.
func (u *UUIDs) NewID() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var id [16]byte
	if _, err := io.ReadFull(u.random, id[8:]); err != nil {
		panic("studio: read random bytes for an id: " + err.Error())
	}
	u.step()
	binary.BigEndian.PutUint64(id[:], u.milli<<16|7<<12|u.count)
	id[8] = id[8]&0x3f | 0x80 // variant
	return formatUUID(id)
}

// step moves to the next place in order: a later millisecond, or the next count
// within the last; where that is full, the millisecond after it.
func (u *UUIDs) step() {
	now := uint64(u.clock().UnixMilli()) & (1<<48 - 1)
	switch {
	case now > u.milli:
		u.milli, u.count = now, 0
	case u.count < 1<<12-1:
		u.count++
	default:
		u.milli, u.count = u.milli+1, 0
	}
}

func formatUUID(id [16]byte) string {
	text := make([]byte, 0, 36)
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, []byte{b})
	}
	return string(text)
}

// ValidID reports whether s has the form of an id: 36 lower-case hexadecimal
// digits and hyphens in a UUID's places.
func ValidID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if hyphen := i == 8 || i == 13 || i == 18 || i == 23; hyphen != (s[i] == '-') || !hyphen && !hexDigit(s[i]) {
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
