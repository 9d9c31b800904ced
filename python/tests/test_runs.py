import contextlib
import copy
import json
import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest
from conftest import REPOSITORY

import plastic

SMALL = {"network.hidden": [16], "task.steps_per_task": 2, "meta.steps": 6, "run.log_every": 1, "run.validate_every": 3,
         "run.validation_lifetimes": 2}  # fmt: skip


def test_the_callback_is_given_the_log(run):
    logged = [json.loads(line) for line in (run.trained.path / "metrics.jsonl").read_text().splitlines()]
    assert run.lines == logged
    assert [line["meta_step"] for line in run.lines if "loss" in line] == [1, 5, 10, 15, 20]
    assert [line["meta_step"] for line in run.lines if "validation_loss" in line] == [0, 10, 20]


def test_a_run_says_all_about_itself(run):
    trained = run.trained
    assert trained.config["meta"]["steps"] == 20 and trained.config["task"]["tasks"] == 3
    assert "steps = 20" in trained.config_toml
    assert trained.summary["meta_steps"] == 20 and trained.evaluation is None
    assert [layer.plastic for layer in trained.network.layers] == [True] * 4 + [False]
    assert trained.learner == plastic.Learner() and trained.dtype == np.float32
    assert trained.parameters["W1"].shape == (64, 11)


def test_evaluation_measures_as_many_lifetimes_as_asked(run):
    found = run.trained.evaluate(lifetimes=5)
    assert found["lifetimes"] == 5 and found["measure"] == "mse"
    assert found["final"]["low"] <= found["final"]["mean"] <= found["final"]["high"]
    assert found == run.trained.evaluate(lifetimes=5, threads=1)
    with pytest.raises(plastic.Error, match="evaluation.lifetimes"):
        run.trained.evaluate(lifetimes=0)
    with pytest.raises(plastic.Error, match="evaluation.shots"):
        run.trained.evaluate(shots=3)


def test_analysis_has_a_summary_and_arrays(run):
    found = run.trained.analyze(lifetimes=3)
    assert found["lifetimes"] == 3 and len(found["angles"]) == 4
    assert found["arrays"]["angle_to_descent"].shape[0] == 3
    assert np.isfinite(found["arrays"]["angle_to_descent"]).any()


def test_a_model_is_the_run_in_one_file(run, tmp_path):
    run.trained.export(tmp_path / "model.safetensors")
    model = plastic.load(tmp_path / "model.safetensors")
    assert model.config == run.trained.config and model.summary == run.trained.summary
    assert model.network == run.trained.network and model.learner == run.trained.learner
    assert model.parameters.flat.tobytes() == run.trained.parameters.flat.tobytes()
    assert model.evaluate(lifetimes=3)["final"] == run.trained.evaluate(lifetimes=3)["final"]


@pytest.mark.parametrize("path", sorted((REPOSITORY / "models").glob("*.safetensors")), ids=lambda path: path.stem)
def test_the_repositorys_models_open_and_answer(path):
    model = plastic.load(path)
    online = model.online()
    x = np.random.default_rng(0).uniform(size=online.network.inputs)
    before = online.observe(x, np.eye(online.network.outputs)[0])
    assert np.isfinite(before).all()
    assert not np.array_equal(online.predict(x), before)
    assert np.array_equal(model.observe(x, np.eye(online.network.outputs)[0]), before)
    assert np.array_equal(model.predict(x), online.predict(x))


@pytest.mark.parametrize("name", ["flp-no-feedback", "maml", "dfa", "static"])
def test_a_run_of_a_named_learner_is_loaded_as_that(name, tmp_path):
    trained = plastic.train(SMALL, run=tmp_path / "run", overrides={"learner.name": name, "meta.steps": 1})
    assert trained.learner == plastic.Learner(name)
    assert set(trained.parameters) == set(trained.network.initial_parameters(trained.learner))
    online = trained.online()
    online.observe(np.ones(11), [1.0])
    assert (online.state().size == 0) == (name == "static")


def test_data_elsewhere_is_for_images(run):
    with pytest.raises(plastic.Error, match="task.data"):
        run.trained.evaluate(data="elsewhere.images")
    model = plastic.load(REPOSITORY / "models/omniglot-5way-continual.safetensors")
    for measure in (model.evaluate, model.analyze):
        with pytest.raises(plastic.Error, match="elsewhere.images"):
            measure(data="elsewhere.images")


def test_text_mapping_and_file_are_one_config(tmp_path):
    text = 'name = "t"\n' + "\n".join(f"{key} = {value}" for key, value in SMALL.items())
    (tmp_path / "t.toml").write_text(text)
    runs = [
        plastic.train(text, run=tmp_path / "a"),
        plastic.train(tmp_path / "t.toml", run=tmp_path / "b"),
        plastic.train(str(tmp_path / "t.toml"), run=tmp_path / "c"),
        plastic.train({"name": "t", **SMALL}, run=tmp_path / "d"),
        plastic.train({"name": "t"}, run=tmp_path / "e", overrides=SMALL),
    ]
    for trained in runs[1:]:
        assert trained.config == runs[0].config
        assert trained.parameters.flat.tobytes() == runs[0].parameters.flat.tobytes()


