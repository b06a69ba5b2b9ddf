package web

import (
	"testing"

	"github.com/ichimai/ichimai/studio"
)

func TestFigureText(t *testing.T) {
	for _, c := range []struct {
		unit   studio.TrialUnit
		value  float64
		en, ja string
	}{
		{studio.UnitHours, 1.5, "1.5 h", "1.5時間"},
		{studio.UnitHours, 0.01, "36 s", "36秒"},
		{studio.UnitMinutes, 2, "2 min", "2分"},
		{studio.UnitMinutes, 0.02, "1.2 s", "1.2秒"},
		{studio.UnitMinutes, 0.0032, "under 1 s", "1秒未満"},
		{studio.UnitMinutes, 0, "0 min", "0分"},
		{studio.UnitMoney, 1850, "EUR 18.50", "18.50ユーロ"},
		{studio.UnitMoney, 3716050, "EUR 37,160", "37,160ユーロ"},
	} {
		f := studio.TrialFigure{Unit: c.unit, Value: c.value, Known: true}
		for l, want := range map[lang]string{english: c.en, japanese: c.ja} {
			if got := (&visit{lang: l}).figureText(f, "EUR"); got != want {
				t.Errorf("%v %v: %q, want %q", c.value, c.unit, got, want)
			}
		}
	}
}

func TestApart(t *testing.T) {
	for _, c := range []struct {
		f, other float64
		want     string
	}{{0.668, 0.672, "0.668"}, {0.672, 0.668, "0.672"}, {0.5, 0.67, "0.50"}, {0.67, 0.67, "0.67"}, {0.67001, 0.67002, "0.67001"}} {
		if got := apart(c.f, &c.other); got != c.want {
			t.Errorf("%v beside %v: %s, want %s", c.f, c.other, got, c.want)
		}
	}
	if got := apart(0.671, nil); got != "0.67" {
		t.Errorf("alone: %s", got)
	}
}
