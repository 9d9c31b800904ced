"""What a network is and how it learns, before any number: immutable, and checked by the engine."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _plastic
from .arguments import integer
from .toml import toml_value

if TYPE_CHECKING:
    from .parameters import Parameters


@dataclass(frozen=True)
class Layer:
    """A dense layer: z = x W^T + b, x' = activation(z), with W [outputs, inputs] and b [outputs]."""

    inputs: int
    outputs: int
    activation: str = "relu"  # "relu", "tanh" or "identity"
    plastic: bool = False  # does W change during a lifetime?
    feedback: bool = True  # does the teaching signal reach it, where it is plastic?

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs"):
            object.__setattr__(self, name, integer(name, getattr(self, name), 1))


@dataclass(frozen=True)
class Convolution:
    """A convolution over images [channels, height, width]; relu, and not plastic. W [filters, channels, kernel, kernel]."""

    channels: int
    height: int
    width: int
    filters: int
    kernel: int = 3
    stride: int = 1
    padding: int = 0  # zeros, on each side

    def __post_init__(self) -> None:
        for field in fields(self):
            least = 0 if field.name == "padding" else 1
            object.__setattr__(self, field.name, integer(field.name, getattr(self, field.name), least))

    @property
    def image(self) -> tuple[int, int, int]:
        """What comes out: (filters, height, width)."""
        height, width = (
            (side + 2 * self.padding - self.kernel) // self.stride + 1 for side in (self.height, self.width)
        )
        return self.filters, height, width

    @property
    def inputs(self) -> int:
        return self.channels * self.height * self.width

    @property
    def outputs(self) -> int:
        filters, height, width = self.image
        return filters * height * width


def _plastic_layers(spec: str | Sequence[int], dense: list[int], last: int) -> set[int]:
    """Layers, counted from 1, that `plastic` names among the dense ones."""
    if isinstance(spec, str):
        if spec == "all":
            return set(dense)
        if spec == "hidden":
            return set(dense) - {last}
        if spec == "none":
            return set()
        ranges = [re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part) for part in spec.split(",")]
        ends = [(int(found[1]), int(found[2] or found[1])) for found in ranges if found]
        if len(ends) < len(ranges) or any(first > last for first, last in ends):
            raise ValueError(f'plastic: expected "all", "hidden", "none" or layers as "1,3-5", given {spec!r}')
        chosen = {layer for first, last in ends for layer in range(first, min(last, max(dense, default=0) + 1) + 1)}
    else:
        try:
            given = list(spec)
        except TypeError:
            raise TypeError(
                f'plastic: expected "all", "hidden", "none" or layers as "1,3-5" or [1, 3], given {spec!r}'
            ) from None
        if any(isinstance(layer, (bool, np.bool_)) for layer in given):
            raise TypeError(f"plastic: expected numbers of layers, given {spec!r}")
        chosen = {integer("plastic", layer, 0) for layer in given}
    wrong = sorted(chosen - set(dense))
    if wrong:
        raise ValueError(f"plastic: layer {wrong[0]} is none of the dense layers given by width, {dense}")
    return chosen


@dataclass(frozen=True, init=False)
class Network:
    """Layers from the input to the output, and the loss of their answers.

    `Network([11, 64, 64, 1])` has dense layers of these widths, the input's first; the last is linear. Convolutions come
    first where there are any: `Network([Convolution(1, 28, 28, 64, stride=2), 5])`. For anything else give every `Layer`.
    Layers given by width are plastic as `plastic` says ("all", "hidden", "none", or numbers as "1,3-5" or [1, 3], counted
    from 1 with convolutions among them).
    """

    layers: tuple[Layer | Convolution, ...]
    loss: str = "mse"  # or "cross_entropy", of one-hot targets
    gate: bool = False  # are the convolutions' features gated by a second stack of them?

    def __init__(
        self,
        layers: Sequence[int | Layer | Convolution],
        *,
        plastic: str | Sequence[int] | None = None,
        activation: str | None = None,
        loss: str = "mse",
        gate: bool = False,
    ) -> None:
        if isinstance(layers, str) or not isinstance(layers, Iterable):
            raise TypeError(f"layers: expected widths, or each Layer and Convolution, given {layers!r}")
        made: list[Layer | Convolution] = []
        by_width: list[int] = []  # numbers of layers
        width: int | None = None
        for item in layers:
            if isinstance(item, (Layer, Convolution)):
                made.append(item)
                width = item.outputs
            elif width is None:
                width = integer("layers", item, 1)
            else:
                made.append(Layer(width, integer("layers", item, 1)))
                width = made[-1].outputs
                by_width.append(len(made))
        if not by_width and (plastic is not None or activation is not None):
            raise ValueError("plastic, activation: are for layers given by width; each Layer has its own")
        chosen = _plastic_layers("all" if plastic is None else plastic, by_width, len(made))
        for number in by_width:
            layer = made[number - 1]
            kind = "identity" if number == len(made) else activation or "relu"
            made[number - 1] = Layer(layer.inputs, layer.outputs, kind, number in chosen)
        object.__setattr__(self, "layers", tuple(made))
        object.__setattr__(self, "loss", loss)
        object.__setattr__(self, "gate", bool(gate))
        _plastic.validate(_json(self))

    def __repr__(self) -> str:
        return f"Network({list(self.layers)!r}, loss={self.loss!r}, gate={self.gate!r})"

    @property
    def inputs(self) -> int:
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        return self.layers[-1].outputs

    def initial_parameters(
        self,
        learner: Learner,
        *,
        seed: int = 1,
        dtype: Any = np.float32,
        weight_gain: float = 1,
        feedback_gain: float = 1,
        alpha: float = 0,
        beta: float = 0.5,
    ) -> Parameters:
        """What meta-training begins with: W ~ N(0, weight_gain^2 2 / inputs), B ~ N(0, feedback_gain^2 2 / width of e),
        zero biases, alpha and beta as given. The same numbers as `plastic train` draws for run.seed = seed."""
        from .parameters import Parameters

        return Parameters.initial(self, learner, seed, dtype, weight_gain, feedback_gain, alpha, beta)


