package weights

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeTensors writes tensors of the given shapes, counting up from 1, and
// opens the file.
func writeTensors(t *testing.T, shapes map[string][]int, metadata map[string]string) *File {
	t.Helper()
	var tensors []Tensor
	for name, shape := range shapes {
		n, err := byteCount(shape, 1)
		if err != nil {
			t.Fatal(err)
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i + 1)
		}
		tensors = append(tensors, FromFloat32(name, shape, v, F32))
	}
	path := filepath.Join(t.TempDir(), "lora.safetensors")
	if err := Write(path, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestSplitLoRAKey(t *testing.T) {
	for name, want := range map[string]loraKey{
		"unet.a.to_q.lora_A.weight":                              {component: UNet, module: "a.to_q", part: loraDown},
		"unet.a.to_q.lora_B.default.weight":                      {component: UNet, module: "a.to_q", part: loraUp},
		"unet.a.to_out.0.lora.down.weight":                       {component: UNet, module: "a.to_out.0", part: loraDown},
		"unet.a.attn1.processor.to_out_lora.up.weight":           {component: UNet, module: "a.attn1.to_out.0", part: loraUp},
		"a.attn1.processor.to_v_lora.down.weight":                {module: "a.attn1.to_v", part: loraDown},
		"text_encoder.b.self_attn.to_out_lora.up.weight":         {component: TextEncoder, module: "b.self_attn.out_proj", part: loraUp},
		"text_encoder_2.b.q_proj.lora_linear_layer.down.weight":  {component: TextEncoder2, module: "b.q_proj", part: loraDown},
		"lora_unet_a_to_q.lora_up.weight":                        {component: UNet, module: "a_to_q", flat: true, part: loraUp},
		"lora_te1_b.alpha":                                       {component: TextEncoder, module: "b", flat: true, part: loraAlpha},
		"lora_te2_b.lora_down.weight":                            {component: TextEncoder2, module: "b", flat: true, part: loraDown},
		"base_model.model.a.to_k.lora_A.weight":                  {module: "a.to_k", part: loraDown},
		"base_model.model.text_model.x.q_proj.lora_B.weight":     {module: "text_model.x.q_proj", part: loraUp},
		"text_encoder.base_model.model.text_model.lora_A.weight": {component: TextEncoder, module: "text_model", part: loraDown},
	} {
		want.name = name
		got, ok := splitLoRAKey(name)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(loraKey{})); d != "" || !ok {
			t.Errorf("%s: %s", name, d)
		}
	}
	for _, name := range []string{"", "unet.a.weight", ".alpha", "unet.lora_A.weight", "lora_unet_x"} {
		if k, ok := splitLoRAKey(name); ok && k.module != "lora_A.weight" {
			t.Errorf("%q was taken for %+v", name, k)
		}
	}
}

