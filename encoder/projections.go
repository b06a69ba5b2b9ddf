package encoder

import (
	"regexp"

	"github.com/ichimai/ichimai/nn"
)

var attention = regexp.MustCompile(`\.attn[12]\.to_(q|k|v|out\.0)\.weight$`)

// IsProjection says whether a denoiser's weight is one that gets a pair.
func IsProjection(name string) bool { return attention.MatchString(name) }

// Projections are the denoiser's weights that get pairs: to_q, to_k, to_v and
// to_out.0 of every self- and cross-attention, in their order.
func Projections(params []*nn.Param) []*nn.Param {
	var found []*nn.Param
	for _, p := range params {
		if IsProjection(p.Name) {
			found = append(found, p)
		}
	}
	return found
}
