"""The data of lifetimes, checked against a network, and what the network makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _plastic
from .arguments import thread_count
from .descriptions import Convolution, Learner, Network, describe
from .divergence import Divergence
from .parameters import Parameters, require_parameters


@dataclass(frozen=True, eq=False)
class Lifetime:
    """The data of one lifetime: what is met, in order, and what is asked after it. It unpacks as xs, ys, xq, yq.

    With one more axis before these, lifetimes side by side.
    """

    xs: Any  # [T, M, in]: minibatches
    ys: Any  # [T, M, out]: their targets
    xq: Any  # [Q, in]: the query
    yq: Any  # [Q, out]
    step_task: Any = None  # [T]: which of the lifetime's tasks each minibatch is of, from 0; None: not known
    query_task: Any = None  # [Q]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.xs, self.ys, self.xq, self.yq))

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in zip(("xs", "ys", "xq", "yq"), self))
        return f"Lifetime({shapes})"

    @classmethod
    def stack(cls, lifetimes: Sequence[Lifetime]) -> Lifetime:
        """Lifetimes of one shape side by side: xs [B, T, M, in], ys, xq, yq, and which task is when."""
        lifetimes = list(lifetimes)
        if not lifetimes:
            raise ValueError("lifetimes: expected one at least, given none")
        for number, one in enumerate(lifetimes):
            if not isinstance(one, Lifetime):
                raise TypeError(f"lifetimes: expected plastic.Lifetime, given {type(one).__name__} as number {number}")
            require_shapes_of(lifetimes[0], one, number)
        columns = [[getattr(one, name) for one in lifetimes] for name in cls.__dataclass_fields__]
        return cls(*(None if any(part is None for part in column) else np.stack(column) for column in columns))


def require_shapes_of(first: Lifetime, other: Lifetime, number: int) -> None:
    """Raises ValueError where lifetime `number` has not the shapes of the first."""
    for name, a, b in zip(("xs", "ys", "xq", "yq"), first, other):
        if np.shape(a) != np.shape(b):
            raise ValueError(
                f"{name}: those side by side have one shape, but lifetime {number} has {np.shape(b)} and the first "
                f"{np.shape(a)}"
            )


def lifetime_of(xs: Any, ys: Any, xq: Any, yq: Any) -> Lifetime:
    """What a call was given: xs, ys, xq, yq, or one Lifetime in their place."""
    if isinstance(xs, Lifetime):
        if ys is not None or xq is not None or yq is not None:
            raise TypeError("ys, xq, yq: expected none beside a Lifetime, which has them")
        return xs
    for name, array in (("ys", ys), ("xq", xq), ("yq", yq)):
        if array is None:
            raise TypeError(f"{name}: expected an array, given none; give xs, ys, xq and yq, or one Lifetime")
    return Lifetime(xs, ys, xq, yq)


class Checked:
    """Arrays of lifetimes side by side that fit: xs [B, T, M, in], ys [B, T, M, out], xq [B, Q, in], yq [B, Q, out].
    Where no loss is asked for, yq is zeros."""

    def __init__(self, network: Network, dtype: np.dtype, lifetime: Lifetime, *, loss: bool = True) -> None:
        if not loss:
            queries = np.shape(lifetime.xq)[: np.ndim(lifetime.ys) - 2]  # one axis, with lifetimes' two
            asked = np.zeros((*queries, network.outputs))
            lifetime = Lifetime(lifetime.xs, lifetime.ys, lifetime.xq, asked)
            targets = ["ys"]
        else:
            targets = ["ys", "yq"]
        first = network.layers[0]
        image = (first.channels, first.height, first.width) if isinstance(first, Convolution) else None
        given = dict(zip(("xs", "ys", "xq", "yq"), lifetime))
        arrays = {name: numbers_of(name, value) for name, value in given.items()}
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
        if network.loss == "cross_entropy":
            for name in targets:
                require_distributions(name, arrays[name])
        self.arrays = arrays["xs"], arrays["ys"], arrays["xq"], arrays["yq"]


def require_distributions(name: str, targets: np.ndarray) -> None:
    """Raises ValueError where targets [..., out] of a cross-entropy are none: one-hot, or softer. (NaN is for others to name.)"""
    sums = targets.sum(-1)
    if (targets < 0).any() or (np.abs(sums - 1) > 1e-3).any():
        worst = sums.flat[np.abs(sums - 1).argmax()]
        raise ValueError(
            f"{name}: expected one-hot targets, or others >= 0 that add up to 1, for the loss is cross_entropy; given "
            f"the sum {worst:.6g} and the least {targets.min():.6g}"
        )


def numbers_of(name: str, value: Any) -> np.ndarray:
    """As an array; raises ValueError where it is none of real numbers."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: expected an array, given rows of several lengths") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name}: expected real numbers, given {array.dtype}")
    return array


def answers(
    network: Network,
    learner: Learner,
    parameters: Parameters,
    xs: Any,
    ys: Any = None,
    xq: Any = None,
    *,
    threads: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """What the network answers to xq [Q, in] as it is born and after the lifetime xs [T, M, in], ys [T, M, out]: two arrays
    [Q, out], of a classifier logits. With one more axis before these, of lifetimes side by side. A Lifetime may stand for the
    arrays. Raises Divergence where an answer is not finite."""
    threads = thread_count(threads)
    require_parameters(parameters, network, learner)
    if isinstance(xs, Lifetime) and ys is None and xq is None:
        xs, ys, xq, _ = xs
    for name, array in (("ys", ys), ("xq", xq)):
        if array is None:
            raise TypeError(f"{name}: expected an array, given none; give xs, ys and xq, or one Lifetime")
    checked = Checked(network, parameters.dtype, Lifetime(xs, ys, xq, None), loss=False)
    before, after, _, diverged = lived(network, learner, parameters, checked, threads)
    if diverged:
        raise diverged[0]
    return (before, after) if checked.batched else (before[0], after[0])


def lived(
    network: Network, learner: Learner, parameters: Parameters, lifetimes: Checked, threads: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Divergence]]:
    """The answers before and after [B, Q, out], the query's loss [B] of the latter, and those with answers that are not finite."""
    shape = lifetimes.arrays[3].shape
    before, after = np.empty((2, *shape), parameters.dtype)
    losses = np.empty(shape[0])
    run = _plastic.answer_float32 if parameters.dtype == np.float32 else _plastic.answer_float64
    rows = run(describe(network, learner), parameters._engine, *lifetimes.arrays, before, after, losses, threads)
    return before, after, losses, [Divergence(*row) for row in rows]
