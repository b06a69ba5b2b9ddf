package studio

import "math"

// workday is what a working day has of hours, where days have to be estimated.
const workday = 8

// TrialCalculation is a trial in numbers: figure by figure, each with its formula
// and where it comes from. What a formula takes stands before it, and amounts
// are rounded to whole minor units before they are used, so that every number
// can be checked with those above it.
type TrialCalculation struct {
	Currency string        `json:"currency"`
	Figures  []TrialFigure `json:"figures"`
}

// Figure returns a figure by its name, and an unknown one where there is none.
func (c *TrialCalculation) Figure(name string) TrialFigure {
	for _, f := range c.Figures {
		if f.Name == name {
			return f
		}
	}
	return TrialFigure{Name: name}
}

// CalculateTrial works a trial out. With B for what a picture takes before, A
// for after, s for the approved share and N for the pictures of a year:
//
//	cost before     B = price + staff hours × cost of an hour
//	cost after      A = staff hours × cost of an hour
//	                    + (review hours × cost of an hour + machine hours × machine cost of an hour) / s
//	staff after     = staff hours + review hours / s
//	days after      = measured from the start to each approval, else
//	                  (staff hours + (review hours + machine hours) / s) / 8
//	one-time cost   O = setting up + learning hours × machine cost of an hour
//	a year before   = N × B
//	a year after    = N × A + O
//	saving          = a year before - a year after
//	return          = saving / a year after
//	break-even      = O / (B - A), rounded up to whole pictures
//
// Review and machine are for each picture drawn, hence the division: with a
// share of one half, two are drawn and reviewed for one that is used. Where no
// picture was approved the share is zero, and what is divided by it is not known
// rather than infinite.
func CalculateTrial(b TrialBaseline, a TrialAssumptions, m TrialMeasured) TrialCalculation {
	w := &trialWork{b: b, a: a, m: m}
	w.before()
	w.measured()
	w.after()
	w.year()
	return TrialCalculation{Currency: b.Currency, Figures: w.figures}
}

// trialWork is a calculation under way.
type trialWork struct {
	b       TrialBaseline
	a       TrialAssumptions
	m       TrialMeasured
	figures []TrialFigure
}

// amount is a number, or that there is none.
type amount struct {
	v     float64
	known bool
}

func is(v float64) amount { return amount{v, !math.IsNaN(v) && !math.IsInf(v, 0)} }

// of is f of amounts that are all known.
func of(f func(v []float64) float64, in ...amount) amount {
	values := make([]float64, len(in))
	for i, a := range in {
		if !a.known {
			return amount{}
		}
		values[i] = a.v
	}
	return is(f(values))
}

func per(a, b amount) amount {
	return of(func(v []float64) float64 { return v[0] / v[1] }, a, b)
}

// add appends a figure and returns what later ones use: money rounded, half away
// from zero.
func (w *trialWork) add(name string, unit TrialUnit, basis TrialBasis, samples int, v amount, label, formula Words) amount {
	if v.known && unit == UnitMoney {
		v.v = math.Round(v.v)
	}
	if !v.known || v.v == 0 {
		v.v = 0 // also of the sign
	}
	w.figures = append(w.figures, TrialFigure{
		Name: name, Label: label, Formula: formula, Unit: unit, Value: v.v, Known: v.known, Basis: basis, Samples: samples,
	})
	return v
}

// choose is what was measured, or where nothing was, the assumption.
func (w *trialWork) choose(name string, unit TrialUnit, measured float64, samples int, assumed float64, label, how Words) amount {
	if samples > 0 {
		return w.add(name, unit, BasisMeasured, samples, is(measured), label, how)
	}
	return w.add(name, unit, BasisAssumed, 0, is(assumed), label,
		Words{"Assumed; nothing was measured yet", "仮定値（まだ実測値がありません）"})
}

func (w *trialWork) get(name string) amount {
	c := TrialCalculation{Figures: w.figures}
	f := c.Figure(name)
	return amount{f.Value, f.Known}
}

func (w *trialWork) before() {
	entered := Words{"Entered", "入力値"}
	given := func(name string, unit TrialUnit, v float64, label Words) amount {
		return w.add(name, unit, BasisGiven, 0, is(v), label, entered)
	}
	price := given("price_before", UnitMoney, float64(w.b.CostPerPicture), Words{"Paid for a picture today", "現在の外注費（1枚）"})
	hours := given("hours_before", UnitHours, w.b.HoursOfStaff, Words{"Own staff for a picture today", "現在の社内作業時間（1枚）"})
	wage := given("cost_of_hour", UnitMoney, float64(w.b.CostOfHour), Words{"Cost of an hour of own staff", "社内人件費（1時間）"})
	given("days_before", UnitDays, w.b.DaysPerPicture, Words{"From order to picture today", "現在の所要日数（依頼から納品まで）"})
	w.add("cost_before", UnitMoney, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] + v[1]*v[2] }, price, hours, wage),
		Words{"Cost of a picture today", "現在の1枚あたり費用"},
		Words{"paid for a picture + own staff × cost of an hour", "外注費 + 社内作業時間 × 人件費（1時間）"})
}

