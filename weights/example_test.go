package weights_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/weights"
)

func Example() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")
	err = weights.Write(path, []weights.Tensor{
		weights.FromFloat32("conv_in.weight", []int{2, 2}, []float32{1, 0.5, -2, 65504}, weights.F16),
		weights.FromFloat32("conv_in.bias", []int{2}, []float32{0.1, 0.2}, weights.F32),
	}, map[string]string{"format": "pt"})
	if err != nil {
		log.Fatal(err)
	}
	src, err := weights.OpenComponent(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	for _, name := range src.Names() {
		info, _ := src.Info(name)
		values, err := src.Float32(name)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, info.DType, info.Shape, values)
	}
	// Output:
	// conv_in.bias F32 [2] [0.1 0.2]
	// conv_in.weight F16 [2 2] [1 0.5 -2 65504]
}

func ExampleCheck() {
	path := filepath.Join(os.TempDir(), "weights-example.safetensors")
	defer os.Remove(path)
	if err := weights.Write(path, []weights.Tensor{
		weights.FromFloat32("to_q.weight", []int{1, 2}, []float32{1, 2}, weights.F32),
	}, nil); err != nil {
		log.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	err = weights.Check(f, []weights.Info{
		{Name: "to_q.weight", Shape: []int{2, 2}},
		{Name: "to_k.weight", Shape: []int{2, 2}},
	}, nil)
	fmt.Println(err.(*weights.KeyError).Missing, err.(*weights.KeyError).Wrong)
	// Output: [to_k.weight] [to_q.weight is [1 2], the model wants [2 2]]
}
