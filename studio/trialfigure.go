package studio

import "math"

// TrialUnit is the unit of a figure.
type TrialUnit string

// Units of figures.
const (
	UnitMoney    TrialUnit = "money"   // minor units of the trial's currency, whole
	UnitDays     TrialUnit = "days"    // calendar days
	UnitHours    TrialUnit = "hours"   // of work or of waiting
	UnitMinutes  TrialUnit = "minutes" // of work or of a machine
	UnitShare    TrialUnit = "share"   // of 1
	UnitRatio    TrialUnit = "ratio"   // of 1, and may be negative or above 1
	UnitPictures TrialUnit = "pictures"
	UnitMonths   TrialUnit = "months"
)

// TrialBasis says where a figure comes from.
type TrialBasis string

// Bases of figures.
const (
	BasisGiven      TrialBasis = "given"      // somebody entered it about today's way
	BasisAssumed    TrialBasis = "assumed"    // somebody assumed it of the new way
	BasisMeasured   TrialBasis = "measured"   // the trial's own record
	BasisCalculated TrialBasis = "calculated" // of the figures that the formula names
)

// TrialFigure is one number of a trial's calculation with where it comes from.
type TrialFigure struct {
	Name    string     `json:"name"` // in snake case
	Label   Words      `json:"label"`
	Formula Words      `json:"formula"` // or the source of a number that is not calculated
	Unit    TrialUnit  `json:"unit"`
	Value   float64    `json:"value"` // 0 where it is not known
	Known   bool       `json:"known"` // false where something that it needs is not, or would divide by zero
	Basis   TrialBasis `json:"basis"`
	Samples int        `json:"samples"` // of what was measured
}

// TrialMeasured is what the studio's own record says about a trial.
type TrialMeasured struct {
	Drawn     int  `json:"drawn"`     // pictures
	Decided   int  `json:"decided"`   // of those, with a decision
	Approved  int  `json:"approved"`  // of those, approved or published now
	Rejected  int  `json:"rejected"`  // rejected
	Changes   int  `json:"changes"`   // sent back for a change
	Withdrawn int  `json:"withdrawn"` // taken out of use
	Closed    bool `json:"closed"`    // nobody decides any more: what was not approved is not used

	MachineMinutes  float64 `json:"machine_minutes"` // all of the drawing
	MachinePictures int     `json:"machine_pictures"`
	LearnMinutes    float64 `json:"learn_minutes"` // of the machine, once
	Learned         bool    `json:"learned"`

	ReviewMinutes float64 `json:"review_minutes"` // sum of the gaps between one person's decisions
	ReviewGaps    int     `json:"review_gaps"`
	WaitHours     float64 `json:"wait_hours"` // sum, from submission to decision
	Waits         int     `json:"waits"`
	Days          float64 `json:"days"` // sum, from the trial's start to each approval
	Finished      int     `json:"finished"`
}

// share is the approved share and of how many pictures. While people still
// decide, those without a decision are left out; afterwards all that were drawn
// count.
func (m *TrialMeasured) share() (share float64, of int) {
	of = m.Decided
	if m.Closed {
		of = m.Drawn
	}
	if of <= 0 {
		return 0, 0
	}
	return float64(m.Approved) / float64(of), of
}

// ShareInterval is the 95 % interval of the approved share (Wilson, "Probable
// inference, the law of succession, and statistical inference", 1927, equation
// 10): what the same way of working may have in store on many more pictures. It
// is 0 to 1 where nothing was decided.
func (m *TrialMeasured) ShareInterval() (low, high float64) {
	p, of := m.share()
	if of == 0 {
		return 0, 1
	}
	const z = 1.959964
	n := float64(of)
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}
