"""The loss after whole lifetimes, and its gradient with respect to all that is meta-learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _plastic
from .arguments import positive, storage_way, thread_count
from .descriptions import Learner, Network, describe
from .divergence import Divergence
from .lifetimes import Checked, lifetime_of
from .parameters import Parameters, precision, require_parameters

_ENGINES: dict[np.dtype, Any] = {
    np.dtype(np.float32): _plastic.MetaGradientFloat32,
    np.dtype(np.float64): _plastic.MetaGradientFloat64,
}


class MetaGradient:
    """Meta-gradients of one network and learner, again and again: its threads and memory are made once.

    Calls from several Python threads take turns; give each thread one of its own where they are to run at once.
    """

    def __init__(
        self,
        network: Network,
        learner: Learner,
        *,
        dtype: Any = np.float32,
        threads: int = 0,  # 0: all cores, and one where the work is little. The bits are the same for any number
        memory_mib: float = 512,  # for what is kept for the way back. The bits are the same for any that suffices
        largest_loss: float = math.inf,  # past it a lifetime has diverged
        storage: str = "checkpoints",  # "full": the same bits; "undo": quicker for long lifetimes, rounds otherwise
    ) -> None:
        options = (
            thread_count(threads),
            positive("memory_mib", memory_mib),
            positive("largest_loss", largest_loss, finite=False),
            storage_way(storage),
        )
        self.network, self.learner = network, learner
        self.dtype = precision(dtype)
        self._options = dict(zip(("threads", "memory_mib", "largest_loss", "storage"), options))
        self._description = describe(network, learner)
        self._engine = _ENGINES[self.dtype](self._description, *options)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.network, self.learner, {"dtype": self.dtype, **self._options})

    def __call__(
        self, parameters: Parameters, xs: Any, ys: Any = None, xq: Any = None, yq: Any = None
    ) -> tuple[float, Parameters]:
        """See meta_gradient."""
        loss, gradient, diverged = self.without_diverged(parameters, xs, ys, xq, yq)
        if diverged:
            raise diverged[0]
        return loss, gradient

    def without_diverged(
        self, parameters: Parameters, xs: Any, ys: Any = None, xq: Any = None, yq: Any = None
    ) -> tuple[float, Parameters, list[Divergence]]:
        """The means over the lifetimes that did not diverge, and what became of the others; NaN and zeros where all did."""
        require_parameters(parameters, self.network, self.learner)
        if parameters.dtype != self.dtype:
            raise ValueError(f"parameters: expected {self.dtype}, given {parameters.dtype}")
        lifetimes = Checked(self.network, self.dtype, lifetime_of(xs, ys, xq, yq))
        loss, gradient, diverged = self._engine.run(parameters._engine, *lifetimes.arrays)
        return loss, Parameters._of(gradient, self._description), [Divergence(*row) for row in diverged]


def _made(network: Network, learner: Learner, options: dict[str, Any]) -> MetaGradient:
    return MetaGradient(network, learner, **options)


def meta_gradient(
    network: Network,
    learner: Learner,
    parameters: Parameters,
    xs: Any,
    ys: Any = None,
    xq: Any = None,
    yq: Any = None,
    *,
    threads: int = 0,
    memory_mib: float = 512,
    storage: str = "checkpoints",
) -> tuple[float, Parameters]:
    """The loss on a query after a lifetime, and its exact gradient.

    xs [T, M, in], ys [T, M, out] are the lifetime's T minibatches of M examples in order, xq [Q, in], yq [Q, out] the query
    after it; images may come as [..., channels, height, width]. With one more axis before these the arrays hold several
    lifetimes, and loss and gradient are means over them. One Lifetime may stand for the four. They are computed in the
    parameters' dtype.

    Raises Divergence where a number of a lifetime is not finite, ValueError for arrays that do not fit.
    """
    require_parameters(parameters, network, learner)
    engine = MetaGradient(
        network, learner, dtype=parameters.dtype, threads=threads, memory_mib=memory_mib, storage=storage
    )
    return engine(parameters, xs, ys, xq, yq)
