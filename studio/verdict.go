package studio

import (
	"slices"
	"strings"
	"time"
)

// Outcome is what an automatic check says of a picture.
type Outcome string

// Outcomes of a check.
const (
	OutcomePassed  Outcome = "passed"
	OutcomeRefused Outcome = "refused"
	OutcomeWarned  Outcome = "warned"  // beyond the threshold of a check that cannot tell good pictures from bad ones well enough to refuse
	OutcomeUnknown Outcome = "unknown" // Why says why
)

// Names of automatic checks.
const (
	CheckSubject      = "subject"       // how like the photos of the subject
	CheckPrompt       = "prompt"        // how true to the prompt
	CheckSharpness    = "sharpness"     // how sharp
	CheckCopying      = "copying"       // how near to a copy of a photo
	CheckBlockedWords = "blocked_words" // whether the prompt has a word that the policy blocks
	CheckMark         = "mark"          // whether it shows a protected mark
	CheckWatermark    = "watermark"     // whether it holds the invisible mark that the policy wants
)

// CheckNames lists the checks in the order in which people are shown them.
func CheckNames() []string {
	return []string{CheckSubject, CheckPrompt, CheckSharpness, CheckCopying, CheckBlockedWords, CheckMark, CheckWatermark}
}

// Reasons for which the outcome of a check is unknown.
const (
	WhyNoJudge     = "no_judge"     // there is no judge at hand, or none that sees this
	WhyNoThreshold = "no_threshold" // the judge has none for the check
	WhyTooSmall    = "too_small"    // the picture is smaller than those that the threshold is of
	WhyTooLong     = "too_long"     // it took longer than a person should wait
	WhyFailed      = "failed"       // something went wrong, of which the log has the rest
)

// CheckReasons lists the reasons for unknown outcomes.
func CheckReasons() []string {
	return []string{WhyNoJudge, WhyNoThreshold, WhyTooSmall, WhyTooLong, WhyFailed}
}

// Verdict is what one automatic check found of a picture.
type Verdict struct {
	Check   string   `json:"check"` // out of CheckNames()
	Outcome Outcome  `json:"outcome"`
	Value   *float64 `json:"value,omitempty"`
	// Threshold is the least value that passes, or with AtMost the most.
	Threshold *float64 `json:"threshold,omitempty"`
	AtMost    bool     `json:"at_most,omitempty"`
	// GoodRefused is the share of good pictures that the check refuses wrongly, BadPassed
	// that of bad ones that it lets pass, as they were measured; nil where that is not known.
	GoodRefused *float64 `json:"good_refused,omitempty"`
	BadPassed   *float64 `json:"bad_passed,omitempty"`
	Why         string   `json:"why,omitempty"` // out of CheckReasons(); of an unknown outcome

	Words []string `json:"words,omitempty"` // blocked ones in the prompt; of CheckBlockedWords alone

	// The rest is of CheckMark alone.
	Marks    []FoundMark `json:"marks,omitempty"`    // that the picture shows, the most like first
	Against  string      `json:"against,omitempty"`  // what MarksDigest says of the marks that were looked for
	Override *Override   `json:"override,omitempty"` // of a refusal
}

// FoundMark is a protected mark that a picture shows.
type FoundMark struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Similarity float64 `json:"similarity"` // 0 to 1
	X          int     `json:"x"`          // where, in pixels
	Y          int     `json:"y"`
	Width      int     `json:"width"`
	Height     int     `json:"height"`
}

// Override is an approver's decision that a picture may show the marks that were found.
type Override struct {
	By     string    `json:"by"` // user
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Validate returns an Invalid error that names the first field that is wrong.
func (v *Verdict) Validate() error {
	err := firstError(
		checkOneOf("checks", v.Check, CheckNames()...),
		checkOneOf("checks", v.Outcome, OutcomePassed, OutcomeRefused, OutcomeWarned, OutcomeUnknown),
		checkOneOf("checks", v.Why, append(CheckReasons(), "")...),
		checkTexts("checks", v.Words),
		checkText("checks", v.Against, MaxName),
	)
	numbers := map[string]float64{}
	for name, f := range map[string]*float64{"value": v.Value, "threshold": v.Threshold, "good_refused": v.GoodRefused, "bad_passed": v.BadPassed} {
		if f != nil {
			numbers[name] = *f
		}
	}
	for _, m := range v.Marks {
		err = firstError(err, checkID("checks", m.ID), checkName("checks", m.Name), checkRange("checks", m.Similarity, 0, 1))
	}
	if o := v.Override; o != nil {
		err = firstError(err, checkID("by", o.By), checkPrompt("reason", o.Reason))
	}
	return firstError(err, checkScores("checks", numbers))
}

func checkVerdicts(field string, list []Verdict) error {
	seen := map[string]bool{}
	for i := range list {
		if err := list[i].Validate(); err != nil {
			return err
		}
		if seen[list[i].Check] {
			return invalidf(field, "%q is there twice", "%qが重複しています。", list[i].Check)
		}
		seen[list[i].Check] = true
	}
	return nil
}

// MarkNames lists the names of the marks that were found.
func (v *Verdict) MarkNames() string {
	var names []string
	for _, m := range v.Marks {
		if !slices.Contains(names, m.Name) {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Sum is the outcome of several checks together: the worst of them, where one that is
// unknown counts as a warning, for somebody has to look. That of none is passed.
func Sum(checks []Verdict) Outcome {
	sum := OutcomePassed
	for _, v := range checks {
		switch {
		case v.Outcome == OutcomeRefused && v.Override == nil:
			return OutcomeRefused
		case v.Outcome == OutcomeWarned || v.Outcome == OutcomeUnknown:
			sum = OutcomeWarned
		}
	}
	return sum
}

// Verdict is what a check found of the picture, and nil where it was not made.
func (p *Picture) Verdict(check string) *Verdict {
	for i := range p.Checks {
		if p.Checks[i].Check == check {
			return &p.Checks[i]
		}
	}
	return nil
}

// CheckMarks refuses a picture that shows a protected mark, unless an approver has said
// that it may, and one that could not be compared with the marks.
func (p *Picture) CheckMarks() error {
	v := p.Verdict(CheckMark)
	switch {
	case v == nil || v.Outcome == OutcomePassed || v.Override != nil:
		return nil
	case v.Outcome == OutcomeUnknown:
		return Errorf(Conflict, "the picture was not compared with the protected marks; run the checks again", "保護対象マークとの照合が完了していません。チェックをもう一度実行してください。")
	}
	return Errorf(Forbidden, "the picture shows a protected mark: %s; an approver has to allow it with a reason first",
		"保護対象のマークが写っています：%s。先に、承認者が理由を添えて許可してください。", v.MarkNames())
}
