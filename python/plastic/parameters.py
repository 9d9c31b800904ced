"""What is meta-learned: named arrays that are views of one flat vector in the engine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from . import _plastic
from .arguments import SEEDS, finite, integer
from .descriptions import Learner, Network, describe

_ENGINES: dict[np.dtype, Any] = {
    np.dtype(np.float32): _plastic.ParametersFloat32,
    np.dtype(np.float64): _plastic.ParametersFloat64,
}


def precision(dtype: Any) -> np.dtype:
    """float32 or float64; raises ValueError for another."""
    found = np.dtype(dtype)
    if found not in _ENGINES:
        raise ValueError(f"dtype: expected float32 or float64, given {found}")
    return found


class Parameters(Mapping[str, np.ndarray]):
    """Arrays by name ("W1", "b1", "B1", "c1", "alpha1", "beta1"; layers count from 1). Gradients have the same type.

    Each array is a view, without a copy, of memory that the engine reads: write into it to change it (`p["W1"] = array` does).
    It lives as long as anyone holds it. Long rows are padded in memory, so that views may be strided.
    """

    __slots__ = ("_description", "_engine", "_flat", "_groups", "_views")

    def __init__(
        self, network: Network, learner: Learner, arrays: Mapping[str, Any] | None = None, dtype: Any = np.float32
    ) -> None:
        """Zeros, or the arrays, which must be all there are and have their shapes."""
        description = describe(network, learner)
        self._take(_ENGINES[precision(dtype)](description), description)
        if arrays is not None:
            self.assign(arrays)

    def _take(self, engine: Any, description: str) -> None:
        self._engine = engine
        self._description = description
        self._groups = dict(engine.fields())
        self._flat: np.ndarray = engine.flat()
        self._views = {name: engine.view(name) for name in self._groups}

    @classmethod
    def _of(cls, engine: Any, description: str) -> Parameters:
        made = cls.__new__(cls)
        made._take(engine, description)
        return made

    @classmethod
    def initial(
        cls,
        network: Network,
        learner: Learner,
        seed: int = 1,
        dtype: Any = np.float32,
        weight_gain: float = 1,
        feedback_gain: float = 1,
        alpha: float = 0,
        beta: float = 0.5,
    ) -> Parameters:
        """See Network.initial_parameters."""
        seed = integer("seed", seed, 0, SEEDS)
        description = describe(network, learner)
        given = {"weight_gain": weight_gain, "feedback_gain": feedback_gain, "alpha": alpha, "beta": beta}
        numbers = [finite(name, value) for name, value in given.items()]
        engine = _ENGINES[precision(dtype)].initial(description, seed, *numbers)
        return cls._of(engine, description)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], network: Network, learner: Learner, dtype: Any = np.float32
    ) -> Parameters:
        """From a safetensors file: one that save() wrote, a run's parameters, a model. Raises Error where it does not fit."""
        description = describe(network, learner)
        return cls._of(_ENGINES[precision(dtype)].load(os.fspath(path), description), description)

    def save(self, path: str | os.PathLike[str]) -> None:
        """As safetensors, with the network's description in its metadata."""
        self._engine.save(os.fspath(path), {"network": self._description})

    def __getitem__(self, name: str) -> np.ndarray:
        return self._views[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Writes the numbers into the view."""
        self._views[name][...] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __repr__(self) -> str:
        return f"Parameters({self.dtype}: " + ", ".join(f"{name} {view.shape}" for name, view in self.items()) + ")"

    def __eq__(self, other: object) -> bool:
        """The same network's and learner's, and the same numbers."""
        if not isinstance(other, Parameters):
            return NotImplemented
        same = self._description == other._description and self.dtype == other.dtype
        return same and all(np.array_equal(view, other[name]) for name, view in self.items())

    __hash__ = None  # type: ignore[assignment]  # they change

    @property
    def dtype(self) -> np.dtype:
        return precision(self.flat.dtype)

    @property
    def flat(self) -> np.ndarray:
        """All of it as one vector, a view too, with the padding between rows: zeros until they are written to, which nothing reads."""
        return self._flat

    @flat.setter
    def flat(self, numbers: Any) -> None:
        self._flat[:] = numbers

    def group(self, name: str) -> str:
        """Which share a meta-learning rate: "weights", "biases", "feedback", "feedback_biases", "plasticity", "modulation"."""
        return self._groups[name]

    def assign(self, arrays: Mapping[str, Any]) -> None:
        """Copies these numbers in; the arrays must be all there are and have their shapes, or nothing is changed."""
        given = {name: np.asarray(array) for name, array in arrays.items()}
        for name in sorted(given.keys() ^ self.keys()):
            raise ValueError(
                f"{name}: expected {'no such array' if name in given else f'shape {self[name].shape}, given none'}"
            )
        for name, array in given.items():
            if array.shape != self[name].shape:
                raise ValueError(f"{name}: expected shape {self[name].shape}, given {array.shape}")
        for name, array in given.items():
            self[name][...] = array

    def copy(self) -> Parameters:
        return self._of(self._engine.copy(), self._description)

    def zeros_like(self) -> Parameters:
        return self._of(self._engine.zeros_like(), self._description)

    def astype(self, dtype: Any) -> Parameters:
        """A copy in float32 or float64."""
        made = self._of(_ENGINES[precision(dtype)](self._description), self._description)
        made.flat[:] = self.flat
        return made

    def __copy__(self) -> Parameters:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Parameters:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._description, np.array(self.flat))


def require_parameters(parameters: Any, network: Network, learner: Learner) -> None:
    """Raises TypeError or ValueError for what are no parameters of that network and learner."""
    if not isinstance(parameters, Parameters):
        raise TypeError(f"parameters: expected plastic.Parameters, given {type(parameters).__name__}")
    wanted, given = describe(network, learner), parameters._description
    if wanted != given and _shapes(Parameters(network, learner)) != _shapes(parameters):
        raise ValueError(
            "parameters: expected the network's and learner's, given others: make them with initial_parameters"
        )


def _shapes(parameters: Parameters) -> dict[str, tuple[int, ...]]:
    return {name: view.shape for name, view in parameters.items()}


def _restored(description: str, flat: np.ndarray) -> Parameters:
    made = Parameters._of(_ENGINES[flat.dtype](description), description)
    made.flat[:] = flat
    return made
