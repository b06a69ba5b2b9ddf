"""Draws in diffusers what bench/dump drew, with the same model folder, noise and prompts, and compares every step.

    go run ./bench/dump MODEL dump.safetensors --prompt "a photo of a cat" --steps 8
    python bench/check_in_diffusers.py MODEL dump.safetensors

Prints the differences, PASS or FAIL; the exit status is 1 after FAIL.
"""
import argparse
import sys

import diffusers
import torch
from safetensors import safe_open


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", help="model folder in diffusers' layout")
    p.add_argument("dump", help="file that bench/dump made with it")
    p.add_argument("--tolerance", type=float, default=1e-3, help="of latents, relative, and of the picture in [0, 1]")
    p.add_argument("--threads", type=int, help="of torch (default: all cores)")
    return p.parse_args()


def read_dump(path):
    with safe_open(path, "pt") as f:
        return {name: f.get_tensor(name) for name in f.keys()}, f.metadata()


def open_pipeline(model, how):
    """The folder as a user of diffusers opens it, with the dump's scheduler."""
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(
        model, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    ).to(torch.float32)
    settings = {"use_karras_sigmas": True} if how["use_karras_sigmas"] == "true" else {}
    pipe.scheduler = getattr(diffusers, how["scheduler"]).from_config(pipe.scheduler.config, **settings)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@torch.no_grad()
def draw(pipe, how, initial):
    """Latents after each call of the UNet, and the picture in [0, 1]."""
    steps = []

    def keep(pipe, step, timestep, values):
        steps.append(values["latents"].clone())
        return values

    side = initial.shape[-1] * pipe.vae_scale_factor
    image = pipe(
        how["prompt"],
        negative_prompt=how["negative_prompt"],
        guidance_scale=float(how["guidance_scale"]),
        num_inference_steps=int(how["steps"]),
        height=side,
        width=side,
        latents=initial,
        output_type="pt",
        callback_on_step_end=keep,
    ).images
    return torch.stack(steps), image


def relative(a, b):
    return ((a - b).abs().max() / b.abs().max().clamp_min(1e-12)).item()


def absolute(a, b):
    return (a - b).abs().max().item()


def differences(pipe, ours, how):
    """What is compared: name, difference, and whether --tolerance or a bound of its own holds."""
    noise = torch.randn(ours["initial_latents"].shape, generator=torch.Generator().manual_seed(int(how["seed"])))
    yield "initial noise against torch.randn", absolute(ours["initial_latents"], noise), 1e-5
    embeds, negative = pipe.encode_prompt(how["prompt"], "cpu", 1, True, how["negative_prompt"])
    yield "text states", absolute(ours["prompt_embeds"], embeds), None
    yield "text states of the negative prompt", absolute(ours["negative_prompt_embeds"], negative), None
    steps, image = draw(pipe, how, ours["initial_latents"])
    if steps.shape != ours["latents_per_step"].shape:
        sys.exit(f"FAIL  diffusers made latents {list(steps.shape)}, the dump has {list(ours['latents_per_step'].shape)}")
    yield "first step's latents, relative", relative(ours["latents_per_step"][0], steps[0]), None
    yield "all steps' latents, largest relative", max(map(relative, ours["latents_per_step"], steps)), None
    yield "final latents, relative", relative(ours["final_latents"], steps[-1]), None
    yield "picture in [0, 1]", absolute(ours["image"], image), None
    # The program's own picture has 8 bits: at most a rounding more.
    levels = ours["picture"].permute(2, 0, 1)[None].float() / 255
    yield "the pipeline's 8-bit picture", max(absolute(levels, image) - 0.5 / 255, 0.0), None


def main():
    args = arguments()
    if args.threads:
        torch.set_num_threads(args.threads)
    ours, how = read_dump(args.dump)
    pipe = open_pipeline(args.model, how)
    print(f"{how['scheduler']}, {how['steps']} steps, guidance {how['guidance_scale']}, prompt {how['prompt']!r}")
    passed = True
    for name, difference, bound in differences(pipe, ours, how):
        bound = bound or args.tolerance
        fine = difference <= bound  # false for NaN
        passed = passed and fine
        print(f"{'ok  ' if fine else 'FAIL'}  {name}: {difference:.2e} (at most {bound:.0e})")
    print("PASS" if passed else "FAIL")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
