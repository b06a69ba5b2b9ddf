package api

import (
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Verdict is what one automatic check found of a picture.
type Verdict struct {
	Check       string         `json:"check" enum:"subject,prompt,sharpness,copying,blocked_words,mark,watermark"`
	Outcome     studio.Outcome `json:"outcome" enum:"passed,refused,warned,unknown" doc:"warned: beyond the threshold of a check that cannot tell well enough to refuse"`
	Value       *float64       `json:"value,omitempty"`
	Threshold   *float64       `json:"threshold,omitempty" doc:"The least value that passes, or with at_most the most"`
	AtMost      bool           `json:"at_most"`
	GoodRefused *float64       `json:"good_refused,omitempty" doc:"The share of good pictures that the check refuses wrongly, as it was measured"`
	BadPassed   *float64       `json:"bad_passed,omitempty" doc:"The share of bad pictures that it lets pass"`
	Why         string         `json:"why,omitempty" enum:"no_judge,no_threshold,too_small,too_long,failed" doc:"Of an unknown outcome"`
	Words       []string       `json:"words,omitempty" doc:"Blocked ones that the prompt contains"`
	Marks       []FoundMark    `json:"marks,omitempty" doc:"Protected marks that the picture shows, the most like first"`
	Override    *Override      `json:"override,omitempty" doc:"An approver's decision that it may show them"`
}

// FoundMark is a protected mark that a picture shows.
type FoundMark struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Similarity float64 `json:"similarity" doc:"0 to 1"`
	X          int     `json:"x" doc:"Where it is, in pixels"`
	Y          int     `json:"y"`
	Width      int     `json:"width"`
	Height     int     `json:"height"`
}

// Override is an approver's decision that a picture may show the marks that were found.
type Override struct {
	By     string    `json:"by" doc:"User"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

func verdictsOf(list []studio.Verdict) []Verdict {
	out := make([]Verdict, len(list))
	for i, v := range list {
		out[i] = Verdict{
			Check: v.Check, Outcome: v.Outcome, Value: v.Value, Threshold: v.Threshold, AtMost: v.AtMost,
			GoodRefused: v.GoodRefused, BadPassed: v.BadPassed, Why: v.Why, Words: v.Words, Override: (*Override)(v.Override),
		}
		for _, m := range v.Marks {
			out[i].Marks = append(out[i].Marks, FoundMark(m))
		}
	}
	return out
}
