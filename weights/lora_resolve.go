package weights

import (
	"slices"
	"strings"
)

// loraResolver finds the module that a key's name means.
type loraResolver struct {
	known map[string]map[string]bool     // component, module
	flat  map[string]map[string][]string // component, name with underscores: modules
}

func newLoRAResolver(modules map[string][]string) *loraResolver {
	r := &loraResolver{known: map[string]map[string]bool{}, flat: map[string]map[string][]string{}}
	for component, names := range modules {
		r.known[component], r.flat[component] = map[string]bool{}, map[string][]string{}
		for _, name := range names {
			r.known[component][name] = true
			r.addFlat(component, flatName(name), name)
		}
		if component == UNet {
			for name, original := range ldmUNetNames(names) {
				r.addFlat(component, flatName(original), name)
			}
		}
	}
	return r
}

func (r *loraResolver) addFlat(component, flat, name string) {
	if !slices.Contains(r.flat[component][flat], name) {
		r.flat[component][flat] = append(r.flat[component][flat], name)
	}
}

// flatName is a module's name as kohya writes it.
func flatName(module string) string { return strings.ReplaceAll(module, ".", "_") }

// resolve gives every key its component and its module's checkpoint name.
func (r *loraResolver) resolve(path string, keys []loraKey) ([]loraKey, error) {
	var unknown, ambiguous, unlisted []string
	for i, k := range keys {
		k.component = r.component(k)
		found := r.find(k)
		switch {
		case k.flat && r.flat[k.component] == nil:
			unlisted = append(unlisted, k.name)
		case len(found) == 0:
			unknown = append(unknown, k.name)
		case len(found) > 1:
			ambiguous = append(ambiguous, k.name)
		default:
			k.module = found[0]
		}
		keys[i] = k
	}
	e := &LoRAError{Path: path}
	switch {
	case len(unlisted) > 0:
		e.Problem, e.Keys = "it changes a component that this model does not have, or whose module names were not given", unlisted
	case len(unknown) > 0:
		e.Problem, e.Keys = "it changes layers that this model does not have; it was made for another model", unknown
	case len(ambiguous) > 0:
		e.Problem, e.Keys = "more than one module has a name that reads like the key with underscores", ambiguous
	default:
		return keys, nil
	}
	return nil, e
}

// find gives the modules that a key can mean. A dotted name is taken as it is
// when the component's modules are not known.
func (r *loraResolver) find(k loraKey) []string {
	if k.flat {
		for _, flat := range textVariants(k, "_") {
			if found := r.flat[k.component][flat]; len(found) > 0 {
				return found
			}
		}
		return nil
	}
	known := r.known[k.component]
	if known == nil {
		return []string{k.module}
	}
	for _, name := range textVariants(k, ".") {
		if known[name] {
			return []string{name}
		}
	}
	return nil
}

// textVariants are a module's names with and without the text_model that some
// versions of transformers put before a text encoder's modules.
func textVariants(k loraKey, separator string) []string {
	if k.component == UNet {
		return []string{k.module}
	}
	prefix := "text_model" + separator
	if short, ok := strings.CutPrefix(k.module, prefix); ok {
		return []string{k.module, short}
	}
	return []string{k.module, prefix + k.module}
}

// component is the component of a key that may not say it: the one that has
// such a module, or else a guess by the name.
func (r *loraResolver) component(k loraKey) string {
	if k.component != "" {
		return k.component
	}
	for _, component := range []string{UNet, TextEncoder, TextEncoder2} {
		if r.known[component][k.module] {
			return component
		}
	}
	if strings.HasPrefix(k.module, "text_model.") || strings.Contains(k.module, ".self_attn.") {
		return TextEncoder
	}
	return UNet
}
