package weights

import (
	"regexp"
	"strings"
)

// loraPart is what a key of a LoRA file holds.
type loraPart int

const (
	loraDown loraPart = iota
	loraUp
	loraAlpha
)

// loraKey is a key taken apart.
type loraKey struct {
	name      string // in the file
	component string // "" where the key does not say
	module    string
	flat      bool // dots of module are written as underscores (kohya)
	part      loraPart
}

// loraEndings are how the namings end their keys.
var loraEndings = []struct {
	ending string
	part   loraPart
}{
	{".lora_A.weight", loraDown}, // peft, diffusers
	{".lora_B.weight", loraUp},
	{".lora_A.default.weight", loraDown}, // peft, adapter name kept
	{".lora_B.default.weight", loraUp},
	{".lora.down.weight", loraDown}, // diffusers, UNet
	{".lora.up.weight", loraUp},
	{".lora_linear_layer.down.weight", loraDown}, // diffusers, text encoders
	{".lora_linear_layer.up.weight", loraUp},
	{".lora_down.weight", loraDown}, // kohya
	{".lora_up.weight", loraUp},
	{".alpha", loraAlpha},
}

// processorKey is the naming of diffusers' attention processors:
// attn1.processor.to_q_lora.down.weight.
var processorKey = regexp.MustCompile(`^(.+)\.to_(q|k|v|out)_lora\.(down\.weight|up\.weight|alpha)$`)

// loraPrefixes say which component a key is of.
var loraPrefixes = []struct {
	prefix, component string
	flat              bool
}{
	{"lora_unet_", UNet, true},
	{"lora_te_", TextEncoder, true},
	{"lora_te1_", TextEncoder, true},
	{"lora_te2_", TextEncoder2, true},
	{"unet.", UNet, false},
	{"text_encoder.", TextEncoder, false},
	{"text_encoder_2.", TextEncoder2, false},
}

// splitLoRAKey takes a key apart; false for one of no known naming.
func splitLoRAKey(name string) (loraKey, bool) {
	k := loraKey{name: name, module: strings.TrimPrefix(name, "base_model.model.")}
	for _, p := range loraPrefixes {
		if rest, ok := strings.CutPrefix(k.module, p.prefix); ok {
			k.component, k.module, k.flat = p.component, rest, p.flat
			break
		}
	}
	k.module = strings.TrimPrefix(k.module, "base_model.model.")
	k.module = strings.Replace(k.module, ".processor.", ".", 1)
	if m := processorKey.FindStringSubmatch(k.module); m != nil && !k.flat {
		return k.fromProcessor(m[1], m[2], m[3]), true
	}
	for _, e := range loraEndings {
		if module, ok := strings.CutSuffix(k.module, e.ending); ok && module != "" {
			k.module, k.part = module, e.part
			return k, true
		}
	}
	return k, false
}

// fromProcessor names the layer that a processor's key means: to_q of the UNet,
// q_proj of a text encoder.
func (k loraKey) fromProcessor(attention, projection, part string) loraKey {
	text := k.component == TextEncoder || k.component == TextEncoder2 || strings.HasSuffix(attention, ".self_attn")
	switch {
	case text:
		k.module = attention + "." + projection + "_proj"
	case projection == "out":
		k.module = attention + ".to_out.0"
	default:
		k.module = attention + ".to_" + projection
	}
	k.part = map[string]loraPart{"down.weight": loraDown, "up.weight": loraUp, "alpha": loraAlpha}[part]
	return k
}

// otherAdapters are parts of keys of adapters that are no plain LoRA.
var otherAdapters = []struct{ part, kind string }{
	{"dora_scale", "DoRA"},
	{"lora_magnitude_vector", "DoRA"},
	{".hada_", "LoHa (LyCORIS)"},
	{".lokr_", "LoKr (LyCORIS)"},
	{".lora_mid.", "LoCon with a middle factor (LyCORIS)"},
	{".oft_", "OFT"},
	{".lora_B.bias", "LoRA with biases"},
	{".diff", "full weight difference (LyCORIS)"},
	{".lora_embedding_", "LoRA of an embedding"},
}

// adapterKind names the kind of adapter of a key that is no plain LoRA, or is
// empty.
func adapterKind(name string) string {
	for _, a := range otherAdapters {
		if strings.Contains(name, a.part) {
			return a.kind
		}
	}
	return ""
}
