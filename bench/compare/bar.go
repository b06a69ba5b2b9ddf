package main

import (
	"fmt"
	"strings"

	"github.com/ichimai/ichimai/picture"
)

const (
	barSide   = 432 // pixels; two side by side make a plot about 1000 wide
	barHeight = 28
	barInset  = 5 // of the ground above and below the bar, where the line at 1 stands free
)

// bar is one figure of both sides.
type bar struct {
	what, unit         string
	ours, peer         float64
	oursSaid, peerSaid string // as the table has them
}

func timeBar(r row, ours, peer float64) bar {
	return bar{"time", "s", ours, peer, r.Ours.seconds(ours), r.Peer.seconds(peer)}
}

func memoryBar(r row) bar {
	return bar{"memory", "GiB", r.Ours.PeakGiB, r.Peer.PeakGiB, r.Ours.memory(), r.Peer.memory()}
}

// ratio is ours divided by the peer's, 0 where one is unknown.
func (b bar) ratio() float64 {
	if b.ours <= 0 || b.peer <= 0 {
		return 0
	}
	return b.ours / b.peer
}

// picture draws the bar on a ground whose width is the ratio full, with the line
// at 1 on top. An unknown ratio leaves the ground and the line.
func (b bar) picture(full float64) *picture.Picture {
	p := picture.Filled(barSide, barHeight, 0xF2, 0xF2, 0xF2)
	if length := pixels(b.ratio(), full); length > 0 {
		red, green, blue := uint8(0x3B), uint8(0x75), uint8(0xAF) // less than the peer, or as much
		if b.ratio() > 1 {
			red, green, blue = 0xE0, 0x7B, 0x1F
		}
		p.Paste(picture.Filled(length, barHeight-2*barInset, red, green, blue), 0, barInset)
	}
	p.Paste(picture.Filled(2, barHeight, 0x22, 0x22, 0x22), pixels(1, full)-1, 0)
	return p
}

// pixels is the length of a ratio where full takes the whole width.
func pixels(ratio, full float64) int { return int(ratio/full*barSide + 0.5) }

// caption is the figures of the bar, with units where there are any.
func (b bar) caption() string {
	said := func(text string) string {
		if strings.ContainsAny(text, "0123456789") {
			return text + " " + b.unit
		}
		return text
	}
	return fmt.Sprintf("%s %s: ours %s, peer %s", b.what, ratio(b.ours, b.peer), said(b.oursSaid), said(b.peerSaid))
}
