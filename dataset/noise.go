package dataset

// noiseSide is the side of the noise table; a power of two, so that it tiles.
const noiseSide = 256

// noise is value noise in four octaves, about 0 to 1, the same in every run.
var noise = makeNoise()

func makeNoise() *[noiseSide * noiseSide]float32 {
	var table [noiseSide * noiseSide]float32
	amplitude := float32(0.5)
	for cells := 16; cells <= 128; cells *= 2 {
		for y := range noiseSide {
			for x := range noiseSide {
				table[y*noiseSide+x] += amplitude * lattice(x, y, cells)
			}
		}
		amplitude /= 2
	}
	return &table
}

// lattice interpolates random values on a grid of cells by cells points.
func lattice(x, y, cells int) float32 {
	step := noiseSide / cells
	fx, fy := smooth(float32(x%step)/float32(step)), smooth(float32(y%step)/float32(step))
	at := func(dx, dy int) float32 {
		i, j := (x/step+dx)%cells, (y/step+dy)%cells
		return float32(mix64(uint64(cells)<<40|uint64(i)<<20|uint64(j))>>40) / (1 << 24)
	}
	top := at(0, 0) + (at(1, 0)-at(0, 0))*fx
	bottom := at(0, 1) + (at(1, 1)-at(0, 1))*fx
	return top + (bottom-top)*fy
}

func smooth(t float32) float32 { return t * t * (3 - 2*t) }

// noiseAt reads the table, which repeats in both directions.
func noiseAt(x, y int) float32 {
	return noise[(y&(noiseSide-1))*noiseSide+x&(noiseSide-1)]
}
