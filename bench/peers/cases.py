"""Lifetimes of the sizes that `plastic bench` measures, as case folders that `plastic gradient` reads."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SLOTS = 10  # width of the one-hot task slot, beside which x stands


@dataclass(frozen=True)
class Size:
    hidden: tuple
    tasks: int
    steps_per_task: int
    minibatch: int
    rule: str
    plastic_output: bool
    query: int = 32  # examples of each task
    alpha: float = 1e-5  # deviation; as in `plastic bench`, so small that no lifetime diverges

    @property
    def widths(self):
        return (SLOTS + 1, *self.hidden, 1)


SIZES = {
    "sine-quick": Size((64, 64, 64, 64), 3, 5, 16, "oja_implicit", False),
    "sine-paper": Size((300, 300, 300, 300, 300, 900, 300, 300), 10, 40, 32, "oja", True),
}

# For the comparison of gradients: alphas so large that a lifetime moves the weights, and that every term counts.
CHECKED = {
    "sine-quick": Size((64, 64, 64, 64), 3, 5, 16, "oja_implicit", False, alpha=3e-3),
    "sine-paper, a tenth": Size((30, 30, 30, 30, 30, 90, 30, 30), 4, 5, 8, "oja", True, alpha=3e-3),
}


def description(size):
    layers = [
        {"type": "dense", "in": i, "out": o, "activation": "relu", "plastic": True}
        for i, o in zip(size.widths, size.widths[1:], strict=False)
    ]
    layers[-1] |= {"activation": "identity", "plastic": size.plastic_output}
    learner = {
        "feedback": "direct",
        "signal": "error",
        "feedback_activation": "relu",
        "output_teaching": "feedback",
        "plasticity": size.rule,
    }
    return {"layers": layers, "learner": learner, "loss": "mse"}


def draw_parameters(size, rng):
    """As at the start of training, but with alphas of both signs and biases other than 0: arrays by name."""
    P = {}
    for l, layer in enumerate(description(size)["layers"], 1):
        n_in, n_out = layer["in"], layer["out"]
        P[f"W{l}"] = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in))
        P[f"b{l}"] = rng.normal(0, 0.01, n_out)
        if layer["plastic"]:
            P[f"alpha{l}"] = rng.normal(0, size.alpha, (n_out, n_in))
            P[f"B{l}"] = rng.normal(0, np.sqrt(2), (n_out, 1))
            P[f"c{l}"] = rng.normal(0, 0.01, n_out)
            P[f"beta{l}"] = np.array([0.5])
    return P


def draw_data(size, rng):
    """One sinusoid after another, then a query of all: xs [T, M, in], ys [T, M, 1], xq [Q, in], yq [Q, 1]."""
    amplitude, phase = 5 * (rng.random(size.tasks) + 0.02), np.pi * rng.random(size.tasks)

    def examples(each):
        task = np.repeat(np.arange(size.tasks), each)
        x = rng.uniform(-5, 5, task.size)
        inputs = np.concatenate([np.eye(SLOTS)[task], x[:, None]], axis=1)
        return inputs, (amplitude[task] * np.sin(x + phase[task]))[:, None]

    xs, ys = (a.reshape(-1, size.minibatch, a.shape[1]) for a in examples(size.steps_per_task * size.minibatch))
    xq, yq = examples(size.query)
    return {"xs": xs, "ys": ys, "xq": xq, "yq": yq}


def write_cases(size, lifetimes, folder):
    """A case for each lifetime, all with the same parameters."""
    rng = np.random.default_rng(1)
    parameters = draw_parameters(size, rng)
    folders = [Path(folder) / str(i) for i in range(lifetimes)]
    for case in folders:
        case.mkdir(parents=True, exist_ok=True)
        (case / "case.json").write_text(json.dumps(description(size), indent=1))
        np.savez(case / "inputs.npz", **parameters, **draw_data(size, rng))
    return folders
