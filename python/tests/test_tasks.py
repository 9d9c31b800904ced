"""The engine's own tasks: what they draw is what its training and its evaluation live through."""

import copy
import hashlib
import json
import os
import pickle

import numpy as np
import pytest

import plastic
from plastic import FewShot, Sinusoids

SMALL = {"task.tasks": 3, "task.steps_per_task": 4, "task.minibatch": 5, "task.query": 6, "task.slots": 4,
         "network.hidden": [12], "meta.lifetimes": 3, "meta.steps": 4, "run.log_every": 1, "run.seed": 7,
         "run.validation_lifetimes": 5, "run.validate_every": 4}  # fmt: skip
SINUSOIDS = {"tasks": 3, "steps_per_task": 4, "minibatch": 5, "query": 6, "slots": 4}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """8 classes a split, of 7 images of 6 x 6; each pixel tells class (1 to 24), image and place."""
    safetensors = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    classes = [
        {"name": f"{split}/{i}", "split": split, "count": 7}
        for split in ("train", "validation", "test")
        for i in range(8)
    ]
    pixels = np.zeros((24, 7, 1, 6, 6), np.uint8)
    pixels[..., 0, 0] = np.arange(1, 25)[:, None, None]
    pixels[..., 0, 1] = np.arange(1, 8)[:, None]
    pixels[..., 5, 5] = 255
    pixels = pixels.reshape(168, 1, 6, 6)
    metadata = {"classes": json.dumps(classes), "format": "plastic images 1", "name": "small", "origin": "a test"}
    text = f"images U8 (168, 1, 6, 6) {hashlib.sha256(pixels.tobytes()).hexdigest()}\n"
    text += "".join(f"{key}={value}\n" for key, value in metadata.items())
    metadata["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    path = tmp_path_factory.mktemp("data") / "small.images"
    safetensors.save_file({"images": pixels}, path, metadata)
    return path


def run_of_images(images, folder):
    config = {"task": {"kind": "few-shot", "data": str(images), "size": 6, "ways": 3, "shots": 2, "query": 4, "outputs": 5,
                       "rotations": True}, "network": {"hidden": [12]}, "meta": {"lifetimes": 3, "steps": 4},
              "run": {"seed": 7, "log_every": 1, "validate_every": 4, "validation_lifetimes": 5},
              "engine.precision": "double"}  # fmt: skip
    lines = []
    return plastic.train(config, run=folder, callback=lines.append), lines


def run_of_sinusoids(folder, **more):
    lines = []
    return plastic.train(SMALL, run=folder, overrides=more, callback=lines.append), lines


def trainer_like(trained, seed=7):
    rates = trained.config["meta"]["rates"]
    return plastic.Trainer(
        trained.network, trained.learner, trained.task, seed=seed, lifetimes=3, rates=rates, dtype=trained.dtype
    )


@pytest.mark.parametrize("order", ["continual", "iid"])
def test_a_trainer_of_sinusoids_lives_the_lifetimes_of_plastic_train(order, tmp_path):
    trained, lines = run_of_sinusoids(tmp_path / "run", **{"task.order": order})
    assert trained.task == Sinusoids(order=order, **SINUSOIDS)
    check_against(trained, lines)


def test_a_trainer_of_images_lives_the_lifetimes_of_plastic_train(images, tmp_path):
    trained, lines = run_of_images(images, tmp_path / "run")
    assert trained.task.image == (1, 6, 6) and trained.task.rotations and trained.task.outputs == 5
    check_against(trained, lines)


def check_against(trained, lines):
    trainer = trainer_like(trained)
    logged = [line["loss"] for line in lines if "loss" in line]
    validated = [line["validation_loss"] for line in lines if "validation_loss" in line]
    assert trainer.evaluate(5, split="validation").mean() == pytest.approx(validated[0], rel=1e-6)
    assert trainer.step()["loss"] == logged[0]  # to the bit: the same lifetimes, the same parameters
    near = 1e-4 if trained.dtype == np.float32 else 1e-9  # Adam's rounding is NumPy's here
    assert [trainer.step()["loss"] for _ in range(3)] == pytest.approx(logged[1:], rel=near)
    assert trainer.evaluate(5, split="validation").mean() == pytest.approx(validated[1], rel=max(near, 1e-6))
    other = trainer_like(trained, seed=8)
    assert other.step()["loss"] != logged[0]


def test_test_lifetimes_are_those_of_plastic_evaluate(tmp_path):
    trained, _ = run_of_sinusoids(tmp_path / "run")
    measured = trained.evaluate(lifetimes=6)["final"]["mean"]
    trainer = plastic.Trainer(trained.network, trained.learner, trained.task, seed=7, parameters=trained.parameters)
    assert trainer.evaluate(6).mean() == pytest.approx(measured, rel=1e-5)


def test_the_defaults_are_a_configs(tmp_path):
    text = plastic.train({"meta.steps": 0, "network.hidden": [4], "run.validation_lifetimes": 1}, run=tmp_path / "run")
    assert text.task == Sinusoids()


def test_a_lifetime_of_sinusoids_is_what_it_says():
    task = Sinusoids(**SINUSOIDS)
    lifetime = task.lifetime(2, seed=3, dtype=np.float64)
    xs, ys, xq, yq = lifetime
    assert xs.shape == (12, 5, 5) and ys.shape == (12, 5, 1) and xq.shape == (18, 5) and yq.shape == (18, 1)
    assert (task.inputs, task.outputs) == (5, 1)
    assert lifetime.step_task.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert np.array_equal(xs[..., :4].argmax(-1), np.repeat(lifetime.step_task[:, None], 5, 1))
    for number in range(3):  # the query is of the same sinusoids: y = c sin x + s cos x
        seen, asked = lifetime.step_task == number, lifetime.query_task == number
        waves = [np.stack([np.sin(x), np.cos(x)], -1) for x in (xs[seen][..., -1].ravel(), xq[asked][:, -1])]
        found, *_ = np.linalg.lstsq(waves[0], ys[seen].ravel(), rcond=None)
        np.testing.assert_allclose(waves[1] @ found, yq[asked].ravel(), atol=1e-9)
    single = task.lifetime(2, seed=3)
    assert single.xs.dtype == np.float32 and np.array_equal(single.xs, xs.astype(np.float32))


def test_seed_split_meta_step_and_number_make_lifetimes_of_their_own():
    task = Sinusoids(**SINUSOIDS)
    arguments = [{}, {"seed": 2}, {"meta_step": 1}, {"split": "validation"}, {"split": "test"}]
    drawn = [task.lifetime(0, **given).xs for given in arguments] + [task.lifetime(1).xs]
    assert len({xs.tobytes() for xs in drawn}) == 6
    assert np.array_equal(task.lifetime(0).xs, Sinusoids(**SINUSOIDS).lifetime(0).xs)


def told_by(images_of):
    """(class, its turn, image) of every image of a lifetime: a class that is turned is a class of its own."""
    for image in np.round(images_of.reshape(-1, 6, 6) * 255).astype(int):
        turns = 0
        while image[5, 5] != 255:
            image, turns = np.rot90(image), turns + 1
        yield image[0, 0], turns, image[0, 1]


def test_a_lifetime_of_images_is_what_it_says(images):
    task = FewShot(images, ways=4, shots=2, query=3, rotations=True)
    assert (task.inputs, task.outputs, task.image) == (36, 4, (1, 6, 6))
    of_split = {"train": range(1, 9), "validation": range(9, 17), "test": range(17, 25)}
    for split, allowed in of_split.items():
        for number in range(10):
            lifetime = task.lifetime(number, split=split)
            assert lifetime.xs.shape == (8, 1, 36) and lifetime.xq.shape == (12, 36)
            seen, asked = list(told_by(lifetime.xs)), list(told_by(lifetime.xq))
            assert len(set(seen)) == 8 and not set(seen) & set(asked)
            for told, labels, numbers in (
                (seen, lifetime.ys[:, 0], lifetime.step_task),
                (asked, lifetime.yq, lifetime.query_task),
            ):
                assert all(one in allowed for one, _, _ in told)
                assert np.all(labels.sum(-1) == 1)
                assert {(n, label) for n, label in zip(numbers, labels.argmax(-1))} == {
                    (n, label) for n, label in zip(lifetime.step_task, lifetime.ys[:, 0].argmax(-1))
                }
    turned = {task.lifetime(i).xs.reshape(-1, 6, 6)[0, 5, 5] == 1 for i in range(20)}
    assert turned == {True, False}
    assert all(np.all(task.lifetime(i, split="test").xs.reshape(-1, 6, 6)[:, 5, 5] == 1) for i in range(20))


def test_a_trainer_learns_images_by_convolutions(images):
    task = FewShot(images, ways=2, shots=1, query=1)
    first = plastic.Convolution(*task.image, 4, stride=2, padding=1)
    network = plastic.Network([first, task.outputs], loss="cross_entropy")
    trainer = plastic.Trainer(network, plastic.Learner("oml"), task)
    trainer.run(3)
    assert np.isfinite(trainer.evaluate(3)).all()


def test_tasks_cross_processes_and_are_compared(images):
    for task in (Sinusoids(**SINUSOIDS), FewShot(images, ways=2, shots=1, query=1)):
        for other in (pickle.loads(pickle.dumps(task)), copy.deepcopy(task)):
            assert other == task and hash(other) == hash(task) and repr(other) == repr(task)
            assert np.array_equal(other.lifetime(3).xs, task.lifetime(3).xs)
    assert Sinusoids() != Sinusoids(order="iid")
    with pytest.raises(AttributeError):
        task.ways = 3


@pytest.mark.parametrize(
    "make, error, said",
    [
        (lambda _: Sinusoids(tasks=12), plastic.Error, "Sinusoids:.*12 tasks do not fit in 10 slots"),
        (lambda _: Sinusoids(order="random"), plastic.Error, 'Sinusoids:.*order: takes "continual" or "iid"'),
        (lambda _: Sinusoids(minibatch=2.5), plastic.Error, "minibatch: takes an integer"),  # type: ignore[arg-type]
        (lambda _: FewShot("absent.images"), plastic.Error, "absent.images"),
        (lambda images: FewShot(images, ways=9), plastic.Error, "9 ways cannot be drawn"),
        (lambda images: FewShot(images, shots=5, query=5), plastic.Error, "7 images, too few for 5 shots"),
        (lambda images: FewShot(images, ways=2, query=1, data_sha256="0" * 64), plastic.Error, "another image set"),
        (lambda _: Sinusoids().lifetime(-1), ValueError, "number: expected an integer from 0 to 4294967295, given -1"),
        (lambda _: Sinusoids().lifetime(0, seed=2**63), ValueError, "seed: expected an integer from 0"),
        (lambda _: Sinusoids().lifetime(0, seed=0.5), TypeError, "seed: expected an integer from 0 .*, given 0.5"),  # type: ignore[arg-type]
        (
            lambda _: Sinusoids().lifetime(0, split="eval"),
            ValueError,
            'split: expected "train", "validation" or "test"',
        ),
        (lambda _: Sinusoids().lifetime(0, split="test", meta_step=1), ValueError, 'meta_step: is for split "train"'),
        (lambda _: Sinusoids().lifetime(0, dtype=int), ValueError, "dtype: expected float32 or float64"),
    ],
)
def test_mistakes_are_named(make, error, said, images):
    with pytest.raises(error, match=said):
        make(images)


def test_an_image_set_is_found_from_another_folder(images, tmp_path, monkeypatch):
    monkeypatch.chdir(os.path.dirname(images))
    task = FewShot(os.path.basename(images), ways=2, shots=1, query=1)
    kept = pickle.dumps(task)
    monkeypatch.chdir(tmp_path)
    assert np.array_equal(pickle.loads(kept).lifetime(0).xs, task.lifetime(0).xs)
