package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"testing"
)

// xyzTag and gammaTag are ICC tag values (ICC.1:2022, 10.31 and 10.6).
func xyzTag(v ...float64) []byte {
	out := []byte("XYZ \x00\x00\x00\x00")
	for _, x := range v {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(x*65536+0.5)))
	}
	return out
}

func gammaTag(gamma float64) []byte {
	out := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01")
	out = binary.BigEndian.AppendUint16(out, uint16(gamma*256))
	return append(out, 0, 0)
}

// matrixProfile is an RGB profile of three primaries (D50 XYZ) and one gamma.
func matrixProfile(red, green, blue [3]float64, gamma float64) []byte {
	tags := []struct {
		name string
		data []byte
	}{
		{"wtpt", xyzTag(0.9642, 1, 0.8249)},
		{"rXYZ", xyzTag(red[:]...)}, {"gXYZ", xyzTag(green[:]...)}, {"bXYZ", xyzTag(blue[:]...)},
		{"rTRC", gammaTag(gamma)}, {"gTRC", gammaTag(gamma)}, {"bTRC", gammaTag(gamma)},
	}
	header := make([]byte, 128)
	copy(header[8:], "\x02\x40\x00\x00mntrRGB XYZ ")
	copy(header[36:], "acsp")
	copy(header[68:], xyzTag(0.9642, 1, 0.8249)[8:])
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	for _, tag := range tags {
		table = append(table, tag.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(128+4+12*len(tags)+len(data)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(tag.data)))
		data = append(data, tag.data...)
	}
	profile := bytes.Join([][]byte{header, table, data}, nil)
	binary.BigEndian.PutUint32(profile, uint32(len(profile)))
	return profile
}

// The primaries of sRGB, adapted to D50.
var (
	srgbRed   = [3]float64{0.4360, 0.2225, 0.0139}
	srgbGreen = [3]float64{0.3851, 0.7169, 0.0971}
	srgbBlue  = [3]float64{0.1431, 0.0606, 0.7141}
)

func zlibbed(t *testing.T, text string) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func withProfile(t *testing.T, p *Picture, profile []byte) []byte {
	t.Helper()
	chunk := append([]byte("test\x00\x00"), zlibbed(t, string(profile))...)
	return withChunk(encoded(t, p)[formatPNG], "iCCP", chunk)
}

// A profile whose red and green are exchanged shows them exchanged.
func TestProfileIsApplied(t *testing.T) {
	p := New(3, 1)
	copy(p.Pix, []uint8{250, 10, 10, 10, 10, 250, 128, 128, 128})
	data := withProfile(t, p, matrixProfile(srgbGreen, srgbRed, srgbBlue, 2.2))
	got, err := decodeBytes(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := New(3, 1)
	copy(want.Pix, []uint8{10, 250, 10, 10, 10, 250, 128, 128, 128})
	if largest, _ := distance(t, got, want); largest > 8 { // gamma 2.2 is not quite sRGB's curve: 10 becomes 3
		t.Errorf("pixels are %v, want about %v", got.Pix, want.Pix)
	}
	kept, err := decodeBytes(data, Options{KeepProfile: true})
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, kept, p)
}

// The wide gamut of Adobe RGB: its half red is a stronger red in sRGB.
func TestWideGamutProfile(t *testing.T) {
	adobe := matrixProfile([3]float64{0.6097, 0.3111, 0.0195}, [3]float64{0.2053, 0.6257, 0.0609}, [3]float64{0.1492, 0.0632, 0.7446}, 2.2)
	got, err := decodeBytes(withProfile(t, Filled(1, 1, 160, 80, 80), adobe), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b := got.RGB(0, 0); r < 175 || r > 190 || g < 74 || g > 86 || b < 74 || b > 86 {
		t.Errorf("colour is %d %d %d, want about 182 79 80", r, g, b)
	}
}

func TestDamagedProfileIsIgnored(t *testing.T) {
	p := sample(4, 4)
	good := matrixProfile(srgbGreen, srgbRed, srgbBlue, 2.2)
	longCurve := bytes.Clone(good)
	binary.BigEndian.PutUint32(longCurve[bytes.Index(good, []byte("curv"))+8:], 1<<31)
	for _, bad := range [][]byte{nil, []byte("no profile"), good[:140], make([]byte, 500), append(bytes.Clone(good[:128]), 0xFF, 0xFF, 0xFF, 0xFF), longCurve} {
		got, err := decodeBytes(withProfile(t, p, bad), Options{})
		if err != nil {
			t.Fatal(err)
		}
		mustEqual(t, got, p)
	}
}

// Every byte of a profile is a stranger's.
func FuzzProfile(f *testing.F) {
	f.Add(matrixProfile(srgbGreen, srgbRed, srgbBlue, 2.2))
	f.Add(make([]byte, 200))
	f.Fuzz(func(t *testing.T, profile []byte) {
		p := sample(3, 2)
		if used := allocated(func() { toSRGB(p, profile) }); used > 64<<20 {
			t.Errorf("a profile of %d bytes took %d bytes", len(profile), used)
		}
	})
}

func TestAlpha(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	copy(img.Pix, []uint8{10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128})
	r := toRaster(img)
	dropped := Options{Alpha: AlphaDropped}.finish(raster{r.Clone(), r.alpha}, header{})
	if want := []uint8{10, 20, 30, 10, 20, 30, 0, 100, 200}; !bytes.Equal(dropped.Pix, want) {
		t.Errorf("dropped: %v, want %v", dropped.Pix, want)
	}
	onWhite := Options{}.finish(r, header{})
	if want := []uint8{10, 20, 30, 255, 255, 255, 127, 177, 227}; !bytes.Equal(onWhite.Pix, want) {
		t.Errorf("on white: %v, want %v", onWhite.Pix, want)
	}
}
