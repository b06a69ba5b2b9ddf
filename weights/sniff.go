package weights

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// sniffSize is how many bytes tell other kinds of file from safetensors.
const sniffSize = 32

// foreign are beginnings of files that people take for weights, with what each
// is and what helps.
var foreign = []struct {
	magic string
	kind  error
	help  string
}{
	{"PK\x03\x04", ErrPickle, convertHelp},
	{"PK\x05\x06", ErrPickle, convertHelp},
	{"\x80\x02", ErrPickle, convertHelp},
	{"\x80\x03", ErrPickle, convertHelp},
	{"\x80\x04", ErrPickle, convertHelp},
	{"\x80\x05", ErrPickle, convertHelp},
	{"version https://git-lfs", ErrNotWeights, "it is a Git LFS pointer; run git lfs pull in its repository"},
	{"GGUF", ErrNotWeights, "it is a GGUF file"},
	{"\x89HDF", ErrNotWeights, "it is an HDF5 file"},
	{"<!DOCTYPE", ErrNotWeights, "it is a web page; the download failed"},
	{"<html", ErrNotWeights, "it is a web page; the download failed"},
}

// convertHelp turns a checkpoint that the user trusts into safetensors.
const convertHelp = `convert a file that you trust with Python (pip install torch safetensors):
  import torch
  from safetensors.torch import save_file
  d = torch.load("IN", map_location="cpu", weights_only=True)
  d = d.get("state_dict", d)
  save_file({k: v.clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}, "OUT.safetensors", {"format": "pt"})`

// sniff recognises files of another format by their first bytes. A safetensors
// file has { at byte 8, after a length, so that it is never taken for another:
// a length's low bytes may well spell 0x80 0x02.
func sniff(start []byte) error {
	if len(start) > prefixSize && start[prefixSize] == '{' {
		return nil
	}
	for _, f := range foreign {
		if bytes.HasPrefix(start, []byte(f.magic)) {
			return &FormatError{Kind: f.kind, Detail: f.help}
		}
	}
	return nil
}

// isPickleName reports whether a file's name says that it is a pickle.
func isPickleName(name string) bool {
	return slices.Contains([]string{".bin", ".ckpt", ".pt", ".pth"}, strings.ToLower(filepath.Ext(name)))
}

// pickleError says that only pickles are there.
func pickleError(dir string, names []string) error {
	return &FormatError{Path: dir, Kind: ErrPickle,
		Detail: fmt.Sprintf("only %s is there; %s", clip(strings.Join(names, ", ")), convertHelp)}
}

// embeddingConvertHelp turns A1111's pickled embedding into safetensors.
const embeddingConvertHelp = `convert a file that you trust with Python (pip install torch safetensors):
  import torch
  from safetensors.torch import save_file
  d = torch.load("IN.pt", map_location="cpu", weights_only=True)
  d = {"emb_params": d["string_to_param"]["*"]} if "string_to_param" in d else d
  save_file({k: v.detach().clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}, "OUT.safetensors")`

// embeddingHelp gives a pickle's error the way to convert an embedding.
func embeddingHelp(err error) error {
	var pickle *FormatError
	if errors.As(err, &pickle) && pickle.Kind == ErrPickle {
		return fmt.Errorf("open embedding: %w",
			&FormatError{Path: pickle.Path, Kind: ErrPickle, Detail: embeddingConvertHelp})
	}
	return err
}
