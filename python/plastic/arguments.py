"""What arguments must be: a mistake is named with what is allowed and what was given."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
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


def storage_way(value: Any) -> str:
    """How the way back through a lifetime comes by its weights: the words of engine.storage."""
    if value not in ("checkpoints", "full", "undo"):
        raise ValueError(f'storage: expected "checkpoints", "full" or "undo", given {value!r}')
    return str(value)


def number(name: str, value: Any, allowed: str, fits: Callable[[float], bool]) -> float:
    """The value, where it is a number that fits; `allowed` says so in words."""
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name}: expected {allowed}, given {value!r}")
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected {allowed}, given {value!r}") from None
    if not fits(found):
        raise ValueError(f"{name}: expected {allowed}, given {value!r}")
    return found


def positive(name: str, value: Any, *, finite: bool = True) -> float:
    """The value, where it is a number > 0."""
    return number(name, value, "a number > 0", lambda x: x > 0 and not (finite and x == math.inf))


def not_negative(name: str, value: Any, of: str = "") -> float:
    return number(name, value, f"a number >= 0{of}", lambda x: 0 <= x < math.inf)


def finite(name: str, value: Any) -> float:
    return number(name, value, "a finite number", math.isfinite)
