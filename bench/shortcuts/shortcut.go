package main

import "github.com/ichimai/ichimai/diffusion"

// shortcut is one way to draw in less time.
type shortcut struct {
	name      string
	precision diffusion.Precision
	change    func(*diffusion.Request)
}

// anotherSeed stands among the shortcuts for scale: how far two pictures of one
// prompt are from each other that have nothing else in common.
const anotherSeed = "another seed, for scale"

// shortcuts are compared with the plain way.
func shortcuts() []shortcut {
	whole := func(name string, change func(*diffusion.Request)) shortcut {
		return shortcut{name, diffusion.Float32, change}
	}
	same := func(*diffusion.Request) {}
	return []shortcut{
		{"`--precision float16`", diffusion.Float16, same},
		{"`--precision bfloat16`", diffusion.BFloat16, same},
		whole("`--guidance-share 0.75`", func(r *diffusion.Request) { r.GuidanceShare = 0.75 }),
		whole("`--guidance-share 0.5`", func(r *diffusion.Request) { r.GuidanceShare = 0.5 }),
		whole("`--deep-cache 2`", func(r *diffusion.Request) { r.DeepCache = 2 }),
		whole("`--deep-cache 3`", func(r *diffusion.Request) { r.DeepCache = 3 }),
		whole("`--token-merging 0.25`", func(r *diffusion.Request) { r.TokenMerging = 0.25 }),
		whole("`--token-merging 0.5`", func(r *diffusion.Request) { r.TokenMerging = 0.5 }),
		whole("half the steps", func(r *diffusion.Request) { r.Steps = max(1, r.Steps/2) }),
		whole("a third of the steps", func(r *diffusion.Request) { r.Steps = max(1, r.Steps/3) }),
		whole(anotherSeed, func(r *diffusion.Request) { r.Seed += 1000 }),
	}
}
