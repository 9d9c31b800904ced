#!/usr/bin/env bash
# Kills a run with SIGKILL at random moments, resumes it each time, and holds what it comes to against the same run left
# alone: the best parameters, the last checkpoint and the log must be the same, but for the seconds in them.
#   scripts/kill.sh KILLS [CONFIG] [SEED]
# Every meta-step writes a checkpoint, so that many of the kills come while one is being written: those that leave an
# unfinished file behind are counted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if (($# < 1 || $# > 3)) || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: scripts/kill.sh KILLS [CONFIG] [SEED]" >&2
  exit 2
fi
kills=$1 config=${2-configs/sine-quick.toml}
RANDOM=${3-1}
program=build/release/bin/plastic steps=300
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
whole=$folder/whole run=$folder/run
fresh=(--set "meta.steps=$steps" --set run.validate_every=20 --set run.log_every=1 --set run.checkpoint_seconds=0
  --set meta.lifetimes=1)
new_run() { "$program" train "$config" --run "$1" "${fresh[@]}" >/dev/null 2>&1; }

without_seconds() { sed -E 's/"(seconds|log_bytes|sha256)":[^,}]*,?//g'; }
tensors() {  # tensors FILE: its data; then its header, without the spaces that pad it
  local header
  header=$(od -An -t u8 -N 8 "$1")
  tail -c "+$((9 + header))" "$1"
  tail -c +9 "$1" | head -c "$header" | without_seconds | tr -d ' '
}
compare() {
  cmp "$whole/parameters.safetensors" "$run/parameters.safetensors"
  cmp <(without_seconds <"$whole/metrics.jsonl") <(without_seconds <"$run/metrics.jsonl")
  cmp <(tensors "$whole/checkpoints/meta-step-$steps.safetensors") \
    <(tensors "$run/checkpoints/meta-step-$steps.safetensors")
}

begin=$EPOCHREALTIME
new_run "$whole"
took=$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')

survived=0 while_writing=0 runs=0
while ((survived < kills)); do
  start=("$config" --run "$run" "${fresh[@]}")
  [[ ! -e $run ]] || start=(--resume "$run")
  "$program" train "${start[@]}" >/dev/null 2>&1 &
  child=$!
  sleep "$(awk -v r="$RANDOM" -v t="$took" 'BEGIN { print r / 32768 * (t < 6 ? t : 6) / 6 }')"
  kill -KILL "$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true
  if [[ -e $run/summary.json ]]; then  # it had come to its end
    compare
    runs=$((runs + 1))
    rm -r "$run"
    continue
  fi
  survived=$((survived + 1))
  if compgen -G "$run/checkpoints/*.tmp" >/dev/null; then while_writing=$((while_writing + 1)); fi
done
if [[ -e $run ]]; then
  "$program" train --resume "$run" >/dev/null 2>&1
  compare
  runs=$((runs + 1))
fi
echo "$kills kills, $while_writing of them while a checkpoint was being written, in $runs runs of $steps meta-steps:" \
  "parameters, checkpoints and logs are the same as without"
