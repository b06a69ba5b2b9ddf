package encoder

import "path/filepath"

// CLIPFolder is where a model folder's CLIP lies.
type CLIPFolder struct {
	Dir       string // of config.json and the weights
	Processor string // of preprocessor_config.json, which may be missing; see [Preprocess]
	Whole     bool   // the place of a CLIPModel, not of the picture tower alone
}

// clipFolders are where a CLIP is looked for, below a model folder.
var clipFolders = []CLIPFolder{
	{"clip", "clip", true}, {"../clip", "../clip", true}, {"image_encoder", "feature_extractor", false},
}

// FindCLIP is the first of a model folder's places that holds a CLIP: whole (clip/,
// in the folder or beside it), or its picture tower (image_encoder/, with
// feature_extractor/); nil where there is none.
func FindCLIP(dir string) *CLIPFolder {
	for _, at := range clipFolders {
		at.Dir, at.Processor = filepath.Join(dir, at.Dir), filepath.Join(dir, at.Processor)
		if exists(filepath.Join(at.Dir, configFile)) {
			return &at
		}
	}
	return nil
}
