package studio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// chain makes a sound record of n entries.
func chain(t rapid.TB, n int) ([]AuditEntry, AuditHead) {
	entries := make([]AuditEntry, n)
	head := AuditHead{Hash: AuditGenesis}
	for i := range entries {
		entries[i] = AuditEntry{
			At: time.UnixMilli(int64(1000 * i)).UTC(), Actor: "system", Action: "a<b", Object: fmt.Sprint(i),
			Detail: json.RawMessage(`{ "n": 1.50, "s": "良い\u2028</x>" }`),
		}
		var err error
		if head, err = entries[i].Chain(head); err != nil {
			t.Fatal(err)
		}
	}
	return entries, head
}

func stream(entries []AuditEntry) iter.Seq2[AuditEntry, error] {
	return func(yield func(AuditEntry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// TestAuditSum fixes the encoding: a record of years ago has to verify.
func TestAuditSum(t *testing.T) {
	e := AuditEntry{
		Seq: 1, At: time.UnixMilli(1_700_000_000_123).UTC(), Actor: "u", ProjectID: "p", Action: "a", Object: "o",
		Detail: json.RawMessage(`{}`), PreviousHash: AuditGenesis,
	}
	const want = "f30feb153a3af0448b1d3a111de11c5ff4ccf0439f07d3cb3edb957d3d9490dd"
	if got := e.Sum(); got != want {
		t.Errorf("the hash is %s, want %s", got, want)
	}
}

func TestVerifyAuditOK(t *testing.T) {
	for _, n := range []int{0, 1, 7} {
		entries, head := chain(t, n)
		got, err := VerifyAudit(stream(entries), &head)
		if err != nil || got != head {
			t.Errorf("%d entries: %v, %v", n, got, err)
		}
		var file bytes.Buffer
		if _, err := WriteAudit(&file, stream(entries)); err != nil {
			t.Fatal(err)
		}
		if got, err := VerifyAuditFile(&file, &head); err != nil || got != head {
			t.Errorf("a file of %d entries: %v, %v", n, got, err)
		}
	}
	fault := errors.New("fault")
	broken := func(yield func(AuditEntry, error) bool) { yield(AuditEntry{}, fault) }
	if _, err := VerifyAudit(broken, nil); !errors.Is(err, fault) {
		t.Errorf("the iterator's error became %v", err)
	}
}

// damage does one thing to a record, and says from which entry on it is wrong, and
// how.
func damage(t *rapid.T, entries []AuditEntry) ([]AuditEntry, int64, AuditFault) {
	i := rapid.IntRange(0, len(entries)-1).Draw(t, "at")
	switch rapid.SampledFrom([]string{"edit", "forge", "remove", "renumber", "swap", "exchange", "insert", "repeat"}).Draw(t, "how") {
	case "edit":
		edit(t, &entries[i])
		return entries, int64(i + 1), AuditEdited
	case "forge": // with a sound hash: the next entry, or the head, shows it
		entries[i].Object = "forged"
		entries[i].Hash = entries[i].Sum()
		if i == len(entries)-1 {
			return entries, int64(i + 1), AuditRewritten
		}
		return entries, int64(i + 2), AuditEdited
	case "remove":
		return slices.Delete(entries, i, i+1), int64(i + 1), AuditRemoved
	case "renumber": // after a removal, so that no number is missing
		entries = slices.Delete(entries, i, i+1)
		for j := i; j < len(entries); j++ {
			entries[j].Seq--
		}
		return entries, int64(i + 1), AuditRemoved
	case "swap":
		j := (i + 1) % len(entries)
		entries[i], entries[j] = entries[j], entries[i]
		return entries, int64(min(i, j) + 1), AuditMoved
	case "exchange": // and their numbers, as rows of a table that is read by number
		j := (i + 1) % len(entries)
		entries[i], entries[j] = entries[j], entries[i]
		entries[i].Seq, entries[j].Seq = entries[j].Seq, entries[i].Seq
		return entries, int64(min(i, j) + 1), AuditMoved
	case "repeat":
		return slices.Insert(entries, i+1, entries[i]), int64(i + 2), AuditInserted
	}
	forged := entries[i] // with a sound hash of its own, in the place of entry i
	forged.Object = "forged"
	forged.Hash = forged.Sum()
	if i == len(entries)-1 { // the head knows the hash of the entry in this place
		return slices.Insert(entries, i, forged), int64(i + 1), AuditRewritten
	}
	return slices.Insert(entries, i, forged), int64(i + 2), AuditInserted
}

func edit(t *rapid.T, e *AuditEntry) {
	switch rapid.IntRange(0, 8).Draw(t, "field") {
	case 0:
		e.Seq++
	case 1:
		e.At = e.At.Add(time.Duration(rapid.SampledFrom([]int64{1, 1e6, -1e9}).Draw(t, "by")))
	case 2:
		e.Actor += "x"
	case 3:
		e.ProjectID += "x"
	case 4:
		e.Action, e.Object = e.Action+e.Object[:1], e.Object[1:]
	case 5:
		e.Object += " "
	case 6:
		e.Detail = append(slices.Clone(e.Detail), ' ')
	case 7:
		e.PreviousHash = strings.ToUpper("x" + e.PreviousHash[1:])
	case 8:
		e.Hash = "x" + e.Hash[1:]
	}
}

func TestVerifyAuditFindsDamage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries, head := chain(t, rapid.IntRange(2, 12).Draw(t, "n"))
		damaged, seq, fault := damage(t, entries)
		_, err := VerifyAudit(stream(damaged), &head)
		var found *AuditError
		if !errors.As(err, &found) || found.Seq != seq || found.Fault != fault {
			t.Fatalf("entry %d was %s, which was told as: %v", seq, fault, err)
		}
	})
}

