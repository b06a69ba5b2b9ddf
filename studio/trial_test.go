package studio

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func goodTrial() Trial {
	id := NewUUIDs(SystemClock, nil)
	return Trial{
		ProjectID: id.NewID(), Name: "Wolf", ProductLine: "Plush", SourceIDs: []string{id.NewID()}, Prompts: []string{"{product} in snow"}, PerPrompt: 4,
		Baseline:    TrialBaseline{Currency: "JPY", CostPerPicture: 30000, DaysPerPicture: 10, HoursOfStaff: 2, CostOfHour: 4000},
		Assumptions: DefaultTrialAssumptions(), State: TrialPlanned,
	}
}

func TestTrialValidate(t *testing.T) {
	t.Run("OK", func(t *testing.T) {
		v := goodTrial()
		if err := firstError(v.Validate(), v.Ready()); err != nil {
			t.Error(err)
		}
	})
	long := make([]string, MaxTrialPictures+1)
	for i := range long {
		long[i] = "x"
	}
	for field, change := range map[string]func(*Trial){
		"name": func(v *Trial) { v.Name = " " }, "product_line": func(v *Trial) { v.ProductLine = strings.Repeat("a", MaxName+1) },
		"source_ids": func(v *Trial) { v.SourceIDs = []string{"x"} }, "concept_ids": func(v *Trial) { v.ConceptIDs = []string{v.ProjectID, v.ProjectID} },
		"prompts": func(v *Trial) { v.Prompts = long }, "template_id": func(v *Trial) { v.Prompts, v.TemplateID = nil, "x" },
		"rows":       func(v *Trial) { v.Rows = []map[string]string{{"": "x"}} },
		"per_prompt": func(v *Trial) { v.Prompts, v.PerPrompt = long[:13], 2 }, "currency": func(v *Trial) { v.Baseline.Currency = "YEN!" },
		"cost_per_picture": func(v *Trial) { v.Baseline.CostPerPicture = -1 }, "days_per_picture": func(v *Trial) { v.Baseline.DaysPerPicture = math.NaN() },
		"baseline_hours": func(v *Trial) { v.Baseline.HoursOfStaff = math.Inf(1) }, "cost_of_hour": func(v *Trial) { v.Baseline.CostOfHour = MaxHourlyCost + 1 },
		"hours_of_staff": func(v *Trial) { v.Assumptions.HoursOfStaff = -1 }, "approved_share": func(v *Trial) { v.Assumptions.ApprovedShare = 0 },
		"pictures_per_year": func(v *Trial) { v.Assumptions.PicturesPerYear = 0 }, "state": func(v *Trial) { v.State = "x" },
	} {
		t.Run("Err_"+field, func(t *testing.T) {
			v := goodTrial()
			change(&v)
			var e *Error
			if err := v.Validate(); err == nil || ErrorCode(err) != Invalid {
				t.Fatalf("%v", err)
			} else if e = err.(*Error); e.Field != field || e.Japanese == "" {
				t.Errorf("%+v", e)
			}
		})
	}
	for field, change := range map[string]func(*Trial){
		"product_line": func(v *Trial) { v.ProductLine = "" }, "source_ids": func(v *Trial) { v.SourceIDs = nil },
		"prompts": func(v *Trial) { v.Prompts = nil }, "cost_per_picture": func(v *Trial) { v.Baseline.CostPerPicture, v.Baseline.CostOfHour = 0, 0 },
	} {
		t.Run("ErrNotReady_"+field, func(t *testing.T) {
			v := goodTrial()
			change(&v)
			if err := v.Ready(); err == nil || err.(*Error).Field != field {
				t.Errorf("%v", err)
			}
			if err := v.Validate(); err != nil {
				t.Errorf("one that is not complete is valid: %v", err)
			}
		})
	}
}

