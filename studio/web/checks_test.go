package web

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

func TestChecksInWords(t *testing.T) {
	verdicts := map[string]studio.Verdict{
		"Refuses about 5 of 100 good pictures wrongly, and lets about 13 of 100 bad ones pass.": {
			Check: studio.CheckPrompt, Outcome: studio.OutcomeRefused, Value: new(0.5), Threshold: new(0.61), GoodRefused: new(0.052), BadPassed: new(0.13),
		},
		"lets fewer than 1 of 100 bad ones pass.": {Check: studio.CheckPrompt, Outcome: studio.OutcomePassed, GoodRefused: new(0.05), BadPassed: new(0.004)},
		"this check only warns":                   {Check: studio.CheckSubject, Outcome: studio.OutcomeWarned, GoodRefused: new(0.04), BadPassed: new(0.73)},
		"there is nothing to judge this by":       {Check: studio.CheckSubject, Outcome: studio.OutcomeUnknown, Why: studio.WhyNoJudge},
		"passes up to 0.84.":                      {Check: studio.CheckCopying, Outcome: studio.OutcomePassed, Threshold: new(0.84), AtMost: true},
		"logo, similarity 0.93":                   {Check: studio.CheckMark, Outcome: studio.OutcomeRefused, Marks: []studio.FoundMark{{Name: "Logo", Similarity: 0.93}}},
	}
	for want, v := range verdicts {
		c := (&visit{lang: english}).checkOf(&v, nil)
		if notes := strings.Join(append(c.notes, c.basis...), " "); !strings.Contains(strings.ToLower(notes), strings.ToLower(want)) {
			t.Errorf("%s: %q lacks %q", v.Check, notes, want)
		}
		if folded := len(c.basis) > 0; folded != (v.Outcome == studio.OutcomePassed) {
			t.Errorf("%s, %s: folded away: %v", v.Check, v.Outcome, folded)
		}
		ja := (&visit{lang: japanese}).checkOf(&v, nil)
		if ja.name == c.name || ja.word == c.word {
			t.Errorf("%s has one text in both languages", v.Check)
		}
	}
	for _, why := range studio.CheckReasons() {
		if whyWords[why] == (text{}) {
			t.Errorf("the reason %s has no words", why)
		}
	}
}

// TestUnchecked wants one number where a check measured again what a picture had.
func TestUnchecked(t *testing.T) {
	p := &studio.Picture{
		Scores: map[string]float64{"subject": 0.5, "prompt": 0.6, "sharpness": 0.7},
		Checks: []studio.Verdict{{Check: "subject", Outcome: studio.OutcomePassed, Value: new(0.4)}, {Check: "prompt", Outcome: studio.OutcomeUnknown, Why: studio.WhyNoJudge}},
	}
	if diff := cmp.Diff(map[string]float64{"prompt": 0.6, "sharpness": 0.7}, unchecked(p)); diff != "" {
		t.Error(diff)
	}
}
