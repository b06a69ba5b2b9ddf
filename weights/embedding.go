package weights

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Embedding is the learned input vectors of one token for one text encoder
// (textual inversion, Gal et al. 2022, arXiv 2208.01618).
type Embedding struct {
	Token     string    // "" where the file does not name it; its file's name is the custom
	Component string    // TextEncoder or TextEncoder2
	Vectors   int       // how many input positions the token takes
	Width     int       // of the text encoder
	Values    []float32 // [Vectors, Width]
}

// The keys of embeddings that do not name their token.
const (
	embParamsKey = "emb_params" // kohya, A1111
	clipLKey     = "clip_l"     // SDXL's first text encoder
	clipGKey     = "clip_g"     // SDXL's second
)

// OpenEmbedding reads a textual-inversion file: diffusers' learned_embeds
// (token to tensor), emb_params, or SDXL's clip_l and clip_g. A1111's .pt files
// are pickles, for which the error says how to convert them.
func OpenEmbedding(path string) ([]Embedding, error) {
	src, err := Open(path)
	if err != nil {
		return nil, embeddingHelp(err)
	}
	defer src.Close()
	return ParseEmbedding(src)
}

// ParseEmbedding is OpenEmbedding for an open source: one Embedding for each
// token and text encoder, in the order of the keys.
func ParseEmbedding(src Source) ([]Embedding, error) {
	if names := src.Names(); len(names) == 0 || slices.ContainsFunc(names, isLayerKey) {
		return nil, fmt.Errorf("read embedding %s: it holds no embedding, but %d tensors such as %s",
			sourcePath(src), len(names), clip(strings.Join(names[:min(len(names), 1)], "")))
	}
	var all []Embedding
	for _, name := range src.Names() {
		e, err := readEmbedding(src, name)
		if err != nil {
			return nil, fmt.Errorf("read embedding %s: %w", sourcePath(src), err)
		}
		all = append(all, e)
	}
	return all, nil
}

// isLayerKey reports whether a key is that of a model or a LoRA.
func isLayerKey(name string) bool {
	for _, ending := range []string{".weight", ".bias", ".alpha"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

func readEmbedding(src Source, name string) (Embedding, error) {
	e := Embedding{Component: TextEncoder, Vectors: 1}
	switch name {
	case embParamsKey, clipLKey:
	case clipGKey:
		e.Component = TextEncoder2
	default:
		e.Token = name
	}
	info, _ := src.Info(name)
	switch shape := info.Shape; len(shape) {
	case 1:
		e.Width = shape[0]
	case 2:
		e.Vectors, e.Width = shape[0], shape[1]
	}
	if e.Vectors == 0 || e.Width == 0 || !info.DType.Float() {
		return e, fmt.Errorf("tensor %s is %s %v, want floating-point [width] or [vectors, width]",
			clip(name), info.DType, info.Shape)
	}
	var err error
	e.Values, err = src.Float32(name)
	return e, err
}

// WriteLearnedEmbeds writes embeddings as diffusers' learned_embeds: each token
// with its vectors. All are of one text encoder.
func WriteLearnedEmbeds(path string, embeddings []Embedding, dtype DType, metadata map[string]string) error {
	return writeEmbeddings(path, embeddings, dtype, metadata, func(e Embedding) (string, error) {
		if e.Token == "" {
			return "", fmt.Errorf("an embedding has no token")
		}
		if e.Component != embeddings[0].Component {
			return "", fmt.Errorf("learned_embeds holds one text encoder's embeddings, not %s and %s",
				embeddings[0].Component, e.Component)
		}
		return e.Token, nil
	})
}

// WriteEmbParams writes one token's embedding as A1111, ComfyUI and kohya read
// it: emb_params for one text encoder, clip_l and clip_g for SDXL's two. The
// token is the file's name there, so the file has to be called like it.
func WriteEmbParams(path string, embeddings []Embedding, dtype DType, metadata map[string]string) error {
	return writeEmbeddings(path, embeddings, dtype, metadata, func(e Embedding) (string, error) {
		switch {
		case e.Token != embeddings[0].Token:
			return "", fmt.Errorf("an emb_params file holds one token, not %q and %q", embeddings[0].Token, e.Token)
		case e.Component == TextEncoder2:
			return clipGKey, nil
		case len(embeddings) > 1:
			return clipLKey, nil
		}
		return embParamsKey, nil
	})
}

func writeEmbeddings(path string, embeddings []Embedding, dtype DType, metadata map[string]string,
	key func(Embedding) (string, error)) error {
	if len(embeddings) == 0 {
		return fmt.Errorf("write embedding %s: there is none", path)
	}
	var tensors []Tensor
	for _, e := range embeddings {
		name, err := key(e)
		if err != nil {
			return fmt.Errorf("write embedding %s: %w", path, err)
		}
		tensors = append(tensors, FromFloat32(name, []int{e.Vectors, e.Width}, e.Values, dtype))
	}
	header := map[string]string{"format": "pt"}
	maps.Copy(header, metadata)
	return Write(path, tensors, header)
}
