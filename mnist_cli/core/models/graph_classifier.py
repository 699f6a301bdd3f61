"""A user's network in TensorFlow as a classifier, which can say what speaks for an answer."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages, as_input, load_mnist
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models import network_io
from mnist_cli.core.models.activations import last_hidden
from mnist_cli.core.models.attribution import Gradients, expected_gradients, log_odds_gradients
from mnist_cli.core.models.file_classifier import FileClassifier, Known
from mnist_cli.core.models.model import compiled, image_shape, open_model, refusing
from mnist_cli.core.tensorflow import keras, tf

BASELINES = 10  # training images of each digit that an answer is compared with
HALVES = {"float16", "bfloat16"}

tnp = tf.experimental.numpy


class GraphClassifier(FileClassifier):
    """Runs a network in TensorFlow's graph.

    Args:
        path: Its file or folder.
        network: Makes a tensor of (N, 10) answers of one of (N, *shape).
        shape: Of one image as it takes them.
        content: What is in the file, or in the folder's files.
        known: What is known of it beforehand.

    Raises:
        ModelError: It can't be run.
    """

    def __init__(
        self, path: Path, network: Any, shape: tuple[int, ...], content: bytes, known: Known | None
    ) -> None:
        self._network = network
        self._shape = shape
        with refusing(path):
            super().__init__(path, compiled(network, shape), content, known)

    @property
    def computes_in_half(self) -> bool:
        """Whether layers of it compute in float16 or bfloat16."""
        layers = getattr(self._network, "layers", ())
        return any(layer.compute_dtype in HALVES for layer in layers)

    def last_hidden(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, D) float32, what the last hidden layer makes of (N, 28, 28) images.

        Raises:
            ModelError: The network has no hidden layer, one that is too wide, or no layers of
                Keras 3 at all.
        """
        if not isinstance(self._network, keras.Model):
            raise ModelError(
                f"{self._name}: holds no layers of Keras 3 to look into.",
                hint="Give a .keras or .h5 file that Keras 3 saved.",
            )
        return last_hidden(self._network, network_io.prepared(as_input(images), self.input))

    def attributions(self, images: AnyImages, digits: NDArray[np.integer]) -> NDArray[np.float32]:
        """Tell what speaks for and against answers, compared with training images of each digit.

        Args:
            images: (N, 28, 28), as for `probabilities`.
            digits: (N,) 0-9, the answers.

        Returns:
            (N, 28, 28) float32, above 0 what speaks for the answer; see `expected_gradients`.
        """
        return expected_gradients(self._gradients, as_input(images), digits, self._baselines)

    @cached_property
    def _baselines(self) -> NDArray[np.float32]:
        """The first training images of each digit."""
        data = load_mnist("train")
        chosen = [np.flatnonzero(data.labels == digit)[:BASELINES] for digit in range(10)]
        return as_input(data.images[np.concatenate(chosen)])

    @cached_property
    def _gradients(self) -> Gradients:
        def logits(images: Any) -> Any:
            return network_io.logits(self._scores(images), self.head, tnp)

        return log_odds_gradients(logits, self.temperature)

    def graph(self, images: Any) -> Any:
        """Compute the same in a TensorFlow graph, all but the temperature.

        Args:
            images: A tensor, (N, 28, 28, 1) float32 in [0, 1], whatever the file itself takes.

        Returns:
            A tensor of probabilities, (N, 10) float32.
        """
        return network_io.probabilities(self._scores(images), self.head, tnp)

    def _scores(self, images: Any) -> Any:
        pixels = network_io.prepared(images, self.input, tnp)
        if self._shape != images.shape[1:]:
            pixels = tf.reshape(pixels, (-1, *self._shape))
        return tf.cast(self._network(pixels, training=False), tf.float32)


class KerasClassifier(GraphClassifier):
    """Opens a file through its pre-flight, and finds out what its numbers mean.

    Args:
        path: A `.keras` or `.h5` file.
        known: What is known of it beforehand.

    Raises:
        ModelError: The file is damaged, unsafe, or made for another task.
    """

    def __init__(self, path: Path, known: Known | None = None) -> None:
        model, content = open_model(path)
        super().__init__(path, model, image_shape(model), content, known)
