"""What became of a lifetime that ran away."""

from __future__ import annotations

from typing import Any


class Divergence(ArithmeticError):
    """A number that is not finite, or past `largest_loss`: where it first appeared."""

    def __init__(self, lifetime: int, what: str, step: int, layer: int, field: str, value: float, words: str) -> None:
        super().__init__(f"lifetime {lifetime} diverged: {words}")
        self._given = (lifetime, what, step, layer, field, value, words)
        self.lifetime = lifetime  # its place in the batch, from 0
        self.what = what  # "activity", "postsynaptic", "weights", "loss" or "gradient"
        self.step = step  # of the lifetime, from 0; the number of steps stands for the query
        self.layer = layer  # from 1
        self.field = field  # the parameter whose gradient it is; "gradient" only
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return Divergence, self._given
