package tuning

import (
	"regexp"
	"slices"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/nn"
)

// targetLayers are the weights of the UNet that each target means.
var targetLayers = map[string]func(name string) bool{
	TargetAttention: encoder.IsProjection,
	TargetFF:        regexp.MustCompile(`\.ff\.net\.(0\.proj|2)\.weight$`).MatchString,
	TargetProj:      regexp.MustCompile(`\.proj_(in|out)\.weight$`).MatchString,
	TargetConv:      regexp.MustCompile(`\.(resnets\.\d+\.(conv1|conv2|conv_shortcut)|(down|up)samplers\.0\.conv)\.weight$`).MatchString,
}

// textLayers are the weights of the text encoder that get offsets.
var textLayers = regexp.MustCompile(`\.self_attn\.(q|k|v|out)_proj\.weight$`).MatchString

// layersOf are the parameters whose name any of matches accepts, in their order.
func layersOf(params []*nn.Param, matches ...func(name string) bool) []*nn.Param {
	var layers []*nn.Param
	for _, p := range params {
		if slices.ContainsFunc(matches, func(match func(string) bool) bool { return match(p.Name) }) {
			layers = append(layers, p)
		}
	}
	return layers
}

// unetLayers are the UNet's weights that settings target.
func unetLayers(params []*nn.Param, targets []string) []*nn.Param {
	var matches []func(string) bool
	for _, t := range targets {
		matches = append(matches, targetLayers[t])
	}
	return layersOf(params, matches...)
}
