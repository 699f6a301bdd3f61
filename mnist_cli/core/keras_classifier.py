"""A user's `.keras` or `.h5` file as a classifier of 28×28 images."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.activations import last_hidden
from mnist_cli.core.attribution import Gradients, expected_gradients, log_odds_gradients
from mnist_cli.core.class_names import DIGITS
from mnist_cli.core.dataset import AnyImages, as_input, load_mnist
from mnist_cli.core.errors import ModelError
from mnist_cli.core.metrics import (
    SMALLEST,
    check_finite,
    negative_log_likelihood,
    with_temperature,
)
from mnist_cli.core.model import compiled, open_model, refusing
from mnist_cli.core.tensorflow import tf

CANARIES = 200  # training images that tell which range of pixels a model was trained on
FEWEST_RIGHT = 0.5
BASELINES = 10  # training images of each digit that an answer is compared with
WHITE = 255.0  # full ink, where pixels are whole numbers
LEARNT = 1.0  # negative log-likelihood under which answers are no guesses; of those it is 2.3


class KerasClassifier:
    """Opens a file through its pre-flight, and finds out what its numbers mean.

    A file does not say whether it wants pixels of 0 to 1 or 0 to 255, nor whether it gives
    probabilities or logits. Both are tried on MNIST training images.

    Args:
        path: A `.keras` or `.h5` file.
        version: The version whose folder it lies in, if any.
        temperature: What calibrates that version's confidence.
        class_names: What its classes are called.

    Raises:
        ModelError: The file is damaged, unsafe, or made for another task.
    """

    def __init__(
        self,
        path: Path,
        version: str | None = None,
        temperature: float = 1.0,
        class_names: tuple[str, ...] = DIGITS,
    ) -> None:
        self._model, content = open_model(path)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.size_bytes = len(content)
        self.version = version
        self.class_names = class_names
        self._name = str(path)
        self._temperature = temperature
        self._run = compiled(self._model)
        with refusing(path):
            self._divisor, self._gives_logits = self._what_numbers_mean(path)

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, 10) float32, rows summing to 1, for (N, 28, 28) uint8 or float32."""
        scores = self._run(as_input(images, self._divisor))
        answers = _softmax(scores) if self._gives_logits else scores
        return with_temperature(check_finite(answers, self._name), self._temperature)

    def last_hidden(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, D) float32, what the last hidden layer makes of (N, 28, 28) images.

        Raises:
            ModelError: The model has no hidden layer, or one that is too wide.
        """
        return last_hidden(self._model, as_input(images, self._divisor))

    def attributions(self, images: AnyImages, digits: NDArray[np.integer]) -> NDArray[np.float32]:
        """Tell what speaks for and against answers, compared with training images of each digit.

        Args:
            images: (N, 28, 28), as for `probabilities`.
            digits: (N,) 0-9, the answers.

        Returns:
            (N, 28, 28) float32, above 0 what speaks for the answer; see `expected_gradients`.
        """
        images = as_input(images, self._divisor)
        return expected_gradients(self._gradients, images, digits, self._baselines)

    @cached_property
    def _baselines(self) -> NDArray[np.float32]:
        """The first training images of each digit."""
        data = load_mnist("train")
        chosen = [np.flatnonzero(data.labels == digit)[:BASELINES] for digit in range(10)]
        return as_input(data.images[np.concatenate(chosen)], self._divisor)

    @cached_property
    def _gradients(self) -> Gradients:
        return log_odds_gradients(
            self._model, from_logits=self._gives_logits, temperature=self._temperature
        )

    def graph(self, images: Any) -> Any:
        """Compute the same in a TensorFlow graph, all but the temperature.

        Args:
            images: A tensor, (N, 28, 28, 1) float32 in [0, 1], whatever the file itself takes.

        Returns:
            A tensor of probabilities, (N, 10) float32.
        """
        pixels = images if self._divisor == WHITE else images * (WHITE / self._divisor)
        shape = self._model.inputs[0].shape[1:]
        if shape != images.shape[1:]:
            pixels = tf.reshape(pixels, (-1, *shape))
        scores = tf.cast(self._model(pixels, training=False), tf.float32)
        return tf.nn.softmax(scores) if self._gives_logits else scores

    def _what_numbers_mean(self, path: Path) -> tuple[float, bool]:
        """Return what to divide pixels by, and whether logits come out: what fits the labels."""
        data = load_mnist("train")
        images, labels = data.images[:CANARIES], data.labels[:CANARIES]
        scores = {divisor: self._run(as_input(images, divisor)) for divisor in (WHITE, 1.0)}
        logits = {d: not _are_probabilities(each) for d, each in scores.items()}
        answers = {d: _softmax(each) if logits[d] else each for d, each in scores.items()}
        losses = {d: negative_log_likelihood(answer, labels) for d, answer in answers.items()}
        if not np.isfinite(list(losses.values())).all():
            raise ModelError(f"{path}: answers with numbers that are not finite.")
        # given 255 times the ink, a network that takes up to 1 may be right still, and surer
        learnt = losses[WHITE] < LEARNT
        divisor = WHITE if learnt else min(losses, key=lambda key: losses[key])
        accuracy = float((answers[divisor].argmax(axis=1) == labels).mean())
        if accuracy < FEWEST_RIGHT:
            log.warning("model.barely_reads_mnist", path=str(path), accuracy=accuracy)
        return divisor, logits[divisor]


def _are_probabilities(scores: NDArray[np.float32]) -> bool:
    sum_to_one = np.abs(scores.sum(axis=1) - 1).max() < 1e-3
    return bool(sum_to_one and scores.min() >= -SMALLEST)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
