package gate

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// TestLearn goes the whole way with tiny towers: from pictures to a file that judges.
func TestLearn(t *testing.T) {
	ctx, j := t.Context(), openTiny(t, judgeFolder(t))
	all := things(6, 4)
	done := 0
	options := Options{Protocol: valid().Protocol, Report: func(n, of int) { done = n * 100 / of }}
	g, err := Learn(ctx, j, all, options)
	must(t, err)
	counts := map[string][2]int{}
	for _, c := range g.Checks {
		counts[c.Name] = [2]int{c.Good, c.Bad}
	}
	want := map[string][2]int{Subject: {24, 6 * 20}, Prompt: {24, 72}, Sharpness: {24, 48}, Copying: {24, 24}}
	if diff := cmp.Diff(want, counts); diff != "" || done != 100 {
		t.Errorf("%d %% reported; good and bad pictures (-want +got):\n%s", done, diff)
	}
	if g.Judge != j.Hash() || g.Side != 24 || g.Refuse != DefaultRefuse || g.Checks[0].Hard == nil {
		t.Errorf("got %+v", g)
	}
	path := filepath.Join(t.TempDir(), File)
	must(t, g.Write(path))
	again, err := Read(path)
	must(t, err)
	if diff := cmp.Diff(g, again); diff != "" {
		t.Error(diff)
	}
	sharp, _ := g.Check(Sharpness)
	copying, _ := g.Check(Copying)
	if !sharp.Tells() || !copying.Tells() {
		t.Errorf("what pixels tell is not told: %+v, %+v", sharp, copying)
	}
	given, err := j.Look(ctx, all[2].Given)
	must(t, err)
	for _, bad := range []struct {
		check string
		p     *picture.Picture
	}{{Copying, all[2].Given[0].FlipHorizontal()}, {Sharpness, blurred(all[2].Scenes[1].Picture, 3)}} {
		values, err := j.Measure(ctx, View{Picture: bad.p, Given: given, Side: g.Side})
		must(t, err)
		if i := slices.Index(Names, bad.check); g.Verdicts(values)[i].Outcome != Refused {
			t.Errorf("%s of a bad picture is %s: %v", bad.check, g.Verdicts(values)[i].Outcome, values)
		}
	}

	slices.Reverse(all)
	turned, err := Learn(ctx, j, all, options)
	must(t, err)
	if diff := cmp.Diff(g, turned); diff != "" {
		t.Errorf("the order of subjects matters:\n%s", diff)
	}
}

// TestLearnLeavesOut has neither a tower of subjects nor wrong texts.
// Pictures that a model gives back are the good ones of sharpness, and of nothing else.
func TestLearnThrough(t *testing.T) {
	ctx, j, all := t.Context(), openTiny(t, judgeFolder(t)), things(6, 4)
	plain, err := Learn(ctx, j, all, Options{Protocol: valid().Protocol})
	must(t, err)
	soft, err := Learn(ctx, j, all, Options{Protocol: valid().Protocol, Model: "soft", Through: func(_ context.Context, p *picture.Picture) (*picture.Picture, error) {
		return blurred(p, 1), nil
	}})
	must(t, err)
	for i, c := range soft.Checks {
		if was := plain.Checks[i]; c.Name == Sharpness && c.Threshold >= was.Threshold {
			t.Errorf("softer pictures must be %g sharp, and were to be %g", c.Threshold, was.Threshold)
		} else if c.Name != Sharpness && c.Threshold != was.Threshold {
			t.Errorf("%s: threshold %g, was %g", c.Name, c.Threshold, was.Threshold)
		}
	}
	if soft.Model != "soft" || plain.Model != "" {
		t.Errorf("models %q and %q", soft.Model, plain.Model)
	}
	broken := errors.New("broken")
	_, err = Learn(ctx, j, all, Options{Through: func(context.Context, *picture.Picture) (*picture.Picture, error) { return nil, broken }})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestLearnLeavesOut(t *testing.T) {
	j := openTiny(t, judgeFolder(t))
	j.subject.Close()
	j.subject = nil
	all := things(4, 2)
	for _, thing := range all {
		for k := range thing.Scenes {
			thing.Scenes[k].Wrong = nil
		}
	}
	g, err := Learn(t.Context(), j, all, Options{Protocol: valid().Protocol})
	must(t, err)
	if len(g.Checks) != 2 || g.Checks[0].Name != Sharpness || g.Checks[1].Name != Copying {
		t.Errorf("got %+v", g.Checks)
	}
}

func TestLearnErrors(t *testing.T) {
	j := openTiny(t, judgeFolder(t))
	few := things(5, 2)
	few[1].Scenes, few[2].Given = nil, nil
	_, err := Learn(t.Context(), j, few, Options{Protocol: valid().Protocol})
	var tooFew *measure.TooFewError
	if !errors.As(err, &tooFew) || tooFew.Have != 3 {
		t.Errorf("three subjects gave %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Learn(ctx, j, things(4, 2), Options{Protocol: valid().Protocol}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gave %v", err)
	}
	_, err = Learn(t.Context(), nil, things(4, 2), Options{Protocol: valid().Protocol})
	wants(t, err, "judge")
}

// TestDistortions checks that bad pictures are bad in the way that they are made for.
func TestDistortions(t *testing.T) {
	p := scene(2, 1)
	before, err := measure.Sharpness(p)
	must(t, err)
	for name, bad := range map[string]*picture.Picture{"blurred": blurred(p, 1.5), "halved": halved(p)} {
		after, err := measure.Sharpness(bad)
		must(t, err)
		if after > 0.85*before || bad.Width != p.Width || bad.Height != p.Height {
			t.Errorf("%s has the sharpness %.3f, before %.3f", name, after, before)
		}
	}
	flat := picture.Filled(9, 7, 10, 200, 255)
	if blurred(flat, 4).Hash() != flat.Hash() {
		t.Error("a blur changes a plain ground")
	}
	made, err := copies(p)
	must(t, err)
	for i, c := range made {
		match, err := measure.Copying([]*picture.Picture{p}, c)
		must(t, err)
		if match.Value < 0.7 || c.Hash() == p.Hash() {
			t.Errorf("copy %d resembles the picture by %.3f", i, match.Value)
		}
	}
}
