package diffusion_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/picture"
)

// Draw a learned thing in a scene, with a line for each step.
func ExamplePipeline_Generate() {
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	model, err := diffusion.Open(ctx, "models/stable-diffusion-v1-5", e)
	if err != nil {
		log.Fatal(err)
	}
	sneaker, err := concept.Read("sneaker.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	images, err := diffusion.NewPipeline(model).Generate(ctx, diffusion.Request{
		Prompt:   "a photo of <sneaker> on a wet street at night",
		Sampler:  "dpmpp_2m_karras",
		Steps:    20,
		Seed:     1,
		Count:    2,
		Concepts: []diffusion.Use{{Concept: sneaker, Weight: 1}},
		OnStep:   func(v diffusion.Preview) { fmt.Printf("picture %d: step %d of %d\n", v.Index+1, v.Step, v.Steps) },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, image := range images {
		if err := picture.WriteFile(fmt.Sprintf("%d.png", image.Seed), image.Picture, image.Metadata); err != nil {
			log.Fatal(err)
		}
	}
}
