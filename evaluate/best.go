package evaluate

// best is a method's setting and number of steps with the highest mean score on the
// smaller product, by the first scorer that is not the generator's own; of equal ones
// the one that takes fewer steps.
func (r *runner) best(m Method, of product) (Row, error) {
	d := newData(r.protocol, r.out, r.index)
	row, _, err := d.best(m, of)
	if err != nil {
		return row, err
	}
	if row.Name == "" {
		return row, &SweepError{Method: m.Name, Dir: r.out}
	}
	return row, nil
}

// best is the row, and its score; a row without a name where the smaller product is
// not whole yet.
func (d *data) best(m Method, of product) (best Row, top float64, err error) {
	candidates := m.candidates()
	if len(candidates) == 1 && len(m.Steps) == 1 {
		return Row{m.Name, candidates[0].label, m.Steps[0]}, 0, nil
	}
	s, ok, err := d.newScale(d.protocol.judge().Name, of)
	if err != nil || !ok {
		return Row{}, 0, err
	}
	for _, steps := range sorted(m.Steps) {
		for _, c := range candidates {
			row := Row{m.Name, c.label, steps}
			groups, names, err := d.groups(row, of, s.score, nil)
			if err != nil || len(names) < len(of.subjects) {
				return Row{}, 0, err
			}
			if score := average(averages(groups)); best.Name == "" || score > top {
				best, top = row, score
			}
		}
	}
	return best, top, nil
}
