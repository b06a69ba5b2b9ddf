#!/usr/bin/env python3
"""Check that diffusers reads an exported concept and computes the same with it.

Usage:
    python check_lora_in_diffusers.py MODEL REFERENCE [--lora FILE] [--embedding FILE]
        [--token TOKEN] [--weight 1.0] [--text-tolerance 2e-5] [--unet-tolerance 3e-5]

MODEL is a Stable Diffusion 1 or 2 folder in the layout of diffusers. FILE is an
exported LoRA or embedding, of diffusers' or kohya's naming. TOKEN is needed
where the embedding's file does not name its token (emb_params).

REFERENCE is a safetensors file with Ichimai's own results:
    input_ids  [1, n] int64         the prompt's tokens
    sample     [1, c, h, w]         latents
    timestep   [1]
    text       [1, n, width]        the text encoder's last hidden state
    unet       [1, c, h, w]         the UNet's output for sample, timestep and text
and the prompt under the key "prompt" of its header. The test
TestPeerDiffusers of the package concept writes such files and runs this
script when ICHIMAI_PEER_PYTHON names a Python that has what is needed:
    pip install torch diffusers transformers peft safetensors

The script first shows that the files change the result at all, then compares
token ids exactly, and the text encoder's and the UNet's outputs by their largest
absolute difference. It exits with 1 when anything differs.

Of a LoRA in kohya's naming diffusers (0.42) uses one alpha for each component:
layers with another alpha come out wrong there, whoever wrote the file.
"""

import argparse
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import diffusers
import torch
import transformers
from safetensors import safe_open

diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.disable_progress_bar()


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model")
    p.add_argument("reference")
    p.add_argument("--lora")
    p.add_argument("--embedding")
    p.add_argument("--token")
    p.add_argument("--weight", type=float, default=1.0)
    p.add_argument("--text-tolerance", type=float, default=2e-5)
    p.add_argument("--unet-tolerance", type=float, default=3e-5)
    return p.parse_args()


def read_reference(path):
    with safe_open(path, framework="pt") as f:
        return {name: f.get_tensor(name) for name in f.keys()}, f.metadata()["prompt"]


def open_pipeline(model):
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(
        model, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
    return pipe.to(torch.float32)


def load_concept(pipe, args):
    """Loads the files as a user of diffusers would."""
    if args.lora:
        folder, name = os.path.split(os.path.abspath(args.lora))
        pipe.load_lora_weights(folder, weight_name=name, adapter_name="concept")
        pipe.set_adapters(["concept"], [args.weight])
    if args.embedding:
        pipe.load_textual_inversion(args.embedding, token=args.token)


@torch.no_grad()
def run(pipe, prompt, ref):
    """Token ids, text states, and the UNet's output on the reference's own states."""
    text = pipe.maybe_convert_prompt(prompt, pipe.tokenizer)
    ids = pipe.tokenizer(
        text, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt"
    ).input_ids
    states = pipe.text_encoder(ids)[0]
    return ids, states, pipe.unet(ref["sample"], ref["timestep"], ref["text"]).sample


def difference(a, b):
    return (a - b).abs().max().item()


def main():
    args = arguments()
    if not (args.lora or args.embedding):
        sys.exit("nothing to check: give --lora, --embedding or both")
    ref, prompt = read_reference(args.reference)
    pipe = open_pipeline(args.model)
    _, plain_text, plain_unet = run(pipe, prompt, ref)
    load_concept(pipe, args)
    ids, text, unet = run(pipe, prompt, ref)

    same_ids = torch.equal(ids, ref["input_ids"])
    print(f"ids   {'equal' if same_ids else 'DIFFER'}")
    ok = same_ids
    for name, got, plain, tolerance in (
        ("text", text, plain_text, args.text_tolerance),
        ("unet", unet, plain_unet, args.unet_tolerance),
    ):
        d, effect = difference(got, ref[name]), difference(got, plain)
        # An embedding alone leaves the UNet as it is.
        works = effect > 10 * tolerance or (name == "unet" and not args.lora)
        fine = d <= tolerance and works
        print(f"{name}  differs by {d:.2e} (tolerance {tolerance:.0e}), the concept changes it by {effect:.2e}: {'ok' if fine else 'FAIL'}")
        ok = ok and fine
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
