package weights

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// WriteDiffusersLoRA writes a LoRA as diffusers does (pytorch_lora_weights):
// lora_A and lora_B for the UNet, lora_linear_layer for the text encoders, and
// rank and alpha of every layer in the header's lora_adapter_metadata. dtype is
// a floating-point type; metadata is added to the header.
func WriteDiffusersLoRA(path string, l *LoRA, dtype DType, metadata map[string]string) error {
	config, err := json.MarshalIndent(loraConfigs(l), "", "  ")
	if err != nil {
		return fmt.Errorf("write LoRA %s: %w", path, err)
	}
	header := map[string]string{"format": "pt"}
	maps.Copy(header, metadata)
	header[loraMetadataKey] = string(config)
	return writeLoRA(path, l, dtype, header, func(layer LoRALayer) (names loraNaming) {
		module := layer.Component + "." + layer.Layer
		if layer.Component == UNet {
			return loraNaming{down: module + ".lora_A.weight", up: module + ".lora_B.weight"}
		}
		return loraNaming{down: module + ".lora_linear_layer.down.weight", up: module + ".lora_linear_layer.up.weight"}
	})
}

// WriteKohyaLoRA writes a LoRA as kohya's scripts do, which is what most other
// programs read: underscores for dots and a float32 .alpha for each layer.
// Text encoders are lora_te_, or lora_te1_ and lora_te2_ when the LoRA changes
// a second one.
func WriteKohyaLoRA(path string, l *LoRA, dtype DType, metadata map[string]string) error {
	prefixes := map[string]string{UNet: "lora_unet_", TextEncoder: "lora_te_", TextEncoder2: "lora_te2_"}
	if slices.ContainsFunc(l.Layers, func(l LoRALayer) bool { return l.Component == TextEncoder2 }) {
		prefixes[TextEncoder] = "lora_te1_"
	}
	return writeLoRA(path, l, dtype, kohyaHeader(l, metadata), func(layer LoRALayer) loraNaming {
		module := prefixes[layer.Component] + flatName(layer.Layer)
		return loraNaming{down: module + ".lora_down.weight", up: module + ".lora_up.weight", alpha: module + ".alpha"}
	})
}

// loraNaming is the keys of one layer; alpha may be empty.
type loraNaming struct{ down, up, alpha string }

// writeLoRA refuses layers of unknown components, wrong shapes and names that
// fall together, the last through Write.
func writeLoRA(path string, l *LoRA, dtype DType, header map[string]string, name func(LoRALayer) loraNaming) error {
	var tensors []Tensor
	for _, layer := range l.Layers {
		if err := layer.check(); err != nil {
			return fmt.Errorf("write LoRA %s: %w", path, err)
		}
		if !slices.Contains([]string{UNet, TextEncoder, TextEncoder2}, layer.Component) {
			return fmt.Errorf("write LoRA %s: layer %s is of component %q", path, clip(layer.Layer), layer.Component)
		}
		n := name(layer)
		tensors = append(tensors,
			FromFloat32(n.down, layer.DownShape, layer.Down, dtype),
			FromFloat32(n.up, layer.UpShape, layer.Up, dtype))
		if n.alpha != "" {
			tensors = append(tensors, FromFloat32(n.alpha, nil, []float32{float32(layer.Alpha)}, F32))
		}
	}
	if len(tensors) == 0 {
		return fmt.Errorf("write LoRA %s: it has no layers", path)
	}
	return Write(path, tensors, header)
}

// loraConfigs is peft's configuration of each component, in the flat form of
// diffusers. The first layer's rank and alpha are the component's; the layers
// that differ are in the pattern tables.
func loraConfigs(l *LoRA) map[string]any {
	all := map[string]any{}
	for _, component := range []string{UNet, TextEncoder, TextEncoder2} {
		var first *LoRALayer
		targets := []string{}
		ranks, alphas := map[string]int{}, map[string]float64{}
		for i, layer := range l.Layers {
			if layer.Component != component {
				continue
			}
			if first == nil {
				first = &l.Layers[i]
			}
			module := configModule(layer)
			targets = append(targets, module)
			if layer.Rank != first.Rank {
				ranks[module] = layer.Rank
			}
			if layer.Alpha != first.Alpha {
				alphas[module] = layer.Alpha
			}
		}
		if first == nil {
			continue
		}
		slices.Sort(targets)
		maps.Copy(all, map[string]any{
			component + ".r": first.Rank, component + ".rank_pattern": ranks,
			component + ".lora_alpha": first.Alpha, component + ".alpha_pattern": alphas,
			component + ".target_modules": targets,
			component + ".bias":           "none", component + ".lora_bias": false,
			component + ".lora_dropout": 0.0,
			component + ".use_dora":     false, component + ".use_rslora": false,
		})
	}
	return all
}

// configModule is a layer's name in the configuration. peft takes a name for
// every module that ends like it, so that without text_model the file is good
// for both transformers 4, whose text encoders have that level, and 5, whose
// have not.
func configModule(l LoRALayer) string {
	if l.Component == UNet {
		return l.Layer
	}
	return strings.TrimPrefix(l.Layer, "text_model.")
}

// kohyaHeader is the header's table, with the network's rank and alpha where
// all layers share one.
func kohyaHeader(l *LoRA, metadata map[string]string) map[string]string {
	header := map[string]string{"format": "pt", "ss_network_module": "networks.lora"}
	ranks, alphas := map[int]bool{}, map[float64]bool{}
	for _, layer := range l.Layers {
		ranks[layer.Rank], alphas[layer.Alpha] = true, true
	}
	if len(ranks) == 1 && len(alphas) == 1 {
		header["ss_network_dim"] = strconv.Itoa(l.Layers[0].Rank)
		header["ss_network_alpha"] = strconv.FormatFloat(l.Layers[0].Alpha, 'g', -1, 64)
	}
	maps.Copy(header, metadata)
	return header
}
