"""A network that learns where it is used."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _plastic
from .descriptions import Convolution, Learner, Network, describe
from .lifetimes import numbers_of, require_distributions
from .parameters import Parameters, require_parameters

_ENGINES: dict[np.dtype, Any] = {
    np.dtype(np.float32): _plastic.OnlineLearnerFloat32,
    np.dtype(np.float64): _plastic.OnlineLearnerFloat64,
}


class OnlineLearner:
    """Learns one example or minibatch after another by its own rule: no gradient, nothing stored but its weights.

    As born it has the parameters' weights, which it copies. It computes in their dtype. A Lifetime is lived by observing its
    minibatches: the steps are those of meta_gradient and answers.
    """

    def __init__(self, network: Network, learner: Learner, parameters: Parameters) -> None:
        require_parameters(parameters, network, learner)
        self.network, self.learner, self.dtype = network, learner, parameters.dtype
        self._engine = _ENGINES[self.dtype](describe(network, learner), parameters._engine)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.network, self.learner, self.parameters, self.state())

    @property
    def parameters(self) -> Parameters:
        """What it was born with. A copy."""
        return Parameters._of(self._engine.parameters(), describe(self.network, self.learner))

    def predict(self, x: Any) -> np.ndarray:
        """The answer [out] to x [in] (an image may have its own shape); of a classifier, logits. To several, [M, in], their
        answers [M, out]."""
        x, before = self._examples("x", x, self.network.inputs)
        return self._engine.predict(x).reshape(*before, self.network.outputs)

    def observe(self, x: Any, y: Any) -> np.ndarray:
        """The same, and then learns that y [out] was right; of a classifier, one-hot. Of a minibatch, x [M, in] and y [M, out],
        it learns in one step. Raises Error, and learns nothing, where an answer is not finite."""
        x, before = self._examples("x", x, self.network.inputs)
        y, of_y = self._examples("y", y, self.network.outputs)
        if self.network.loss == "cross_entropy":
            require_distributions("y", y.reshape(-1, self.network.outputs))
        if len(x) * self.network.outputs != len(y) * self.network.inputs:
            raise ValueError(f"y: expected as many examples as x, {sum(before) or 1}, given {sum(of_y) or 1}")
        return self._engine.observe(x, y).reshape(*before, self.network.outputs)

    def state(self) -> np.ndarray:
        """All that changes in a life: the plastic weights, layer by layer, W [out, in] row by row. A copy."""
        return self._engine.state()

    def weights(self) -> dict[str, np.ndarray]:
        """The same by name: W [out, in] of every plastic layer as it is now."""
        state, arrays = self.state(), {}
        for number, layer in enumerate(self.network.layers, 1):
            if getattr(layer, "plastic", False):
                size = layer.inputs * layer.outputs
                arrays[f"W{number}"], state = state[:size].reshape(layer.outputs, layer.inputs), state[size:]
        return arrays

    def restore(self, state: Any) -> None:
        """Goes on from there, or from the path of a file that save() wrote. Raises Error where it is of another size or not
        finite, or the file another network's."""
        if isinstance(state, (str, os.PathLike)):
            self._engine.restore_file(os.fspath(state))
            return
        if isinstance(state, Mapping):
            raise TypeError("state: expected what state() gave, or a path, given a mapping of arrays")
        self._engine.restore(np.ascontiguousarray(numbers_of("state", state), self.dtype).reshape(-1))

    def save(self, path: str | os.PathLike[str]) -> None:
        """The state as safetensors, a W [out, in] of each plastic layer; restore(path) goes on from there."""
        self._engine.save(os.fspath(path))

    def reset(self) -> None:
        """As born again."""
        self._engine.reset()

    def _examples(self, name: str, value: Any, size: int) -> tuple[np.ndarray, tuple[int, ...]]:
        """All numbers in a row, and the axes before an example's own: (), or (M,)."""
        array = np.ascontiguousarray(numbers_of(name, value), self.dtype)  # of a number, an array of one
        first = self.network.layers[0]
        one: list[tuple[int, ...]] = [(size,)]
        shown = f"({size},) or (examples, {size})"
        if name == "x" and isinstance(first, Convolution):
            one.append((first.channels, first.height, first.width))
            shown += f", or {one[1]} or (examples, {first.channels}, {first.height}, {first.width})"
        if array.size > 0 and array.shape[1:] in one:
            return array.reshape(-1), (len(array),)
        if array.shape in one or (len(one) == 2 and array.shape == one[1][1:] and one[1][0] == 1):
            return array.reshape(-1), ()
        raise ValueError(f"{name}: expected shape {shown}, given {array.shape}")


def _restored(network: Network, learner: Learner, parameters: Parameters, state: np.ndarray) -> OnlineLearner:
    online = OnlineLearner(network, learner, parameters)
    online._engine.restore_any(state)
    return online
