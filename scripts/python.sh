#!/usr/bin/env bash
# Installs the Python package as a user would, into a fresh virtual environment in build/, and runs its tests; then, in another
# that sees the distribution's PyTorch, the example that is an outer loop of PyTorch's. Skipped tests are listed with why;
# PLASTIC_REQUIRE_CASES=1 makes it a failure that the shared cases are not there.
#   scripts/python.sh [PYTEST ARGUMENTS...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
install_missing "${build_packages[@]}" "${python_packages[@]}"

python=/usr/bin/python3  # the one that those packages are for
with_torch='python/tests/test_documents.py::test_the_meta_gradient_serves_an_outer_loop_of[torch]'

rm -rf build/python-venv build/python-torch-venv build/python-wheel
"$python" -m venv build/python-venv
build/python-venv/bin/pip wheel --quiet --no-deps --wheel-dir build/python-wheel .
wheel=$(echo build/python-wheel/plastic-*.whl)
build/python-venv/bin/pip install --quiet "${wheel}[test]"
build/python-venv/bin/python -m pytest --quiet -rs --deselect "$with_torch" "$@"

"$python" -m venv --system-site-packages build/python-torch-venv
build/python-torch-venv/bin/pip install --quiet "$wheel" 'pytest>=7'
build/python-torch-venv/bin/python -c 'import torch'  # else the test would be skipped
build/python-torch-venv/bin/python -m pytest --quiet -rs "$with_torch"