func (w *trialWork) measured() {
	m := w.m
	share, judged := m.share()
	how := Words{"approved ÷ decided", "承認枚数 ÷ 審査済み枚数"}
	if m.Closed {
		how = Words{"approved ÷ drawn", "承認枚数 ÷ 生成枚数"}
	}
	w.choose("approved_share", UnitShare, share, judged, w.a.ApprovedShare, Words{"Share of pictures approved", "承認率"}, how)
	w.choose("review_minutes", UnitMinutes, m.ReviewMinutes/float64(max(m.ReviewGaps, 1)), m.ReviewGaps, w.a.ReviewMinutes,
		Words{"Review of a picture drawn", "審査時間（生成1枚あたり）"},
		Words{"mean time between two decisions of one person, up to 15 minutes, in the audit record", "監査記録における同じ担当者の判定間隔の平均（15分以内のもの）"})
	w.choose("machine_minutes", UnitMinutes, m.MachineMinutes/float64(max(m.MachinePictures, 1)), m.MachinePictures, w.a.MachineMinutes,
		Words{"Machine for a picture drawn", "生成時間（1枚あたり）"},
		Words{"time of the drawing job ÷ pictures drawn", "生成処理の時間 ÷ 生成枚数"})
	if m.Waits > 0 {
		w.add("wait_hours", UnitHours, BasisMeasured, m.Waits, is(m.WaitHours/float64(m.Waits)),
			Words{"Waiting for a decision", "審査の待ち時間"},
			Words{"mean from submission to decision, in the audit record", "監査記録における提出から判定までの平均"})
	}
	if m.Learned {
		w.add("learn_minutes", UnitMinutes, BasisMeasured, 1, is(m.LearnMinutes),
			Words{"Learning the product, once", "商品の学習時間（初回のみ）"},
			Words{"time of the learning job", "学習処理の時間"})
	}
	assumed := Words{"Assumed", "仮定値"}
	w.add("hours_after", UnitHours, BasisAssumed, 0, is(w.a.HoursOfStaff), Words{"Own staff for a picture used", "社内作業時間（使用1枚あたり、審査を除く）"}, assumed)
	w.add("machine_hour_cost", UnitMoney, BasisAssumed, 0, is(float64(w.a.MachineHourCost)), Words{"Cost of an hour of the machine", "計算機の費用（1時間）"}, assumed)
	w.add("setup_cost", UnitMoney, BasisAssumed, 0, is(float64(w.a.SetupCost)), Words{"Setting up, once", "導入費用（初回のみ）"}, assumed)
	w.add("pictures_per_year", UnitPictures, BasisAssumed, 0, is(float64(w.a.PicturesPerYear)), Words{"Pictures used in a year", "年間の使用枚数"}, assumed)
}

// usedFor divides by the approved share; of none that is not known.
func usedFor(v, share amount) amount {
	if share.known && share.v <= 0 {
		return amount{}
	}
	return per(v, share)
}

func (w *trialWork) after() {
	share, hours, wage := w.get("approved_share"), w.get("hours_after"), w.get("cost_of_hour")
	review, machine, power := w.get("review_minutes"), w.get("machine_minutes"), w.get("machine_hour_cost")
	drawn := usedFor(of(func(v []float64) float64 { return v[0]/60*v[1] + v[2]/60*v[3] }, review, wage, machine, power), share)
	cost := w.add("cost_after", UnitMoney, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0]*v[1] + v[2] }, hours, wage, drawn),
		Words{"Cost of a picture the new way", "新しい方法の1枚あたり費用"},
		Words{"own staff × cost of an hour + (review ÷ 60 × cost of an hour + machine ÷ 60 × cost of a machine hour) ÷ share approved",
			"社内作業時間 × 人件費 +（審査時間 ÷ 60 × 人件費 + 生成時間 ÷ 60 × 計算機の費用）÷ 承認率"})
	staff := w.add("staff_after", UnitHours, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] + v[1] }, hours, usedFor(of(func(v []float64) float64 { return v[0] / 60 }, review), share)),
		Words{"Own staff for a picture the new way, with review", "新しい方法の社内作業時間（審査を含む）"},
		Words{"own staff + review ÷ 60 ÷ share approved", "社内作業時間 + 審査時間 ÷ 60 ÷ 承認率"})
	w.daysAfter(hours, review, machine, share)
	w.add("saving_per_picture", UnitMoney, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] - v[1] }, w.get("cost_before"), cost),
		Words{"Saving on a picture", "1枚あたりの削減額"},
		Words{"cost today − cost the new way", "現在の費用 − 新しい方法の費用"})
	w.add("hours_saved", UnitHours, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] - v[1] }, w.get("hours_before"), staff),
		Words{"Own staff saved on a picture", "1枚あたりの社内作業の削減時間"},
		Words{"own staff today − own staff the new way", "現在の社内作業時間 − 新しい方法の社内作業時間"})
}

