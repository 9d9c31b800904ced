#!/usr/bin/env bash
# Trains for a while, with checkpoints and validations all the time, and holds the memory at the end against that after
# the first tenth: no more than one hundredth and one MiB may have been added.
#   scripts/soak.sh MINUTES
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if (($# != 1)) || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: scripts/soak.sh MINUTES" >&2
  exit 2
fi
seconds=$(($1 * 60))
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/release/bin/plastic train configs/sine-quick.toml --run "$folder/run" --set meta.steps=100000000 \
  --set run.validate_every=50 --set run.log_every=1 --set run.checkpoint_seconds=1 >/dev/null 2>&1 &
child=$!

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$child/status"; }  # KiB
least=0 most=0
for ((tenth = 1; tenth <= 10; ++tenth)); do
  sleep "$((seconds / 10))"
  now=$(resident)
  echo "after $((tenth * seconds / 10)) s: $now KiB, $(grep -c loss "$folder/run/metrics.jsonl") lines of the log"
  ((tenth > 1)) || least=$now
  most=$now
done
kill -TERM "$child"
wait "$child" || [[ $? == 143 ]]
if ((most > least + least / 100 + 1024)); then
  echo "memory grew from $least to $most KiB" >&2
  exit 1
fi
echo "flat: $least KiB after a tenth of the time, $most KiB at the end"
