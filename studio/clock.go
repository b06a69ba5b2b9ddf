package studio

import "time"

// Clock tells the time. Everything that records a time takes one.
type Clock func() time.Time

// SystemClock is the machine's clock as [Time] cuts it.
func SystemClock() time.Time { return Time(time.Now()) }

// Time returns t in UTC, cut to the millisecond, without a monotonic reading:
// the only form in which times are kept.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
