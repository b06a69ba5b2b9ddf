// Command measure times this project on the jobs that the peer script of a
// comparison times, and prints one line of JSON with the same keys:
//
//	measure unet DIR --size 512 --batch 1 --mode forward|token|lora|all
//	measure generate DIR --size 512 --steps 8
//	measure textual-inversion DIR PHOTO --steps 50
//	measure lora DIR PHOTO --steps 50
//
// and one that it has no part in, for what a process saves that learns one concept
// after another:
//
//	measure personalize DIR PHOTO --steps 12 --runs 4
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
)

func main() {
	engine.WithHugePages() // as the program does
	run.Main(command())
}

// job is what is to be measured.
type job struct {
	name       string
	dir, photo string
	mode       string
	size       int // side of the picture in pixels
	batch      int
	steps      int
	runs       int // after the first
	options    diffusion.Options
	checkpoint bool    // recompute in the backward pass
	share      float64 // of the steps with guidance
	deepCache  int
	profile    string // file for a CPU profile, or ""
	device     engine.Config
	model      *diffusion.Model
}

// measurement does a job on an opened model and fills the times in.
type measurement func(ctx context.Context, j *job, r *result.Result) error

func command() *cobra.Command {
	root := &cobra.Command{Use: "measure", Short: "Time this project on a model folder; prints one line of JSON."}
	root.AddCommand(
		subcommand(result.UNet, "DIR", "one UNet pass, or a training step of a part", 1, measureUNet),
		subcommand(result.Generate, "DIR", "a prompt to a picture", 1, measureGenerate),
		subcommand(result.TextualInversion, "DIR PHOTO", "learn a token's vector from one photo", 2, measureTuning),
		subcommand(result.LoRA, "DIR PHOTO", "learn low-rank offsets, rank 8, from one photo", 2, measureTuning),
		subcommand(result.Personalize, "DIR PHOTO", "learn a concept as the program does, again and again", 2, measurePersonalize),
	)
	return root
}

func subcommand(name, args, short string, count int, f measurement) *cobra.Command {
	j := &job{name: name}
	cmd := &cobra.Command{
		Use: name + " " + args, Short: short, Args: cobra.ExactArgs(count),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.dir = args[0]
			if len(args) > 1 {
				j.photo = args[1]
			}
			return j.run(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&j.size, "size", 512, "side of the picture in pixels")
	flags.IntVar(&j.batch, "batch", 1, "pictures at once")
	flags.IntVar(&j.steps, "steps", 8, "steps of drawing or of learning")
	flags.IntVar(&j.runs, "runs", 3, "runs after the first")
	flags.StringVar(&j.mode, "mode", result.Forward, "of unet: forward, token, lora or all")
	flags.StringVar((*string)(&j.options.Precision), "precision", "", "float32, float16 (weights only) or bfloat16")
	flags.BoolVar(&j.checkpoint, "checkpoint", false, "of unet: recompute each block in the backward pass")
	flags.Float64Var(&j.share, "guidance-share", 1, "of generate: part of the steps with guidance")
	flags.IntVar(&j.deepCache, "deep-cache", 1, "of generate: every how many steps the whole UNet runs")
	flags.StringVar(&j.profile, "profile", "", "write a CPU profile of the job, without opening, to this file, for go tool pprof")
	run.Device(cmd, &j.device)
	return cmd
}

// run opens the model, all of it, as the peer does, measures and prints. The
// times begin when the model is open.
func (j *job) run(ctx context.Context, f measurement) error {
	if err := j.check(); err != nil {
		return err
	}
	e, err := engine.Open(ctx, j.device)
	if err != nil {
		return err
	}
	defer e.Close()
	if j.model, err = diffusion.OpenWith(ctx, j.dir, e, j.options); err != nil {
		return err
	}
	if err := j.model.CheckSize(j.size, j.size); err != nil {
		return err
	}
	r := result.Result{Peer: describe(j.model), Job: j.name, Size: j.size, Steps: j.steps, Batch: j.batch}
	if err := j.profiled(func() error { return f(ctx, j, &r) }); err != nil {
		return err
	}
	r.PeakGiB = result.Round(float64(engine.PeakMemory())/(1<<30), 3)
	return json.NewEncoder(os.Stdout).Encode(r)
}

// profiled runs f and writes its CPU profile where one is wanted.
func (j *job) profiled(f func() error) error {
	if j.profile == "" {
		return f()
	}
	file, err := os.Create(j.profile)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

// check refuses flags that measure nothing.
func (j *job) check() error {
	switch {
	case j.batch < 1:
		return fmt.Errorf("--batch %d: give 1 or more", j.batch)
	case j.steps < 1:
		return fmt.Errorf("--steps %d: give 1 or more", j.steps)
	case j.runs < 1:
		return fmt.Errorf("--runs %d: give 1 or more", j.runs)
	case j.name == result.UNet && j.mode != result.Forward && learners[j.mode] == nil:
		return fmt.Errorf("--mode %q is not known; choose %s, %s, %s or %s", j.mode, result.Forward, result.Token, result.Pairs, result.All)
	}
	return nil
}

// describe names this project and what it computes with.
func describe(m *diffusion.Model) string {
	info := m.Engine.Info()
	if info.Plugin.Path == "" {
		return fmt.Sprintf("Ichimai on %s", info.Platform)
	}
	text := "Ichimai on " + info.Plugin.Name
	if info.Plugin.Version != "" {
		text += " " + info.Plugin.Version
	}
	return fmt.Sprintf("%s (PJRT %s, %s)", text, info.API, m.Precision())
}
