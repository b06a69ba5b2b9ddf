package weights

import (
	"fmt"
	"strings"
)

// ldmUNetNames gives the modules of a diffusers UNet under the names of the
// original latent-diffusion code, which kohya's LoRA files for SDXL use
// (input_blocks.4.1 for down_blocks.1.attentions.0). The block structure is
// read off the names themselves.
func ldmUNetNames(modules []string) map[string]string {
	layout := newUNetLayout(modules)
	names := map[string]string{}
	for _, m := range modules {
		if original := layout.original(m); original != "" {
			names[m] = original
		}
	}
	return names
}

// unetLayout is what the numbering of the original blocks depends on.
type unetLayout struct {
	layers   int          // resnets of a down block; an up block has one more
	attended map[int]bool // up blocks with attention
}

func newUNetLayout(modules []string) unetLayout {
	layout := unetLayout{attended: map[int]bool{}}
	for _, m := range modules {
		var block, layer int
		if n, _ := fmt.Sscanf(m, "down_blocks.%d.resnets.%d.", &block, &layer); n == 2 {
			layout.layers = max(layout.layers, layer+1)
		}
		if n, _ := fmt.Sscanf(m, "up_blocks.%d.attentions.%d.", &block, &layer); n == 2 {
			layout.attended[block] = true
		}
	}
	return layout
}

var ldmOutside = map[string]string{
	"conv_in":                 "input_blocks.0.0",
	"conv_out":                "out.2",
	"time_embedding.linear_1": "time_embed.0",
	"time_embedding.linear_2": "time_embed.2",
	"add_embedding.linear_1":  "label_emb.0.0",
	"add_embedding.linear_2":  "label_emb.0.2",
}

var ldmResnet = map[string]string{
	"conv1":         "in_layers.2",
	"conv2":         "out_layers.3",
	"time_emb_proj": "emb_layers.1",
	"conv_shortcut": "skip_connection",
}

// original is a module's name in the original code, "" where it has none.
func (l unetLayout) original(module string) string {
	if name, ok := ldmOutside[module]; ok {
		return name
	}
	side, rest, _ := strings.Cut(module, ".")
	block := 0
	if side != "mid_block" {
		var number string
		number, rest, _ = strings.Cut(rest, ".")
		if n, _ := fmt.Sscanf(number, "%d", &block); n != 1 {
			return ""
		}
	}
	kind, rest, _ := strings.Cut(rest, ".")
	number, inner, _ := strings.Cut(rest, ".")
	var layer int
	if n, _ := fmt.Sscanf(number, "%d", &layer); n != 1 {
		return ""
	}
	if kind == "resnets" && ldmResnet[inner] != "" {
		inner = ldmResnet[inner]
	}
	place := l.place(side, block, kind, layer)
	if place == "" {
		return ""
	}
	if kind == "downsamplers" {
		inner = "op"
	}
	return place + "." + inner
}

// place is the numbered block of the original that one part of a block is.
func (l unetLayout) place(side string, block int, kind string, layer int) string {
	branch := map[string]int{"resnets": 0, "attentions": 1}[kind]
	switch side + " " + kind {
	case "down_blocks resnets", "down_blocks attentions":
		return fmt.Sprintf("input_blocks.%d.%d", 1+block*(l.layers+1)+layer, branch)
	case "down_blocks downsamplers":
		return fmt.Sprintf("input_blocks.%d.0", 1+block*(l.layers+1)+l.layers)
	case "mid_block resnets":
		return fmt.Sprintf("middle_block.%d", 2*layer)
	case "mid_block attentions":
		return "middle_block.1"
	case "up_blocks resnets", "up_blocks attentions":
		return fmt.Sprintf("output_blocks.%d.%d", block*(l.layers+1)+layer, branch)
	case "up_blocks upsamplers":
		branch = 1
		if l.attended[block] {
			branch = 2
		}
		return fmt.Sprintf("output_blocks.%d.%d", block*(l.layers+1)+l.layers, branch)
	}
	return ""
}
