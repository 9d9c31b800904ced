import copy
import gc
import pickle

import numpy as np
import pytest
from conftest import lifetimes

import plastic


def loss_of(small, data):
    return plastic.meta_gradient(small.network, small.learner, small.parameters, *data)[0]


def test_it_is_a_mapping_in_the_engines_order(small):
    assert list(small.parameters) == [
        f"{symbol}{layer}" for layer in (1, 2) for symbol in ("W", "b", "alpha", "B", "c", "beta")
    ]
    assert small.parameters["W1"].shape == (7, 18) and small.parameters["beta2"].shape == (1,)
    assert small.parameters.group("alpha1") == "plasticity"
    with pytest.raises(KeyError):
        small.parameters["W3"]


def test_arrays_are_views_of_what_the_engine_reads(small, rng):
    data = lifetimes(rng, small.network)
    before = loss_of(small, data)
    kept = small.parameters["W2"][0, 3]
    small.parameters["W2"][0, 3] += 0.5
    assert loss_of(small, data) != before
    small.parameters["W2"][0, 3] = kept
    assert loss_of(small, data) == before
    for view in small.parameters.values():
        assert np.shares_memory(view, small.parameters.flat)
    small.parameters.flat[:] = 0
    assert all(np.all(view == 0) for view in small.parameters.values())
    small.parameters.flat += 1
    assert all(np.all(view == 1) for view in small.parameters.values())


def test_what_is_set_is_written_into_the_view(small):
    view = small.parameters["W2"]
    small.parameters["W2"] = np.arange(14).reshape(2, 7)
    assert np.array_equal(view.ravel(), np.arange(14))
    small.parameters["W2"] -= 1
    assert np.array_equal(view.ravel(), np.arange(14) - 1)
    with pytest.raises(ValueError):
        small.parameters["W2"] = np.zeros((7, 2))
    with pytest.raises(KeyError):
        small.parameters["W3"] = 1


def test_every_field_has_a_place_of_its_own(small):
    for value, view in enumerate(small.parameters.values(), 1):
        view[...] = value
    for value, view in enumerate(small.parameters.values(), 1):
        assert np.all(view == value)
    assert np.count_nonzero(small.parameters.flat) == sum(view.size for view in small.parameters.values())


def test_padding_is_never_read(small, rng):
    """Rows of W1 [7, 18] begin 32 numbers apart; what stands between them has no part in anything."""
    assert small.parameters["W1"].strides == (32 * 8, 8)
    data = lifetimes(rng, small.network)
    wanted = plastic.meta_gradient(small.network, small.learner, small.parameters, *data)
    marked = small.parameters.zeros_like()
    for view in marked.values():
        view[...] = 1
    small.parameters.flat[marked.flat == 0] = np.nan
    loss, gradient = plastic.meta_gradient(small.network, small.learner, small.parameters, *data)
    assert loss == wanted[0]
    assert all(np.array_equal(gradient[name], wanted[1][name]) for name in gradient)


def test_views_outlive_their_owner():
    network, learner = plastic.Network([300, 300, 1]), plastic.Learner("flp")
    view = network.initial_parameters(learner, seed=7)["W1"]
    kept = view.copy()
    gc.collect()
    [network.initial_parameters(learner, seed=8) for _ in range(3)]  # would take freed memory
    assert np.array_equal(view, kept)


def test_copies_are_apart(small):
    for other in (small.parameters.copy(), copy.copy(small.parameters), copy.deepcopy(small.parameters)):
        assert np.array_equal(other.flat, small.parameters.flat) and other == small.parameters
        other["W1"][:] = 9
        assert not np.any(small.parameters["W1"] == 9) and other != small.parameters
    restored = pickle.loads(pickle.dumps(small.parameters))
    assert np.array_equal(restored.flat, small.parameters.flat) and list(restored) == list(small.parameters)
    zeros = small.parameters.zeros_like()
    assert not np.any(zeros.flat) and list(zeros) == list(small.parameters)
    assert small.parameters.astype(np.float32)["W1"].dtype == np.float32


def test_saved_is_loaded_to_the_bit(small, tmp_path):
    small.parameters.save(tmp_path / "p.safetensors")
    loaded = plastic.Parameters.load(tmp_path / "p.safetensors", small.network, small.learner, np.float64)
    assert loaded.flat.tobytes() == small.parameters.flat.tobytes()
    with pytest.raises(plastic.Error, match="W1"):
        plastic.Parameters.load(tmp_path / "p.safetensors", plastic.Network([17, 7, 2]), small.learner)
    with pytest.raises(plastic.Error, match="absent"):
        plastic.Parameters.load(tmp_path / "absent", small.network, small.learner)


def test_others_read_what_was_saved(small, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    small.parameters.save(tmp_path / "p.safetensors")
    arrays = safetensors.load_file(tmp_path / "p.safetensors")
    assert arrays.keys() == small.parameters.keys()
    assert all(np.array_equal(arrays[name], view) for name, view in small.parameters.items())


def test_initial_parameters_are_those_of_meta_training(tmp_path):
    """meta-step 0 of a run: its validation loss is the best of all where no meta-step is better."""
    trained = plastic.train(
        {"network": {"hidden": [20]}, "task.steps_per_task": 2, "meta.steps": 1, "meta.rates.weights": 1e3, "meta.rates.biases": 1e3,
         "run.seed": 11, "initial.alpha": 0.01},
        run=tmp_path / "run",
    )  # fmt: skip
    assert trained.summary["best_meta_step"] == 0
    initial = trained.network.initial_parameters(trained.learner, seed=11, alpha=0.01)
    assert initial.flat.tobytes() == trained.parameters.flat.tobytes()


def test_arrays_that_do_not_fit_change_nothing(small):
    before = small.parameters.flat.copy()
    arrays = {name: np.ones(view.shape) for name, view in small.parameters.items()}
    with pytest.raises(ValueError, match=r"W2: expected shape \(2, 7\), given \(7, 2\)"):
        small.parameters.assign({**arrays, "W2": np.ones((7, 2))})
    with pytest.raises(ValueError, match="W9: expected no such array"):
        small.parameters.assign({**arrays, "W9": 1})
    with pytest.raises(ValueError, match=r"b1: expected shape \(7,\), given none"):
        small.parameters.assign({name: array for name, array in arrays.items() if name != "b1"})
    assert np.array_equal(small.parameters.flat, before)
    small.parameters.assign(arrays)
    assert all(np.all(view == 1) for view in small.parameters.values())


def test_dtypes_are_float32_and_float64(small):
    with pytest.raises(ValueError, match="dtype: expected float32 or float64, given float16"):
        small.network.initial_parameters(small.learner, dtype=np.float16)
    for seed in (-1, 2**63):
        with pytest.raises(ValueError, match=f"seed: expected an integer from 0 to {2**63 - 1}, given {seed}"):
            small.network.initial_parameters(small.learner, seed=seed)
    with pytest.raises(TypeError, match="seed: expected an integer from 0 to .*, given 1.5"):
        small.network.initial_parameters(small.learner, seed=1.5)
    assert small.network.initial_parameters(small.learner, seed=2**63 - 1)