@dataclass(frozen=True)
class Learner:
    """A teaching pathway and a plasticity rule: the keys of a config's [learner], which docs/config.md explains.

    `Learner("flp")` is one of `plastic.learners()` with all its keys, and a key given besides takes the place of the name's
    own. What is not given has the config's default; a key without a meaning beside the others is None.
    """

    name: str = "own"
    pathway: str | None = None
    feedback: str | None = None
    signal: str | None = None
    feedback_activation: str | None = None
    output_teaching: str | None = None
    plasticity: str | None = None
    terms: tuple[str, ...] | None = None
    alpha_sharing: str | None = None
    held_constant: str | None = None
    beta_learned: bool | None = None
    features: str | None = None

    def __post_init__(self) -> None:
        resolved = tomllib.loads(_plastic.resolve_learner(learner_toml(self)))["learner"]
        for field in fields(self):
            value = resolved.get(field.name)
            object.__setattr__(self, field.name, tuple(value) if isinstance(value, list) else value)

    def meta_learned(self, network: Network) -> tuple[str, ...]:
        """The parameters that meta-training changes; it leaves the others as they were drawn."""
        return tuple(_plastic.meta_learned(describe(network, self), learner_toml(self)))


def learner_toml(learner: Learner) -> str:
    given = {field.name: getattr(learner, field.name) for field in fields(learner)}
    lines = [f"{key} = {toml_value(value)}" for key, value in given.items() if value is not None]
    return "\n".join(["[learner]", *lines])


def learners() -> list[dict[str, Any]]:
    """The learners that have a name, as `plastic learners --json` lists them."""
    return json.loads(_plastic.named_learners())


def describe(network: Network, learner: Learner) -> str:
    """Both as the engine's own text; raises Error where they are not valid, or not with each other."""
    if not isinstance(network, Network):
        raise TypeError(f"network: expected plastic.Network, given {network!r}")
    if not isinstance(learner, Learner):
        raise TypeError(f'learner: expected plastic.Learner, as Learner("flp"), given {learner!r}')
    return _describe(network, learner)


@functools.lru_cache(maxsize=64)
def _describe(network: Network, learner: Learner) -> str:
    return _plastic.describe(_json(network), learner_toml(learner))


def _json(network: Network) -> str:
    layers = []
    for layer in network.layers:
        row: dict[str, Any] = {
            "in": layer.inputs,
            "out": layer.outputs,
            "activation": "relu",
            "plastic": False,
            "feedback": True,
        }
        if isinstance(layer, Convolution):
            row["convolution"] = {field.name: getattr(layer, field.name) for field in fields(layer)}
        else:
            row |= {"activation": layer.activation, "plastic": layer.plastic, "feedback": layer.feedback}
        layers.append(row)
    return json.dumps({"layers": layers, "loss": network.loss, "gate": network.gate})


def network_of(text: str) -> Network:
    """The network of such a text."""
    description = json.loads(text)
    layers: list[Layer | Convolution] = [
        Convolution(**row["convolution"])
        if "convolution" in row
        else Layer(row["in"], row["out"], row["activation"], row["plastic"], row["feedback"])
        for row in description["layers"]
    ]
    return Network(layers, loss=description["loss"], gate=description.get("gate", False))
