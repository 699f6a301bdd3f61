"""28×28 images to calibrated probabilities, with LiteRT."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.calibration import with_temperature
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import AnyImages, as_input
from mnist_cli.core.errors import ModelError
from mnist_cli.core.metrics import check_finite
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.models.litert_layers import LayerMaps, WithLayers
from mnist_cli.core.store.versions import TFLITE, Version


class Classifier(Protocol):
    """Anything that turns images into probabilities.

    Attributes:
        version: Number of the version in the store, or None for a file of the user's.
        sha256: Digest of the model's file.
        size_bytes: Its size.
        class_names: What its ten classes are called.
    """

    version: str | None
    sha256: str
    size_bytes: int
    class_names: tuple[str, ...]

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, 10) float32, rows summing to 1, for (N, 28, 28).

        Args:
            images: uint8, 255 for ink, or float32, 1 for ink.
        """


@runtime_checkable
class Attributing(Protocol):
    """A classifier that can tell what in an image speaks for its answer: one made of Keras."""

    def attributions(self, images: AnyImages, digits: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return (N, 28, 28) float32, what each pixel adds to the log-odds of an answer.

        Args:
            images: (N, 28, 28), as for `probabilities`.
            digits: (N,) 0-9, the answers.
        """


@runtime_checkable
class Layered(Protocol):
    """A classifier whose layers can be looked into: one that LiteRT runs."""

    def layers(self, image: NDArray[np.uint8]) -> list[LayerMaps]:
        """Return what its hidden layers make of an image, (28, 28) uint8, 255 for ink."""


class LiteRTClassifier(WithLayers):
    """Reads with a version's `.tflite`, after its digest; the interpreter is opened once.

    A copy, in this process or another, on this machine or another, brings the file's content along
    and works with one thread. While one lives, the version counts as in use on its machine.

    Args:
        version: What to read with.
        threads: How many to work with; all cores, if left out.
        content: The version's `.tflite`, where it was read and checked before.

    Raises:
        ModelError: The file is missing, damaged, or not what was published; or it answers with
            what is no number, or not for ten classes.

    Attributes:
        opened: The version.
    """

    def __init__(
        self, version: Version, threads: int | None = None, content: bytes | None = None
    ) -> None:
        self.version: str | None = version.name
        self.sha256 = version.sha256
        self.class_names = version.class_names
        self.opened = version
        self._temperature = version.temperature
        version.hold(self)
        self._content = content or version.read(TFLITE)
        self.size_bytes = len(self._content)
        self._model = LiteRTModel(self._content, threads)
        if self.probabilities(np.zeros((1, 28, 28), np.uint8)).shape != (1, len(DIGITS)):
            raise ModelError(f"Version {version.name}: its model does not tell ten classes.")

    def __reduce__(self) -> tuple[type["LiteRTClassifier"], tuple[Version, int, bytes]]:
        """Say how to copy it: an interpreter can't be."""
        return LiteRTClassifier, (self.opened, 1, self._content)

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, 10) float32, rows summing to 1, for (N, 28, 28) uint8 or float32."""
        answers = check_finite(self._model.run(as_input(images)), f"Version {self.version}")
        return with_temperature(answers, self._temperature)
