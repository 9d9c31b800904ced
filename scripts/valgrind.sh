#!/usr/bin/env bash
# A short training, its resumption and an evaluation under valgrind's memcheck: an error or a leak fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
install_missing valgrind
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
checked() {
  valgrind --quiet --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite,indirect \
    build/release/bin/plastic "$@" 2>&1
}
checked train configs/sine-quick.toml --run "$folder/run" --set meta.steps=3 --set meta.lifetimes=2 \
  --set run.checkpoint_seconds=0 --set run.validation_lifetimes=2 --set evaluation.lifetimes=2 --set engine.threads=2
rm "$folder/run/summary.json" "$folder/run/checkpoints/meta-step-3.safetensors"
checked train --resume "$folder/run"
checked evaluate "$folder/run"
echo "valgrind found nothing"
