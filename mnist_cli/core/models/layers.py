"""The layers of a network, told from its config, without TensorFlow."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mnist_cli.core.config import ModelConfig

SIDE = 28
CLASSES = 10


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: As in the Keras model.
        kind: What it does, as `3×3 convolution, relu`.
        output: Shape of what it makes of an image.
        parameters: How many weights and biases it has.
    """

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int


def layers_of(config: ModelConfig) -> list[Layer]:
    """Return the layers that `core.model.build_model` makes, in their order.

    Towers stand one after the other; what averages them comes last.
    """
    if config.towers == 1:
        return [*_tower(config, "", "probabilities", "softmax")]
    towers = [
        layer
        for number in range(1, config.towers + 1)
        for layer in _tower(config, f"tower_{number}_", f"tower_{number}_scores", "")
    ]
    mean = Layer("scores", f"mean of {config.towers} towers", (CLASSES,), 0)
    return [*towers, mean, Layer("probabilities", "softmax", (CLASSES,), 0)]


def _tower(config: ModelConfig, prefix: str, head: str, activation: str) -> Iterator[Layer]:
    side, channels = SIDE, 1
    if config.stem:
        side, weights = math.ceil(side / 2), config.stem * (25 + 1)
        kind = "5×5 convolution of stride 2, relu"
        yield Layer(f"{prefix}stem", kind, (side, side, config.stem), weights)
        channels = config.stem
    for block, filters in enumerate(config.blocks, 1):
        if block > 1:
            side //= 2
            yield Layer(f"{prefix}pool_{block}", "2×2 max pooling", (side, side, channels), 0)
        for number, count in enumerate(filters, 1):
            name, weights = f"{prefix}block_{block}_{number}", count * (9 * channels + 1)
            yield Layer(name, "3×3 convolution, relu", (side, side, count), weights)
            channels = count
    inputs = side * side * channels
    yield Layer(f"{prefix}flatten", "all in a row", (inputs,), 0)
    for number, width in enumerate(config.widths, 1):
        name = f"{prefix}hidden_{number}"
        yield Layer(name, "dense, relu", (width,), width * (inputs + 1))
        inputs = width
        if config.dropout:
            kind = f"dropout of {config.dropout:g}"
            yield Layer(f"{prefix}dropout_{number}", kind, (width,), 0)
    kind = f"dense, {activation}" if activation else "dense"
    yield Layer(head, kind, (CLASSES,), CLASSES * (inputs + 1))
