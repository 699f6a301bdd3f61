"""A user's `.keras` or `.h5` file as a classifier of 28×28 images."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.dataset import AnyImages, as_input, load_mnist
from mnist_cli.core.errors import ModelError
from mnist_cli.core.metrics import SMALLEST, negative_log_likelihood, with_temperature
from mnist_cli.core.model import forward, open_model

CANARIES = 200  # training images that tell which range of pixels a model was trained on
FEWEST_RIGHT = 0.5


class KerasClassifier:
    """Opens a file through its pre-flight, and finds out what its numbers mean.

    A file does not say whether it wants pixels of 0 to 1 or 0 to 255, nor whether it gives
    probabilities or logits. Both are tried on MNIST training images.

    Args:
        path: A `.keras` or `.h5` file.
        version: The version whose folder it lies in, if any.
        temperature: What calibrates that version's confidence.

    Raises:
        ModelError: The file is damaged, unsafe, or made for another task.
    """

    def __init__(self, path: Path, version: str | None = None, temperature: float = 1.0) -> None:
        self._model, self.sha256 = open_model(path)
        self.size_bytes = path.stat().st_size
        self.version = version
        self._temperature = temperature
        self._divisor = self._range_of_pixels(path)

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, 10) float32, rows summing to 1, for (N, 28, 28) uint8 or float32."""
        return with_temperature(self._answers(images, self._divisor), self._temperature)

    def _answers(self, images: AnyImages, divisor: float) -> NDArray[np.float32]:
        scores = forward(self._model, as_input(images, divisor))
        sums_to_one = np.abs(scores.sum(axis=1) - 1).max() < 1e-3
        if sums_to_one and scores.min() >= -SMALLEST:
            return scores
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))  # they are logits
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

    def _range_of_pixels(self, path: Path) -> float:
        """Return what to divide pixels by: what makes the right answers likelier."""
        data = load_mnist("train")
        images, labels = data.images[:CANARIES], data.labels[:CANARIES]
        answers = {divisor: self._answers(images, divisor) for divisor in (255.0, 1.0)}
        losses = {d: negative_log_likelihood(answer, labels) for d, answer in answers.items()}
        if not np.isfinite(list(losses.values())).all():
            raise ModelError(f"{path}: answers with numbers that are not finite.")
        divisor = min(losses, key=lambda key: losses[key])
        accuracy = float((answers[divisor].argmax(axis=1) == labels).mean())
        if accuracy < FEWEST_RIGHT:
            log.warning("model.barely_reads_mnist", path=str(path), accuracy=accuracy)
        return divisor
