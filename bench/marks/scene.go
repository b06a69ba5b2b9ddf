package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/picture"
)

// pictures are all .jpg and .png files of a folder and those below it.
func pictures(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if ext := strings.ToLower(filepath.Ext(path)); err == nil && !e.IsDir() && (ext == ".jpg" || ext == ".png") {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s has no .jpg or .png", folder)
	}
	return files, err
}

// scene is a square picture of a side: a random part of a file, at least two thirds of it.
func scene(file string, side int, random *rand.Rand) (*picture.Picture, error) {
	p, err := picture.Open(file)
	if err != nil {
		return nil, err
	}
	n := min(p.Width, p.Height)
	n -= random.IntN(n/3 + 1)
	part := picture.New(n, n)
	part.Paste(p, -random.IntN(p.Width-n+1), -random.IntN(p.Height-n+1))
	return part.Resize(side, side), nil
}

// placed puts a mark into a scene: its area is that of a square of a share of the scene's
// side, its place random, turned by an angle in degrees. A cut out mark covers only what it
// is dark in; else it is a plate with its ground.
func placed(scene, mark *picture.Picture, share, degrees float64, cutOut bool, random *rand.Rand) *picture.Picture {
	area := share * float64(scene.Width)
	aspect := math.Sqrt(float64(mark.Width) / float64(mark.Height))
	width, height := area*aspect, area/aspect
	if over := width / (0.98 * float64(scene.Width)); over > 1 {
		width, height = width/over, height/over
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	boundWidth, boundHeight := math.Abs(width*cos)+math.Abs(height*sin), math.Abs(height*cos)+math.Abs(width*sin)
	cx := boundWidth/2 + random.Float64()*max(0, float64(scene.Width)-boundWidth)
	cy := boundHeight/2 + random.Float64()*max(0, float64(scene.Height)-boundHeight)
	small := mark.Resize(max(1, int(math.Round(width))), max(1, int(math.Round(height))))
	out := scene.Clone()
	for y := range out.Height {
		for x := range out.Width {
			dx, dy := float64(x)+0.5-cx, float64(y)+0.5-cy
			u, v := (dx*cos+dy*sin)/width+0.5, (dy*cos-dx*sin)/height+0.5
			if u < 0 || u >= 1 || v < 0 || v >= 1 {
				continue
			}
			blend(out, x, y, small, u*float64(small.Width)-0.5, v*float64(small.Height)-0.5, cutOut)
		}
	}
	return out
}

// blend writes the mark's colour at a point between its pixels.
func blend(out *picture.Picture, x, y int, mark *picture.Picture, u, v float64, cutOut bool) {
	var colour [3]float64
	x0, y0 := int(math.Floor(u)), int(math.Floor(v))
	for j := range 2 {
		for i := range 2 {
			weight := (1 - math.Abs(u-float64(x0+i))) * (1 - math.Abs(v-float64(y0+j)))
			at := 3 * (min(max(y0+j, 0), mark.Height-1)*mark.Width + min(max(x0+i, 0), mark.Width-1))
			for c := range colour {
				colour[c] += weight * float64(mark.Pix[at+c])
			}
		}
	}
	to := out.Pix[3*(y*out.Width+x):]
	covers := 1.0
	if cutOut {
		covers = 1 - min(colour[0], colour[1], colour[2])/255
	}
	for c := range colour {
		to[c] = uint8(math.Round(covers*colour[c] + (1-covers)*float64(to[c])))
	}
}

// lit is a picture with its brightness multiplied.
func lit(p *picture.Picture, gain float64) *picture.Picture {
	out := p.Clone()
	for i, v := range p.Pix {
		out.Pix[i] = uint8(math.Round(min(255, gain*float64(v))))
	}
	return out
}

func saved(p *picture.Picture, quality int) (*picture.Picture, error) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, p, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return picture.Decode(&file, picture.DefaultLimits())
}
