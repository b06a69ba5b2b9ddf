// Package evaluate compares ways to learn a thing from pictures, in the manner of
// DreamBench (Ruiz et al., arXiv 2208.12242, section 4.1): subjects x prompts x
// seeds, scored by CLIP and DINO, with what it took.
//
// A [Protocol] is one YAML file:
//
//	subjects: subjects            # a folder a subject, with 1 to 20 pictures in it
//	classes:                      # what each is, in both languages
//	  fox-3: {en: fox, ja: キツネ}
//	  mug-7: {en: mug, ja: マグカップ}
//	real: real                    # real/fox-3/snow.png: the subject as the prompt asks; may be left out
//	prompts:                      # {} is where the subject goes
//	  - {id: snow, kind: recontextualise, lang: en, text: "{} in snow"}
//	  - {id: ink, kind: restyle, lang: en, text: "an ink drawing of {}"}
//	  - {id: hat, kind: accessorise, lang: en, text: "{} with a red hat"}
//	  - {id: blue, kind: property, lang: ja, text: "青い{}"}
//	seeds: [0, 1, 2, 3]
//	sampling: {steps: 20, guidance: 4, sampler: ddim}
//	methods:
//	  - name: encoder
//	    method: encoder           # of package tuning
//	    steps: [0, 2, 4, 8, 12]   # looked at after these
//	    report_steps: [0, 12]     # drawn in full beside the best
//	  - name: lora
//	    method: lora
//	    set: {rank: 4}            # settings of package tuning
//	    steps: [20, 50, 100, 200, 500]
//	    sweep: {learning_rate: [3e-4, 1e-3, 3e-3]}
//	  - name: encoder, told the class
//	    method: encoder
//	    class_word: true          # said behind the placeholder; the other methods begin at it
//	    steps: [12]
//	  - name: no contrastive term
//	    method: encoder
//	    encoder: ../ablations/contrastive
//	    steps: [0, 12]
//	sweep: {subjects: 8, prompts: [snow, ink], seeds: 2}
//	scorers:
//	  - {name: apart, clip: ../scorer, dino: ../scorer/dino}
//	  - {name: own, clip: clip, own: true}
//
// The smaller product of "sweep" is drawn for every setting and every number of
// steps. It chooses each method's best, for which the whole product is then drawn,
// and for the numbers of report_steps.
//
// # What is kept, and what is made anew
//
// [Run] keeps all that it made under one folder, by hashes of everything that
// it depends on: the model, the encoder, the subject's pictures, the settings, the
// prompt's text, the seed. What is there is taken; what depends on something that
// changed has another place. Every file is written beside its place and renamed.
//
// A subject is learned once for all numbers of steps where the first steps of a long
// run are those of a short one. That is so in package tuning where the learning rate
// is constant after its warm-up (what a step sees comes from the seed and the step's
// number alone, and no schedule looks at the number of steps) and the last step's
// concept is the result. With a rate that falls towards the end, or with the setting
// choose at best, each number of steps is a run of its own.
package evaluate
