import copy
import pickle
import sys

import numpy as np
import pytest

import plastic

NETWORK, LEARNER = plastic.Network([1, 16, 1]), plastic.Learner("flp")


def lines(rng):
    """Each lifetime: y = a x."""
    a, x = rng.uniform(-2, 2), rng.uniform(-1, 1, (24, 1))
    return x[:16].reshape(4, 4, 1), a * x[:16].reshape(4, 4, 1), x[16:], a * x[16:]


def test_it_learns_to_learn():
    trainer = plastic.Trainer(NETWORK, LEARNER, lines, rates={"plasticity": 1e-3}, seed=3)
    before = trainer.evaluate(20).mean()
    trainer.run(500)
    after = trainer.evaluate(20).mean()
    x = np.linspace(-1, 1, 50)
    guess = np.mean([np.mean((a * x) ** 2) for a in np.linspace(-2, 2, 50)])  # of one who answers 0
    assert after < 0.3 * guess < before


def test_one_seed_is_one_result_for_any_number_of_threads():
    found = [
        plastic.Trainer(NETWORK, LEARNER, lines, seed=seed, threads=threads).run(5)
        for seed, threads in ((3, 1), (3, 3), (4, 1))
    ]
    assert found[0].flat.tobytes() == found[1].flat.tobytes() != found[2].flat.tobytes()


def test_adam_takes_its_textbook_step():
    """Against the moments' recursion written out, with a rate of each group's own."""
    rates = {
        "weights": 1e-2,
        "biases": 0,
        "feedback": 1e-3,
        "feedback_biases": 2e-3,
        "plasticity": 1e-4,
        "modulation": 5e-3,
    }
    trainer = plastic.Trainer(NETWORK, LEARNER, lines, rates=rates, dtype=np.float64, clip=0, lifetimes=1, seed=5)
    values = {name: view.copy() for name, view in trainer.parameters.items()}
    mean, square = {name: 0.0 for name in values}, {name: 0.0 for name in values}
    for t in range(1, 4):
        data = lines(np.random.default_rng([5, 0, t - 1, 0]))
        _, gradient = plastic.meta_gradient(
            NETWORK, LEARNER, plastic.Parameters(NETWORK, LEARNER, values, np.float64), *data
        )
        trainer.step()
        for name, g in gradient.items():
            mean[name] = 0.9 * mean[name] + 0.1 * g
            square[name] = 0.999 * square[name] + 0.001 * g**2
            step = mean[name] / (1 - 0.9**t) / (np.sqrt(square[name] / (1 - 0.999**t)) + 1e-8)
            values[name] = values[name] - rates[gradient.group(name)] * step
            np.testing.assert_allclose(trainer.parameters[name], values[name], rtol=1e-12, atol=1e-15)


def test_clipping_bounds_the_norm_and_what_is_not_learned_stays():
    learner = plastic.Learner("flp-random-feedback")
    trainer = plastic.Trainer(
        NETWORK, learner, lines, clip=1e-3, parameters=NETWORK.initial_parameters(learner, alpha=0.01)
    )
    before = trainer.parameters.copy()
    record = trainer.step()
    assert record["meta_step"] == 1 and record["gradient_norm"] > 1e-3 and record["left_out"] == []
    assert np.linalg.norm(trainer._mean.flat) == pytest.approx(0.1 * 1e-3, rel=1e-4)
    for name in before:
        changed = not np.array_equal(before[name], trainer.parameters[name])
        assert changed == (name in learner.meta_learned(NETWORK) and name not in ("B1", "B2")), name


def test_saved_it_goes_on_to_the_same_bits(tmp_path):
    whole = plastic.Trainer(NETWORK, LEARNER, lines)
    whole.run(6)
    first, second = plastic.Trainer(NETWORK, LEARNER, lines), plastic.Trainer(NETWORK, LEARNER, lines)
    first.run(3)
    first.save(tmp_path / "trainer.npz")
    second.restore(tmp_path / "trainer.npz")
    second.run(3)
    assert second.meta_steps == 6
    assert second.parameters.flat.tobytes() == whole.parameters.flat.tobytes()
    other = plastic.Trainer(plastic.Network([1, 17, 1]), LEARNER, lines)
    with pytest.raises(ValueError, match="another network"):
        other.restore(tmp_path / "trainer.npz")


