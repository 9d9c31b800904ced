#!/usr/bin/env bash
# Builds the fuzz targets (clang++, with the sanitizers), then fuzzes each target for a while, as many side by side as
# there are cores. fuzz/corpus/TARGET is read; what a run finds goes to build/asan/found/TARGET, so the repository
# stays as it is. A crash ends with a nonzero exit, its log, and the input that shows it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if (($# != 1)) || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: scripts/fuzz.sh SECONDS    (for each target)" >&2
  exit 2
fi

source scripts/packages.sh
install_missing "${build_packages[@]}" "${clang_packages[@]}"
cmake --preset asan -DPLASTIC_BENCH=OFF
cmake --build --preset asan --target fuzz

export seconds=$1
fuzz_one() {  # fuzz_one PROGRAM
  local target found corpus=()
  target=$(basename "$1") && target=${target#fuzz_}
  found=build/asan/found/$target
  mkdir -p "$found"
  [[ ! -d fuzz/corpus/$target ]] || corpus=("fuzz/corpus/$target")
  if "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$found-" \
    "$found" "${corpus[@]}" >"$found.log" 2>&1; then
    echo "fuzz $target: $(tail -n 1 "$found.log")"
  else
    tail -n 60 "$found.log"
    echo "fuzz $target: FAILED; give $1 the input named above to see it again"
    return 1
  fi
}
export -f fuzz_one

programs=(build/asan/bin/fuzz_*)
# shellcheck disable=SC2016
printf '%s\0' "${programs[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz_one "$1"' bash
