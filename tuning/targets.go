package tuning

import (
	"regexp"
	"slices"

	"github.com/ichimai/ichimai/nn"
)

// targetLayers are the weights of the UNet that each target means.
var targetLayers = map[string]*regexp.Regexp{
	TargetAttention: regexp.MustCompile(`\.attn[12]\.to_(q|k|v|out\.0)\.weight$`),
	TargetFF:        regexp.MustCompile(`\.ff\.net\.(0\.proj|2)\.weight$`),
	TargetProj:      regexp.MustCompile(`\.proj_(in|out)\.weight$`),
	TargetConv:      regexp.MustCompile(`\.(resnets\.\d+\.(conv1|conv2|conv_shortcut)|(down|up)samplers\.0\.conv)\.weight$`),
}

// textLayers are the weights of the text encoder that get offsets.
var textLayers = regexp.MustCompile(`\.self_attn\.(q|k|v|out)_proj\.weight$`)

// layersOf are the parameters that any of patterns matches, in their order.
func layersOf(params []*nn.Param, patterns ...*regexp.Regexp) []*nn.Param {
	var layers []*nn.Param
	for _, p := range params {
		if slices.ContainsFunc(patterns, func(r *regexp.Regexp) bool { return r.MatchString(p.Name) }) {
			layers = append(layers, p)
		}
	}
	return layers
}

// unetLayers are the UNet's weights that settings target.
func unetLayers(params []*nn.Param, targets []string) []*nn.Param {
	var patterns []*regexp.Regexp
	for _, t := range targets {
		patterns = append(patterns, targetLayers[t])
	}
	return layersOf(params, patterns...)
}