def test_a_task_may_return_lifetimes():
    found = [
        plastic.Trainer(NETWORK, LEARNER, task).run(3)
        for task in (lines, lambda rng: plastic.Lifetime(*lines(rng)), lambda rng: list(lines(rng)))
    ]
    assert found[0].flat.tobytes() == found[1].flat.tobytes() == found[2].flat.tobytes()


def test_validation_and_test_are_lifetimes_of_their_own():
    trainer = plastic.Trainer(NETWORK, LEARNER, lines)
    assert not np.intersect1d(trainer.evaluate(20), trainer.evaluate(20, split="validation")).size


def test_a_trainer_crosses_processes():
    trainer = plastic.Trainer(NETWORK, LEARNER, lines)
    trainer.run(2)
    other = pickle.loads(pickle.dumps(trainer))
    assert other.run(2).flat.tobytes() == trainer.run(2).flat.tobytes()


def test_callbacks_see_every_meta_step_and_may_stop_it():
    seen = []

    def stop(record):
        seen.append(record["meta_step"])
        if len(seen) == 3:
            raise StopIteration

    trainer = plastic.Trainer(NETWORK, LEARNER, lines)
    with pytest.raises(StopIteration):
        trainer.run(10, stop)
    assert seen == [1, 2, 3] and trainer.meta_steps == 3


def test_lifetimes_that_diverge_are_left_out_or_raise():
    def wild(rng):
        xs, ys, xq, yq = lines(rng)
        return (xs * 1e30, ys * 1e30, xq, yq) if rng.random() < 0.5 else (xs, ys, xq, yq)

    hebb = plastic.Learner("flp-hebb")
    start = NETWORK.initial_parameters(hebb, alpha=0.1)
    trainer = plastic.Trainer(NETWORK, hebb, wild, parameters=start)
    records = [trainer.step() for _ in range(5)]
    assert any(record["left_out"] for record in records) and np.isfinite(trainer.parameters.flat).all()
    assert not np.array_equal(trainer.parameters.flat, start.flat)
    with pytest.raises(plastic.Divergence):
        plastic.Trainer(NETWORK, hebb, wild, parameters=start, on_divergence="raise").run(5)
    assert np.isinf(trainer.evaluate(20, wild)).any()


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="rates: no group 'alpha'; there are weights"):
        plastic.Trainer(NETWORK, LEARNER, lines, rates={"alpha": 1})
    with pytest.raises(ValueError, match='on_divergence: expected "skip" or "raise"'):
        plastic.Trainer(NETWORK, LEARNER, lines, on_divergence="stop")
    with pytest.raises(ValueError, match="lifetimes: expected an integer >= 1"):
        plastic.Trainer(NETWORK, LEARNER, lines, lifetimes=0)
    with pytest.raises(TypeError, match="lifetimes: expected an integer >= 1, given 2.5"):
        plastic.Trainer(NETWORK, LEARNER, lines, lifetimes=2.5)
    with pytest.raises(ValueError, match="seed: expected an integer from 0"):
        plastic.Trainer(NETWORK, LEARNER, lines, seed=2**63)
    with pytest.raises(TypeError, match=r"task: expected task\(rng\), Sinusoids or FewShot, given str"):
        plastic.Trainer(NETWORK, LEARNER, "sinusoids")
    with pytest.raises(ValueError, match='split: expected "train", "validation" or "test", given \'eval\''):
        plastic.Trainer(NETWORK, LEARNER, lines).evaluate(split="eval")
    with pytest.raises(ValueError, match="xs: expected shape"):
        plastic.Trainer(plastic.Network([2, 1]), LEARNER, lines).step()
    for returned, said in ((lambda rng: lines(rng)[:3], "3 values"), (lambda rng: None, "NoneType")):
        with pytest.raises(ValueError, match=rf"task: must return a Lifetime or \(xs, ys, xq, yq\), returned {said}"):
            plastic.Trainer(NETWORK, LEARNER, returned).step()


def test_what_it_trained_learns_online():
    trainer = plastic.Trainer(NETWORK, LEARNER, lines)
    trainer.run(2)
    online = trainer.online()
    assert np.array_equal(online.state()[:16], trainer.parameters["W1"].ravel())


def test_what_is_no_file_of_its_own_changes_nothing(tmp_path):
    trainer = plastic.Trainer(NETWORK, LEARNER, lines, seed=3)
    before = trainer.parameters.flat.copy()
    (tmp_path / "none.npz").write_bytes(b"PK nothing")
    np.savez(tmp_path / "half.npz", parameters=before + 1, mean=before, square=before)
    for name in ("none.npz", "half.npz"):
        with pytest.raises(plastic.Error, match=name):
            trainer.restore(tmp_path / name)
    plastic.Trainer(NETWORK, LEARNER, lines, seed=4).save(tmp_path / "other.npz")
    with pytest.raises(ValueError, match="seed 4, not 3"):
        trainer.restore(tmp_path / "other.npz")
    assert np.array_equal(trainer.parameters.flat, before)


