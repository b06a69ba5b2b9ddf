package pretrain

import "time"

// meter averages figures between reports and measures the rate.
type meter struct {
	settings *Settings
	since    time.Time
	steps    int // since the last report
	sums     Figures
	rate     float64 // pictures a second, smoothed
}

func newMeter(s *Settings) *meter {
	return &meter{settings: s, since: time.Now()}
}

func (m *meter) add(figures Figures) {
	if m.sums == nil {
		m.sums = make(Figures, len(figures))
	}
	for i, f := range figures {
		m.sums[i].Name = f.Name
		m.sums[i].Value += f.Value
	}
	m.steps++
}

// progress reports the means since the last call and starts anew.
func (m *meter) progress(stage string, step int) Progress {
	now := time.Now()
	rate := float64(m.steps*m.settings.BatchSize) / now.Sub(m.since).Seconds()
	if m.rate == 0 {
		m.rate = rate
	}
	m.rate = 0.5*m.rate + 0.5*rate
	left := float64((m.settings.Steps-step)*m.settings.BatchSize) / m.rate
	p := Progress{
		Stage: stage, Step: step, Steps: m.settings.Steps, Pictures: step * m.settings.BatchSize,
		Rate: m.rate, Left: time.Duration(left * float64(time.Second)),
	}
	for _, f := range m.sums {
		p.Figures = append(p.Figures, Figure{f.Name, f.Value / float64(m.steps)})
	}
	m.since, m.steps, m.sums = now, 0, nil
	return p
}
