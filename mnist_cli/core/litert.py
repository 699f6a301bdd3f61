"""Run a `.tflite` model with LiteRT, which starts in a fortieth of TensorFlow's time."""

import os
import threading

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError
from mnist_cli.core.quiet import native_output_hidden

with native_output_hidden():
    from ai_edge_litert.interpreter import Interpreter

BATCH = 500  # images that are computed at once, at most


class LiteRTModel:
    """A float model, for any number of images, safe to share between threads.

    Args:
        content: The bytes of a `.tflite` file. LiteRT does not defend itself against a hostile
            file, so give it none but those this tool has written and whose digest is checked.
        threads: How many to work with; all cores, if left out.
        shape: Of one image: height, width, channels.

    Raises:
        ModelError: LiteRT can't open it, or it is made for other shapes.
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
            self._interpreter.set_tensor(self._input, np.ascontiguousarray(batch))
            self._interpreter.invoke()
            output: NDArray[np.float32] = self._interpreter.get_tensor(self._output)
            return output

    def _resize(self, shape: tuple[int, ...]) -> None:
        details = self._interpreter.get_input_details()[0]
        self._input = details["index"]
        self._interpreter.resize_tensor_input(self._input, shape, strict=True)
        self._interpreter.allocate_tensors()
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape = shape
