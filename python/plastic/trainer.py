"""Meta-training on a task of one's own: the outer loop, in NumPy."""

from __future__ import annotations

import math
import os
import time
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._plastic import Error
from .arguments import SEEDS, integer
from .descriptions import Learner, Network
from .gradient import MetaGradient
from .lifetimes import Lifetime
from .online import OnlineLearner
from .parameters import Parameters, require_parameters
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
        dtype: Any = np.float32,
        threads: int = 0,
        memory_mib: float = 512,
    ) -> None:
        unknown = sorted(set(rates or ()) - set(_RATES))
        if unknown:
            raise ValueError(f"rates: no group {unknown[0]!r}; there are {', '.join(_RATES)}")
        for group, rate in (rates or {}).items():
            if not 0 <= rate < math.inf:
                raise ValueError(f"rates: expected a number >= 0 for {group}, given {rate}")
        if not all(0 <= beta < 1 for beta in adam_betas):
            raise ValueError(f"adam_betas: expected numbers from 0 to less than 1, given {adam_betas}")
        if parameters is not None:
            require_parameters(parameters, network, learner)
        if on_divergence not in ("skip", "raise"):
            raise ValueError(f'on_divergence: expected "skip" or "raise", given {on_divergence!r}')
        if not callable(task) and not isinstance(task, EngineTask):
            raise TypeError(f"task: expected task(rng), Sinusoids or FewShot, given {type(task).__name__}")
        lifetimes, seed = integer("lifetimes", lifetimes, 1), integer("seed", seed, 0, SEEDS)
        self.network, self.learner, self.task = network, learner, task
        self.parameters = (
            parameters.copy() if parameters is not None else network.initial_parameters(learner, seed=seed, dtype=dtype)
        )
        self.meta_steps = 0  # taken
        self._updates = 0  # Adam's: as many, but for meta-steps in which every lifetime diverged
        self._seed, self._lifetimes, self._clip, self._skip = seed, lifetimes, clip, on_divergence == "skip"
        self._betas, self._epsilon = adam_betas, adam_epsilon
        self._meta_gradient = MetaGradient(
            network,
            learner,
            dtype=self.parameters.dtype,
            threads=threads,
            memory_mib=memory_mib,
            largest_loss=largest_loss,
        )
        self._mean, self._square = self.parameters.zeros_like(), self.parameters.zeros_like()
        self._rates = self.parameters.zeros_like()  # 0: not learned
        for name in learner.meta_learned(network):
            group = self.parameters.group(name)
            self._rates[name][...] = {**_RATES, **(rates or {})}[group]

    def _draw(self, task: Task, split: str, meta_step: int, number: int) -> Lifetime:
        return draw(task, split, self._seed, meta_step, number, self.parameters.dtype)

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
        self.meta_steps += 1
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
        self._updates += 1
        scale = np.sqrt(1 - beta2**self._updates) / (1 - beta1**self._updates)
        epsilon = self._epsilon * np.sqrt(1 - beta2**self._updates)
        values = self.parameters.flat - self._rates.flat * (scale * mean / (np.sqrt(square) + epsilon)).astype(g.dtype)
        self._mean.flat[:], self._square.flat[:], self.parameters.flat[:] = mean, square, values

    def run(self, steps: int, callback: Callable[[dict[str, Any]], object] | None = None) -> Parameters:
        """So many more meta-steps; the callback is given what each step() returned. Ctrl-C between steps loses nothing."""
        for _ in range(steps):
            record = self.step()
            if callback is not None:
                callback(record)
        return self.parameters

    def evaluate(self, lifetimes: int = 50, task: Task | None = None, *, split: str = "test") -> np.ndarray:
        """The query's loss after each of so many lifetimes [lifetimes] that training never draws; infinite where it diverged.

        Give the task to evaluate on where it is another than the one to train on. What is chosen (a rate, when to stop) is
        chosen on split "validation", for "test" is to report."""
        losses = np.empty(integer("lifetimes", lifetimes, 1))
        require_split(split)
        for i in range(lifetimes):
            drawn = self._draw(self.task if task is None else task, split, 0, i)
            loss, _, diverged = self._meta_gradient.without_diverged(self.parameters, drawn)
            losses[i] = np.inf if diverged else loss
        return losses

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
                steps=[self.meta_steps, self._updates],
                seed=self._seed,
            )
        os.replace(path + ".new", path)

    def restore(self, path: str | os.PathLike[str]) -> None:
        """Goes on from where save() was called, by a trainer that was made alike. Raises Error for a file that is none, and
        ValueError for another trainer's; then nothing is changed."""
        where = os.fspath(path)
        try:
            with np.load(where) as saved:
                kept = {name: saved[name] for name in ("parameters", "mean", "square", "steps", "seed")}
                meta_steps, updates = (int(n) for n in kept["steps"])
        except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise Error(f"{where}: is no file that a Trainer saved, or damaged ({error})") from None
        fields = {"parameters": self.parameters, "mean": self._mean, "square": self._square}
        for name, to in fields.items():
            if kept[name].shape != to.flat.shape or kept[name].dtype != to.dtype:
                raise ValueError(f"{where}: was saved by a trainer of another network or dtype")
        if int(kept["seed"]) != self._seed:
            raise ValueError(f"{where}: was saved by a trainer with seed {int(kept['seed'])}, not {self._seed}")
        for name, to in fields.items():
            to.flat[:] = kept[name]
        self.meta_steps, self._updates = meta_steps, updates