def test_what_a_callback_raises_ends_training_with_a_checkpoint(tmp_path):
    whole = plastic.train(SMALL, run=tmp_path / "whole")

    def refuse(line):
        if line["meta_step"] == 4:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        plastic.train(SMALL, run=tmp_path / "part", callback=refuse)
    assert plastic.load(tmp_path / "part").summary is None
    assert (tmp_path / "part/checkpoints/meta-step-4.safetensors").exists()
    steps = []
    part = plastic.resume(tmp_path / "part", callback=lambda line: steps.append(line["meta_step"]))
    assert min(steps) == 5
    assert part.parameters.flat.tobytes() == whole.parameters.flat.tobytes()


def test_ctrl_c_ends_training_with_a_checkpoint(tmp_path):
    handler = signal.getsignal(signal.SIGINT)

    def press(line):
        if line["meta_step"] == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        plastic.train(SMALL, run=tmp_path / "run", overrides={"meta.steps": 100000}, callback=press)
    assert signal.getsignal(signal.SIGINT) is handler
    assert (tmp_path / "run/checkpoints/meta-step-2.safetensors").exists()


@pytest.fixture(scope="session")
def slow(tmp_path_factory):
    """A run of which a single lifetime takes long: its validation, a lifetime too, is all that is waited for."""
    keys = {"network.hidden": [300, 300], "task.tasks": 1, "task.steps_per_task": 300000, "task.minibatch": 1,
            "task.query": 1, "meta.steps": 0, "run.validation_lifetimes": 1}  # fmt: skip
    return plastic.train({**SMALL, **keys}, run=tmp_path_factory.mktemp("slow") / "run")


@contextlib.contextmanager
def after(seconds, act, *arguments):
    """Something done while a block runs; never later, when another test's handlers are there."""
    timer = threading.Timer(seconds, act, arguments)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@pytest.mark.parametrize(
    "work, lifetimes", [("evaluate", 1_000_000), ("evaluate", 1), ("analyze", 2), ("analyze", 1000)]
)
def test_ctrl_c_ends_work_between_and_within_lifetimes(work, lifetimes, run, slow):
    trained = slow if lifetimes <= 2 else run.trained
    told = []

    def press():
        told.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    with after(0.3, press), pytest.raises(KeyboardInterrupt):
        getattr(trained, work)(lifetimes=lifetimes)
    assert time.monotonic() - told[0] < 1.5


def test_what_a_signals_handler_raises_ends_work(run):
    def refuse(number, frame):
        raise RuntimeError("enough")

    before = signal.signal(signal.SIGUSR1, refuse)
    try:
        with after(0.2, os.kill, os.getpid(), signal.SIGUSR1), pytest.raises(RuntimeError, match="enough"):
            run.trained.evaluate(lifetimes=1_000_000)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_run_crosses_processes_with_the_life_it_has_lived(run):
    trained = plastic.load(run.trained.path)
    untouched = pickle.loads(pickle.dumps(trained))
    assert "life" not in untouched.__dict__
    trained.observe(np.ones(11), [1.0])
    for other in (pickle.loads(pickle.dumps(trained)), copy.deepcopy(trained)):
        assert other.config == trained.config and other.parameters == trained.parameters
        assert np.array_equal(other.predict(np.ones(11)), trained.predict(np.ones(11)))
        assert not np.array_equal(other.predict(np.ones(11)), untouched.predict(np.ones(11)))
        other.observe(np.ones(11), [2.0])
        assert not np.array_equal(other.life.state(), trained.life.state())


def test_one_training_at_a_time(tmp_path):
    errors = []

    def another(line):
        with pytest.raises(plastic.Error) as raised:
            plastic.train(SMALL, run=tmp_path / "another")
        errors.append(str(raised.value))

    plastic.train(SMALL, run=tmp_path / "run", overrides={"meta.steps": 1}, callback=another)
    assert errors and all("is training already" in error for error in errors)
    assert not (tmp_path / "another").exists()


@pytest.mark.parametrize(
    "config, said",
    [
        ("[meta]\nstpes = 3", "config:2: meta.stpes: .*did you mean meta.steps"),
        ({"meta.steps": -1}, "meta.steps"),
        ("absent.toml", "absent.toml"),
        (
            {
                "task.data": "absent.images",
                "task.kind": "few-shot",
                "network.convolutions": [4],
                "network.strides": [2],
            },
            "absent.images",
        ),
    ],
)
def test_mistakes_are_named_before_anything_is_made(config, said, tmp_path):
    with pytest.raises(plastic.Error, match=said):
        plastic.train(config, run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_is_no_run(tmp_path):
    with pytest.raises(plastic.Error, match="not a run"):
        plastic.load(tmp_path)
    with pytest.raises(plastic.Error):
        plastic.load(tmp_path / "absent")
    with pytest.raises(TypeError, match="a config takes"):
        plastic.train({"meta.steps": None}, run=tmp_path / "run")
