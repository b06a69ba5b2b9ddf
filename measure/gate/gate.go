package gate

import "github.com/ichimai/ichimai/measure"

// Format is the version of gates' files.
const Format = "ichimai gate 1"

// Level is that of the intervals of error rates.
const Level = 0.95

// Gate is a threshold for each check, and what it was learned from.
type Gate struct {
	Format string `json:"format"`
	// Judge is the hash of the judge whose values the thresholds are of.
	Judge string `json:"judge"`
	// Protocol is the hash of the protocol's file.
	Protocol string `json:"protocol"`
	// Refuse is the share of good pictures that each threshold was to refuse.
	Refuse float64 `json:"refuse"`
	// Side is the shorter side, in pixels, at which sharpness is measured: larger
	// pictures are scaled down to it, and smaller ones are not judged.
	Side int `json:"side"`
	// Blur is the deviation in pixels, at Side, of the Gaussian that made bad pictures.
	Blur float64 `json:"blur"`
	// Model is the name of the model whose autoencoder's pictures are the good ones of
	// sharpness; "" where these are the real pictures.
	Model  string  `json:"model,omitempty"`
	Checks []Check `json:"checks"`
	// Drawn is how often an evaluation's own drawings pass.
	Drawn []Drawn `json:"drawn,omitempty"`
}

// Drawn is how often the drawings of one method pass.
type Drawn struct {
	Method string `json:"method"` // with its setting and steps
	// All is the share of drawings that no check refuses, By that of each check.
	All      measure.Interval            `json:"all"`
	By       map[string]measure.Interval `json:"by"`
	Pictures int                         `json:"pictures"`
}

// Check finds a check by its name.
func (g *Gate) Check(name string) (Check, bool) {
	for _, c := range g.Checks {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}

// Values are measured of a picture, by the names of checks. What could not be measured
// is not there.
type Values map[string]float64

// Outcomes of a check.
const (
	Passed   = "passed"
	Refused  = "refused"
	Doubtful = "doubtful" // it would be refused, by a check that cannot tell good from bad
	Unknown  = "unknown"  // there is no value or no threshold
)

// Verdict is what a check says of a picture.
type Verdict struct {
	Check     string   `json:"check"`
	Value     *float64 `json:"value,omitempty"`
	Threshold *float64 `json:"threshold,omitempty"`
	Outcome   string   `json:"outcome"`
}

// Verdicts say what each check says of values, in the order of [Names]. A nil gate knows
// no thresholds.
func (g *Gate) Verdicts(values Values) []Verdict {
	var all []Verdict
	for _, name := range Names {
		all = append(all, g.verdict(name, values))
	}
	return all
}

func (g *Gate) verdict(name string, values Values) Verdict {
	v := Verdict{Check: name, Outcome: Unknown}
	value, measured := values[name]
	if measured {
		v.Value = &value
	}
	if g == nil {
		return v
	}
	c, known := g.Check(name)
	if !known {
		return v
	}
	v.Threshold = &c.Threshold
	switch {
	case !measured:
	case c.holds(value):
		v.Outcome = Passed
	case c.Tells():
		v.Outcome = Refused
	default:
		v.Outcome = Doubtful
	}
	return v
}

// Refuses says whether a check refuses the picture.
func Refuses(all []Verdict) bool {
	for _, v := range all {
		if v.Outcome == Refused {
			return true
		}
	}
	return false
}
