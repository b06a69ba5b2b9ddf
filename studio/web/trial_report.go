package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func trialReportPage(v *visit) error {
	t, err := v.trialView()
	if err != nil {
		return err
	}
	v.section = sectionTrials
	return v.show(text{"Report: {name}", "報告書：{name}"}, trialReport(v, &t), "name", t.Trial.Name)
}

// currencies are those that the form offers.
var currencies = []named{
	{"JPY", text{"yen", "円"}},
	{"USD", text{"US dollars", "米ドル"}},
	{"EUR", text{"euros", "ユーロ"}},
	{"GBP", text{"pounds", "英ポンド"}},
	{"CNY", text{"yuan", "人民元"}},
	{"KRW", text{"won", "ウォン"}},
}

// money is an amount in minor units as people of a language write it.
func (v *visit) money(minor float64, currency string) string {
	digits := studio.MinorDigits(currency)
	amount := minor / math.Pow10(digits)
	if math.Abs(amount) >= 10000 {
		digits = 0 // so large an amount is read without its cents
	}
	s := grouped(amount, digits)
	if v.lang == japanese {
		return s + nameOf(v, currencies, currency)
	}
	return strings.Replace(currency+" "+s, " -", " −", 1)
}

// grouped writes a number with commas between thousands.
func grouped(f float64, digits int) string {
	s := strconv.FormatFloat(math.Abs(f), 'f', digits, 64)
	whole, part, found := strings.Cut(s, ".")
	var b strings.Builder
	if f < 0 && strings.Trim(s, "0.") != "" {
		b.WriteString("−")
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if found {
		b.WriteString("." + part)
	}
	return b.String()
}

// figureText is a figure's number with its unit.
func (v *visit) figureText(f studio.TrialFigure, currency string) string {
	if !f.Known {
		return v.say(text{"not known", "算出不可"})
	}
	switch f.Unit {
	case studio.UnitMoney:
		return v.money(f.Value, currency)
	case studio.UnitShare, studio.UnitRatio:
		return grouped(100*f.Value, 0) + "%"
	case studio.UnitDays:
		return v.daysText(f.Value)
	case studio.UnitHours, studio.UnitMinutes:
		return v.timeText(f)
	case studio.UnitMonths:
		return v.say(text{"{n} months", "{n}か月"}, "n", decimals(f.Value))
	}
	return v.say(text{"{n} pictures", "{n}枚"}, "n", grouped(f.Value, 0))
}

// timeText is a time in hours or minutes, or where it is below a minute in seconds.
func (v *visit) timeText(f studio.TrialFigure) string {
	seconds := 60 * f.Value
	if f.Unit == studio.UnitHours {
		seconds *= 60
	}
	switch {
	case seconds > 0 && seconds < 1:
		return v.say(text{"under 1 s", "1秒未満"})
	case seconds > 0 && seconds < 60:
		return v.say(text{"{n} s", "{n}秒"}, "n", decimals(seconds))
	case f.Unit == studio.UnitHours:
		return v.say(text{"{n} h", "{n}時間"}, "n", decimals(f.Value))
	}
	return v.say(text{"{n} min", "{n}分"}, "n", decimals(f.Value))
}

// daysText is a time in days, or where it is short in hours or minutes.
func (v *visit) daysText(days float64) string {
	switch {
	case days >= 1 || days == 0:
		return v.say(text{"{n} days", "{n}日"}, "n", decimals(days))
	case days*24 >= 1:
		return v.say(text{"{n} h", "{n}時間"}, "n", decimals(days*24))
	}
	if days*24*60 < 1 {
		return v.say(text{"under 1 min", "1分未満"})
	}
	return v.say(text{"{n} min", "{n}分"}, "n", decimals(days*24*60))
}

// pictureCount is a number of pictures.
func (v *visit) pictureCount(n int) string {
	if n == 1 {
		return v.say(text{"1 picture", "1枚"})
	}
	return v.say(text{"{n} pictures", "{n}枚"}, "n", strconv.Itoa(n))
}

// assumed names the figures that rest on no measurement.
func (v *visit) assumed(t *trialView) string {
	var names []string
	for _, f := range t.Calculation.Figures {
		if f.Basis == studio.BasisAssumed {
			names = append(names, v.words(f.Label))
		}
	}
	if v.lang == japanese {
		return strings.Join(names, "、")
	}
	return strings.Join(names, "; ")
}

// decimals writes a number with as many decimals as matter.
func decimals(f float64) string {
	switch a := math.Abs(f); {
	case a >= 100 || f == math.Trunc(f):
		return grouped(f, 0)
	case a >= 1:
		return grouped(f, 1)
	case a < 0.01:
		return grouped(f, 4)
	}
	return grouped(f, 2)
}

var basisNames = []named{
	{string(studio.BasisGiven), text{"Given", "入力値"}},
	{string(studio.BasisAssumed), text{"Assumed", "仮定"}},
	{string(studio.BasisMeasured), text{"Measured", "実測"}},
	{string(studio.BasisCalculated), text{"Calculated", "計算"}},
}

func (v *visit) basis(f studio.TrialFigure) string {
	name := nameOf(v, basisNames, string(f.Basis))
	if f.Basis == studio.BasisMeasured && f.Samples > 1 {
		return v.say(text{"{name}, n = {count}", "{name}（{count}件）"}, "name", name, "count", strconv.Itoa(f.Samples))
	}
	return name
}

func basisTone(b studio.TrialBasis) string {
	switch b {
	case studio.BasisMeasured:
		return "good"
	case studio.BasisAssumed:
		return "warn"
	}
	return "plain"
}

// words is a text of the domain in the visitor's language.
func (v *visit) words(w studio.Words) string { return w.In(string(v.lang)) }

// trialSummary is the trial in three sentences.
func (v *visit) trialSummary(t *trialView) []string {
	c, m := &t.Calculation, &t.Measured
	value := func(name string) string { return v.figureText(c.Figure(name), c.Currency) }
	product := cmp.Or(t.Trial.ProductLine, t.Trial.Name)
	first := v.say(text{"Of {product}, {drawn} pictures were drawn; nobody has decided on them yet.", "「{product}」の画像を{drawn}枚生成しました。審査はまだ行われていません。"},
		"product", product, "drawn", strconv.Itoa(m.Drawn))
	if m.Decided > 0 {
		first = v.say(text{
			"Of {product}, {drawn} pictures were drawn and {decided} decided on; {approved} were approved, a share of {share} (with so few pictures the true share may be anything from {low} to {high}, at 95% confidence).",
			"「{product}」の画像を{drawn}枚生成して{decided}枚を審査し、{approved}枚が承認されました（承認率{share}。枚数が少ないため、95%信頼区間は{low}〜{high}です）。"},
			"product", product, "drawn", strconv.Itoa(m.Drawn), "decided", strconv.Itoa(m.Decided), "approved", strconv.Itoa(m.Approved),
			"share", value("approved_share"), "low", percent(t.ShareLow), "high", percent(t.ShareHigh))
	}
	if !c.Figure("cost_after").Known {
		return []string{first,
			v.say(text{"None was approved, so what a picture costs this way cannot be said.", "承認された画像がないため、新しい方法の1枚あたり費用は算出できません。"}),
			v.say(text{"Before money is counted, the pictures have to be good enough.", "費用を比較する前に、品質の改善が必要です。"})}
	}
	second := v.say(text{
		"A picture costs {before} today and {after} the new way, and takes {daysbefore} today and {daysafter} the new way.",
		"1枚あたりの費用は現在の{before}に対して新しい方法では{after}、所要期間は現在の{daysbefore}に対して{daysafter}です。"},
		"before", value("cost_before"), "after", value("cost_after"), "daysbefore", value("days_before"), "daysafter", value("days_after"))
	return []string{first, second, v.trialOutcome(c)}
}

func (v *visit) trialOutcome(c *studio.TrialCalculation) string {
	value := func(name string) string { return v.figureText(c.Figure(name), c.Currency) }
	saving := c.Figure("saving_year")
	year := value("pictures_per_year")
	if saving.Value < 0 {
		saving.Value = -saving.Value
		return v.say(text{"For {year} a year, the new way costs {more} more in the first year than today's.", "年間{year}の場合、初年度の費用は現在より{more}増えます。"},
			"year", year, "more", v.figureText(saving, c.Currency))
	}
	if !c.Figure("return_on_investment").Known {
		return v.say(text{"For {year} a year, the new way saves {saving} in the first year.", "年間{year}の場合、初年度に{saving}を削減できます。"},
			"year", year, "saving", value("saving_year"))
	}
	return v.say(text{"For {year} a year, the new way saves {saving} in the first year, a return of {roi} on what it costs.",
		"年間{year}の場合、初年度に{saving}を削減でき、投資利益率は{roi}です。"},
		"year", year, "saving", value("saving_year"), "roi", value("return_on_investment"))
}

// decidedAs are a report's pictures of one outcome.
func (t *trialView) decidedAs(states ...studio.PictureState) []workspace.TrialPicture {
	var list []workspace.TrialPicture
	for _, p := range t.Pictures {
		if slices.Contains(states, p.State) {
			list = append(list, p)
		}
	}
	return list
}

// figureGroup is a part of the report's calculation.
type figureGroup struct {
	name  text
	names []string
}

var figureGroups = []figureGroup{
	{text{"Today", "現在の方法"}, []string{"price_before", "hours_before", "cost_of_hour", "cost_before"}},
	{text{"The new way", "新しい方法"}, []string{"approved_share", "hours_after", "review_minutes", "machine_minutes", "machine_hour_cost", "cost_after"}},
	{text{"For each picture", "1枚あたりの差"}, []string{"saving_per_picture"}},
	{text{"Once", "初期費用"}, []string{"setup_cost", "learn_minutes", "one_time_cost"}},
	{text{"A year", "年間"}, []string{"pictures_per_year", "year_before", "year_after", "saving_year", "return_on_investment", "break_even_pictures", "break_even_months"}},
}

var timeFigures = []string{"days_before", "days_after", "wait_hours", "hours_before", "staff_after", "hours_saved", "review_minutes", "machine_minutes", "learn_minutes"}

// figuresOf are the figures of the names, without those that the calculation does
// not have.
func figuresOf(c *studio.TrialCalculation, names []string) []studio.TrialFigure {
	var list []studio.TrialFigure
	for _, name := range names {
		if f := c.Figure(name); f.Unit != "" {
			list = append(list, f)
		}
	}
	return list
}

// limitsOfMethod are what a board has to know before it decides.
var limitsOfMethod = []text{
	{"Lettering, logos and fine patterns are not drawn reliably: what has to be read has to be added afterwards.",
		"文字、ロゴ、細かい模様は正確に再現できません。読ませる必要のあるものは、後から加える必要があります。"},
	{"Shape, colour and number of parts may differ from the product; a picture that promises them to a buyer has to be checked by somebody who knows the product.",
		"形、色、部品の数などが実物と異なることがあります。購入者に示す画像は、商品を知る担当者の確認が必要です。"},
	{"What the photos do not show, such as the back or the inside, is made up.",
		"写真に写っていない部分（背面や内部など）は、推測で描かれます。"},
	{"The pictures' size is that of the model; large prints need another source.",
		"画像の解像度はモデルで決まります。大判の印刷には別の素材が必要です。"},
	{"The method settles no rights: those to the photos, to marks and to people's likeness have to be there, and are recorded with each photo.",
		"この方法で権利の問題は解決しません。写真、商標、肖像の権利は別途必要であり、写真ごとに記録されます。"},
	{"The numbers come from one product and a few pictures. Other products may do better or worse, and assumed figures are not measured ones.",
		"数値は1つの商品の少数の画像に基づきます。ほかの商品では結果が異なる可能性があり、仮定値は実測値ではありません。"},
}
