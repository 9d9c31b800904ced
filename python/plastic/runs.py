"""Experiments that a config describes: meta-training them, and what came out of it."""

from __future__ import annotations

import functools
import json
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from . import _plastic
from .arguments import integer, thread_count
from .descriptions import Learner, Network, describe, network_of
from .online import OnlineLearner
from .parameters import Parameters
from .tasks import FewShot, Sinusoids
from .toml import overrides_of

Path = str | os.PathLike[str]
Callback = Callable[[dict[str, Any]], object]


class Trained:
    """What came out of meta-training: `load` opens a run's folder or a model file."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.config_toml: str = engine.config()  # every key, resolved
        self.config: dict[str, Any] = tomllib.loads(self.config_toml)
        self.network: Network = network_of(engine.network())
        self.learner = Learner(**self.config["learner"])

    def __repr__(self) -> str:
        return f"Trained({os.fspath(self.path)!r}, {self.config['name']!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """The folder or file, wherever it is opened again, and the life that it has lived."""
        return _opened, (os.path.abspath(self.path), self.__dict__.get("life"))

    @property
    def path(self) -> os.PathLike[str]:
        return self._engine.path()

    @property
    def dtype(self) -> np.dtype:
        """Of the run: float32 or float64."""
        return np.dtype({"float": np.float32, "double": np.float64}[self.config["engine"]["precision"]])

    @property
    def task(self) -> Sinusoids | FewShot:
        """What it was trained on; its lifetimes are those of run.seed, config["run"]["seed"]."""
        keys = self.config["task"]
        kind = FewShot if keys["kind"] == "few-shot" else Sinusoids
        return kind(**{one.name: keys[one.name] for one in fields(kind) if one.init})

    @property
    def parameters(self) -> Parameters:
        """The best on validation, read anew each time."""
        read = self._engine.parameters_float64 if self.dtype == np.float64 else self._engine.parameters_float32
        return Parameters._of(read(), describe(self.network, self.learner))

    @property
    def summary(self) -> dict[str, Any] | None:
        """How training ended; None while it has not."""
        return self._record("summary")

    @property
    def evaluation(self) -> dict[str, Any] | None:
        """What `plastic evaluate` wrote last; None where it has not."""
        return self._record("evaluation")

    def _record(self, name: str) -> dict[str, Any] | None:
        text = self._engine.record(name)
        return None if text is None else json.loads(text)

    def evaluate(
        self,
        *,
        lifetimes: int | None = None,
        ways: Sequence[int] | None = None,
        shots: int | None = None,
        query: int | None = None,
        data: Path | None = None,
        threads: int = 0,
    ) -> dict[str, Any]:
        """Measures it on lifetimes of tasks that nothing else touches, as `plastic evaluate --json` does. Ctrl-C ends it.

        None: as the config says. `data` is another image set, or the same in another place. Nothing is written."""
        threads = thread_count(threads)
        asked = {"lifetimes": lifetimes, "ways": ways, "shots": shots, "query": query}
        config = self._with({f"evaluation.{key}": value for key, value in asked.items()}, data)
        found: dict[str, Any] = json.loads(self._engine.evaluate(config, threads))
        return found

    def analyze(
        self, *, lifetimes: int = 20, tasks: int = 20, data: Path | None = None, threads: int = 0
    ) -> dict[str, Any]:
        """How it learns (docs/analysis.md): what `plastic analyze` writes to analysis.json, and under "arrays" the
        numbers of each lifetime as in analysis.npz.

        Interference is of the first so many tasks; `data` is where the image set is. Nothing is written. Ctrl-C ends it."""
        lifetimes, tasks = integer("lifetimes", lifetimes, 1), integer("tasks", tasks, 1)
        threads = thread_count(threads)
        summary, arrays = self._engine.analyze(self._with({}, data), lifetimes, tasks, threads)
        return {**json.loads(summary), "arrays": arrays}

    def _with(self, values: Mapping[str, Any], data: Path | None) -> str:
        """The config with these values, but None, and its data elsewhere."""
        given = {key: value for key, value in values.items() if value is not None}
        if data is not None:
            given |= {"task.data": os.fspath(data), "task.data_sha256": ""}
        return _plastic.resolve_config(self.config_toml, False, list(overrides_of(given)))

    def online(self) -> OnlineLearner:
        """A network that learns one example after another, as born."""
        return OnlineLearner(self.network, self.learner, self.parameters)

    @functools.cached_property
    def life(self) -> OnlineLearner:
        """The one that observe and predict are of."""
        return self.online()

    def observe(self, x: Any, y: Any) -> np.ndarray:
        """Learns online that y [out] was right for x [in]; see OnlineLearner.observe."""
        return self.life.observe(x, y)

    def predict(self, x: Any) -> np.ndarray:
        """The answer [out] to x [in] after what was observed."""
        return self.life.predict(x)

    def export(self, path: Path) -> None:
        """Writes a model: one safetensors file that `load` opens."""
        self._engine.export_model(os.fspath(path))


def load(path: Path) -> Trained:
    """Opens a run's folder, or a model file. Raises Error where it is neither, or damaged."""
    return Trained(_plastic.Trained.open(os.fspath(path)))


def _opened(path: str, life: OnlineLearner | None) -> Trained:
    trained = load(path)
    if life is not None:
        trained.__dict__["life"] = life
    return trained


def _resolve(config: Path | Mapping[str, Any], overrides: Mapping[str, Any]) -> str:
    """Every key in TOML. A text with a line break or "=" is TOML itself, and any other the path of a file."""
    if isinstance(config, Mapping):
        return _plastic.resolve_config("", False, [*overrides_of(config), *overrides_of(overrides)])
    text = os.fspath(config)
    is_path = isinstance(config, os.PathLike) or not ("\n" in text or "=" in text)
    return _plastic.resolve_config(text, is_path, list(overrides_of(overrides)))


def _heard(callback: Callback | None) -> Callable[[str], object] | None:
    return None if callback is None else lambda line: callback(json.loads(line))


def train(
    config: Path | Mapping[str, Any],
    *,
    run: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    callback: Callback | None = None,
) -> Trained:
    """Meta-trains as a config says: the path of a TOML file, a TOML text, or a mapping of keys (docs/config.md).

    Makes the folder `run` (runs/NAME where none is given). `overrides` has keys as {"meta.steps": 100} or {"meta": {"steps":
    100}}. The callback is given every line of the log, as a dict: {"meta_step", "loss", ...} every run.log_every meta-steps,
    {"meta_step", "validation_loss", ...} every run.validate_every. An exception of the callback's, and Ctrl-C, end training
    after the meta-step with a checkpoint, from which `resume` goes on to the same bits.
    """
    toml = _resolve(config, overrides or {})
    folder = os.fspath(run) if run is not None else os.path.join("runs", tomllib.loads(toml)["name"])
    _plastic.train(toml, folder, _heard(callback))
    return load(folder)


def resume(run: Path, *, callback: Callback | None = None) -> Trained:
    """Goes on with a run that was interrupted, from its last checkpoint."""
    _plastic.resume(os.fspath(run), _heard(callback))
    return load(run)
