"""The data of lifetimes, checked against a network, and what the network makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _plastic
from .descriptions import Convolution, Learner, Network, describe
from .parameters import Parameters, require_parameters


def require_threads(threads: int) -> None:
    if not 0 <= threads <= 1024:
        raise ValueError(f"threads: expected an integer from 0 (all cores) to 1024, given {threads}")


class Lifetimes:
    """Checked arrays of lifetimes side by side: xs [B, T, M, in], ys [B, T, M, out], xq [B, Q, in], yq [B, Q, out]."""

    def __init__(self, network: Network, dtype: np.dtype, xs: Any, ys: Any, xq: Any, yq: Any) -> None:
        first = network.layers[0]
        image = (first.channels, first.height, first.width) if isinstance(first, Convolution) else None
        given = {"xs": xs, "ys": ys, "xq": xq, "yq": yq}
        arrays = {name: _numbers(name, value) for name, value in given.items()}
        if image is not None:  # may be given as images
            for name, fewest in (("xs", 5), ("xq", 4)):
                if arrays[name].ndim >= fewest and arrays[name].shape[-3:] == image:
                    arrays[name] = arrays[name].reshape(*arrays[name].shape[:-3], network.inputs)
        axes = {"xs": ("steps", "minibatch"), "xq": ("queries",), "ys": ("steps", "minibatch"), "yq": ("queries",)}
        width = {"xs": network.inputs, "xq": network.inputs, "ys": network.outputs, "yq": network.outputs}
        self.batched = arrays["xs"].ndim == 4
        known: dict[str, int] = {}  # lengths that arrays before have settled
        for name, named in axes.items():
            array = arrays[name]
            wanted = (("lifetimes",) if self.batched else ()) + named
            lengths = array.shape[:-1]
            fits = array.ndim == len(wanted) + 1 and array.shape[-1] == width[name] and array.size > 0
            if not fits or any(known.get(axis, n) != n for axis, n in zip(wanted, lengths)):
                either = "" if name != "xs" else f" or ({', '.join(('lifetimes', *named))}, {width[name]})"
                shown = ", ".join(str(known.get(axis, axis)) for axis in wanted if name != "xs" or axis != "lifetimes")
                raise ValueError(
                    f"{name}: expected shape ({shown}, {width[name]}){either}, nothing empty, given {np.shape(given[name])}"
                )
            known |= dict(zip(wanted, lengths))
            if not self.batched:
                array = array[None]
            arrays[name] = np.ascontiguousarray(array, dtype)
        self.arrays = arrays["xs"], arrays["ys"], arrays["xq"], arrays["yq"]


def _numbers(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name}: expected real numbers, given {array.dtype}")
    return array


def answers(
    network: Network, learner: Learner, parameters: Parameters, xs: Any, ys: Any, xq: Any, *, threads: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """What the network answers to xq [Q, in] as it is born and after the lifetime xs [T, M, in], ys [T, M, out]: two arrays
    [Q, out], of a classifier logits. With one more axis before these, of lifetimes side by side."""
    require_threads(threads)
    require_parameters(parameters, network, learner)
    queries = np.shape(xq)[: np.ndim(ys) - 2]  # ys [T, M, out] has one axis of queries, [B, T, M, out] two
    unused = np.zeros((*queries, network.outputs))
    lifetimes = Lifetimes(network, parameters.dtype, xs, ys, xq, unused)
    before, after = np.empty((2, *lifetimes.arrays[3].shape), parameters.dtype)
    run = _plastic.answer_float32 if parameters.dtype == np.float32 else _plastic.answer_float64
    run(describe(network, learner), parameters._engine, *lifetimes.arrays, before, after, threads)
    return (before, after) if lifetimes.batched else (before[0], after[0])
