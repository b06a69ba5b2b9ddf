#!/usr/bin/env bash
# Trains the demo model's denoiser for 200 steps on 256 pictures in four ways,
# almost always at the noise in which a drawing begins, and prints what each then
# loses there with the pictures' own captions (start_own; an empty picture loses
# about 1) and with others' (start_other):
#
#   demo/recipe/trials.sh PACK MODEL OUTDIR
#
# MODEL holds text_encoder/, tokenizer/ and vae/. About ten minutes on two cores.
set -euo pipefail
if [ $# -ne 3 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
pack=$1 model=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
mkdir -p "$out"
plain='model={addition_embed_type: null, resnet_time_scale_shift: default}'

trial() { # NAME RATE SETTING...
  local name=$1 rate=$2 sets=() start=$SECONDS
  shift 2
  for s in "$@"; do sets+=(--set "$s"); done
  go run ./cmd/ichimai train unet --config demo/recipe/unet.yaml --data "$pack" --text "$model" --vae "$model" --out "$out/$name" \
    --steps 200 --set lr_scheduler=constant --set lr_decay_steps=0 --set lr_warmup_steps=50 --set "learning_rate=$rate" \
    --set cached_pictures=256 --set batch_size=32 --set timestep_shift=50 --set ema_decay=0.98 --set save_every=0 --set sample_every=100 \
    ${sets[@]+"${sets[@]}"} 2> "$out/$name.txt" > /dev/null
  echo "$name: $(grep start_own "$out/$name/log.jsonl" | tail -1) $((SECONDS - start)) s"
}

trial adamw-plain 0.001 optimizer=adamw "$plain"
trial muon-pooled 0.002 optimizer=muon
trial adamw-pooled 0.001 optimizer=adamw
trial muon-plain 0.002 optimizer=muon "$plain"
