"""The engine's own tasks, and tasks of one's own: what lifetimes are drawn from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from . import _plastic
from .arguments import SEEDS, integer
from .lifetimes import Lifetime
from .parameters import precision
from .toml import toml_value

# Tasks of one's own are split by random streams of their own; these numbers are part of every result.
SPLITS = {"train": 0, "test": 1, "validation": 2}


def require_split(split: str) -> str:
    if split not in SPLITS:
        raise ValueError(f'split: expected "train", "validation" or "test", given {split!r}')
    return split


class EngineTask:
    """Lifetimes of the engine's own: the very bits that `plastic train` and `plastic evaluate` live through.

    A lifetime is a function of the seed, the split, the meta-step and its number alone. Training draws from one pool of
    tasks; validation, to choose by, and test, to report, from others.
    """

    _kind: ClassVar[str]
    _engines: dict[int, Any]  # by seed

    def __post_init__(self) -> None:
        object.__setattr__(self, "_engines", {})
        self._engine(1)  # which says what is wrong

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(self._given().values())

    def _given(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.init}  # type: ignore[arg-type]

    def _keys(self) -> dict[str, Any]:
        """Of a config's [task]."""
        return {"kind": self._kind, **self._given()}

    def _engine(self, seed: int) -> Any:
        if seed not in self._engines:
            lines = [f"{key} = {toml_value(value)}" for key, value in self._keys().items()]
            if len(self._engines) >= 8:
                self._engines.clear()
            self._engines[seed] = _plastic.Episodes("\n".join(["[task]", *lines]), type(self).__name__, seed)
        return self._engines[seed]

    def lifetime(
        self, number: int, *, split: str = "train", seed: int = 1, meta_step: int = 0, dtype: Any = np.float32
    ) -> Lifetime:
        """Lifetime `number` of a split ("train", "validation", "test"); of training, of that meta-step (from 0).

        The seed is a config's run.seed. float32 arrays are what a run in float computes with, float64 in double.
        """
        number = integer("number", number, 0, 2**32 - 1)
        meta_step = integer("meta_step", meta_step, 0, 2**56 - 1)
        if require_split(split) != "train" and meta_step != 0:
            raise ValueError(f'meta_step: is for split "train"; there is one {split} set, given {meta_step}')
        engine = self._engine(integer("seed", seed, 0, SEEDS))
        draw = engine.draw_float32 if precision(dtype) == np.float32 else engine.draw_float64
        return Lifetime(*draw(split, meta_step, number))


@dataclass(frozen=True)
class Sinusoids(EngineTask):
    """Regression: a lifetime meets some sinusoids y = a sin(x + phase), each in a slot of its own.

    The input is the one-hot slot and x: slots + 1 numbers. The fields are the keys of a config's [task] (docs/config.md).
    """

    _kind = "sinusoids"

    order: str = "continual"  # one sinusoid after another; "iid": minibatches of all of them shuffled
    tasks: int = 10  # sinusoids in a lifetime
    steps_per_task: int = 40  # minibatches of each
    minibatch: int = 32
    query: int = 32  # examples of each
    slots: int = 10
    train_pool: int = 400  # sinusoids that training draws from
    test_pool: int = 1000

    @property
    def inputs(self) -> int:
        return self.slots + 1

    @property
    def outputs(self) -> int:
        return 1


@dataclass(frozen=True)
class FewShot(EngineTask):
    """Classification: a lifetime meets images of classes that it never saw, one at a time, and is asked about others.

    `data` is an image set that `plastic data prepare` wrote (docs/data.md), whose splits are the task's. Images are from 0 to
    1, flattened from [channels, height, width]; targets one-hot, the labels drawn anew for every lifetime. The fields are the
    keys of a config's [task] (docs/config.md).
    """

    _kind = "few-shot"

    data: str | os.PathLike[str]
    order: str = "continual"  # one class after another; "iid": all images shuffled
    ways: int = 5  # classes in a lifetime
    shots: int = 5  # images of each
    query: int = 5  # others of each, asked about
    outputs: int = 0  # width of the targets; 0, replaced by ways: as many
    rotations: bool = False  # in training, a class turned by quarters is a class too
    joint: bool = False  # every training class has its label, as features are pretrained on
    data_sha256: str = ""  # refuse another set than this; "": whichever is there
    image: tuple[int, int, int] = field(init=False, repr=False, compare=False)  # (channels, height, width) of the set's

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", os.path.abspath(self.data))
        channels, side = _plastic.image_size(self.data)
        object.__setattr__(self, "image", (channels, side, side))
        if self.outputs == 0:
            object.__setattr__(self, "outputs", self.ways)
        super().__post_init__()

    def _keys(self) -> dict[str, Any]:
        channels, size, _ = self.image
        return {**super()._keys(), "channels": channels, "size": size}

    @property
    def inputs(self) -> int:
        channels, height, width = self.image
        return channels * height * width


OwnTask = Callable[[np.random.Generator], Lifetime | tuple[Any, Any, Any, Any]]
Task = EngineTask | OwnTask


def draw(task: Task, split: str, seed: int, meta_step: int, number: int, dtype: np.dtype) -> Lifetime:
    """A lifetime of any task. Of one's own: task(rng), with a random stream for each seed, split, meta-step and number."""
    if isinstance(task, EngineTask):
        return task.lifetime(number, split=split, seed=seed, meta_step=meta_step, dtype=dtype)
    drawn = task(np.random.default_rng([seed, SPLITS[split], meta_step, number]))
    if isinstance(drawn, Lifetime):
        return drawn
    if not isinstance(drawn, (tuple, list)) or len(drawn) != 4:
        given = f"{len(drawn)} values" if isinstance(drawn, (tuple, list)) else type(drawn).__name__
        raise ValueError(f"task: must return a Lifetime or (xs, ys, xq, yq), returned {given}")
    return Lifetime(*drawn)
