package evaluate

import (
	"fmt"
	"math"
)

// axis maps values to places on a drawing.
type axis struct {
	from, to   float64 // places
	low, high  float64 // values, as place maps them
	place      func(v float64) float64
	ticks      []tick
	zeroApart  bool    // 0 has a place of its own before a logarithmic axis
	zeroPlaces float64 // where that is
}

type tick struct {
	value float64
	label string
}

// at is the place of a value.
func (a axis) at(v float64) float64 {
	if a.zeroApart && v <= 0 {
		return a.zeroPlaces
	}
	return a.from + (a.place(v)-a.low)/(a.high-a.low)*(a.to-a.from)
}

// linear is an axis with round ticks around all values.
func linear(from, to, low, high float64, label func(float64) string) axis {
	step := roundStep((high - low) / 5)
	low, high = math.Floor(low/step+1e-9)*step, math.Ceil(high/step-1e-9)*step
	if high <= low {
		high = low + step
	}
	a := axis{from: from, to: to, low: low, high: high, place: func(v float64) float64 { return v }}
	for i := 0; low+float64(i)*step <= high+step/2; i++ {
		v := low + float64(i)*step
		a.ticks = append(a.ticks, tick{v, label(v)})
	}
	return a
}

// roundStep is the least of 1, 2 and 5 times a power of ten that is not below a step.
func roundStep(step float64) float64 {
	if !(step > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= step*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logarithmic is an axis from the lowest to the highest of positive values. Where zero
// is set, 0 has a place before them.
func logarithmic(from, to, low, high float64, zero bool, ticks []tick) axis {
	if !(low > 0) {
		low, high = 1, math.Max(high, 10)
	}
	if high < low*1.5 {
		low, high = low/1.5, high*1.5
	}
	a := axis{from: from, to: to, place: math.Log10, low: math.Log10(low), high: math.Log10(high)}
	margin := 0.05 * (a.high - a.low)
	a.low, a.high = a.low-margin, a.high+margin
	if zero {
		a.zeroApart, a.zeroPlaces = true, from+8
		a.from = from + 0.12*(to-from)
	}
	for _, t := range ticks {
		if v := t.value; v > 0 && a.place(v) >= a.low-1e-9 && a.place(v) <= a.high+1e-9 {
			a.ticks = append(a.ticks, t)
		}
	}
	if zero {
		a.ticks = append([]tick{{0, "0"}}, a.ticks...)
	}
	return a
}

// timeTicks are round times.
func (w words) timeTicks() []tick {
	var ticks []tick
	for _, s := range []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 3 * 3600, 10 * 3600, 30 * 3600, 100 * 3600} {
		unit, n := textSeconds, s
		switch {
		case s >= 3600:
			unit, n = textHours, s/3600
		case s >= 60:
			unit, n = textMinutes, s/60
		}
		ticks = append(ticks, tick{s, w.say(unit, "n", fmt.Sprintf("%g", n))})
	}
	return ticks
}

// stepTicks are 1, 3, 10, 30 and so on.
func stepTicks() []tick {
	var ticks []tick
	for v := 1.0; v < 1e7; v *= 10 {
		ticks = append(ticks, tick{v, fmt.Sprintf("%g", v)}, tick{3 * v, fmt.Sprintf("%g", 3*v)})
	}
	return ticks
}
