package clip

// File is config.json of a CLIPModel with this config, as transformers reads it.
func (c Config) File() map[string]any {
	text, vision := c.Text.File(), c.Vision.File()
	delete(text, "architectures")
	delete(vision, "architectures")
	return map[string]any{
		"architectures": []string{"CLIPModel"}, "model_type": "clip",
		"projection_dim": c.ProjectionDim, "logit_scale_init_value": c.LogitScaleInit,
		"text_config": text, "vision_config": vision,
	}
}

// File is config.json of a text model with this config, as transformers reads
// it: a CLIPTextModel, or with a projection a CLIPTextModelWithProjection.
func (c TextConfig) File() map[string]any {
	architecture := "CLIPTextModel"
	if c.Projection {
		architecture += "WithProjection"
	}
	return map[string]any{
		"architectures": []string{architecture}, "model_type": "clip_text_model",
		"vocab_size": c.VocabSize, "hidden_size": c.HiddenSize, "intermediate_size": c.IntermediateSize,
		"projection_dim": c.ProjectionDim, "num_hidden_layers": c.NumHiddenLayers,
		"num_attention_heads": c.NumAttentionHeads, "max_position_embeddings": c.MaxPositionEmbeddings,
		"hidden_act": c.HiddenAct, "layer_norm_eps": c.LayerNormEps,
		"bos_token_id": c.VocabSize - 2, "eos_token_id": c.EOSTokenID, "pad_token_id": c.EOSTokenID,
	}
}

// File is config.json of a vision model with this config, as transformers
// reads it.
func (c VisionConfig) File() map[string]any {
	architecture := "CLIPVisionModel"
	if c.Projection {
		architecture += "WithProjection"
	}
	return map[string]any{
		"architectures": []string{architecture}, "model_type": "clip_vision_model",
		"hidden_size": c.HiddenSize, "intermediate_size": c.IntermediateSize,
		"projection_dim": c.ProjectionDim, "num_hidden_layers": c.NumHiddenLayers,
		"num_attention_heads": c.NumAttentionHeads, "num_channels": c.NumChannels,
		"image_size": c.ImageSize, "patch_size": c.PatchSize,
		"hidden_act": c.HiddenAct, "layer_norm_eps": c.LayerNormEps,
	}
}