func (w *trialWork) daysAfter(hours, review, machine, share amount) {
	label := Words{"From the start to a picture the new way", "新しい方法の所要日数（開始から承認まで）"}
	if w.m.Finished > 0 {
		w.add("days_after", UnitDays, BasisMeasured, w.m.Finished, is(w.m.Days/float64(w.m.Finished)), label,
			Words{"mean from the trial's start to the approval, in the audit record, learning and waiting included", "監査記録におけるトライアル開始から承認までの平均（学習と待ち時間を含む）"})
		return
	}
	work := usedFor(of(func(v []float64) float64 { return (v[0] + v[1]) / 60 }, review, machine), share)
	w.add("days_after", UnitDays, BasisCalculated, 0, of(func(v []float64) float64 { return (v[0] + v[1]) / workday }, hours, work), label,
		Words{"(own staff + (review + machine) ÷ 60 ÷ share approved) ÷ 8 hours of a working day; waiting is left out", "（社内作業時間 +（審査時間 + 生成時間）÷ 60 ÷ 承認率）÷ 8時間（待ち時間は含まない）"})
}

func (w *trialWork) year() {
	n, power := w.get("pictures_per_year"), w.get("machine_hour_cost")
	learning := is(0)
	if w.m.Learned {
		learning = is(w.m.LearnMinutes)
	}
	once := w.add("one_time_cost", UnitMoney, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] + v[1]/60*v[2] }, w.get("setup_cost"), learning, power),
		Words{"One-time cost", "初期費用"},
		Words{"setting up + learning ÷ 60 × cost of a machine hour", "導入費用 + 学習時間 ÷ 60 × 計算機の費用"})
	before := w.add("year_before", UnitMoney, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] * v[1] }, n, w.get("cost_before")),
		Words{"A year today", "現在の年間費用"},
		Words{"pictures a year × cost today", "年間枚数 × 現在の1枚あたり費用"})
	after := w.add("year_after", UnitMoney, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0]*v[1] + v[2] }, n, w.get("cost_after"), once),
		Words{"The first year the new way", "新しい方法の初年度費用"},
		Words{"pictures a year × cost the new way + one-time cost", "年間枚数 × 新しい方法の1枚あたり費用 + 初期費用"})
	saving := w.add("saving_year", UnitMoney, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] - v[1] }, before, after),
		Words{"Saving in the first year", "初年度の削減額"},
		Words{"a year today − the first year the new way", "現在の年間費用 − 新しい方法の初年度費用"})
	w.add("return_on_investment", UnitRatio, BasisCalculated, 0, per(saving, after),
		Words{"Return on investment, first year", "投資利益率（ROI、初年度）"},
		Words{"(spending avoided − cost) ÷ cost, where spending avoided = a year today and cost = the first year the new way", "（削減される支出 − 費用）÷ 費用（削減される支出＝現在の年間費用、費用＝新しい方法の初年度費用）"})
	w.breakEven(once, n)
}

func (w *trialWork) breakEven(once, n amount) {
	saving := w.get("saving_per_picture")
	pictures := amount{}
	if saving.known && saving.v > 0 {
		pictures = of(func(v []float64) float64 { return math.Ceil(v[0] / v[1]) }, once, saving)
	}
	w.add("break_even_pictures", UnitPictures, BasisCalculated, 0, pictures,
		Words{"Break-even", "損益分岐点（枚数）"},
		Words{"one-time cost ÷ saving on a picture, rounded up", "初期費用 ÷ 1枚あたりの削減額（切り上げ）"})
	w.add("break_even_months", UnitMonths, BasisCalculated, 0,
		of(func(v []float64) float64 { return v[0] / v[1] * 12 }, pictures, n),
		Words{"Break-even in months", "損益分岐点（月数）"},
		Words{"break-even ÷ pictures a year × 12", "損益分岐点の枚数 ÷ 年間枚数 × 12"})
}