func TestVerifyAuditFindsCutTail(t *testing.T) {
	entries, head := chain(t, 5)
	_, err := VerifyAudit(stream(entries[:3]), &head)
	var found *AuditError
	if !errors.As(err, &found) || found.Seq != 4 {
		t.Errorf("a cut tail: %v, want entry 4", err)
	}
	longer, _ := chain(t, 6)
	if _, err = VerifyAudit(stream(longer), &head); !errors.As(err, &found) || found.Seq != 6 {
		t.Errorf("an entry behind the head: %v, want entry 6", err)
	}
}

// TestThroughHead compares a record with a head that was noted earlier.
func TestThroughHead(t *testing.T) {
	entries, head := chain(t, 5)
	early := AuditHead{Seq: 3, Hash: entries[2].Hash}
	other := AuditHead{Seq: 3, Hash: entries[3].Hash}
	late := AuditHead{Seq: 6, Hash: head.Hash}
	for _, c := range []struct {
		name  string
		noted *AuditHead
		seq   int64 // of the fault; 0 for none
		fault AuditFault
	}{
		{"None", nil, 0, ""},
		{"OK", &early, 0, ""},
		{"Last", &head, 0, ""},
		{"ErrRewritten", &other, 3, AuditRewritten},
		{"ErrCut", &late, 6, AuditRemoved},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := VerifyAudit(ThroughHead(stream(entries), c.noted), &head)
			var found *AuditError
			if c.seq == 0 {
				if err != nil {
					t.Error(err)
				}
			} else if !errors.As(err, &found) || found.Seq != c.seq || found.Fault != c.fault {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestVerifyAuditFileFindsDamage changes any byte, or line, of a file.
func TestVerifyAuditFileFindsDamage(t *testing.T) {
	entries, head := chain(t, 6)
	var buffer bytes.Buffer
	if _, err := WriteAudit(&buffer, stream(entries)); err != nil {
		t.Fatal(err)
	}
	file := buffer.Bytes()
	rapid.Check(t, func(t *rapid.T) {
		lines := bytes.SplitAfter(file, []byte("\n"))[:7]
		i := rapid.IntRange(0, 6).Draw(t, "line")
		switch rapid.SampledFrom([]string{"byte", "remove", "repeat", "swap"}).Draw(t, "how") {
		case "byte":
			line := slices.Clone(lines[i])
			j := rapid.IntRange(0, len(line)-2).Draw(t, "byte")
			line[j] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			lines[i] = line
		case "remove":
			lines = slices.Delete(lines, i, i+1)
		case "repeat":
			lines = slices.Insert(lines, i, lines[i])
		case "swap":
			j := (i + 1) % 7
			lines[i], lines[j] = lines[j], lines[i]
		}
		if _, err := VerifyAuditFile(bytes.NewReader(bytes.Join(lines, nil)), &head); err == nil {
			t.Fatal("a damaged file passed")
		}
	})
}
