#!/usr/bin/env bash
# Installs the Python package as a user would, into a fresh virtual environment in build/, and runs its tests.
#   scripts/python.sh [PYTEST ARGUMENTS...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
install_missing "${build_packages[@]}" "${python_packages[@]}"

environment=build/python-venv
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet '.[test]'
"$environment/bin/python" -m pytest --quiet -rs "$@"
