package evaluate

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"slices"
	"strconv"
)

// scoresCSV is a table of one row a picture: all that belong to the protocol.
func (s *summariser) scoresCSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"subject", "method", "setting", "steps", "prompt", "kind", "language", "text", "seed", "copying"}
	for _, f := range s.protocol.Scorers {
		for _, column := range []string{"subject", "dino", "prompt", "nearest", "score"} {
			head = append(head, f.Name+" "+column)
		}
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, x := range s.byName() {
		for _, row := range s.rowsOf(x.name) {
			list, _, err := s.pictures(&x, row, s.whole)
			if err != nil {
				return nil, err
			}
			for _, p := range list {
				if err := w.Write(s.record(x.name, row, p)); err != nil {
					return nil, err
				}
			}
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// byName are the subjects in the order of their names.
func (s *summariser) byName() []subject {
	return slices.SortedFunc(slices.Values(s.whole.subjects), func(a, b subject) int { return cmp.Compare(a.name, b.name) })
}

// rowsOf are a subject's rows in an order of their own.
func (s *summariser) rowsOf(subject string) []Row {
	var rows []Row
	for row := range s.entries[subject] {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Setting, b.Setting), cmp.Compare(a.Steps, b.Steps))
	})
	return rows
}

func (s *summariser) record(subject string, row Row, p drawnPicture) []string {
	q, _ := s.protocol.prompt(p.Prompt)
	n := func(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }
	record := []string{subject, row.Name, row.Setting, strconv.Itoa(row.Steps), p.Prompt, q.Kind, q.Lang, p.Compared,
		strconv.FormatUint(p.Seed, 10), n(p.Copying)}
	for _, f := range s.protocol.Scorers {
		scores, there := p.Scores[f.Name]
		if !there {
			record = append(record, "", "", "", "", "")
			continue
		}
		dino, score := "", ""
		if scores.DINO != nil {
			dino = n(*scores.DINO)
		}
		if scale := s.scales[f.Name]; scale != nil {
			score = n(scale.score(p))
		}
		record = append(record, n(scores.Subject), dino, n(scores.Prompt), n(scores.Nearest), score)
	}
	return record
}
