import copy
import gc
import pickle
import resource
from pathlib import Path

import numpy as np
import pytest
from conftest import lifetimes, nonzero_parameters

import plastic


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_lives_as_lifetimes_of_single_examples_do(dtype, rng):
    network, learner = plastic.Network([18, 7, 2]), plastic.Learner("flp")
    parameters = nonzero_parameters(network, learner, dtype)
    xs, ys, xq, _ = lifetimes(rng, network, steps=9, minibatch=1)
    before, after = plastic.answers(network, learner, parameters, xs, ys, xq)
    online = plastic.OnlineLearner(network, learner, parameters)
    near = {"rtol": 0, "atol": 100 * np.finfo(dtype).eps * np.abs(after).max()}
    np.testing.assert_allclose([online.predict(x) for x in xq], before, **near)
    for x, y in zip(xs[:, 0], ys[:, 0]):
        said = online.predict(x)
        assert np.array_equal(online.observe(x, y), said) and said.dtype == dtype
    np.testing.assert_allclose([online.predict(x) for x in xq], after, **near)
    assert not np.allclose(before, after)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_lives_a_lifetime_of_minibatches_step_by_step(dtype, rng):
    network, learner = plastic.Network([18, 7, 2], plastic="hidden"), plastic.Learner("flp")
    parameters = nonzero_parameters(network, learner, dtype)
    lifetime = plastic.Lifetime(*lifetimes(rng, network, steps=9, minibatch=4))
    online = plastic.OnlineLearner(network, learner, parameters)
    kept = []
    for step, (x, y) in enumerate(zip(lifetime.xs, lifetime.ys)):
        kept.append(online.state())
        until_now = [a[:step] for a in (lifetime.xs, lifetime.ys)]
        if step > 0:
            _, after = plastic.answers(network, learner, parameters, *until_now, lifetime.xq)
            np.testing.assert_array_equal(online.predict(lifetime.xq), after)
        assert np.array_equal(online.predict(x), online.observe(x, y))
    end = online.state()
    online.restore(kept[3])
    for x, y in zip(lifetime.xs[3:], lifetime.ys[3:]):
        online.observe(x, y)
    assert np.array_equal(online.state(), end)
    weights = online.weights()
    assert list(weights) == ["W1"] and weights["W1"].shape == (7, 18) and np.array_equal(weights["W1"].ravel(), end)
    online.reset()
    assert np.array_equal(online.weights()["W1"], parameters["W1"])


def test_one_example_or_several_by_their_shape(rng):
    network = plastic.Network([plastic.Convolution(1, 6, 6, 2), 3], loss="cross_entropy")
    online = plastic.OnlineLearner(network, plastic.Learner("flp"), network.initial_parameters(plastic.Learner("flp")))
    x = rng.normal(size=(5, 1, 6, 6)).astype(np.float32)
    several = online.predict(x)
    assert several.shape == (5, 3) and online.predict(x.reshape(5, 36)).shape == (5, 3)
    for one in (x[2], x[2].ravel(), x[2, 0]):
        assert online.predict(one).shape == (3,)
        np.testing.assert_allclose(online.predict(one), several[2], rtol=1e-5)
    assert online.predict(x[:1]).shape == online.predict(x[0].reshape(1, 36)).shape == (1, 3)
    assert online.observe(x, np.eye(3)[[0, 1, 2, 0, 1]]).shape == (5, 3)
    with pytest.raises(ValueError, match="y: expected as many examples as x, 5, given 4"):
        online.observe(x, np.eye(3)[[0, 1, 2, 0]])


def test_copies_live_apart(small, rng):
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    x, y = rng.normal(size=18), rng.normal(size=2)
    online.observe(x, y)
    lived = online.state()
    for other in (pickle.loads(pickle.dumps(online)), copy.deepcopy(online), copy.copy(online)):
        assert np.array_equal(other.state(), lived) and other.parameters == small.parameters
        other.observe(x, y)
        assert np.array_equal(online.state(), lived) and not np.array_equal(other.state(), lived)
        other.reset()
        assert np.array_equal(other.weights()["W2"], small.parameters["W2"])


def test_ten_thousand_observations_take_no_memory(small, rng):
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    xs, ys = rng.normal(size=(100, 18)), rng.normal(size=(100, 2))

    def observe(times):
        for i in range(times):
            online.observe(xs[i % 100], ys[i % 100])
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**10

    before = observe(1_000)
    assert observe(10_000) - before < 1024, "KiB"


