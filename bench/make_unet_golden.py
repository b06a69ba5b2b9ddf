"""Write the fixture of a UNet whose text is pooled into its time embedding.

    python3 bench/make_unet_golden.py unet/testdata/pooled-text

Needs the packages of bench/requirements.txt. The model is diffusers' own, random
and tiny: unet/ holds its config.json and weights, golden.safetensors the inputs
and what it computes from them in float32.
"""

import sys
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file


def main(out: Path) -> None:
    torch.manual_seed(7)
    model = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(16, 24), layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=12, attention_head_dim=2, norm_num_groups=4,
        addition_embed_type="text", addition_embed_type_num_heads=3, resnet_time_scale_shift="scale_shift",
    ).eval()
    with torch.no_grad():
        for p in model.parameters():  # layers that start as 0 or 1 would hide mistakes
            p.add_(torch.randn_like(p) * 0.05)
    model.save_pretrained(out / "unet")
    sample, states = torch.randn(2, 4, 8, 8), torch.randn(2, 7, 12)
    timestep = torch.tensor([999.0, 17.0])
    with torch.no_grad():
        output = model(sample, timestep, states).sample
        pooled = model.add_embedding(states)
    save_file({"sample": sample, "timestep": timestep, "encoder_hidden_states": states, "output": output, "pooled": pooled},
              out / "golden.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
