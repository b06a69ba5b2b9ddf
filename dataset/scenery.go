package dataset

import (
	"math"

	"github.com/ichimai/ichimai/picture"
)

// paintScenery draws grass, sand, snow, sea, a night sky or a wooden table.
func paintScenery(p *picture.Picture, kind GroundKind, r random) {
	switch kind {
	case Grass:
		paintGrass(p, r)
	case Sand:
		paintSand(p, r)
	case Snow:
		paintSnow(p, r)
	case Sea:
		paintSea(p, r)
	case NightSky:
		paintNightSky(p, r)
	case WoodenTable:
		paintTable(p, r)
	}
}

// land paints a sky above a horizon and ground below it. The texture gets the
// pixel and how far below the horizon it is, from 0 to 1; hills is how uneven
// the horizon is, in parts of the height.
func land(p *picture.Picture, r random, hills float32, zenith, low rgb, texture func(x, y int, depth float32) rgb) {
	horizon := float32(p.Height) * float32(r.between(0.3, 0.48))
	shift := r.IntN(noiseSide)
	paint(p, func(x, y int) rgb {
		hill := horizon + (noiseAt(x/2+shift, shift)-0.5)*float32(p.Height)*hills
		if float32(y) < hill {
			return mix(zenith, low, float32(y)/horizon)
		}
		return texture(x, y, (float32(y)-hill)/(float32(p.Height)-hill))
	})
}

func paintGrass(p *picture.Picture, r random) {
	dx, dy, scale := r.IntN(noiseSide), r.IntN(noiseSide), 128/float32(p.Width)
	far, near := rgb{150, 200, 90}, rgb{62, 140, 48}
	land(p, r, 0.06, rgb{150, 205, 245}, rgb{222, 240, 250}, func(x, y int, depth float32) rgb {
		u, v := int(float32(x)*scale*3)+dx, int(float32(y)*scale*0.8)+dy // blades are tall
		blade := noiseAt(u, v) - 0.47
		return mix(mix(far, near, depth), rgb{30, 92, 30}, -blade*(0.6+1.4*depth)).plus(blade * 70)
	})
}

func paintSand(p *picture.Picture, r random) {
	dx, dy, scale := r.IntN(noiseSide), r.IntN(noiseSide), 128/float32(p.Width)
	ripple := float32(r.between(0.18, 0.3))
	land(p, r, 0.06, rgb{120, 190, 240}, rgb{215, 236, 248}, func(x, y int, depth float32) rgb {
		u, v := int(float32(x)*scale)+dx, int(float32(y)*scale)+dy
		wave := sin32((float32(v)+6*noiseAt(u/2, v/2)*4)*ripple*2) * 5 * depth
		grain := (noiseAt(3*u, 3*v) - 0.47) * 34
		return mix(rgb{240, 220, 170}, rgb{222, 190, 128}, depth).plus(wave + grain)
	})
}

func paintSnow(p *picture.Picture, r random) {
	dx, dy, scale := r.IntN(noiseSide), r.IntN(noiseSide), 128/float32(p.Width)
	land(p, r, 0.1, rgb{168, 190, 214}, rgb{210, 222, 234}, func(x, y int, depth float32) rgb {
		u, v := int(float32(x)*scale/2)+dx, int(float32(y)*scale)+dy
		drift := (noiseAt(u, v) - 0.47) * 1.6
		return mix(rgb{236, 242, 250}, rgb{196, 212, 236}, min(max(drift, 0), 1)).plus(4 * depth)
	})
	for range 26 {
		x, y := r.Float64()*float64(p.Width), r.Float64()*float64(p.Height)
		disc(p, x, y, r.between(0.006, 0.014)*float64(p.Width), whitest, 0.9)
	}
}

func paintSea(p *picture.Picture, r random) {
	land(p, r, 0, rgb{130, 195, 242}, rgb{220, 238, 250}, waves(p, r))
}

