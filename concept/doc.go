// Package concept holds what was learned of one subject: the vectors of its
// placeholder word, low-rank changes of the model's weights, and where they
// come from. It reads and writes concepts, installs them in a model, and
// exchanges them with other programs.
//
// # File
//
// A concept is one safetensors file with the tensors
//
//	embedding                     [vectors, hidden_size]  rows of the placeholder
//	COMPONENT.LAYER.lora_down.weight  [rank, in] or [rank, in, kh, kw]
//	COMPONENT.LAYER.lora_up.weight    [out, rank] or [out, rank, 1, 1]
//	COMPONENT.LAYER.alpha             a scalar, float64
//
// COMPONENT is unet, text_encoder or text_encoder_2 and LAYER the module's
// checkpoint name without ".weight"; the effective weight is
// W + alpha/rank * up @ down. The embedding is written as float32, the pairs
// too, and any floating-point type is read. Either part may be absent, not
// both.
//
// The header's string table has these keys, of which those without a value are
// left out:
//
//	ichimai.format          version of this layout, a number
//	ichimai.name            for people
//	ichimai.placeholder     the word that a prompt uses, "<sneaker>"
//	ichimai.method          textual_inversion, lora, dreambooth_lora, imported ...
//	ichimai.base.hash       SHA-256 of the model it was learned on, hexadecimal
//	ichimai.base.name       that model's name
//	ichimai.init_word       the word whose vector the placeholder started from
//	ichimai.nearest_word    the word whose vector lies nearest to the result
//	ichimai.class_word      the kind of thing: "shoe"
//	ichimai.alpha           share of the soft path, 0 to 1, of a concept that was
//	                        learned for dual-path attention; nearest_word is then
//	                        there too
//	ichimai.settings        JSON object of strings: how it was learned
//	ichimai.sources         JSON array of {"name", "sha256"}: the pictures
//	ichimai.created         RFC 3339, UTC
//
// Other keys are kept as they are when a concept is read and written again, so
// that a later program's entries survive an earlier one. A layout that an
// earlier program would misread gets a higher version, which it refuses: 2 for a
// file with ichimai.alpha, 1 for all others. Files exported for other programs,
// which have no second path, do not carry ichimai.alpha.
package concept
