package engine

import (
	"fmt"
	"strings"
)

// Identifiers of the problems that [Doctor] finds. The texts that a person
// reads, in each language, belong to the program; String gives English ones.
const (
	ProblemNoPlugin      = "no-plugin"      // error: why no plugin opened
	ProblemPureGo        = "pure-go"        // no arguments: the pure-Go backend was asked for
	ProblemCUDAFallback  = "cuda-fallback"  // error: why the card was passed over
	ProblemDamaged       = "damaged-plugin" // path, error
	ProblemCacheReadOnly = "cache-readonly" // dir, error
	ProblemCompileCache  = "compile-cache"  // error: why compiled programs are not kept
	ProblemMemory        = "low-memory"     // available, needed: gigabytes
	ProblemHugePages     = "huge-pages-off" // path of the system's switch
	ProblemNoAVX2        = "no-avx2"        // model of the processor
	ProblemProbe         = "probe-failed"   // error
)

// Problem is something that keeps this machine from drawing, or from drawing
// fast.
type Problem struct {
	ID   string            `json:"id"`
	Args map[string]string `json:"args,omitempty"`
}

// problemTexts are what is wrong and what to do about it, with arguments in
// braces.
var problemTexts = map[string][2]string{
	ProblemNoPlugin:      {"No XLA plugin works here: {error}", "Run `ichimai doctor --install` with a network connection, or name a plugin with " + EnvPlugin + "."},
	ProblemPureGo:        {"The pure-Go backend computes, about 1 GFLOP/s on convolutions.", "Choose the device auto or cpu."},
	ProblemCUDAFallback:  {"The NVIDIA card is not used: {error}", "Run `ichimai doctor --install --device cuda`, or choose the device cpu to stop looking for it."},
	ProblemDamaged:       {"The plugin {path} is damaged: {error}", "Run `ichimai doctor --install`, which replaces it."},
	ProblemCacheReadOnly: {"The cache folder {dir} cannot be written: {error}", "Set " + EnvCache + " to a folder that can."},
	ProblemCompileCache:  {"Compiled programs are not kept, so every start compiles anew: {error}", "Mend what it says, or set " + EnvCompileCache + " to off if it is meant so."},
	ProblemMemory:        {"Only {available} GB of memory are free; a Stable Diffusion 1.5 model needs about {needed} GB.", "Close other programs, raise the container's limit, or use a smaller model."},
	ProblemHugePages:     {"Transparent huge pages are off, which costs about a fifth of the speed.", "As root: echo madvise > {path}"},
	ProblemNoAVX2:        {"The processor {model} has no AVX2; XLA may refuse it or be slow.", "Use a newer processor, or the device go."},
	ProblemProbe:         {"The speed test failed: {error}", "Report it with this page's output; pictures will likely fail too."},
}

// What says in English what is wrong.
func (p Problem) What() string { return p.fill(0) }

// Do says in English what to do about it.
func (p Problem) Do() string { return p.fill(1) }

// String says both in English.
func (p Problem) String() string { return fmt.Sprintf("%s %s", p.What(), p.Do()) }

// fill puts the arguments into a text.
func (p Problem) fill(part int) string {
	texts, known := problemTexts[p.ID]
	if !known {
		return p.ID
	}
	var pairs []string
	for name, value := range p.Args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(texts[part])
}
