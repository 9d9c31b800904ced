"""The tutorial, the page in docs/ and the examples run as they stand."""

import json
import re
import runpy

import numpy as np
import pytest
from conftest import REPOSITORY


def execute(sources, where):
    """Cells, one after another in one namespace, as a notebook runs them."""
    namespace = {"__name__": "__main__"}
    for number, source in enumerate(sources):
        exec(compile(source, f"{where}, cell {number}", "exec"), namespace)
    return namespace


def test_the_tutorials_cells_run_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = json.loads((REPOSITORY / "python/tutorial.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] for cell in cells), "keep its outputs out of the repository"
    execute(["".join(cell["source"]) for cell in cells], "tutorial.ipynb")


def test_the_tutorial_is_a_valid_notebook():
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    nbformat.validate(nbformat.read(REPOSITORY / "python/tutorial.ipynb", as_version=4))


def test_the_pages_examples_run_in_order(tmp_path, monkeypatch):
    (tmp_path / "configs").symlink_to(REPOSITORY / "configs")
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs/python.md").read_text(), re.DOTALL)
    assert len(blocks) == 5
    namespace = execute(blocks, "docs/python.md")
    trainer = namespace["trainer"]
    assert trainer.evaluate(50).mean() < 0.2  # answering 0 scores 2.2


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_the_meta_gradient_serves_an_outer_loop_of(library):
    pytest.importorskip(library, reason=f"{library} is not installed")
    losses = runpy.run_path(str(REPOSITORY / f"python/examples/with_{library}.py"))["main"](meta_steps=150)
    assert np.mean(losses[-20:]) < 0.35 * np.mean(losses[:20])
