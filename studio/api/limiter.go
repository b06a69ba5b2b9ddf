package api

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Rate is how often something may happen: a token bucket that holds Burst
// tokens and gets PerSecond new ones a second.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limiter is a token bucket for each of many keys, for the API and the pages alike.
type Limiter struct {
	rate  Rate
	clock studio.Clock

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// maxBuckets bounds the memory that many addresses can take.
const maxBuckets = 1 << 14

// NewLimiter makes a limiter whose buckets are full.
func NewLimiter(rate Rate, clock studio.Clock) *Limiter {
	return &Limiter{rate: rate, clock: clock, buckets: map[string]bucket{}}
}

// Take takes a token of a key's bucket. Where there is none it returns how long
// it takes until there is.
func (l *Limiter) Take(key string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	b, known := l.buckets[key]
	if !known {
		l.makeRoom(now)
		b = bucket{tokens: float64(l.rate.Burst), at: now}
	}
	b = l.fill(b, now)
	if b.tokens < 1 {
		wait = time.Duration(math.Ceil((1 - b.tokens) / l.rate.PerSecond * float64(time.Second)))
	} else {
		b.tokens--
	}
	l.buckets[key] = b
	return wait
}

func (l *Limiter) fill(b bucket, now time.Time) bucket {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens, b.at = math.Min(float64(l.rate.Burst), b.tokens+passed*l.rate.PerSecond), now
	}
	return b
}

// makeRoom forgets full buckets, which say nothing, and then whichever come
// first until half are left: so much at once, because it looks at all of them.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	for key, b := range l.buckets {
		if l.fill(b, now).tokens >= float64(l.rate.Burst) {
			delete(l.buckets, key)
		}
	}
	for key := range l.buckets {
		if len(l.buckets) <= maxBuckets/2 {
			return
		}
		delete(l.buckets, key)
	}
}

// AddressKey puts the addresses that one host of IPv6 can choose from into one
// bucket: those of its /64.
func AddressKey(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return address
	}
	prefix, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
