package main

import (
	"errors"
	"time"

	"github.com/ichimai/ichimai/bench/internal/host"
)

// comparison is one run of this program: a table, and a line of the history.
type comparison struct {
	Name    string       `json:"name"`
	Time    time.Time    `json:"time"`
	Machine host.Machine `json:"machine"`
	Rounds  int          `json:"rounds"`
	Rows    []row        `json:"rows"`
}

// row is one job.
type row struct {
	Job  string `json:"job"`
	Ours side   `json:"ours"`
	Peer side   `json:"peer"`
}

// failed is the error of a comparison with jobs that were not measured.
func (c comparison) failed() error {
	var errs []error
	for _, r := range c.Rows {
		for _, s := range []side{r.Ours, r.Peer} {
			if s.Failure != "" {
				errs = append(errs, errors.New(s.Failure))
			}
		}
	}
	return errors.Join(errs...)
}

// ofSDCPP reports whether the row has a peer of its own.
func (r row) ofSDCPP() bool { return r.Job == sdcppJob }

// programs is what the two sides say of themselves, from the first row that
// was measured.
func (c comparison) programs() (ours, peer string) {
	for _, r := range c.Rows {
		if ours == "" {
			ours = r.Ours.Program
		}
		if peer == "" && !r.ofSDCPP() {
			peer = r.Peer.Program
		}
	}
	return ours, peer
}
