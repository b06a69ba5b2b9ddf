package main

import (
	"slices"
	"strconv"

	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/weights"
)

// record is the file under construction: tensors in PyTorch's order of axes,
// and how they were made as metadata.
type record struct {
	tensors  []weights.Tensor
	metadata map[string]string
	latents  []float32 // the final ones in this project's order
}

func newRecord(r request, plan *sampler.Plan) *record {
	return &record{metadata: map[string]string{
		"prompt":            r.prompt,
		"negative_prompt":   r.negative,
		"steps":             strconv.Itoa(r.steps),
		"guidance_scale":    strconv.FormatFloat(r.guidance, 'g', -1, 64),
		"seed":              strconv.FormatUint(r.seed, 10),
		"size":              strconv.Itoa(r.size),
		"scheduler":         plan.Config.Class,
		"use_karras_sigmas": strconv.FormatBool(plan.Config.UseKarrasSigmas),
	}}
}

// floats adds a tensor; values are copied.
func (r *record) floats(name string, values []float32, dims ...int) {
	r.tensors = append(r.tensors, weights.FromFloat32(name, dims, values, weights.F32))
}

// bytes adds a tensor of 8-bit values.
func (r *record) bytes(name string, values []uint8, dims ...int) {
	r.tensors = append(r.tensors, weights.Tensor{Name: name, DType: weights.U8, Shape: dims, Data: slices.Clone(values)})
}

// write makes the file, whole or not at all.
func (r *record) write(path string) error { return weights.Write(path, r.tensors, r.metadata) }

// latentShape turns pixels of c channels [h, w, c], this project's order, into
// planes [c, h, w], PyTorch's, and back.
type latentShape struct{ h, w, c int }

func (s latentShape) toPlanes(pixels []float32) []float32 {
	planes := make([]float32, len(pixels))
	for p := range s.h * s.w {
		for c := range s.c {
			planes[c*s.h*s.w+p] = pixels[p*s.c+c]
		}
	}
	return planes
}

func (s latentShape) fromPlanes(planes []float32) []float32 {
	pixels := make([]float32, len(planes))
	for p := range s.h * s.w {
		for c := range s.c {
			pixels[p*s.c+c] = planes[c*s.h*s.w+p]
		}
	}
	return pixels
}
