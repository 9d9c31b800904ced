"""Meta-training on a task of one's own: the outer loop, in NumPy."""

from __future__ import annotations

import copy
import itertools
import json
import operator
import os
import time
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._plastic import Error
from .arguments import SEEDS, integer, not_negative, number, positive, thread_count
from .descriptions import Learner, Network, describe, learner_toml
from .gradient import MetaGradient
from .lifetimes import Checked, Lifetime, lived
from .online import OnlineLearner
from .parameters import Parameters, precision, require_parameters
from .tasks import EngineTask, Task, draw, require_split

# Adam's, by group of parameters: as in a config's [meta.rates].
_RATES = {
    "weights": 1e-3,
    "biases": 1e-3,
    "feedback": 1e-3,
    "feedback_biases": 1e-3,
    "plasticity": 1e-4,
    "modulation": 1e-3,
}


class Trainer:
    """Adam on the mean meta-gradient of a few lifetimes at a time.

    `task(rng)` draws one Lifetime, or (xs [T, M, in], ys [T, M, out], xq [Q, in], yq [Q, out]). Its random stream depends on
    the seed, the meta-step and the lifetime's number alone, so that one seed is one result. Or the task is one of the engine's
    own, `Sinusoids` or `FewShot`: then lifetimes and initial parameters are those of `plastic train` with that run.seed.
    """

    def __init__(
        self,
        network: Network,
        learner: Learner,
        task: Task,
        *,
        parameters: Parameters | None = None,  # to begin with, copied; None: network.initial_parameters
        seed: int = 1,
        lifetimes: int = 8,  # a meta-step
        rates: Mapping[str, float] | None = None,  # by group, in place of the defaults
        clip: float = 10,  # of the gradient's norm; 0: none
        adam_betas: tuple[float, float] = (0.9, 0.999),
        adam_epsilon: float = 1e-8,
        largest_loss: float = 1e6,  # past it a lifetime has diverged
        on_divergence: str = "skip",  # leave the lifetime out of the meta-step; "raise": raise Divergence
        dtype: Any = None,  # float32 or float64; None: that of parameters, or float32
        threads: int = 0,
        memory_mib: float = 512,
        storage: str = "checkpoints",  # "undo": quicker for long lifetimes, rounds otherwise
    ) -> None:
        description = describe(network, learner)
        if rates is not None and not isinstance(rates, Mapping):
            raise TypeError(f"rates: expected a mapping of groups to numbers, given {rates!r}")
        unknown = sorted(set(rates or ()) - set(_RATES))
        if unknown:
            raise ValueError(f"rates: no group {unknown[0]!r}; there are {', '.join(_RATES)}")
        of_groups = {group: not_negative("rates", rate, f" for {group}") for group, rate in (rates or {}).items()}
        of_groups = {**_RATES, **of_groups}
        clip, adam_epsilon = not_negative("clip", clip), positive("adam_epsilon", adam_epsilon)
        if not isinstance(adam_betas, (tuple, list)) or len(adam_betas) != 2:
            raise TypeError(f"adam_betas: expected two numbers, given {adam_betas!r}")
        betas = [number("adam_betas", b, "numbers from 0 to less than 1", lambda x: 0 <= x < 1) for b in adam_betas]
        if parameters is not None:
            require_parameters(parameters, network, learner)
            if dtype is not None and precision(dtype) != parameters.dtype:
                raise ValueError(f"dtype: expected that of parameters, {parameters.dtype}, given {precision(dtype)}")
        if on_divergence not in ("skip", "raise"):
            raise ValueError(f'on_divergence: expected "skip" or "raise", given {on_divergence!r}')
        if not callable(task) and not isinstance(task, EngineTask):
            raise TypeError(f"task: expected task(rng), Sinusoids or FewShot, given {type(task).__name__}")
        lifetimes, seed = integer("lifetimes", lifetimes, 1), integer("seed", seed, 0, SEEDS)
        self.network, self.learner, self.task = network, learner, task
        self.parameters = (
            parameters.copy()
            if parameters is not None
            else network.initial_parameters(learner, seed=seed, dtype=np.float32 if dtype is None else dtype)
        )
        # Meta-steps taken, and Adam's updates: as many, but for meta-steps in which every lifetime diverged.
        self._counts = np.zeros(2, np.int64)
        self._seed, self._lifetimes, self._clip, self._skip = seed, lifetimes, clip, on_divergence == "skip"
        self._betas, self._epsilon = (betas[0], betas[1]), adam_epsilon
        self._largest_loss = positive("largest_loss", largest_loss, finite=False)
        self._threads = thread_count(threads)
        self._made = {  # what a saved trainer must share
            "learner": learner_toml(learner),
            "network": description,
            "dtype": str(self.parameters.dtype),
            "seed": seed,
            "lifetimes": lifetimes,
            "rates": of_groups,
            "clip": clip,
            "adam_betas": betas,
            "adam_epsilon": adam_epsilon,
            "storage": "undo" if storage == "undo" else "checkpoints",  # whose bits "full" has too
        }
        self._meta_gradient = MetaGradient(
            network,
            learner,
            dtype=self.parameters.dtype,
            threads=threads,
            memory_mib=memory_mib,
            largest_loss=largest_loss,
            storage=storage,
        )
        self._mean, self._square = self.parameters.zeros_like(), self.parameters.zeros_like()
        self._rates = self.parameters.zeros_like()  # 0: not learned
        for name in learner.meta_learned(network):
            group = self.parameters.group(name)
            self._rates[name][...] = of_groups[group]

    def __copy__(self) -> Trainer:
        """One that trains on by itself, on the same task."""
        made = object.__new__(type(self))
        made.__dict__ |= {name: value if name == "task" else copy.deepcopy(value) for name, value in vars(self).items()}
        return made

    @property
    def meta_steps(self) -> int:
        """Taken."""
        return int(self._counts[0])

    def _draw(self, task: Task, split: str, meta_step: int, number: int) -> Lifetime:
        """One that fits: xs [T, M, in], ys [T, M, out], xq [Q, in], yq [Q, out]."""
        drawn = draw(task, split, self._seed, meta_step, number, self.parameters.dtype)
        try:
            checked = Checked(self.network, self.parameters.dtype, drawn)
            if checked.batched:
                raise ValueError(f"xs: expected one lifetime, (steps, minibatch, {self.network.inputs}), given several")
        except ValueError as error:
            raise ValueError(f"task, lifetime {number}: {error}") from None
        return Lifetime(*(array[0] for array in checked.arrays))

    def step(self) -> dict[str, Any]:
        """One meta-step; {"meta_step", "loss", "gradient_norm", "left_out": [Divergence], "seconds"}, the loss before it."""
        start = time.perf_counter()
        drawn = [self._draw(self.task, "train", self.meta_steps, i) for i in range(self._lifetimes)]
        loss, gradient, diverged = self._meta_gradient.without_diverged(self.parameters, Lifetime.stack(drawn))
        if diverged and not self._skip:
            raise diverged[0]
        g = np.where(self._rates.flat > 0, gradient.flat, 0)
        norm = float(np.sqrt(np.sum(np.square(g, dtype=np.float64))))  # not by BLAS, whose threads fight for cores
        if len(diverged) < self._lifetimes and np.isfinite(norm):
            if 0 < self._clip < norm:
                g *= g.dtype.type(self._clip / norm)
            self._adam(g)
        else:
            self._commit([(self._counts, self._counts + (1, 0))])
        return {
            "meta_step": self.meta_steps,
            "loss": loss,
            "gradient_norm": norm,
            "left_out": diverged,
            "seconds": time.perf_counter() - start,
        }

    def _adam(self, g: np.ndarray) -> None:
        """Kingma & Ba 2015, with a rate of each group's own."""
        beta1, beta2 = self._betas
        mean = beta1 * self._mean.flat + (1 - beta1) * g
        square = beta2 * self._square.flat + (1 - beta2) * g * g
        counts = self._counts + 1
        updates = int(counts[1])
        scale = np.sqrt(1 - beta2**updates) / (1 - beta1**updates)
        epsilon = self._epsilon * np.sqrt(1 - beta2**updates)
        values = self.parameters.flat - self._rates.flat * (scale * mean / (np.sqrt(square) + epsilon)).astype(g.dtype)
        fields = (self._mean.flat, self._square.flat, self.parameters.flat, self._counts)
        self._commit(list(zip(fields, (mean, square, values, counts))))

    @staticmethod
    def _commit(changes: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """All of these arrays' new numbers or none: Python looks for signals between its own steps, and this is one."""
        to, numbers = zip(*changes)
        list(map(operator.setitem, to, itertools.repeat(slice(None)), numbers))

    def run(self, steps: int, callback: Callable[[dict[str, Any]], object] | None = None) -> Parameters:
        """So many more meta-steps; the callback is given what each step() returned. Ctrl-C ends it at once, as after the last
        whole meta-step: run again goes on to the same bits."""
        steps = integer("steps", steps, 0)
        if callback is not None and not callable(callback):
            raise TypeError(f"callback: expected a function, given {callback!r}")
        for _ in range(steps):
            record = self.step()
            if callback is not None:
                callback(record)
        return self.parameters

    def evaluate(self, lifetimes: int = 50, task: Task | None = None, *, split: str = "test") -> np.ndarray:
        """The query's loss after each of so many lifetimes [lifetimes] that training never draws; infinite where it diverged.

        Give the task to evaluate on where it is another than the one to train on. What is chosen (a rate, when to stop) is
        chosen on split "validation", for "test" is to report."""
        lifetimes = integer("lifetimes", lifetimes, 1)
        require_split(split)
        drawn = (self._draw(self.task if task is None else task, split, 0, i) for i in range(lifetimes))
        losses = []
        # A chunk at a time, of one shape.
        for _, some in itertools.groupby(enumerate(drawn), lambda one: (one[0] // 64, [a.shape for a in one[1]])):
            stacked = Lifetime.stack([lifetime for _, lifetime in some])
            checked = Checked(self.network, self.parameters.dtype, stacked)
            _, _, found, diverged = lived(self.network, self.learner, self.parameters, checked, self._threads)
            found[~(found <= self._largest_loss)] = np.inf
            found[[one.lifetime for one in diverged]] = np.inf
            losses.append(found)
        return np.concatenate(losses)

    def online(self) -> OnlineLearner:
        """A network with the parameters as they are now that learns one example after another."""
        return OnlineLearner(self.network, self.learner, self.parameters)

    def save(self, path: str | os.PathLike[str]) -> None:
        """All that training needs to go on to the same bits, in one .npz file."""
        path = os.fspath(path)
        with open(path + ".new", "wb") as file:
            np.savez(
                file,
                parameters=self.parameters.flat,
                mean=self._mean.flat,
                square=self._square.flat,
                steps=self._counts,
                made=json.dumps(self._made),
            )
        os.replace(path + ".new", path)

    def restore(self, path: str | os.PathLike[str]) -> None:
        """Goes on from where save() was called, by a trainer that was made alike: of the same network, learner, dtype, seed,
        lifetimes, rates, clip, adam_betas, adam_epsilon, and storage that gives the same bits. Raises Error for a file that is none, and ValueError for another
        trainer's; then nothing is changed."""
        where = os.fspath(path)
        try:
            with np.load(where) as saved:
                kept = {name: saved[name] for name in ("parameters", "mean", "square", "steps", "made")}
            made = json.loads(str(kept["made"]))
            fields = {"parameters": self.parameters.flat, "mean": self._mean.flat, "square": self._square.flat}
            fields["steps"] = self._counts
            made = {"storage": "checkpoints", **made}  # of a version that had no other
            differs = [name for name, value in self._made.items() if made[name] != value]
        except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise Error(f"{where}: is no file that a Trainer saved, or damaged ({error})") from None
        for name in differs:
            if name in ("network", "learner", "dtype"):
                raise ValueError(f"{where}: was saved by a trainer of another {name}")
            raise ValueError(f"{where}: was saved by a trainer with {name} {made[name]}, not {self._made[name]}")
        for name, to in fields.items():
            if kept[name].shape != to.shape or kept[name].dtype != to.dtype:
                raise Error(f"{where}: is damaged: its {name} are {kept[name].dtype} of shape {kept[name].shape}")
        self._commit([(to, kept[name]) for name, to in fields.items()])