func TestTrialCalculation(t *testing.T) {
	b := TrialBaseline{Currency: "JPY", CostPerPicture: 30000, DaysPerPicture: 10, HoursOfStaff: 2, CostOfHour: 4000}
	a := TrialAssumptions{HoursOfStaff: 0.5, ReviewMinutes: 9, MachineMinutes: 9, MachineHourCost: 600, ApprovedShare: 0.1, SetupCost: 500000, PicturesPerYear: 200}
	m := TrialMeasured{Drawn: 12, Decided: 8, Approved: 4, MachineMinutes: 24, MachinePictures: 12, LearnMinutes: 30, Learned: true,
		ReviewMinutes: 18, ReviewGaps: 6, WaitHours: 8, Waits: 8, Days: 2, Finished: 4}
	c := CalculateTrial(b, a, m)
	for name, want := range map[string]struct {
		value float64
		basis TrialBasis
	}{
		"cost_before": {38000, BasisCalculated}, "approved_share": {0.5, BasisMeasured}, "review_minutes": {3, BasisMeasured},
		"machine_minutes": {2, BasisMeasured}, "wait_hours": {1, BasisMeasured}, "hours_after": {0.5, BasisAssumed},
		"cost_after":  {2440, BasisCalculated}, // 2000 + (3/60*4000 + 2/60*600)/0.5
		"staff_after": {0.6, BasisCalculated}, "days_after": {0.5, BasisMeasured}, "saving_per_picture": {35560, BasisCalculated},
		"one_time_cost": {500300, BasisCalculated}, "year_before": {7600000, BasisCalculated}, "year_after": {988300, BasisCalculated},
		"saving_year": {6611700, BasisCalculated}, "return_on_investment": {6611700.0 / 988300, BasisCalculated},
		"break_even_pictures": {15, BasisCalculated}, "break_even_months": {0.9, BasisCalculated},
	} {
		f := c.Figure(name)
		if !f.Known || math.Abs(f.Value-want.value) > 1e-9*(1+math.Abs(want.value)) || f.Basis != want.basis {
			t.Errorf("%s: %+v, want %v %s", name, f, want.value, want.basis)
		}
		if f.Label.English == "" || f.Label.Japanese == "" || f.Formula.English == "" || f.Formula.Japanese == "" {
			t.Errorf("%s has no words: %+v", name, f)
		}
	}
	m.Closed = true
	closed := CalculateTrial(b, a, m)
	if s := closed.Figure("approved_share"); s.Value != 4.0/12 || s.Samples != 12 {
		t.Errorf("closed: %+v", s)
	}
	assumed := CalculateTrial(b, a, TrialMeasured{})
	if s := assumed.Figure("approved_share"); s.Value != 0.1 || s.Basis != BasisAssumed {
		t.Errorf("assumed: %+v", s)
	}
}

func TestTrialWithoutApproval(t *testing.T) {
	v := goodTrial()
	c := CalculateTrial(v.Baseline, v.Assumptions, TrialMeasured{Drawn: 4, Decided: 4})
	for _, name := range []string{"cost_after", "staff_after", "days_after", "saving_per_picture", "year_after", "saving_year", "return_on_investment", "break_even_pictures", "break_even_months"} {
		if f := c.Figure(name); f.Known || f.Value != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := c.Figure("year_before"); !f.Known {
		t.Errorf("%+v", f)
	}
}

func drawTrial(t *rapid.T) (TrialBaseline, TrialAssumptions, TrialMeasured) {
	hours := rapid.Float64Range(0, MaxTrialHours)
	minutes := rapid.Float64Range(0, MaxTrialMinutes)
	cost, wage := rapid.Int64Range(0, MaxTrialCost), rapid.Int64Range(0, MaxHourlyCost)
	b := TrialBaseline{Currency: "JPY", CostPerPicture: cost.Draw(t, "price"), DaysPerPicture: rapid.Float64Range(0, MaxTrialDays).Draw(t, "days"), HoursOfStaff: hours.Draw(t, "hours"), CostOfHour: wage.Draw(t, "wage")}
	a := TrialAssumptions{
		HoursOfStaff: hours.Draw(t, "hours after"), ReviewMinutes: minutes.Draw(t, "review"), MachineMinutes: minutes.Draw(t, "machine"), MachineHourCost: wage.Draw(t, "power"),
		ApprovedShare: rapid.Float64Range(MinTrialShare, 1).Draw(t, "share"), SetupCost: cost.Draw(t, "setup"), PicturesPerYear: rapid.Int64Range(1, MaxTrialYear).Draw(t, "year"),
	}
	count := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
	m := TrialMeasured{Drawn: count("drawn", MaxTrialPictures), Closed: rapid.Bool().Draw(t, "closed"), Learned: rapid.Bool().Draw(t, "learned")}
	m.Decided = count("decided", m.Drawn)
	m.Approved = count("approved", m.Decided)
	m.MachinePictures, m.ReviewGaps, m.Waits, m.Finished = count("machines", 24), count("gaps", 24), count("waits", 24), m.Approved
	m.MachineMinutes, m.ReviewMinutes, m.LearnMinutes = minutes.Draw(t, "machine time"), minutes.Draw(t, "review time"), minutes.Draw(t, "learning")
	return b, a, m
}

// TestTrialProperties holds for any trial: numbers are finite, money is whole,
// the differences add up, and nothing is divided by zero.
func TestTrialProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, a, m := drawTrial(t)
		if err := firstError(b.Validate(), a.Validate()); err != nil {
			t.Fatal(err)
		}
		c := CalculateTrial(b, a, m)
		names := map[string]bool{}
		for _, f := range c.Figures {
			if names[f.Name] {
				t.Fatalf("%s is there twice", f.Name)
			}
			names[f.Name] = true
			switch {
			case math.IsNaN(f.Value) || math.IsInf(f.Value, 0), !f.Known && f.Value != 0:
				t.Fatalf("%+v", f)
			case f.Unit == UnitMoney && f.Value != math.Trunc(f.Value), f.Unit == UnitMoney && math.Abs(f.Value) > math.MaxInt64/2:
				t.Fatalf("money is not whole: %+v", f)
			case f.Unit == UnitShare && (f.Value < 0 || f.Value > 1), f.Basis == BasisMeasured && f.Samples < 1:
				t.Fatalf("%+v", f)
			}
		}
		of := m.Decided
		if m.Closed {
			of = m.Drawn
		}
		if none := of > 0 && m.Approved == 0; c.Figure("cost_after").Known == none {
			t.Fatalf("approved %d of %d, and the cost is known: %v", m.Approved, of, !none)
		}
		checkSums(t, &c)
		low, high := m.ShareInterval()
		if s, of := m.share(); !(low >= 0 && low <= high && high <= 1) || of > 0 && (s < low-1e-9 || s > high+1e-9) {
			t.Fatalf("interval %v to %v", low, high)
		}
	})
}

