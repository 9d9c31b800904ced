"""A network that learns where it is used."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _plastic
from .descriptions import Convolution, Learner, Network, describe
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
        """Goes on from there. Raises Error where it is of another size."""
        self._engine.restore(np.ascontiguousarray(state, self.dtype).reshape(-1))

    def reset(self) -> None:
        """As born again."""
        self._engine.reset()

    def _examples(self, name: str, value: Any, size: int) -> tuple[np.ndarray, tuple[int, ...]]:
        """All numbers in a row, and the axes before an example's own: (), or (M,)."""
        array = np.ascontiguousarray(value, self.dtype)
        first = self.network.layers[0]
        image = (first.channels, first.height, first.width) if isinstance(first, Convolution) else (size,)
        if array.size == size and array.shape not in ((1, size), (1, *image)):
            return array.reshape(-1), ()
        if array.size == 0 or array.size != len(array) * size:
            raise ValueError(f"{name}: expected shape ({size},) or (examples, {size}), given {array.shape}")
        return array.reshape(-1), (len(array),)


def _restored(network: Network, learner: Learner, parameters: Parameters, state: np.ndarray) -> OnlineLearner:
    online = OnlineLearner(network, learner, parameters)
    online.restore(state)
    return online