def test_numbers_that_would_spoil_everything_are_refused():
    for rate in (np.nan, np.inf, -1):
        with pytest.raises(ValueError, match="rates: expected a number >= 0 for weights"):
            plastic.Trainer(NETWORK, LEARNER, lines, rates={"weights": rate})
    with pytest.raises(ValueError, match="adam_betas"):
        plastic.Trainer(NETWORK, LEARNER, lines, adam_betas=(1, 1))
    with pytest.raises(ValueError, match="memory_mib"):
        plastic.MetaGradient(NETWORK, LEARNER, memory_mib=np.inf)
    with pytest.raises(ValueError, match="largest_loss"):
        plastic.MetaGradient(NETWORK, LEARNER, largest_loss=np.nan)
    others = plastic.Network([1, 4, 1]).initial_parameters(LEARNER)
    with pytest.raises(ValueError, match="parameters: expected the network's"):
        plastic.Trainer(NETWORK, LEARNER, lines, parameters=others)


def test_a_divergence_crosses_processes():
    told = plastic.Divergence(1, "loss", 2, 3, "", float("nan"), "in words")
    again = pickle.loads(pickle.dumps(told))
    assert str(again) == str(told) and (again.lifetime, again.step, again.layer) == (1, 2, 3)


def test_a_trainers_copy_trains_by_itself():
    trainer = plastic.Trainer(NETWORK, LEARNER, lines)
    trainer.run(2)
    other, deep = copy.copy(trainer), copy.deepcopy(trainer)
    kept = trainer.parameters.flat.copy()
    assert other.task is trainer.task and other.meta_steps == 2
    assert other.run(2).flat.tobytes() == deep.run(2).flat.tobytes()
    assert np.array_equal(trainer.parameters.flat, kept) and trainer.meta_steps == 2
    assert trainer.run(2).flat.tobytes() == other.parameters.flat.tobytes()


def test_lifetimes_of_a_task_are_checked_one_by_one():
    def forgetful(rng):  # 8 of them would pass for one lifetime of 8 steps
        w, x = rng.normal(size=3), rng.normal(size=(17, 3))
        y = (x @ w)[:, None]
        return x[:16], y[:16], x[16], y[16]

    def ragged(rng):
        xs, ys, xq, yq = lines(rng)
        steps = 4 if rng.random() < 0.5 else 3
        return xs[:steps], ys[:steps], xq, yq

    with pytest.raises(ValueError, match=r"task, lifetime 0: xs: expected shape \(steps, minibatch, 3\)"):
        plastic.Trainer(plastic.Network([3, 16, 1]), LEARNER, forgetful).step()
    with pytest.raises(ValueError, match="task, lifetime 0: xs: expected one lifetime"):
        plastic.Trainer(NETWORK, LEARNER, lambda rng: [array[None] for array in lines(rng)]).step()
    trainer = plastic.Trainer(NETWORK, LEARNER, ragged)
    with pytest.raises(ValueError, match=r"xs: .*, but lifetime \d has \(\d, 4, 1\) and the first"):
        trainer.step()
    assert trainer.meta_steps == 0
    assert np.isfinite(trainer.evaluate(20)).all()  # one after another they may differ


@pytest.mark.parametrize(
    "made, said",
    [
        ({"learner": plastic.Learner("flp", alpha_sharing="neuron")}, "another learner"),
        ({"learner": plastic.Learner("flp", feedback="fixed")}, "another learner"),
        ({"network": plastic.Network([1, 16, 1], activation="tanh")}, "another network"),
        ({"dtype": np.float64}, "another dtype"),
        ({"lifetimes": 4}, "lifetimes 8, not 4"),
        ({"rates": {"weights": 1}}, "rates"),
        ({"clip": 1}, "clip 10.0, not 1.0"),
        ({"adam_betas": (0.5, 0.5)}, "adam_betas"),
        ({"adam_epsilon": 1e-3}, "adam_epsilon 1e-08, not 0.001"),
        ({"seed": 2}, "seed 1, not 2"),
    ],
)
def test_another_trainers_file_is_refused(tmp_path, made, said):
    saved = plastic.Trainer(NETWORK, LEARNER, lines)
    saved.step()
    saved.save(tmp_path / "trainer.npz")
    other = plastic.Trainer(**{"network": NETWORK, "learner": LEARNER, "task": lines, **made})
    before = other.parameters.flat.copy()
    with pytest.raises(ValueError, match=said):
        other.restore(tmp_path / "trainer.npz")
    assert np.array_equal(other.parameters.flat, before) and other.meta_steps == 0