func TestParseLoRAErrors(t *testing.T) {
	down, up := []int{2, 3}, []int{4, 2}
	modules := map[string][]string{UNet: {"a.to_q", "x.y", "x_y"}}
	for name, c := range map[string]struct {
		shapes map[string][]int
		says   string
	}{
		"ErrUnknownLayer": {map[string][]int{"unet.b.lora_A.weight": down, "unet.b.lora_B.weight": up}, "another model"},
		"ErrUnknownFlat":  {map[string][]int{"lora_unet_b.lora_down.weight": down, "lora_unet_b.lora_up.weight": up}, "lora_unet_b.lora_up.weight"},
		"ErrAmbiguous":    {map[string][]int{"lora_unet_x_y.lora_down.weight": down, "lora_unet_x_y.lora_up.weight": up}, "more than one"},
		"ErrComponent":    {map[string][]int{"lora_te_b.lora_down.weight": down, "lora_te_b.lora_up.weight": up}, "component"},
		"ErrHalf":         {map[string][]int{"unet.a.to_q.lora_A.weight": down}, "both"},
		"ErrOnlyAlpha":    {map[string][]int{"unet.a.to_q.alpha": nil}, "both"},
		"ErrTwice":        {map[string][]int{"unet.a.to_q.lora_A.weight": down, "unet.a.to_q.lora_B.weight": up, "unet.a.to_q.lora.down.weight": down}, "several"},
		"ErrUnknownKey":   {map[string][]int{"unet.a.to_q.lora_A.weight": down, "unet.a.to_q.lora_B.weight": up, "other": nil}, "other"},
		"ErrNoLoRA":       {map[string][]int{"conv_in.weight": down}, "no LoRA"},
		"ErrDoRA":         {map[string][]int{"unet.a.to_q.lora_A.weight": down, "unet.a.to_q.lora_magnitude_vector": {4}}, "DoRA"},
		"ErrLoHa":         {map[string][]int{"lora_unet_a.hada_w1_a": down}, "LoHa"},
		"ErrRank":         {map[string][]int{"unet.a.to_q.lora_A.weight": down, "unet.a.to_q.lora_B.weight": {4, 3}}, "one rank"},
		"ErrRankZero":     {map[string][]int{"unet.a.to_q.lora_A.weight": {0, 3}, "unet.a.to_q.lora_B.weight": {4, 0}}, "one rank"},
		"ErrDimensions":   {map[string][]int{"unet.a.to_q.lora_A.weight": {2}, "unet.a.to_q.lora_B.weight": up}, "dimensions"},
		"ErrScalar":       {map[string][]int{"unet.a.to_q.lora_A.weight": {}, "unet.a.to_q.lora_B.weight": up}, "dimensions"},
		"ErrUpKernel":     {map[string][]int{"unet.a.to_q.lora_A.weight": {2, 3, 1, 1}, "unet.a.to_q.lora_B.weight": {4, 2, 3, 3}}, "1x1"},
		"ErrAlpha":        {map[string][]int{"unet.a.to_q.lora_A.weight": down, "unet.a.to_q.lora_B.weight": up, "unet.a.to_q.alpha": {2}}, "one finite number"},
	} {
		t.Run(name, func(t *testing.T) {
			f := writeTensors(t, c.shapes, nil)
			_, err := ParseLoRA(f, modules)
			var e *LoRAError
			if !errors.As(err, &e) || !strings.Contains(e.Error(), c.says) || e.Path != f.Path() {
				t.Errorf("got %v, want one that says %q", err, c.says)
			}
		})
	}
	f := writeTensors(t, map[string][]int{"lora_unet_b.lora_down.weight": down, "lora_unet_b.lora_up.weight": up}, nil)
	if _, err := ParseLoRA(f, nil); err == nil {
		t.Error("kohya names were read without module names")
	}
}

