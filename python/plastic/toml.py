"""Values as TOML writes them: what the engine's configs are made of. (Python reads TOML, but does not write it.)"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def toml_value(value: Any) -> str:
    """A number, string, truth value or list (NumPy's too) in TOML."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    raise TypeError(f"a config takes numbers, strings, truth values and lists, not {type(value).__name__}")


def overrides_of(values: Mapping[str, Any], section: str = "") -> Iterator[str]:
    """{"meta.steps": 100} or {"meta": {"steps": 100}} as "meta.steps=100"."""
    for key, value in values.items():
        path = f"{section}{key}"
        if isinstance(value, Mapping):
            yield from overrides_of(value, path + ".")
        else:
            yield f"{path}={toml_value(value)}"
