package provenance

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"math"

	"github.com/ichimai/ichimai/picture"
)

// The mark is spread-spectrum (Cox, Kilian, Leighton and Shamoon 1997) with
// host interference removed when it is put in (Malvar and Florencio 2003): each
// coded bit of the payload has a set of DCT coefficients with secret signs, and
// the picture is changed just so far that their signed sum says the bit, also
// after the picture was halved and saved as JPEG.
const (
	rounds    = 8    // of changing and looking again
	ceiling   = 14.0 // largest activity that hides a change, in DCT units
	strongest = 0.6  // of the activity, the largest change
	quality   = 75   // of the JPEG that the mark must live through
	silent    = 0.25 // root mean square below which coefficients do not slow a change
)

// MinMarkSide is the shorter side, in pixels, below which a picture holds no
// mark.
const MinMarkSide = 128

// Threshold is the score from which a mark counts as found.
const Threshold = 9.0

// FalseAlarm bounds how often a picture without a mark reaches [Threshold],
// over all keys. A score is a sum of fixed numbers with random signs, divided by their norm, so
// it passes t with a probability of at most exp(-t*t/2) (Hoeffding 1963); there
// are 2^32 payloads in each of the two grids that are looked at.
var FalseAlarm = math.Exp(-Threshold*Threshold/2) * (1 << payloadBits) * float64(len(grids))

// Detection is what was found of a mark.
type Detection struct {
	Found   bool   `json:"found"`
	Payload uint32 `json:"payload,omitempty"` // of a mark that was found
	// Score is how well the picture agrees with the likeliest payload, in
	// standard deviations of a picture without a mark.
	Score      float64 `json:"score"`
	Threshold  float64 `json:"threshold"`
	FalseAlarm float64 `json:"false_alarm"` // see [FalseAlarm]
}

// Marked is a picture with a mark in it.
type Marked struct {
	Picture *picture.Picture
	PSNR    float64 // of the picture to the one without the mark, in dB
	// Worn is what is found after the wear that the mark is made for: halving
	// and JPEG of quality 75, or for pictures below 256 pixels JPEG alone. A plain picture
	// may hold a mark that does not live through it.
	Worn Detection
}

// Mark returns the picture with the payload in its luminance. The mark lives
// through scaling, JPEG and small retouches, and through cropping, turning or
// mirroring not; docs/provenance.md has the measured rates. An error says that the
// picture is smaller than [MinMarkSide] or holds no mark that cannot be seen.
func Mark(ctx context.Context, p *picture.Picture, key Key, payload uint32) (Marked, error) {
	if min(p.Width, p.Height) < MinMarkSide {
		return Marked{}, fault("", ErrUnmarkable, "a picture of %d by %d pixels is too small for a watermark; both sides need %d or more", p.Width, p.Height, MinMarkSide)
	}
	g := gridFor(p)
	marked, err := g.mark(ctx, p, key, encodePayload(payload))
	if err != nil {
		return Marked{}, fmt.Errorf("mark picture: %w", err)
	}
	if d := Detect(marked, key); !d.Found || d.Payload != payload {
		return Marked{}, fault("", ErrUnmarkable, "the picture holds no watermark that cannot be seen (score %.1f of %.1f)", d.Score, Threshold)
	}
	worn, err := g.wear(marked)
	if err != nil {
		return Marked{}, fmt.Errorf("mark picture: %w", err)
	}
	return Marked{marked, picture.PSNR([]*picture.Picture{p}, []*picture.Picture{marked}), Detect(worn, key)}, nil
}

// gridFor chooses by size: the fine grid needs pixels that a small picture
// does not have.
func gridFor(p *picture.Picture) grid {
	if min(p.Width, p.Height) >= fine.side {
		return fine
	}
	return coarse
}

func (g grid) mark(ctx context.Context, p *picture.Picture, key Key, signs []int8) (*picture.Picture, error) {
	w := newPattern(g, key)
	strength := g.activity(g.coefficients(p), g.floor)
	for i, s := range strength {
		strength[i] = min(s, ceiling)
	}
	change := make([]float64, len(strength))
	marked := p
	for range rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		worn, err := g.wear(marked)
		if err != nil {
			return nil, err
		}
		if !w.strengthen(change, strength, g.normalised(worn), signs) {
			break
		}
		marked = added(p, g.pixels(change))
	}
	return marked, nil
}

// wear does to a picture what its mark must live through.
func (g grid) wear(p *picture.Picture) (*picture.Picture, error) {
	var file bytes.Buffer
	small := p.Resize(p.Width/g.shrink, p.Height/g.shrink)
	if err := jpeg.Encode(&file, small, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return picture.Decode(&file, picture.DefaultLimits())
}

// strengthen changes what does not yet say its bit clearly; false when all does.
func (w pattern) strengthen(change, strength, c []float64, signs []int8) bool {
	changed := false
	for i, group := range w.groups {
		sum, norm := w.sum(i, c)
		missing := w.grid.target - float64(signs[i])*sum/norm
		if missing <= 0 {
			continue
		}
		changed = true
		count := float64(len(group))
		step := float64(signs[i]) * missing * max(norm, silent*math.Sqrt(count)) / count
		for _, k := range group {
			limit := strongest * strength[k]
			change[k] = max(-limit, min(limit, change[k]+step*float64(w.chips[k])*strength[k]))
		}
	}
	return changed
}

// added is the picture with a plane, scaled to its size, added to its
// luminance: the same to red, green and blue leaves the colour.
func added(p *picture.Picture, change plane) *picture.Picture {
	change = change.scaled(p.Width, p.Height)
	out := p.Clone()
	for i, d := range change.pix {
		for c := 3 * i; c < 3*i+3; c++ {
			out.Pix[c] = uint8(max(0, min(255, math.Round(float64(p.Pix[c])+d))))
		}
	}
	return out
}

// Detect looks for a mark of a key, without the unmarked picture.
func Detect(p *picture.Picture, key Key) Detection {
	var best Detection
	for _, g := range grids {
		d := newDetection(g.detect(p, key))
		if best.Threshold == 0 || d.Found && !best.Found || d.Found == best.Found && d.Score > best.Score {
			best = d
		}
	}
	return best
}

// newDetection counts a payload as found when its check bits fit and its score
// reaches the threshold.
func newDetection(payload uint32, score float64, fits bool) Detection {
	d := Detection{Found: fits && score >= Threshold, Score: score, Threshold: Threshold, FalseAlarm: FalseAlarm}
	if d.Found {
		d.Payload = payload
	}
	return d
}

// detect reads the likeliest payload; fits says that its check bits do.
func (g grid) detect(p *picture.Picture, key Key) (payload uint32, score float64, fits bool) {
	w, c := newPattern(g, key), g.normalised(p)
	soft := make([]float64, codedBits)
	for i := range soft {
		sum, norm := w.sum(i, c)
		soft[i] = sum / norm
	}
	payload, fits = decodePayload(soft)
	total, squares := 0.0, 0.0
	for i, bit := range encodePayload(payload) {
		sum, norm := w.sum(i, c)
		total += float64(bit) * sum
		squares += norm * norm
	}
	return payload, total / math.Sqrt(squares), fits
}
