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
  # With PyTorch's CUDA, some gigabytes that compute nothing here; PIP_EXTRA_INDEX_URL may name an index of wheels without.
  "$environment/bin/pip" install --quiet -r "$pins"
  cp "$pins" "$environment/installed.txt"
fi
exec "$environment/bin/python" bench/peers/run.py "$@"
