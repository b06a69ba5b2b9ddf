package gate

import (
	"testing"
)

func outcomes(all []Verdict) (list []string) {
	for _, v := range all {
		list = append(list, v.Outcome)
	}
	return list
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		gate    *Gate
		values  Values
		want    [4]string // in the order of Names
		refuses bool
	}{
		"Good":     {valid(), Values{Subject: 0.5, Prompt: 0, Sharpness: 1, Copying: 0.8}, [4]string{Passed, Passed, Unknown, Passed}, false},
		"Subject":  {valid(), Values{Subject: 0.499, Prompt: 1, Copying: 0}, [4]string{Refused, Passed, Unknown, Passed}, true},
		"Copying":  {valid(), Values{Subject: 0.9, Prompt: 1, Copying: 0.81}, [4]string{Passed, Passed, Unknown, Refused}, true},
		"Doubtful": {valid(), Values{Subject: 0.9, Prompt: -0.1, Copying: 0}, [4]string{Passed, Doubtful, Unknown, Passed}, false},
		"Unseen":   {valid(), Values{}, [4]string{Unknown, Unknown, Unknown, Unknown}, false},
		"NoGate":   {nil, Values{Subject: -1}, [4]string{Unknown, Unknown, Unknown, Unknown}, false},
	} {
		got := c.gate.Verdicts(c.values)
		if [4]string(outcomes(got)) != c.want || Refuses(got) != c.refuses {
			t.Errorf("%s: %v, refuses %v", name, outcomes(got), Refuses(got))
		}
	}
	v := valid().Verdicts(Values{Subject: 0.25})
	if *v[0].Value != 0.25 || *v[0].Threshold != 0.5 || v[1].Value != nil || v[2].Threshold != nil {
		t.Errorf("got %+v", v)
	}
}

func TestDrawings(t *testing.T) {
	g := valid()
	good, bad := g.Verdicts(Values{Subject: 1, Prompt: 1, Copying: 0}), g.Verdicts(Values{Subject: 0, Prompt: -1, Copying: 0})
	d, err := Drawings("lora, 100", []Judged{{good, bad}, {good, good}, {}, {bad}}, 0)
	must(t, err)
	if d.All.Mean != 0.5 || d.All.N != 3 || d.By[Subject].Mean != 0.5 || d.By[Copying].Mean != 1 || d.By[Prompt].Mean != 1 || d.Pictures != 5 {
		t.Errorf("got %+v", d)
	}
	if _, there := d.By[Sharpness]; there {
		t.Error("a check without a threshold has a share")
	}
	g.Drawn = []Drawn{d}
	must(t, g.valid())
	if _, err := Drawings("lora", []Judged{{good}}, 0); err == nil {
		t.Error("one subject has an interval")
	}
}
