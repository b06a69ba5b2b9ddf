package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/picture"
)

// source gives square pictures.
type source struct {
	name string
	// draw makes a picture of a side; equal random numbers make an equal picture.
	draw func(side int, random *rand.Rand) (*picture.Picture, error)
}

func (s settings) sources() ([]source, error) {
	var all []source
	for _, folder := range s.folders {
		files, err := pictures(folder)
		if err != nil {
			return nil, err
		}
		all = append(all, source{filepath.Base(folder), func(side int, random *rand.Rand) (*picture.Picture, error) {
			return crop(files[random.IntN(len(files))], side, random)
		}})
	}
	return append(all, source{"product on white", product}, source{"noise of many sizes", clouds}, source{"stripes", stripes}), nil
}

func pictures(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list pictures: %w", err)
	}
	var files []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == ".jpg" || ext == ".png" {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("list pictures: %s has no .jpg or .png", folder)
	}
	return files, nil
}

// crop is a random square of at least two thirds of a picture, scaled.
func crop(file string, side int, random *rand.Rand) (*picture.Picture, error) {
	p, err := picture.Open(file)
	if err != nil {
		return nil, err
	}
	n := min(p.Width, p.Height)
	n -= random.IntN(n/3 + 1)
	x, y := random.IntN(p.Width-n+1), random.IntN(p.Height-n+1)
	part := picture.New(n, n)
	part.Paste(p, -x, -y)
	return part.Resize(side, side), nil
}

// painted fills a square with one grey a pixel from coordinates in [0, 1).
func painted(side int, grey func(x, y float64) float64, tint [3]float64) *picture.Picture {
	p := picture.New(side, side)
	for i := range side * side {
		v := grey(float64(i%side)/float64(side), float64(i/side)/float64(side))
		for c, t := range tint {
			p.Pix[3*i+c] = uint8(max(0, min(255, math.Round(v*t))))
		}
	}
	return p
}

func tint(random *rand.Rand) [3]float64 {
	return [3]float64{0.7 + 0.3*random.Float64(), 0.7 + 0.3*random.Float64(), 0.7 + 0.3*random.Float64()}
}

// product is a smooth ball on a white ground: little that hides a mark.
func product(side int, random *rand.Rand) (*picture.Picture, error) {
	cx, cy, radius := 0.4+0.2*random.Float64(), 0.4+0.2*random.Float64(), 0.2+0.15*random.Float64()
	return painted(side, func(x, y float64) float64 {
		d := math.Hypot(x-cx, y-cy) / radius
		if d > 1 {
			return 250
		}
		return 210 - 130*d*d
	}, [3]float64{1, 1, 1}), nil
}

// clouds is value noise in octaves.
func clouds(side int, random *rand.Rand) (*picture.Picture, error) {
	const octaves = 6
	var grids [octaves][]float64
	for o := range grids {
		n := 4<<o + 1
		grids[o] = make([]float64, n*n)
		for i := range grids[o] {
			grids[o][i] = random.Float64() - 0.5
		}
	}
	return painted(side, func(x, y float64) float64 {
		v := 128.0
		for o, g := range grids {
			v += 120 / float64(int(1)<<o) * between(g, 4<<o, x, y)
		}
		return v
	}, tint(random)), nil
}

// between interpolates a grid of n+1 by n+1 values.
func between(grid []float64, n int, x, y float64) float64 {
	x, y = x*float64(n), y*float64(n)
	i, j := int(x), int(y)
	fx, fy := x-float64(i), y-float64(j)
	at := func(i, j int) float64 { return grid[j*(n+1)+i] }
	return (1-fy)*((1-fx)*at(i, j)+fx*at(i+1, j)) + fy*((1-fx)*at(i, j+1)+fx*at(i+1, j+1))
}

// stripes are hard edges of one direction and width: a strong narrow band.
func stripes(side int, random *rand.Rand) (*picture.Picture, error) {
	angle, count := random.Float64()*math.Pi, 4+40*random.Float64()
	return painted(side, func(x, y float64) float64 {
		if math.Mod(math.Abs(x*math.Cos(angle)+y*math.Sin(angle))*count, 1) < 0.5 {
			return 60
		}
		return 200
	}, tint(random)), nil
}
