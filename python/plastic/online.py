"""A network that learns where it is used."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _plastic
from .descriptions import Learner, Network, describe
from .parameters import Parameters, require_parameters

_ENGINES: dict[np.dtype, Any] = {
    np.dtype(np.float32): _plastic.OnlineLearnerFloat32,
    np.dtype(np.float64): _plastic.OnlineLearnerFloat64,
}


class OnlineLearner:
    """Learns one example after another by its own rule: no gradient, nothing stored but its weights.

    As born it has the parameters' weights, which it copies. It computes in their dtype.
    """

    def __init__(self, network: Network, learner: Learner, parameters: Parameters) -> None:
        require_parameters(parameters, network, learner)
        self.network, self.learner, self.dtype = network, learner, parameters.dtype
        self._engine = _ENGINES[self.dtype](describe(network, learner), parameters._engine)

    def predict(self, x: Any) -> np.ndarray:
        """The answer [out] to x [in] (an image may have its own shape); of a classifier, logits."""
        return self._engine.predict(self._vector("x", x, self.network.inputs))

    def observe(self, x: Any, y: Any) -> np.ndarray:
        """The same, and then learns that y [out] was right; of a classifier, one-hot. Raises Error, and learns nothing, where
        the answer is not finite."""
        return self._engine.observe(
            self._vector("x", x, self.network.inputs), self._vector("y", y, self.network.outputs)
        )

    def state(self) -> np.ndarray:
        """All that changes in a life: the plastic weights, layer by layer, W [out, in] row by row. A copy."""
        return self._engine.state()

    def restore(self, state: Any) -> None:
        """Goes on from there. Raises Error where it is of another size."""
        self._engine.restore(np.ascontiguousarray(state, self.dtype).reshape(-1))

    def reset(self) -> None:
        """As born again."""
        self._engine.reset()

    def _vector(self, name: str, value: Any, size: int) -> np.ndarray:
        array = np.ascontiguousarray(value, self.dtype)
        if array.size != size:
            raise ValueError(f"{name}: expected shape ({size},), given {array.shape}")
        return array.reshape(-1)
