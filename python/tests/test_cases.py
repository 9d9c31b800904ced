"""Against cases made by another implementation, PyTorch's autograd in double."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from conftest import REPOSITORY

import plastic

FOLDER = Path(os.environ.get("PLASTIC_CASES", REPOSITORY / "../shared/cases"))
CASES = sorted(case.parent for case in FOLDER.glob("*/case.json"))


def layers_of(case, inputs):
    image = inputs["xs"].shape[2:]
    for layer in case["layers"]:
        if layer["type"] == "conv":
            made = plastic.Convolution(*image, layer["out"], layer["kernel"], layer["stride"], layer["padding"])
            image = made.image
            yield made
        else:
            yield plastic.Layer(layer["in"], layer["out"], layer["activation"], layer["plastic"])


def learner_of(case):
    given = case["learner"]
    rule = given["plasticity"]
    keys = {"pathway": given["feedback"], "alpha_sharing": case["alpha"], "held_constant": given.get("held_constant")}
    if given["feedback"] == "direct":
        keys |= {key: given[key] for key in ("signal", "feedback_activation", "output_teaching")}
    if isinstance(rule, dict):
        keys |= {"plasticity": "polynomial", "terms": ["".join(map(str, term)) for term in rule["terms"]]}
    else:
        keys["plasticity"] = rule
    return plastic.Learner(**keys)


def test_the_cases_are_there_where_they_must_be():
    assert CASES or os.environ.get("PLASTIC_REQUIRE_CASES") != "1", f"no cases in {FOLDER}"


@pytest.mark.skipif(not CASES, reason=f"no cases in {FOLDER}: set PLASTIC_CASES to their folder")
@pytest.mark.parametrize("dtype, bound", [(np.float64, 1e-9), (np.float32, 1e-3)])
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_loss_and_every_gradient_are_the_oracles(folder, dtype, bound):
    case = json.loads((folder / "case.json").read_text())
    inputs, expected = dict(np.load(folder / "inputs.npz")), np.load(folder / "expected.npz")
    network = plastic.Network(list(layers_of(case, inputs)), loss=case["loss"])
    learner = learner_of(case)
    data = [inputs.pop(name) for name in ("xs", "ys", "xq", "yq")]
    parameters = plastic.Parameters(network, learner, inputs, dtype)
    loss, gradient = plastic.meta_gradient(network, learner, parameters, *data)
    assert loss == pytest.approx(float(expected["query_loss"]), rel=bound)
    assert {f"grad_{name}" for name in gradient} == {name for name in expected.files if name.startswith("grad_")}
    for name, found in gradient.items():
        wanted = expected[f"grad_{name}"]
        assert np.abs(found - wanted).max() <= bound * np.abs(wanted).max(), name
