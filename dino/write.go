package dino

// File is config.json of a model with this config, as transformers reads it. A
// ViTModel is one without its pooler.
func (c Config) File() map[string]any {
	file := map[string]any{
		"architectures": []string{"ViTModel"}, "model_type": c.ModelType,
		"hidden_size": c.HiddenSize, "num_hidden_layers": c.NumHiddenLayers, "num_attention_heads": c.NumAttentionHeads,
		"num_channels": c.NumChannels, "image_size": c.ImageSize, "patch_size": c.PatchSize,
		"hidden_act": c.HiddenAct, "layer_norm_eps": c.LayerNormEps, "qkv_bias": c.QKVBias,
	}
	if c.ModelType == TypeDINOv2 {
		file["architectures"], file["mlp_ratio"], file["use_swiglu_ffn"] = []string{"Dinov2Model"}, c.MLPRatio, c.UseSwiGLU
		return file
	}
	file["intermediate_size"] = c.IntermediateSize
	return file
}
