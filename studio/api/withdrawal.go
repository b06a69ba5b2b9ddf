package api

import "github.com/ichimai/ichimai/studio/workspace"

// Withdrawal names what was withdrawn together.
type Withdrawal struct {
	Source   *Source   `json:"source,omitempty" doc:"Absent where a concept alone was withdrawn"`
	Concepts []Concept `json:"concepts" nullable:"false"`
	Pictures []Picture `json:"pictures" nullable:"false"`
	Jobs     []Job     `json:"jobs" nullable:"false" doc:"That had not ended and were cancelled"`
	Cases    []Case    `json:"cases" nullable:"false" doc:"That keep their words and lost their picture"`
}

func (r reader) withdrawal(w workspace.Withdrawal) Withdrawal {
	view := Withdrawal{
		Concepts: each(w.Concepts, r.concept), Pictures: each(w.Pictures, pictureOf),
		Jobs: each(w.Jobs, r.job), Cases: each(w.Cases, caseOf),
	}
	if w.Source.ID != "" {
		source := sourceOf(w.Source)
		view.Source = &source
	}
	return view
}
