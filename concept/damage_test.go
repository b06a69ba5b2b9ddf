package concept

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/weights"
)

// TestReadErrors: each change of a good file is refused with words that name it.
func TestReadErrors(t *testing.T) {
	type file struct {
		tensors map[string]weights.Tensor
		header  map[string]string
	}
	put := func(f file, name string, shape []int, dtype weights.DType, v ...float32) {
		f.tensors[name] = weights.FromFloat32(name, shape, v, dtype)
	}
	const fc1 = "text_encoder.text_model.encoder.layers.0.mlp.fc1"
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		change func(file)
		want   string
	}{
		"ErrNoFormat":      {func(f file) { delete(f.header, keyFormat) }, "imported"},
		"ErrNewer":         {func(f file) { f.header[keyFormat] = "3" }, "version 3"},
		"ErrFormat":        {func(f file) { f.header[keyFormat] = "1.0" }, "no version"},
		"ErrFormatZero":    {func(f file) { f.header[keyFormat] = "0" }, "no version"},
		"ErrPlaceholder":   {func(f file) { f.header[keyPlaceholder] = "my dog" }, "white space"},
		"ErrNoPlaceholder": {func(f file) { delete(f.header, keyPlaceholder) }, "placeholder is empty"},
		"ErrControl":       {func(f file) { f.header[keyName] = "a\x1b[2J" }, "control"},
		"ErrNoName":        {func(f file) { delete(f.header, keyName) }, "name"},
		"ErrMethod":        {func(f file) { f.header[keyMethod] = "Lo RA" }, "method"},
		"ErrBaseHash":      {func(f file) { f.header[keyBaseHash] = "12" }, "base.hash"},
		"ErrAlphaEarly":    {func(f file) { f.header[keyAlpha] = "0.5" }, "format version 1"},
		"ErrAlphaText":     {func(f file) { f.header[keyFormat], f.header[keyAlpha] = "2", "half" }, keyAlpha},
		"ErrAlphaRange":    {func(f file) { f.header[keyFormat], f.header[keyAlpha] = "2", "1.5" }, "alpha: 1.5"},
		"ErrAlphaNumber":   {func(f file) { f.header[keyFormat], f.header[keyAlpha] = "2", "NaN" }, "alpha: NaN"},
		"ErrAlphaNoWord":   {func(f file) { f.header[keyFormat], f.header[keyAlpha] = "2", "1"; delete(f.header, keyNearestWord) }, "nearest_word"},
		"ErrSettings":      {func(f file) { f.header[keySettings] = `{"steps": 3}` }, keySettings},
		"ErrSources":       {func(f file) { f.header[keySources] = `[{"name": "a", "sha256": "0"}]` }, "sources[0]"},
		"ErrCreated":       {func(f file) { f.header[keyCreated] = "yesterday" }, keyCreated},
		"ErrLong":          {func(f file) { f.header[keyClassWord] = strings.Repeat("x", maxText+1) }, "too long"},
		"ErrEmpty":         {func(f file) { clear(f.tensors) }, "neither"},
		"ErrNaN":           {func(f file) { put(f, embeddingTensor, []int{1, 2}, weights.F32, 1, nan) }, "NaN"},
		"ErrInfinity":      {func(f file) { put(f, embeddingTensor, []int{1, 2}, weights.F16, 1, inf) }, "Inf"},
		"ErrRank1":         {func(f file) { put(f, embeddingTensor, []int{2}, weights.F32, 1, 2) }, "[vectors, hidden_size]"},
		"ErrNoVectors":     {func(f file) { put(f, embeddingTensor, []int{0, 4}, weights.F32) }, "[vectors, hidden_size]"},
		"ErrIntegers": {func(f file) {
			f.tensors[embeddingTensor] = weights.Tensor{Name: embeddingTensor, DType: weights.I8, Shape: []int{1, 1}, Data: []byte{1}}
		}, "floating-point"},
		"ErrNoUp":           {func(f file) { delete(f.tensors, fc1+upEnding) }, upEnding},
		"ErrNoDown":         {func(f file) { delete(f.tensors, fc1+downEnding) }, "no part"},
		"ErrNoAlpha":        {func(f file) { delete(f.tensors, fc1+alphaEnding) }, alphaEnding},
		"ErrAlphaSize":      {func(f file) { put(f, fc1+alphaEnding, []int{2}, weights.F64, 1, 2) }, "want one"},
		"ErrAlphaNaN":       {func(f file) { put(f, fc1+alphaEnding, nil, weights.F64, nan) }, "NaN"},
		"ErrRanks":          {func(f file) { put(f, fc1+upEnding, []int{5, 1}, weights.F32, 1, 2, 3, 4, 5) }, "rank"},
		"ErrScalarDown":     {func(f file) { put(f, fc1+downEnding, nil, weights.F32, 1) }, "[rank, in]"},
		"ErrUpKernel":       {func(f file) { put(f, fc1+upEnding, []int{1, 3, 1, 2}, weights.F32, 1, 2, 3, 4, 5, 6) }, "[out, rank]"},
		"ErrUnknownTensor":  {func(f file) { put(f, "vae.conv_in.weight", []int{1}, weights.F32, 1) }, "vae.conv_in.weight"},
		"ErrComponent":      {func(f file) { addPair(f.tensors, "vae.conv_in") }, "vae.conv_in"},
		"ErrNoModule":       {func(f file) { addPair(f.tensors, "unet") }, "module"},
		"ErrModuleSyntax":   {func(f file) { addPair(f.tensors, "unet.../a") }, "module"},
		"ErrUnknownNothing": {func(f file) { put(f, "extra", nil, weights.F32, 1) }, "extra"},
	} {
		t.Run(name, func(t *testing.T) {
			good := full()
			f := file{tensors: map[string]weights.Tensor{}}
			for _, tensor := range good.tensors() {
				f.tensors[tensor.Name] = tensor
			}
			f.header, _ = good.metadata()
			f.header[keyFormat] = "1"
			c.change(f)
			path := filepath.Join(t.TempDir(), "x.safetensors")
			var list []weights.Tensor
			for _, tensor := range f.tensors {
				list = append(list, tensor)
			}
			if err := weights.Write(path, list, f.header); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func addPair(tensors map[string]weights.Tensor, module string) {
	for ending, shape := range map[string][]int{downEnding: {1, 1}, upEnding: {1, 1}, alphaEnding: nil} {
		tensors[module+ending] = weights.FromFloat32(module+ending, shape, []float32{1}, weights.F32)
	}
}

func TestReadErrorKinds(t *testing.T) {
	path := written(t, full())
	data := fileBytes(t, path)
	header := int(binary.LittleEndian.Uint64(data))
	for name, c := range map[string]struct {
		data []byte
		kind error
	}{
		"ErrTruncatedTensors": {data[:len(data)-1], weights.ErrTruncated},
		"ErrTruncatedHeader":  {data[:8+header/2], weights.ErrHeaderSize},
		"ErrShort":            {data[:5], weights.ErrTooShort},
		"ErrEmptyFile":        {nil, weights.ErrTooShort},
		"ErrPickle":           {[]byte("\x80\x02}q\x00."), weights.ErrPickle},
		"ErrJSON":             {append([]byte{2, 0, 0, 0, 0, 0, 0, 0}, "{]"...), weights.ErrHeaderJSON},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, c.data, 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(path); !errors.Is(err, c.kind) {
				t.Errorf("got %v, want %v", err, c.kind)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestReadBent: a file cut or bent anywhere gives an error or a valid concept,
// never a panic.
func TestReadBent(t *testing.T) {
	path := written(t, full())
	data := fileBytes(t, path)
	for at := 0; at < len(data); at += 7 {
		bent := append([]byte{}, data...)
		bent[at] ^= 0x11
		if err := os.WriteFile(path, bent, 0o666); err != nil {
			t.Fatal(err)
		}
		if c, err := Read(path); err == nil && c.Validate() != nil {
			t.Fatalf("byte %d: an invalid concept was read: %v", at, c.Validate())
		}
		if err := os.WriteFile(path, data[:at], 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil {
			t.Fatalf("%d bytes of %d were read", at, len(data))
		}
	}
}

// TestWriteErrors: what cannot be read is not written, and a file that was
// there stays.
func TestWriteErrors(t *testing.T) {
	for name, change := range map[string]func(*Concept){
		"ErrNothing":    func(c *Concept) { c.Embeddings, c.LoRA = nil, nil },
		"ErrNoLayers":   func(c *Concept) { c.Embeddings, c.LoRA = nil, &weights.LoRA{} },
		"ErrRagged":     func(c *Concept) { c.Embeddings[1] = c.Embeddings[1][:3] },
		"ErrNoWidth":    func(c *Concept) { c.Embeddings = [][]float32{{}} },
		"ErrNaN":        func(c *Concept) { c.Embeddings[1][2] = float32(math.NaN()) },
		"ErrLayerNaN":   func(c *Concept) { c.LoRA.Layers[1].Up[0] = float32(math.Inf(-1)) },
		"ErrAlpha":      func(c *Concept) { c.LoRA.Layers[0].Alpha = math.NaN() },
		"ErrAlphaLarge": func(c *Concept) { c.LoRA.Layers[0].Alpha = 1e300 },
		"ErrTwice":      func(c *Concept) { c.LoRA.Layers[0] = c.LoRA.Layers[1] },
		"ErrShape":      func(c *Concept) { c.LoRA.Layers[2].Down = nil },
		"ErrRank":       func(c *Concept) { c.LoRA.Layers[2].Rank = 0 },
		"ErrExtra":      func(c *Concept) { c.Extra[keyName] = "x" },
		"ErrExtraUTF8":  func(c *Concept) { c.Extra["x"] = "\xff" },
		"ErrSetting":    func(c *Concept) { c.Settings["x"] = "\xff" },
		"ErrSource":     func(c *Concept) { c.Sources[1].Name = "a\nb" },
		"ErrYear":       func(c *Concept) { c.Created = c.Created.AddDate(9000, 0, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, full())
			before := fileBytes(t, path)
			c := full()
			change(c)
			if err := c.Write(path); err == nil {
				t.Fatal("it was written")
			}
			if string(fileBytes(t, path)) != string(before) {
				t.Error("the file that was there is lost")
			}
			if out, err := c.ExportKohya(t.TempDir()); err == nil || len(out.Files) > 0 {
				t.Errorf("it was exported: %v", out)
			}
		})
	}
}
