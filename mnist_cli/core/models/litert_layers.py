"""What each layer of a `.tflite` makes of an image."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import as_input
from mnist_cli.core.models.litert import WholeNumbers
from mnist_cli.core.quiet import native_output_hidden

with native_output_hidden():
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

TWICE = 2  # the image: a tensor whose first side is 2 then holds answers, any other one weights
CLASSES = 10
_LAYER = re.compile(r"(?:[^;]*/)?([^;/]+?)(?:_\d+)?/[^;/]+(?:;.*)?")  # converters add a number


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """What one layer answers to an image.

    Attributes:
        name: As in the network.
        maps: (filters, rows, columns) float32; of a dense layer (units, 1, 1).
    """

    name: str
    maps: NDArray[np.float32]


class LiteRTLayers:
    """Looks into a network whose `.tflite` is known to be sound: LiteRT keeps all tensors.

    It is an interpreter beside the one that classifies: to keep them takes memory and the fused
    steps that make that one fast.

    Args:
        content: The bytes of the file, as `LiteRTModel` takes them.
    """

    def __init__(self, content: bytes) -> None:
        with native_output_hidden():
            self._interpreter = Interpreter(
                model_content=content,
                num_threads=1,
                experimental_preserve_all_tensors=True,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            )
            self._input = self._interpreter.get_input_details()[0]
            shape = (TWICE, *self._input["shape"][1:])
            self._interpreter.resize_tensor_input(self._input["index"], shape, strict=True)
            self._interpreter.allocate_tensors()
            self._interpreter.invoke()  # only now is known how many rows the dense layers have
        self._layers = _hidden_layers(self._interpreter.get_tensor_details())

    def of(self, image: NDArray[np.float32]) -> list[LayerMaps]:
        """Return what the hidden layers make of an image, in their order.

        Args:
            image: (28, 28, 1) float32 in [0, 1].
        """
        takes = WholeNumbers.of(self._input)
        both = np.stack([image] * TWICE)
        self._interpreter.set_tensor(self._input["index"], takes.from_real(both) if takes else both)
        self._interpreter.invoke()
        return [LayerMaps(name, self._maps(tensor)) for name, tensor in self._layers.items()]

    def _maps(self, tensor: dict[str, Any]) -> NDArray[np.float32]:
        gives = WholeNumbers.of(tensor)
        values = self._interpreter.get_tensor(tensor["index"])[0]
        real = gives.to_real(values) if gives else np.asarray(values, np.float32)
        return np.moveaxis(real.reshape((1, 1, -1) if real.ndim == 1 else real.shape), -1, 0)


def _hidden_layers(tensors: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the tensor in which each hidden layer ends, by the layer's name.

    A tensor is called as in the graph, `network/layer/operation`; flattening and dropout make none,
    or a view of another. The layer that scores the classes is none of the hidden ones.
    """
    found = {}
    for tensor in tensors:
        layer = _LAYER.fullmatch(tensor["name"])
        of_images = len(tensor["shape"]) in (2, 4) and tensor["shape"][0] == TWICE
        if layer and of_images and "/Reshape" not in tensor["name"]:
            found[layer[1]] = tensor  # an activation comes after the sum that it is of
    if found and next(reversed(found.values()))["shape"][-1] == CLASSES:
        found.popitem()
    return found


class WithLayers:
    """A classifier of a `.tflite`, `_content`, whose layers can be looked into."""

    _content: bytes

    def layers(self, image: NDArray[np.uint8]) -> list[LayerMaps]:
        """Return what its hidden layers make of an image, (28, 28) uint8."""
        return self._layers.of(as_input(image[None])[0])

    @cached_property
    def _layers(self) -> LiteRTLayers:
        return LiteRTLayers(self._content)