// waves is the texture of water: crests that grow towards the viewer.
func waves(p *picture.Picture, r random) func(x, y int, depth float32) rgb {
	dx, dy, scale := r.IntN(noiseSide), r.IntN(noiseSide), 128/float32(p.Width)
	far, near := rgb{78, 150, 206}, rgb{20, 84, 150}
	return func(x, y int, depth float32) rgb {
		u, v := int(float32(x)*scale)+dx, int(float32(y)*scale)+dy
		crest := sin32((float32(v)+noiseAt(u, v/2)*14)*(0.95-0.5*depth)) + 0.9*(noiseAt(2*u, 4*v)-0.5)
		return mix(mix(far, near, depth), rgb{214, 236, 248}, max(crest-0.62, 0)*1.3).plus(crest * 9)
	}
}

func paintNightSky(p *picture.Picture, r random) {
	dx, dy := r.IntN(noiseSide), r.IntN(noiseSide)
	paint(p, func(x, y int) rgb {
		t := float32(y) / float32(p.Height)
		haze := max(noiseAt(x/2+dx, y/2+dy)-0.5, 0) * 40
		return mix(rgb{8, 10, 38}, rgb{32, 40, 96}, t).plus(haze)
	})
	for range 60 {
		x, y := r.Float64()*float64(p.Width), r.Float64()*float64(p.Height)
		disc(p, x, y, r.between(0.003, 0.010)*float64(p.Width), rgb{255, 250, 225}, float32(r.between(0.5, 1)))
	}
}

func paintTable(p *picture.Picture, r random) {
	dx, dy, scale := r.IntN(noiseSide), r.IntN(noiseSide), 128/float32(p.Width)
	plank := float32(r.between(22, 34))
	tone := float32(r.between(-14, 14))
	paint(p, func(x, y int) rgb {
		v := float32(y) * scale
		board := int(v / plank)
		into := v - float32(board)*plank
		shade := tone + float32(mix64(uint64(board+dx))%1000)/1000*26 - 13
		grain := noiseAt(int(float32(x)*scale/4)+dx+board*71, int(v*2)+dy)
		ring := sin32(grain*22) * 7
		c := rgb{176, 118, 66}.plus(shade + ring + (grain-0.47)*40)
		if into < 1.1 {
			return mix(c, darkest, 0.5) // the gap between two boards
		}
		return c
	})
}

// plus brightens all channels alike.
func (c rgb) plus(v float32) rgb { return rgb{c[0] + v, c[1] + v, c[2] + v} }

func sin32(x float32) float32 { return float32(math.Sin(float64(x))) }

// disc draws a soft-edged disc over what is there.
func disc(p *picture.Picture, cx, cy, radius float64, c rgb, opacity float32) {
	ellipse(p, cx, cy, radius, radius, c, opacity, 1/max(radius, 0.5))
}

// ellipse blends a filled ellipse whose edge fades over the part soft of its radii.
func ellipse(p *picture.Picture, cx, cy, rx, ry float64, c rgb, opacity float32, soft float64) {
	grow := 1 + soft/2
	for y := max(int(cy-ry*grow), 0); y <= min(int(cy+ry*grow+1), p.Height-1); y++ {
		for x := max(int(cx-rx*grow), 0); x <= min(int(cx+rx*grow+1), p.Width-1); x++ {
			ex, ey := (float64(x)+0.5-cx)/rx, (float64(y)+0.5-cy)/ry
			cover := min(max((1-math.Sqrt(ex*ex+ey*ey))/soft+0.5, 0), 1)
			if cover > 0 {
				i := 3 * (y*p.Width + x)
				under := rgb{float32(p.Pix[i]), float32(p.Pix[i+1]), float32(p.Pix[i+2])}
				p.Pix[i], p.Pix[i+1], p.Pix[i+2] = mix(under, c, opacity*float32(cover)).bytes()
			}
		}
	}
}
