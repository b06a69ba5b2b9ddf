package weights

import (
	"fmt"
	"math"
	"slices"
)

// ParseLoRA reads a LoRA of any of the namings in use: diffusers (lora_A and
// lora_B, lora.down and lora.up, lora_linear_layer), attention processors
// (processor.to_q_lora), kohya (lora_unet_..., lora_te_..., with .alpha) and
// peft (base_model.model.). modules gives each component's module names (see
// Modules); a layer that is not among them is an error. kohya's names cannot be
// read without them, because underscores stand for dots; the other namings can,
// with nil, and are then not checked.
//
// Alpha is the layer's .alpha tensor, or that of the header's
// lora_adapter_metadata, or else the rank. Errors are *LoRAError, or those of
// reading the source.
func ParseLoRA(src Source, modules map[string][]string) (*LoRA, error) {
	alphas, err := metadataAlphas(src)
	if err != nil {
		return nil, &LoRAError{Path: sourcePath(src), Problem: err.Error()}
	}
	return parseLoRA(src, modules, alphas)
}

func parseLoRA(src Source, modules map[string][]string, alphas alphaRule) (*LoRA, error) {
	keys, err := loraKeys(src)
	if err != nil {
		return nil, err
	}
	keys, err = newLoRAResolver(modules).resolve(sourcePath(src), keys)
	if err != nil {
		return nil, err
	}
	groups, err := groupLoRA(src, keys)
	if err != nil {
		return nil, err
	}
	lora := &LoRA{}
	for _, g := range groups {
		layer, err := g.read(src, alphas)
		if err != nil {
			return nil, err
		}
		lora.Layers = append(lora.Layers, layer)
	}
	lora.sort()
	return lora, nil
}

// loraKeys takes every key of a file apart.
func loraKeys(src Source) ([]loraKey, error) {
	var keys []loraKey
	var unknown, other []string
	kind := ""
	for _, name := range src.Names() {
		k, ok := splitLoRAKey(name)
		switch a := adapterKind(name); {
		case a != "":
			kind, other = a, append(other, name)
		case ok:
			keys = append(keys, k)
		default:
			unknown = append(unknown, name)
		}
	}
	e := &LoRAError{Path: sourcePath(src)}
	switch {
	case len(other) > 0:
		e.Problem, e.Keys = "it is "+kind+", which cannot be used; only plain LoRA can", other
	case len(keys) == 0:
		e.Problem, e.Keys = "the file holds no LoRA of a known naming", unknown
	case len(unknown) > 0:
		e.Problem, e.Keys = "some keys are of no known LoRA naming", unknown
	default:
		return keys, nil
	}
	return nil, e
}

// loraGroup is the keys of one layer.
type loraGroup struct {
	component, layer string
	parts            map[loraPart]string // name in the file
}

// groupLoRA puts the keys of each layer together, in the order of the keys.
func groupLoRA(src Source, keys []loraKey) ([]*loraGroup, error) {
	var groups []*loraGroup
	find := map[[2]string]*loraGroup{}
	var twice, half []string
	for _, k := range keys {
		id := [2]string{k.component, k.module}
		if find[id] == nil {
			find[id] = &loraGroup{component: k.component, layer: k.module, parts: map[loraPart]string{}}
			groups = append(groups, find[id])
		}
		if _, ok := find[id].parts[k.part]; ok {
			twice = append(twice, k.name)
		}
		find[id].parts[k.part] = k.name
	}
	for _, g := range groups {
		_, down := g.parts[loraDown]
		if _, up := g.parts[loraUp]; !down || !up {
			for _, name := range g.parts {
				half = append(half, name)
			}
		}
	}
	slices.Sort(half)
	switch path := sourcePath(src); {
	case len(twice) > 0:
		return nil, &LoRAError{Path: path, Problem: "several keys give the same part of a layer", Keys: twice}
	case len(half) > 0:
		return nil, &LoRAError{Path: path, Problem: "layers without both a down and an up matrix", Keys: half}
	}
	return groups, nil
}

// read reads one layer's matrices and finds its alpha.
func (g *loraGroup) read(src Source, alphas alphaRule) (LoRALayer, error) {
	l := LoRALayer{Component: g.component, Layer: g.layer}
	down, _ := src.Info(g.parts[loraDown])
	up, _ := src.Info(g.parts[loraUp])
	l.DownShape, l.UpShape = down.Shape, up.Shape
	if len(l.DownShape) > 0 {
		l.Rank = l.DownShape[0]
	}
	var err error
	if l.Down, err = src.Float32(down.Name); err != nil {
		return l, err
	}
	if l.Up, err = src.Float32(up.Name); err != nil {
		return l, err
	}
	if err := l.check(); err != nil {
		return l, &LoRAError{Path: sourcePath(src), Problem: err.Error()}
	}
	l.Alpha, err = g.alpha(src, alphas, l.Rank)
	if err != nil {
		return l, &LoRAError{Path: sourcePath(src), Problem: err.Error()}
	}
	return l, nil
}

func (g *loraGroup) alpha(src Source, alphas alphaRule, rank int) (float64, error) {
	name, ok := g.parts[loraAlpha]
	if !ok {
		return alphas.of(g.component, g.layer, rank), nil
	}
	v, err := src.Float32(name)
	if err != nil {
		return 0, err
	}
	if len(v) != 1 || math.IsNaN(float64(v[0])) || math.IsInf(float64(v[0]), 0) {
		return 0, fmt.Errorf("%s is not one finite number", clip(name))
	}
	return float64(v[0]), nil
}