func checkSums(t *rapid.T, c *TrialCalculation) {
	value := func(name string) float64 { return c.Figure(name).Value }
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(a)+math.Abs(b)) }
	if !c.Figure("cost_after").Known {
		return
	}
	if !near(value("saving_per_picture")+value("cost_after"), value("cost_before")) || !near(value("saving_year")+value("year_after"), value("year_before")) {
		t.Fatal("the savings do not add up")
	}
	if roi := c.Figure("return_on_investment"); roi.Known != (value("year_after") != 0) || roi.Known && !near(roi.Value*value("year_after"), value("saving_year")) {
		t.Fatalf("%+v", roi)
	}
	n, saving := c.Figure("break_even_pictures"), value("saving_per_picture")
	if n.Known != (saving > 0) {
		t.Fatalf("break-even %+v with a saving of %v", n, saving)
	}
	if once := value("one_time_cost"); n.Known && (n.Value*saving < once*(1-1e-9) || n.Value > 0 && (n.Value-1)*saving >= once*(1+1e-9)) {
		t.Fatalf("break-even at %v pictures of %v, one-time %v", n.Value, saving, once)
	}
}

// TestTrialUnits has an hour be 60 minutes, and a hundredth of a unit be as much
// of any currency.
func TestTrialUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wage := rapid.Int64Range(0, 1e6).Draw(t, "wage")
		hours := rapid.Float64Range(0, 100).Draw(t, "hours")
		b := TrialBaseline{Currency: "USD", CostPerPicture: 1, CostOfHour: wage}
		own := CalculateTrial(b, TrialAssumptions{HoursOfStaff: hours, ApprovedShare: 1, PicturesPerYear: 1}, TrialMeasured{})
		review := CalculateTrial(b, TrialAssumptions{ReviewMinutes: hours * 60, ApprovedShare: 1, PicturesPerYear: 1}, TrialMeasured{})
		machine := CalculateTrial(b, TrialAssumptions{MachineMinutes: hours * 60, MachineHourCost: wage, ApprovedShare: 1, PicturesPerYear: 1}, TrialMeasured{})
		for _, c := range []TrialCalculation{review, machine} {
			if math.Abs(c.Figure("cost_after").Value-own.Figure("cost_after").Value) > 1 {
				t.Fatalf("%v and %v", c.Figure("cost_after"), own.Figure("cost_after"))
			}
		}
		half := CalculateTrial(b, TrialAssumptions{ReviewMinutes: hours * 60, ApprovedShare: 0.5, PicturesPerYear: 1}, TrialMeasured{})
		if math.Abs(half.Figure("cost_after").Value-2*review.Figure("cost_after").Value) > 2 {
			t.Fatal("half the share is not twice the cost")
		}
	})
}

func TestMinorDigits(t *testing.T) {
	for code, want := range map[string]int{"JPY": 0, "USD": 2, "EUR": 2, "": 0} {
		if n := MinorDigits(code); n != want {
			t.Errorf("%s: %d, want %d", code, n, want)
		}
	}
}
