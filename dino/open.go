package dino

import (
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
)

var folder = nn.Folder[Config, *Model]{
	Kind: "DINO", Config: ReadConfig, New: New,
	Params: func(m *Model) []*nn.Param { return m.Params },
	Rename: func(c Config, key string) string { return Rename(key, c.ModelType) },
	Ignore: unused,
}

// Open reads DIR/config.json and the weights beside it into store, under the
// path element component. Names of transformers before version 5 are
// understood. Every missing, unexpected or wrongly shaped key is reported at
// once.
func Open(dir string, store *model.Store, component string, options ...nn.OpenOption) (*Model, *nn.Weights, error) {
	return folder.Open(dir, store, component, options...)
}

// older pairs the names of transformers 4 with those of 5, common to both
// models and then ViT's own. "attention.output.dense" goes before
// "output.dense", which is a part of it.
var (
	older = strings.NewReplacer(
		".attention.attention.query.", ".attention.q_proj.",
		".attention.attention.key.", ".attention.k_proj.",
		".attention.attention.value.", ".attention.v_proj.",
		".attention.output.dense.", ".attention.o_proj.")
	olderViT = strings.NewReplacer(
		"encoder.layer.", "layers.",
		".intermediate.dense.", ".mlp.fc1.",
		".output.dense.", ".mlp.fc2.")
)

// Rename maps a key of any version of transformers, with or without the name
// that a classifier puts before it, to today's.
func Rename(key, modelType string) string {
	key = older.Replace(strings.TrimPrefix(key, modelType+"."))
	if modelType == TypeViT {
		key = olderViT.Replace(key)
	}
	return key
}

// unused names what training and classifiers keep in the file.
func unused(key string) bool {
	return key == "embeddings.mask_token" || strings.HasPrefix(key, "pooler.") || strings.HasPrefix(key, "classifier.")
}
