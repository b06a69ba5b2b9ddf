package pretrain

import "time"

// meter averages figures between reports and measures the rate.
type meter struct {
	settings *Settings
	since    time.Time
	steps    int // since the last report
	sums     Figures
	rate     float64 // pictures a second, smoothed
	atPeak   float64 // seconds that a step's work would take at the device's peak; 0: not known
}

func newMeter(s *Settings) *meter {
	return &meter{settings: s, since: time.Now()}
}

// untimed does what is no part of the training's steps.
func (m *meter) untimed(f func()) {
	start := time.Now()
	f()
	m.since = m.since.Add(time.Since(start))
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
		Rate: m.rate, Share: m.atPeak * m.rate / float64(m.settings.BatchSize), Left: time.Duration(left * float64(time.Second)),
	}
	for _, f := range m.sums {
		p.Figures = append(p.Figures, Figure{f.Name, f.Value / float64(m.steps)})
	}
	m.since, m.steps, m.sums = now, 0, nil
	return p
}
