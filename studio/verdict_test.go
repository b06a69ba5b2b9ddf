package studio

import "testing"

// TestSum takes the worst of several checks.
func TestSum(t *testing.T) {
	of := func(outcomes ...Outcome) []Verdict {
		var list []Verdict
		for i, o := range outcomes {
			list = append(list, Verdict{Check: CheckNames()[i], Outcome: o})
		}
		return list
	}
	allowed := of(OutcomeRefused)
	allowed[0].Override = &Override{By: "x", Reason: "ours"}
	for name, c := range map[string]struct {
		checks []Verdict
		want   Outcome
	}{
		"none":       {nil, OutcomePassed},
		"passed":     {of(OutcomePassed, OutcomePassed), OutcomePassed},
		"warned":     {of(OutcomeWarned, OutcomePassed), OutcomeWarned},
		"unknown":    {of(OutcomePassed, OutcomeUnknown), OutcomeWarned},
		"refused":    {of(OutcomeRefused, OutcomeWarned), OutcomeRefused},
		"ErrLast":    {of(OutcomePassed, OutcomeUnknown, OutcomeRefused), OutcomeRefused},
		"overridden": {allowed, OutcomePassed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Sum(c.checks); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestVerdictWords(t *testing.T) {
	v := Verdict{Check: CheckBlockedWords, Outcome: OutcomeRefused, Words: []string{"rival"}}
	if err := v.Validate(); err != nil {
		t.Error(err)
	}
	v.Words = []string{"a\nb"}
	if err := v.Validate(); ErrorCode(err) != Invalid {
		t.Errorf("a word of two lines: %v", err)
	}
}
