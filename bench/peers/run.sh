#!/usr/bin/env bash
# Installs the peers into a virtual environment in build/peers/ unless it is there already, and runs run.py in it.
#   bench/peers/run.sh [--check] [OPTIONS OF run.py...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
environment=build/peers/venv
pins=bench/peers/requirements.txt

if ! cmp --quiet "$pins" "$environment/installed.txt"; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  torch=$(grep '^torch==' "$pins")
  # Without CUDA, which is gigabytes; where that index cannot be reached, PyPI's wheel computes the same on the CPU.
  "$environment/bin/pip" install --quiet --retries 0 --index-url https://download.pytorch.org/whl/cpu "$torch" 2>/dev/null ||
    echo "No $torch from PyTorch's index of CPU wheels: taking PyPI's, with CUDA" >&2
  "$environment/bin/pip" install --quiet -r "$pins"
  cp "$pins" "$environment/installed.txt"
fi
exec "$environment/bin/python" bench/peers/run.py "$@"
