// Package weights keeps tensors on disk: safetensors files, sharded and single,
// with the key checks, number types and the LoRA and textual-inversion file
// formats that Stable Diffusion programs exchange.
//
// Files are memory-mapped and read strictly: a header is believed only after
// every length, offset and shape in it has been checked against the file, so a
// broken or hostile file gives an error that names the file and the tensor and
// never a panic or a large allocation. Pickles (.bin, .ckpt, .pt, .pth) are
// never read, because unpickling runs code; the error says how to convert them.
//
// The format is https://github.com/huggingface/safetensors#format: eight bytes
// of little-endian header length, a JSON header, then the tensors' bytes.
package weights
