package sampler_test

import (
	"context"
	"fmt"

	"github.com/ichimai/ichimai/sampler"
)

// A model that predicts noise is sampled in four steps of Euler's method. This
// one has learned that all data is 0.5: the noise is what is left of the
// input when the clean part is taken away.
func ExampleSample() {
	config, err := sampler.NewConfig("euler")
	if err != nil {
		fmt.Println(err)
		return
	}
	schedule, err := sampler.NewSchedule(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	model := func(_ context.Context, input []float32, timestep float64) ([]float32, error) {
		p := schedule.At(int(timestep))
		noise := make([]float32, len(input))
		for i, x := range input {
			noise[i] = float32((float64(x) - 0.5*p.Alpha) / p.Sigma)
		}
		return noise, nil
	}
	latents := make([]float32, 3)
	sampler.NewTorch(0).Fill(latents)
	got, err := sampler.Sample(context.Background(), "", config, model, latents, sampler.Options{
		Steps:    4,
		Callback: func(s sampler.Step) { fmt.Printf("%d/%d at timestep %g\n", s.Index+1, s.Total, s.Timestep) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f\n", got)
	// Output:
	// 1/4 at timestep 999
	// 2/4 at timestep 666
	// 3/4 at timestep 333
	// 4/4 at timestep 0
	// [0.50 0.50 0.50]
}

func ExampleTimesteps() {
	config, err := sampler.ParseConfig([]byte(`{
		"_class_name": "PNDMScheduler", "skip_prk_steps": true, "steps_offset": 1
	}`), "scheduler_config.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"", "dpmpp_2m"} { // the file's own sampler, then another
		timesteps, err := sampler.Timesteps(name, config, 4)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(timesteps)
	}
	// Output:
	// [751 501 501 251 1]
	// [999 749 500 250]
}
