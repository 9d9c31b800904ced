#!/usr/bin/env bash
# Layers of WIDTH units: two meta-steps of one lifetime each, in a folder of their own. Says how long they took and how
# much memory.
#   scripts/large.sh [WIDTH]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
width=${1-4096}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/release/bin/plastic train configs/sine-quick.toml --run "$folder/run" --set "network.hidden=[$width, $width]" \
  --set network.plastic=all --set initial.alpha=1e-6 --set meta.steps=2 --set meta.lifetimes=1 \
  --set run.validation_lifetimes=1 --set engine.memory_mib=1024 --json 2>/dev/null
du -h "$folder/run/checkpoints" | sed "s|$folder/||"
