#!/usr/bin/env bash
# Rebuilds the training pack of the demo model from named packages.
#
#   demo/recipe/build.sh OUTDIR [PHOTOS_DIR]
#
# Needs: bash, Python 3.9 or newer with venv, npm, and the network the first time. Downloads are kept in
# $ICHIMAI_RECIPE_CACHE (default: OUTDIR/.packages) and checked against packages.sha512.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: $0 OUTDIR [PHOTOS_DIR]" >&2
  exit 2
fi
out=$1
photos=${2:-${ICHIMAI_PHOTOS:-}}
shared=$here/../../../shared/data/heldout.json
heldout=${ICHIMAI_HELDOUT:-$here/heldout.json}
if [ -z "${ICHIMAI_HELDOUT:-}" ] && [ -f "$shared" ]; then
  heldout=$shared
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
cache=${ICHIMAI_RECIPE_CACHE:-$out/.packages}
mkdir -p "$cache"

if [ ! -f "$heldout" ]; then
  echo "build.sh: the held-out list $heldout is missing; name it in ICHIMAI_HELDOUT. Nothing is built without it." >&2
  exit 1
fi

fetch() { # fetch NPM_NAME FILE
  [ -f "$cache/$2" ] || (cd "$cache" && npm pack --silent "$1" >/dev/null)
}
tail -n +2 "$here/sources.csv" | while IFS=, read -r set version _; do
  fetch "@iconify-json/$set@$version" "iconify-json-$set-$version.tgz"
done
fetch emojibase-data@17.0.0 emojibase-data-17.0.0.tgz
(cd "$cache" && sha512sum --check --quiet "$here/packages.sha512")

if ! [ -x "$cache/venv/bin/python" ]; then
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" --quiet install resvg-py==0.5.0
fi

exec "$cache/venv/bin/python" -B "$here/build.py" \
  --packages "$cache" --heldout "$heldout" --out "$out" ${photos:+--photos "$photos"}