def test_an_interrupt_anywhere_leaves_whole_meta_steps():
    """Raised before each of Python's instructions in turn, as Ctrl-C's handler would."""
    first = plastic.Trainer(NETWORK, LEARNER, lines, lifetimes=1)
    first.step()
    states = []
    going_on = copy.copy(first)
    for _ in range(3):
        states.append(going_on.parameters.flat.tobytes())
        going_on.step()

    def interrupted_before(instruction):
        left = instruction
        trainer = copy.copy(first)

        def look(frame, event, argument):
            nonlocal left
            frame.f_trace_opcodes = True
            if event == "opcode":
                left -= 1
                if left == 0:
                    raise KeyboardInterrupt
            return look

        def enter(frame, event, argument):
            if not frame.f_code.co_filename.endswith("trainer.py") or "plastic" not in frame.f_code.co_filename:
                return None
            return look(frame, event, argument)

        before = sys.gettrace()
        sys.settrace(enter)
        try:
            trainer.step()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        assert trainer.parameters.flat.tobytes() == states[trainer.meta_steps - 1]
        trainer.step()
        assert trainer.parameters.flat.tobytes() == states[trainer.meta_steps - 1]
        return left > 0  # through before it came to that

    done = 0
    for instruction in range(1, 5000):
        if interrupted_before(instruction):
            break
        done += 1
    assert 100 < done < 4999


def test_evaluation_asks_for_no_gradient(monkeypatch):
    trainer = plastic.Trainer(NETWORK, LEARNER, lines)
    trainer.run(3)
    found = trainer.evaluate(70, split="validation")
    monkeypatch.setattr(plastic.MetaGradient, "without_diverged", None)
    assert np.array_equal(trainer.evaluate(70, split="validation"), found)
    monkeypatch.undo()
    drawn = [lines(np.random.default_rng([1, 2, 0, i])) for i in range(70)]
    wanted = [plastic.meta_gradient(NETWORK, LEARNER, trainer.parameters, *one)[0] for one in drawn]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize(
    "given, error, said",
    [
        ({"clip": np.nan}, ValueError, "clip: expected a number >= 0, given nan"),
        ({"clip": -1}, ValueError, "clip: expected a number >= 0, given -1"),
        ({"clip": "a"}, TypeError, "clip: expected a number >= 0, given 'a'"),
        ({"adam_betas": (0.9, 0.9, 0.9)}, TypeError, "adam_betas: expected two numbers"),
        ({"adam_betas": 0.9}, TypeError, "adam_betas: expected two numbers"),
        ({"adam_betas": (np.nan, 0.9)}, ValueError, "adam_betas: expected numbers from 0 to less than 1, given nan"),
        ({"adam_epsilon": np.nan}, ValueError, "adam_epsilon: expected a number > 0"),
        ({"adam_epsilon": -1}, ValueError, "adam_epsilon: expected a number > 0"),
        ({"rates": {"weights": "a"}}, TypeError, "rates: expected a number >= 0 for weights, given 'a'"),
        ({"rates": 1e-3}, TypeError, "rates: expected a mapping of groups to numbers"),
        ({"learner": "flp"}, TypeError, "learner: expected plastic.Learner"),
        (
            {"parameters": NETWORK.initial_parameters(LEARNER), "dtype": np.float64},
            ValueError,
            "dtype: expected that of",
        ),
    ],
)
def test_arguments_that_mean_nothing_are_named(given, error, said):
    with pytest.raises(error, match=said):
        plastic.Trainer(**{"network": NETWORK, "learner": LEARNER, "task": lines, **given})


def test_what_run_is_given_is_checked():
    trainer = plastic.Trainer(NETWORK, LEARNER, lines)
    with pytest.raises(ValueError, match="steps: expected an integer >= 0, given -1"):
        trainer.run(-1)
    with pytest.raises(TypeError, match="callback: expected a function, given 3"):
        trainer.run(1, callback=3)
    assert trainer.meta_steps == 0
