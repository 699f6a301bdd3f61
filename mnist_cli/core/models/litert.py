"""Run a `.tflite` model with LiteRT, which starts in a fortieth of TensorFlow's time."""

import os
import threading
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError
from mnist_cli.core.quiet import native_output_hidden

with native_output_hidden():
    from ai_edge_litert.interpreter import Interpreter

BATCH = 500  # images that are computed at once, at most


@dataclass(frozen=True)
class WholeNumbers:
    """What the int8 numbers mean that a model takes or gives: (q - zero point) * scale.

    Attributes:
        scale: How far two whole numbers are apart.
        zero_point: Which of them, -128 to 127, means 0.
    """

    scale: float
    zero_point: int

    @classmethod
    def of(cls, details: dict[str, Any]) -> Self | None:
        """Return those of a tensor; None where it holds float numbers."""
        return cls(*details["quantization"]) if details["dtype"] is np.int8 else None

    def __str__(self) -> str:
        return f"int8, of which (q - {self.zero_point}) * {self.scale:.9g} is meant"

    def from_real(self, numbers: NDArray[np.float32]) -> NDArray[np.int8]:
        """Return the nearest whole numbers, of any shape."""
        nearest = np.rint(numbers / np.float32(self.scale)) + self.zero_point
        return np.asarray(np.clip(nearest, -128, 127), dtype=np.int8)

    def to_real(self, whole: NDArray[np.int8]) -> NDArray[np.float32]:
        """Return what whole numbers mean, of the same shape."""
        return (whole.astype(np.float32) - self.zero_point) * np.float32(self.scale)


class LiteRTModel:
    """A model that takes and gives float32 or int8, for any number of images and threads.

    Args:
        content: The bytes of a `.tflite` file. LiteRT does not defend itself against a hostile
            file, so give it none but those this tool has written and whose digest is checked.
        threads: How many to work with; all cores, if left out.
        shape: Of one image: height, width, channels.

    Raises:
        ModelError: LiteRT can't open it, or it is made for other shapes.

    Attributes:
        takes, gives: What its int8 numbers mean; None where they are float32.
    """

    def __init__(
        self, content: bytes, threads: int | None = None, shape: tuple[int, ...] = (28, 28, 1)
    ) -> None:
        self._lock = threading.Lock()
        try:
            with native_output_hidden():
                self._interpreter = Interpreter(
                    model_content=content, num_threads=threads or os.cpu_count() or 1
                )
                self._resize((1, *shape))
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"LiteRT can't open the model ({error}).") from error

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, 10) float32 for (N, 28, 28, 1) in [0, 1]; or whatever the model makes of N."""
        parts = [self._run(images[at : at + BATCH]) for at in range(0, len(images), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock:
            if batch.shape != self._shape:
                self._resize(batch.shape)
            taken = self.takes.from_real(batch) if self.takes else batch
            self._interpreter.set_tensor(self._input, np.ascontiguousarray(taken))
            self._interpreter.invoke()
            output = self._interpreter.get_tensor(self._output)
            return self.gives.to_real(output) if self.gives else output

    def _resize(self, shape: tuple[int, ...]) -> None:
        details = self._interpreter.get_input_details()[0]
        self._input = details["index"]
        self._interpreter.resize_tensor_input(self._input, shape, strict=True)
        self._interpreter.allocate_tensors()
        given = self._interpreter.get_output_details()[0]
        self._output = given["index"]
        self.takes, self.gives = WholeNumbers.of(details), WholeNumbers.of(given)
        self._shape = shape
