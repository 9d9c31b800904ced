#!/usr/bin/env bash
# One lifetime of more and more steps, lived through and differentiated: the peak memory of the whole process, with
# checkpoints in a budget and with everything kept. Prints a table; with PICTURE.svg draws it too.
#   scripts/memory.sh MIB MOST_STEPS [PICTURE.svg]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if (($# < 2 || $# > 3)) || [[ ! "$1$2" =~ ^[0-9]+$ ]]; then
  echo "usage: scripts/memory.sh MIB MOST_STEPS [PICTURE.svg]" >&2
  exit 2
fi
budget=$1 most=$2 picture=${3-}
program=build/release/bin/plastic
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

peak() {  # peak STEPS STORAGE: MiB
  "$program" train configs/sine-quick.toml --run "$folder/$1-$2" --set task.steps_per_task="$1" --set task.tasks=1 \
    --set task.minibatch=1 --set network.plastic=all --set meta.steps=1 --set meta.lifetimes=1 --set meta.growth_to=0 \
    --set run.validation_lifetimes=1 --set engine.threads=1 --set engine.memory_mib="$budget" \
    --set engine.storage="$2" >/dev/null 2>"$folder/why" || { cat "$folder/why" >&2; return 1; }
  grep -oP '"peak_mib": \K[0-9]+' "$folder/$1-$2/summary.json"
}

table=$folder/table
echo "# steps, MiB with checkpoints in a budget of $budget MiB, MiB with every state kept (to 10000 steps)" | tee "$table"
for steps in 100 300 1000 3000 10000 30000 100000 300000 1000000; do
  ((steps <= most)) || break
  full=nan
  ((steps > 10000)) || full=$(peak "$steps" full)
  kept=$(peak "$steps" checkpoints)
  echo "$steps $kept $full" | tee -a "$table"
done
[[ -n $picture ]] || exit 0
gnuplot <<PLOT
set terminal svg size 640,400 font "sans,12" background "white"
set output "$picture"
set logscale xy
set key left top
set grid
set xlabel "steps of the lifetime"
set ylabel "peak memory of the process, MiB"
plot "$table" using 1:3 with linespoints pointtype 7 linewidth 2 title "every state kept", \
     "$table" using 1:2 with linespoints pointtype 5 linewidth 2 title "checkpoints, engine.memory\\\\_mib = $budget"
PLOT
