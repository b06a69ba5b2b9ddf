package picture_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ichimai/ichimai/picture"
)

// A file that is no picture says what it looks like, whatever its name.
func ExampleOptions_Decode() {
	_, err := picture.Options{}.Decode(strings.NewReader("Dear customer, ..."), "photo.jpg")
	fmt.Println(err)
	// Output: photo.jpg is not a picture (it looks like text); JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF can be read
}

// Settings travel inside the PNG.
func ExampleEncodePNG() {
	var file bytes.Buffer
	p := picture.Filled(64, 64, 200, 120, 40)
	if err := picture.EncodePNG(&file, p, map[string]string{"prompt": "机の上の急須", "seed": "7"}); err != nil {
		fmt.Println(err)
		return
	}
	settings, err := picture.ReadPNGMetadata(&file)
	fmt.Println(settings["prompt"], settings["seed"], err)
	// Output: 机の上の急須 7 <nil>
}

// Pictures become what CLIP was trained on.
func ExamplePreprocess_NHWC() {
	photo := picture.Filled(640, 480, 255, 255, 255)
	pixels, height, width, err := picture.CLIPPreprocess().NHWC(photo)
	fmt.Printf("%d x %d x %d, red %.3f, %v\n", height, width, len(pixels)/height/width, pixels[0], err)
	// Output: 224 x 224 x 3, red 1.930, <nil>
}

// The input at the left, the pictures made of it at the right.
func ExampleSheet_Draw() {
	photo := picture.Filled(300, 200, 180, 60, 30)
	sheet := picture.Sheet{
		Title: "One teapot, two scenes",
		Input: &picture.Cell{Picture: photo, Caption: "the photo"},
		Rows: []picture.Row{{Label: "Scenes", Cells: []picture.Cell{
			{Picture: photo, Caption: "on a table"}, {Picture: photo, Caption: "at the beach"},
		}}},
		Cell: 128,
	}
	p, err := sheet.Draw()
	fmt.Println(p.Width, err)
	// Output: 504 <nil>
}
