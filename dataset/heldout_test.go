package dataset

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"1F98A": "1f98a", "1f6b4-1f3fd-200d-2640-fe0f": "1f6b4-200d-2640", "U+2702 U+FE0F": "2702", "1f344_200d_1f7eb": "1f344-200d-1f7eb", "": "",
	} {
		if got := Normalise(in); got != want {
			t.Errorf("Normalise(%q) = %q, want %q", in, got, want)
		}
	}
}

// rules reads the list's own entries, so that the test holds for any list.
func rules(t *testing.T) (list struct {
	Sets        []string `json:"exclude_sets"`
	LicenceSets []string `json:"exclude_sets_licence"`
	Codepoints  []string `json:"exclude_codepoints"`
	Subjects    []string `json:"exclude_photo_subjects"`
	Concepts    []struct {
		English string `json:"en"`
	} `json:"concepts"`
}) {
	t.Helper()
	data, err := os.ReadFile(heldOutFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestGuardRefusesEveryRule(t *testing.T) {
	h, list := heldOut(t), rules(t)
	refused := func(s Subject) {
		t.Helper()
		var held *HeldOutError
		if err := h.Guard(s); !errors.As(err, &held) {
			t.Errorf("Guard(%+v) = %v, want a HeldOutError", s, err)
		} else if !strings.Contains(err.Error(), s.Key) {
			t.Errorf("the error %q does not name the picture %q", err, s.Key)
		}
	}
	for _, c := range list.Codepoints {
		refused(Subject{Key: "set/x.png", Codepoint: c})
		refused(Subject{Key: "set/x.png", Codepoint: strings.ToUpper(c) + "-FE0F"})
		refused(Subject{Key: "set/" + c + ".png"})
		refused(Subject{Key: "emoji_u" + strings.ReplaceAll(c, "-", "_") + ".png"})
	}
	for _, c := range list.Concepts {
		refused(Subject{Key: "a", Names: []string{"a nice " + c.English}})
		refused(Subject{Key: "a", Names: []string{strings.ToUpper(strings.ReplaceAll(c.English, " ", "_")) + "-2.png"}})
	}
	for _, s := range append(list.Sets, list.LicenceSets...) {
		refused(Subject{Key: "a", Set: s})
		refused(Subject{Key: s + "/dog.png"})
	}
	for _, s := range list.Subjects {
		refused(Subject{Key: s + "/00.jpg"})
	}
}

func TestGuardLetsOthersIn(t *testing.T) {
	h := heldOut(t)
	for _, s := range []Subject{
		{Key: "noto/1f415", Set: "noto", Codepoint: "1f415", Names: []string{"dog"}},
		{Key: "photos/pink-lady_0001.jpg", Names: []string{"pink-lady", "apple", "keyboard", "monkey", "foxglove"}},
	} {
		if err := h.Guard(s); err != nil {
			t.Errorf("Guard(%+v) = %v", s, err)
		}
	}
	if err := (*HeldOut)(nil).Guard(Subject{Names: []string{"fox"}}); err != nil {
		t.Errorf("no list refuses: %v", err)
	}
}

func TestReadHeldOutErrors(t *testing.T) {
	for _, text := range []string{"", "{}", `{"exclude_codepoints":["1f98a"],"name_pattern":"("}`, `{"exclude_codepoints":["1f98a"]}`} {
		if _, err := ReadHeldOut(strings.NewReader(text)); err == nil {
			t.Errorf("ReadHeldOut(%q) succeeds", text)
		}
	}
}

func TestPackRefusesHeldOut(t *testing.T) {
	line := func(key, set, codepoint, name string) string {
		return key + ",sprites.tar,round/1f415.png,sprite," + set + ",round," + codepoint + "," + name + "," + name + ",名前,animal,,,CC0-1.0"
	}
	for _, bad := range []string{
		line("round/x", "round", "1f98a", "animal"),
		line("round/y", "round", "1f412", "red fox"),
		line("openmoji/x", "openmoji", "1f412", "monkey"),
	} {
		_, err := OpenPack(testPack(t, bad), heldOut(t))
		var held *HeldOutError
		if !errors.As(err, &held) || !strings.Contains(err.Error(), "line 18") {
			t.Errorf("OpenPack with %q = %v, want a HeldOutError of line 18", bad, err)
		}
	}
	if _, err := OpenPack(testPack(t), nil); err == nil {
		t.Error("OpenPack without a held-out list succeeds")
	}
}

func TestHeldOutCopyIsCurrent(t *testing.T) {
	shared, err := OpenHeldOut(filepath.Join("..", "..", "shared", "data", "heldout.json"))
	if err != nil {
		t.Skipf("there is no shared list to compare with: %v", err)
	}
	own := heldOut(t)
	same := cmp.Diff(shared.codepoints, own.codepoints) + cmp.Diff(shared.sets, own.sets) +
		cmp.Diff(shared.subjects, own.subjects) + cmp.Diff(shared.pattern.String(), own.pattern.String())
	if same != "" {
		t.Errorf("copy the shared list to demo/recipe/heldout.json (-shared +copy):\n%s", same)
	}
}
