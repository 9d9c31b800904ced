"""What tests share: a small network whose lifetimes use every part of the method."""

from __future__ import annotations

import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import plastic

REPOSITORY = Path(__file__).resolve().parents[2]


def lifetimes(rng, network, count=None, steps=6, minibatch=3, queries=5):
    """xs, ys, xq, yq of so many lifetimes side by side; None: of one, without their axis."""
    before = () if count is None else (count,)
    shapes = [(*before, steps, minibatch, network.inputs), (*before, steps, minibatch, network.outputs)]
    shapes += [(*before, queries, network.inputs), (*before, queries, network.outputs)]
    return [rng.normal(size=shape) for shape in shapes]


def nonzero_parameters(network, learner, dtype=np.float64, seed=1):
    """With biases and alphas that are not zero, so that every gradient has something to show."""
    rng = np.random.default_rng(seed)
    parameters = network.initial_parameters(learner, seed=seed, dtype=dtype, alpha=0.02)
    for view in parameters.values():
        view += 0.01 * rng.normal(size=view.shape)
    return parameters


@pytest.fixture
def small():
    """In double. 18 inputs: rows of W1 are padded in memory, those of W2 are not."""
    network = plastic.Network([18, 7, 2], activation="tanh")
    learner = plastic.Learner("flp", feedback_activation="identity")
    return SimpleNamespace(network=network, learner=learner, parameters=nonzero_parameters(network, learner))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run of a few meta-steps, and what its callback was given."""
    lines = []
    trained = plastic.train(
        REPOSITORY / "configs/sine-quick.toml",
        run=tmp_path_factory.mktemp("runs") / "run",
        overrides={"meta.steps": 20, "run": {"log_every": 5, "validate_every": 10, "validation_lifetimes": 4}},
        callback=lines.append,
    )
    return SimpleNamespace(trained=trained, lines=lines)


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """Shells start what they put in the background with SIGINT ignored, and Python then leaves it so."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
