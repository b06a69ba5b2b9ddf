package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// day is a date as people of a language write it, or "" for the zero time.
func (v *visit) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if v.lang == japanese {
		return t.In(v.server.zone).Format("2006年1月2日")
	}
	return t.In(v.server.zone).Format("2 Jan 2006")
}

// moment is a date with hours and minutes.
func (v *visit) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if v.lang == japanese {
		return t.In(v.server.zone).Format("2006/01/02 15:04")
	}
	return v.day(t) + " " + t.In(v.server.zone).Format("15:04")
}

// isoDay is a date for an input of type date.
func (v *visit) isoDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.server.zone).Format(time.DateOnly)
}

// left says how long something still takes, rounded so that it does not flicker.
func (v *visit) left(d time.Duration) string {
	seconds := int(math.Ceil(d.Seconds()))
	if seconds < 90 {
		return v.say(text{"about {n} s", "約{n}秒"}, "n", strconv.Itoa(max(seconds, 1)))
	}
	return v.say(text{"about {n} min", "約{n}分"}, "n", strconv.Itoa((seconds+30)/60))
}

// bytesText is a size in the largest unit of which there is one.
func bytesText(n int64) string {
	for _, unit := range []struct {
		name string
		size float64
	}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}} {
		if float64(n) >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(n)/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// number writes a score with the digits that matter.
func number(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e6 {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

func itoa[T int | int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// percent is a fraction of 1 in whole per cent.
func percent(f float64) string { return fmt.Sprintf("%.0f%%", 100*f) }

// oneValue is a name with what is said about it.
type oneValue struct{ name, value string }

// scores lists what is known of a picture or a concept, without the checks, in
// the order of knownScores and then by name.
func (v *visit) scores(all map[string]float64) []oneValue {
	var list []oneValue
	for _, name := range sortedNames(all) {
		list = append(list, oneValue{v.scoreName(name), number(all[name])})
	}
	return list
}

func sortedNames(all map[string]float64) []string {
	var names []string
	for name := range all {
		names = append(names, name)
	}
	place := func(name string) int {
		if i := slices.IndexFunc(knownScores, func(s named) bool { return s.key == name }); i >= 0 {
			return i
		}
		return len(knownScores)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
	return names
}

// settings lists how a picture was drawn.
func (v *visit) settings(data json.RawMessage) []oneValue {
	var all map[string]any
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	var list []oneValue
	for _, s := range knownSettings {
		if value, there := all[s.key]; there {
			list = append(list, oneValue{v.say(s.text), v.settingOf(s.key, value)})
		}
	}
	return list
}

// demoFolder begins the names of folders with the demo model (demo.FolderPrefix, whose
// package carries the model itself).
const demoFolder = "demo-model-"

// settingOf writes a setting. The demo model's folder is called for its content, which
// says nothing to people.
func (v *visit) settingOf(key string, value any) string {
	said := settingText(value)
	switch {
	case key == "device":
		return deviceName(said)
	case key == "model" && strings.HasPrefix(said, demoFolder):
		_, hash, _ := strings.Cut(said, " ")
		return strings.TrimSpace(v.say(text{"the built-in demo model", "内蔵のデモ用モデル"}) + " " + hash)
	}
	return said
}

func settingText(value any) string {
	switch x := value.(type) {
	case float64:
		return number(x)
	case string:
		return shorten(x, 60)
	case map[string]any:
		return recordText(x)
	case []any:
		var parts []string
		for _, part := range x {
			parts = append(parts, settingText(part))
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

// recordText is a model or a concept of the record: its name and the beginning
// of its hash.
func recordText(record map[string]any) string {
	name, _ := record["name"].(string)
	for _, key := range []string{"hash", "sha256"} {
		if hash, _ := record[key].(string); hash != "" {
			return shorten(name, 60) + " (" + hash[:min(len(hash), 12)] + ")"
		}
	}
	return shorten(name, 60)
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// pictureTitle is what stands for a picture: its name, else its prompt.
func pictureTitle(p *studio.Picture) string { return shorten(cmp.Or(p.Name, p.Prompt), 80) }

// paragraphs are what empty lines part.
func paragraphs(s string) []string {
	var list []string
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return list
}

// device says in two words what a browser calls itself.
func (v *visit) device(agent string) string {
	browser := v.say(text{"A browser", "ブラウザー"})
	for _, name := range []string{"Edg", "Firefox", "Chrome", "Safari"} {
		if strings.Contains(agent, name) {
			browser = strings.Replace(name, "Edg", "Edge", 1)
			break
		}
	}
	for _, system := range []struct{ mark, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, system.mark) {
			return browser + " · " + system.name
		}
	}
	return browser
}

// deviceName is how a device is written: the engine's name for it, of letters alone, in
// capitals.
func deviceName(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return name
	}
	return strings.ToUpper(name)
}