def test_a_state_is_gone_back_to(small, rng):
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    x, y, born = rng.normal(size=18), rng.normal(size=2), online.state()
    assert np.array_equal(born, np.concatenate([small.parameters["W1"].ravel(), small.parameters["W2"].ravel()]))
    first = online.predict(x)
    online.observe(x, y)
    lived = online.state()
    assert not np.array_equal(lived, born)
    online.reset()
    assert np.array_equal(online.predict(x), first)
    online.restore(lived)
    assert np.array_equal(online.state(), lived) and not np.array_equal(online.predict(x), first)
    with pytest.raises(plastic.Error, match="numbers where this network has"):
        online.restore(lived[1:])


def test_it_keeps_parameters_of_its_own(small, rng):
    x = rng.normal(size=18)
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    before = online.predict(x)
    small.parameters.flat[:] = 0
    online.reset()
    assert np.array_equal(online.predict(x), before)


def test_mistakes_are_named(small, rng):
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    with pytest.raises(ValueError, match=r"x: expected shape \(18,\) or \(examples, 18\), given \(17,\)"):
        online.predict(np.zeros(17))
    with pytest.raises(ValueError, match=r"y: expected shape \(2,\)"):
        online.observe(np.zeros(18), [1.0])
    born = online.state()
    with pytest.raises(plastic.Error, match="not finite"):
        online.observe(np.full(18, np.nan), [0, 0])
    assert np.array_equal(online.state(), born)


def test_of_a_run(run):
    online = run.trained.online()
    assert online.predict(np.zeros(11)).shape == (1,)


@pytest.mark.parametrize(
    "x, said",
    [
        (np.ones((9, 2)), r"x: expected shape \(18,\) or \(examples, 18\), given \(9, 2\)"),
        (np.ones((2, 9)), r"given \(2, 9\)"),
        (np.ones((18, 1)), r"given \(18, 1\)"),
        (np.zeros((0, 18)), r"given \(0, 18\)"),
        (["1"] * 18, "x: expected real numbers, given <U1"),
        (np.ones(18) + 1j, "x: expected real numbers, given complex128"),
        ([[1, 2], [3]], "x: expected an array, given rows of several lengths"),
        (None, "x: expected real numbers, given object"),
    ],
)
def test_examples_are_checked(small, x, said):
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    with pytest.raises(ValueError, match=said):
        online.predict(x)
    with pytest.raises(ValueError, match=said):
        online.observe(x, [0, 0])
    with pytest.raises(ValueError, match="x: has a number that is not finite"):
        online.predict(np.full(18, np.nan))


def test_images_are_of_their_own_shape():
    learner = plastic.Learner("flp")
    network = plastic.Network([plastic.Convolution(2, 6, 6, 2), 3])
    online = plastic.OnlineLearner(network, learner, network.initial_parameters(learner))
    for wrong in ((6, 6, 2), (2, 36), (12, 6), (3, 6, 6)):
        with pytest.raises(
            ValueError, match=r"x: expected shape \(72,\) or .*, or \(2, 6, 6\) or \(examples, 2, 6, 6\)"
        ):
            online.predict(np.ones(wrong))
    assert online.predict(np.ones((4, 2, 6, 6))).shape == (4, 3)


def test_a_state_of_another_kind_is_told(small):
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    with pytest.raises(TypeError, match=r"state: expected what state\(\) gave, or a path, given a mapping"):
        online.restore(online.weights())
    with pytest.raises(ValueError, match="state: expected real numbers"):
        online.restore(["a"])
    with pytest.raises(ValueError, match="state: has a number that is not finite"):
        online.restore(np.full(online.state().shape, np.nan))


def test_one_that_has_run_away_is_copied_as_it_is(small):
    parameters = small.network.initial_parameters(small.learner, alpha=0.5)
    online = plastic.OnlineLearner(small.network, small.learner, parameters)
    online.observe(np.ones(18), [3e38, 3e38])
    assert not np.isfinite(online.state()).all()
    for other in (copy.copy(online), pickle.loads(pickle.dumps(online))):
        np.testing.assert_array_equal(other.state(), online.state())
        with pytest.raises(plastic.Error, match="run away"):
            other.predict(np.ones(18))


def test_a_state_is_kept_in_a_file(small, rng, tmp_path):
    online = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    online.observe(rng.normal(size=18), rng.normal(size=2))
    online.save(tmp_path / "life.safetensors")
    other = plastic.OnlineLearner(small.network, small.learner, small.parameters)
    for path in (tmp_path / "life.safetensors", str(tmp_path / "life.safetensors")):
        other.reset()
        other.restore(path)
        assert np.array_equal(other.state(), online.state())
    network = plastic.Network([18, 8, 2])
    another = plastic.OnlineLearner(network, small.learner, network.initial_parameters(small.learner))
    with pytest.raises(plastic.Error, match="is no state of this network"):
        another.restore(tmp_path / "life.safetensors")
