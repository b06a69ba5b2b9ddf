package dataset_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ichimai/ichimai/dataset"
)

// A training loop reads its batches from where it stopped.
func ExampleBatches() {
	train := func(held *dataset.HeldOut, finished int) error {
		pack, err := dataset.OpenPack("pack", held)
		if err != nil {
			return err
		}
		defer pack.Close()
		config := dataset.DefaultConfig()
		config.Part = dataset.Train
		scenes, err := dataset.NewScenes(pack, config)
		if err != nil {
			return err
		}
		options := dataset.BatchOptions{Size: 64, Seed: 1, Start: finished, Steps: 1000, Workers: 2}
		for batch, err := range dataset.Batches(context.Background(), scenes, options) {
			if err != nil {
				return err
			}
			pixels, err := batch.Floats(-1, 1) // [64, 128, 128, 3]
			if err != nil {
				return err
			}
			fmt.Println(batch.Step, len(pixels), batch.Captions()[0])
		}
		return nil
	}
	held, err := dataset.OpenHeldOut("../demo/recipe/heldout.json")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(train(held, 0) != nil) // there is no folder "pack" here
	// Output: true
}

func ExampleHeldOut_Guard() {
	held, err := dataset.OpenHeldOut("../demo/recipe/heldout.json")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(held.Guard(dataset.Subject{Key: "noto/dog", Codepoint: "1f415"}))
	fmt.Println(held.Guard(dataset.Subject{Key: "icons/red-fox.png", Names: []string{"red fox"}}))
	// Output:
	// <nil>
	// picture "icons/red-fox.png" is held out for evaluation (name "red fox" matches name_pattern at "fox"); remove it from the training pictures
}