func TestParseLoRAAlpha(t *testing.T) {
	shapes := map[string][]int{
		"unet.a.to_q.lora_A.weight": {4, 1}, "unet.a.to_q.lora_B.weight": {1, 4},
		"unet.a.to_k.lora_A.weight": {4, 1}, "unet.a.to_k.lora_B.weight": {1, 4},
		"unet.b.to_q.lora_A.weight": {4, 1}, "unet.b.to_q.lora_B.weight": {1, 4},
		"text_encoder.c.lora_A.weight": {2, 1}, "text_encoder.c.lora_B.weight": {1, 2},
		"text_encoder.d.lora_A.weight": {2, 1}, "text_encoder.d.lora_B.weight": {1, 2}, "text_encoder.d.alpha": {},
	}
	f := writeTensors(t, shapes, map[string]string{loraMetadataKey: `{
		"unet.lora_alpha": 6, "unet.alpha_pattern": {"a.to_q": 1, ".*to_k": 2, "a.*": 3},
		"text_encoder.lora_alpha": 8, "text_encoder.use_rslora": true}`})
	lora, err := ParseLoRA(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, l := range lora.Layers {
		got[l.Layer] = l.Alpha
	}
	want := map[string]float64{"a.to_q": 1, "a.to_k": 2, "b.to_q": 6, "c": 8 * math.Sqrt2, "d": 1}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{`{`, `{"unet.use_dora":true}`, `{"unet.fan_in_fan_out":true}`, `{"unet.lora_alpha":"x"}`,
		`{"unet.peft_type":"LOHA"}`, `{"unet.alpha_pattern":[1]}`} {
		f := writeTensors(t, shapes, map[string]string{loraMetadataKey: bad})
		var e *LoRAError
		if _, err := ParseLoRA(f, nil); !errors.As(err, &e) {
			t.Errorf("%s gave %v", bad, err)
		}
	}
}

// TestParseLoRAOriginalNames: kohya's SDXL files use the original code's block
// numbers.
func TestParseLoRAOriginalNames(t *testing.T) {
	modules := []string{"conv_in", "up_blocks.0.attentions.0.proj_in", "up_blocks.0.upsamplers.0.conv", "up_blocks.2.resnets.1.conv2",
		"down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q", "down_blocks.0.downsamplers.0.conv",
		"down_blocks.0.resnets.0.conv1", "down_blocks.0.resnets.1.conv1", "mid_block.attentions.0.proj_in", "add_embedding.linear_2"}
	want := map[string]string{ // checked by hand against SDXL's configuration: two layers a block
		"conv_in": "input_blocks.0.0",
		"down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q": "input_blocks.4.1.transformer_blocks.0.attn1.to_q",
		"down_blocks.0.downsamplers.0.conv":                          "input_blocks.3.0.op",
		"down_blocks.0.resnets.0.conv1":                              "input_blocks.1.0.in_layers.2",
		"down_blocks.0.resnets.1.conv1":                              "input_blocks.2.0.in_layers.2",
		"mid_block.attentions.0.proj_in":                             "middle_block.1.proj_in",
		"up_blocks.0.attentions.0.proj_in":                           "output_blocks.0.1.proj_in",
		"up_blocks.0.upsamplers.0.conv":                              "output_blocks.2.2.conv",
		"up_blocks.2.resnets.1.conv2":                                "output_blocks.7.0.out_layers.3",
		"add_embedding.linear_2":                                     "label_emb.0.2",
	}
	if d := cmp.Diff(want, ldmUNetNames(modules)); d != "" {
		t.Fatal(d)
	}
	for module, original := range want {
		key := "lora_unet_" + flatName(original)
		f := writeTensors(t, map[string][]int{key + ".lora_down.weight": {1, 2}, key + ".lora_up.weight": {2, 1}}, nil)
		lora, err := ParseLoRA(f, map[string][]string{UNet: modules})
		if err != nil || lora.Layers[0].Layer != module {
			t.Errorf("%s gave %v, %v", key, lora, err)
		}
	}
}

func TestTextModelPrefix(t *testing.T) {
	shapes := map[string][]int{
		"lora_te_text_model_encoder_q_proj.lora_down.weight": {1, 2}, "lora_te_text_model_encoder_q_proj.lora_up.weight": {2, 1},
		"text_encoder.text_model.k_proj.lora_A.weight": {1, 2}, "text_encoder.text_model.k_proj.lora_B.weight": {2, 1},
	}
	for _, prefix := range []string{"", "text_model."} {
		modules := []string{prefix + "encoder.q_proj", prefix + "k_proj"}
		lora, err := ParseLoRA(writeTensors(t, shapes, nil), map[string][]string{TextEncoder: modules})
		if err != nil {
			t.Fatal(err)
		}
		if got := []string{lora.Layers[0].Layer, lora.Layers[1].Layer}; !slices.Equal(got, modules) {
			t.Errorf("got %v, want %v", got, modules)
		}
	}
}

func TestOpenLoRAFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenLoRA(dir, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("empty folder gave %v", err)
	}
	writeFile(t, filepath.Join(dir, "adapter_model.bin"), "x")
	if _, err := OpenLoRA(dir, nil); !errors.Is(err, ErrPickle) {
		t.Errorf("pickle gave %v", err)
	}
	f := writeTensors(t, map[string][]int{
		"base_model.model.text_model.q_proj.lora_A.weight": {2, 1}, "base_model.model.text_model.q_proj.lora_B.weight": {1, 2},
	}, nil)
	if err := os.Rename(f.Path(), filepath.Join(dir, peftWeightsName)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLoRA(dir, nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), peftConfigName) {
		t.Errorf("without a configuration: %v", err)
	}
	for config, alpha := range map[string]float64{
		`{"peft_type":"LORA","r":2,"lora_alpha":5}`: 5, `{"r":2}`: 2, `{"lora_alpha":5,"alpha_pattern":{"q_proj":3}}`: 3,
	} {
		writeFile(t, filepath.Join(dir, peftConfigName), config)
		lora, err := OpenLoRA(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if l := lora.Layers[0]; l.Alpha != alpha || l.Component != TextEncoder || l.Layer != "text_model.q_proj" {
			t.Errorf("%s gave %+v", config, l)
		}
	}
	for _, config := range []string{`{`, `{"use_dora":true}`} {
		writeFile(t, filepath.Join(dir, peftConfigName), config)
		if _, err := OpenLoRA(dir, nil); err == nil || !strings.Contains(err.Error(), peftConfigName) {
			t.Errorf("%s gave %v", config, err)
		}
	}
}

// mixedLoRA has two ranks and alphas and all three components.
func mixedLoRA() *LoRA {
	layer := func(component, name string, rank int, alpha float64) LoRALayer {
		return LoRALayer{Component: component, Layer: name, Rank: rank, Alpha: alpha,
			DownShape: []int{rank, 1}, Down: make([]float32, rank), UpShape: []int{3, rank}, Up: make([]float32, 3*rank)}
	}
	return &LoRA{Layers: []LoRALayer{
		layer(TextEncoder, "text_model.q_proj", 2, 1), layer(TextEncoder2, "text_model.q_proj", 1, 0.3),
		layer(UNet, "a.to_k", 4, 8), layer(UNet, "a.to_q", 2, 8), layer(UNet, "b.to_q", 4, 0.1),
	}}
}

func TestWriteLoRAMixed(t *testing.T) {
	lora := mixedLoRA()
	modules := map[string][]string{}
	for _, l := range lora.Layers {
		modules[l.Component] = append(modules[l.Component], l.Layer)
	}
	path := filepath.Join(t.TempDir(), "x.safetensors")
	for _, dtype := range []DType{F32, F16} {
		for i, write := range []func(string, *LoRA, DType, map[string]string) error{WriteDiffusersLoRA, WriteKohyaLoRA} {
			if err := write(path, lora, dtype, nil); err != nil {
				t.Fatal(err)
			}
			got, err := OpenLoRA(path, modules)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(lora, got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-7 })); d != "" {
				t.Errorf("%s, writer %d: %s", dtype, i, d)
			}
		}
	}
	f, err := Open(path) // kohya's, the last
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, key := range []string{"lora_te1_text_model_q_proj.alpha", "lora_te2_text_model_q_proj.lora_up.weight"} {
		if _, ok := f.Info(key); !ok {
			t.Errorf("no %s in %v", key, f.Names())
		}
	}
}

func TestWriteLoRAErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	change := func(change func(*LoRALayer)) *LoRA {
		l := mixedLoRA()
		change(&l.Layers[2])
		return l
	}
	for name, l := range map[string]*LoRA{
		"ErrNoLayers":  {},
		"ErrComponent": change(func(l *LoRALayer) { l.Component = "vae" }),
		"ErrRank":      change(func(l *LoRALayer) { l.Rank = 5 }),
		"ErrData":      change(func(l *LoRALayer) { l.Up = nil }),
		"ErrTwice":     change(func(l *LoRALayer) { *l = mixedLoRA().Layers[4] }),
		"ErrSameFlat":  change(func(l *LoRALayer) { *l = mixedLoRA().Layers[4]; l.Layer = "b_to.q" }),
	} {
		err := WriteKohyaLoRA(path, l, F32, nil)
		if _, exists := os.Stat(path); err == nil || exists == nil {
			t.Errorf("%s: written, %v", name, err)
		}
	}
}

func TestAddToWrongSize(t *testing.T) {
	l := mixedLoRA().Layers[2]
	for _, n := range []int{0, 1, 2, 4, 6} {
		if err := l.AddTo(make([]float32, n), 1); err == nil {
			t.Errorf("%d elements were accepted", n)
		}
	}
	if err := (LoRALayer{}).AddTo(nil, 1); err == nil {
		t.Error("an empty layer was accepted")
	}
}

func ExampleLoRALayer_AddTo() {
	layer := LoRALayer{
		Component: UNet, Layer: "mid_block.attentions.0.proj_in", Rank: 1, Alpha: 2,
		Down: []float32{1, 10}, DownShape: []int{1, 2},
		Up: []float32{1, 2, 3}, UpShape: []int{3, 1},
	}
	w := make([]float32, 6) // [out 3, in 2]
	fmt.Println(layer.AddTo(w, 0.5), w)
	// Output: <nil> [1 10 2 20 3 30]
}
