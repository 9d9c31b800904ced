"""What arguments must be: a mistake is named with what is allowed and what was given."""

from __future__ import annotations

import math
import operator
from typing import Any

SEEDS = 2**63 - 1  # the largest


def integer(name: str, value: Any, least: int, most: int | None = None, note: str = "") -> int:
    """The value, where it is an integer from least to most."""
    allowed = f"an integer >= {least}" if most is None else f"an integer from {least} to {most}"
    try:
        found = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: expected {allowed}{note}, given {value!r}") from None
    if found < least or (most is not None and found > most):
        raise ValueError(f"{name}: expected {allowed}{note}, given {value!r}")
    return found


def thread_count(value: Any) -> int:
    return integer("threads", value, 0, 1024, " (0: as many as are worth it)")


def positive(name: str, value: Any, *, finite: bool = True) -> float:
    """The value, where it is a number > 0."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number > 0, given {value!r}") from None
    if not found > 0 or (finite and found == math.inf):
        raise ValueError(f"{name}: expected a number > 0, given {value!r}")
    return found
