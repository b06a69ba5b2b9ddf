#!/usr/bin/env bash
# Trains short encoders for the demo model that differ in one part each, and prints
# for each what `likeness` says of its predictions and of 12 steps from them.
#
#	RUNS=FOLDER PACK=FOLDER bench/ablations.sh NAME:KEY=VALUE...
#
# "rank" is that of the hypernetwork's pairs, "tower=0" leaves the tower out, "invented"
# and "changed" are those of the scenes; other keys are those of the settings file. A run that was stopped goes on. STEPS, BATCH and PAIRS are how many steps each
# learns, from how many pairs of views at a time, and from how many in all; MODEL is
# another model than the demo's.
set -euo pipefail
cd "$(dirname "$0")/.."
steps=${STEPS:-1000} model=${MODEL:-demo/model}
pairs=(${PAIRS:+--set cached_pairs=$PAIRS})
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin/" ./cmd/ichimai ./bench/likeness
for ablation in "$@"; do
	name=${ablation%%:*} change=${ablation#*:} extra=()
	case $change in
	"") ;;
	rank=*) extra=(--set "encoder=$(sed -n 's/^encoder: //p' demo/recipe/encoder.yaml | sed "s/rank: [0-9]*/rank: ${change#rank=}/")") ;;
	tower=0) extra=(--set "encoder=$(sed -n 's/^encoder: //p' demo/recipe/encoder.yaml | sed 's/tower_width: [0-9]*, tower_blocks: [0-9]*, //')") ;;
	invented=*|changed=*) extra=(--set "scenes=$(sed -n 's/^scenes: //p' demo/recipe/encoder.yaml | sed "s/${change%=*}: [0-9.]*/${change%=*}: ${change#*=}/")") ;;
	*) extra=(--set "$change") ;;
	esac
	mkdir -p "$RUNS/$name"
	if [ ! -e "$RUNS/$name/features.safetensors" ] && [ -e "$RUNS/whole/features.safetensors" ]; then
		cp "$RUNS/whole/features.safetensors" "$RUNS/$name/" # taken where it is of the same settings, else made anew
	fi
	"$bin/ichimai" train encoder --data "$PACK" --model "$model" --config demo/recipe/encoder.yaml --out "$RUNS/$name" \
		--set batch_size="${BATCH:-32}" --set lr_warmup_steps=$((steps / 10)) --set lr_decay_steps=$((steps / 3)) \
		--steps "$steps" --set sample_every="$steps" --set save_every="$steps" --report-every 100 "${pairs[@]}" "${extra[@]}" >> "$RUNS/$name.log" 2>&1
	echo "## $name ($change)"
	{ grep -h "^step $steps:" "$RUNS/$name.log" || true; } | tail -n 1
	"$bin/likeness" "$model" --data "$PACK" --encoder "$RUNS/$name/model/encoder" --short 2>> "$RUNS/$name.log"
done
