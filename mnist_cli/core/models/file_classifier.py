"""A user's file of any format as a classifier of 28×28 images."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.calibration import with_temperature
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import AnyImages, as_input
from mnist_cli.core.metrics import check_finite
from mnist_cli.core.models import network_io
from mnist_cli.core.models.conventions import UNKNOWN, Convention, ModelHead, ModelInput
from mnist_cli.core.models.trial import Run, find_convention


@dataclass(frozen=True)
class Known:
    """What is known of a model's file beforehand.

    Attributes:
        version: The version whose folder it lies in, if any.
        temperature: What calibrates that version's confidence.
        class_names: What its classes are called.
        convention: What it takes and gives, as far as that is said.
    """

    version: str | None = None
    temperature: float = 1.0
    class_names: tuple[str, ...] = DIGITS
    convention: Convention = UNKNOWN


class FileClassifier:
    """Runs what a file holds, and finds out what its numbers mean.

    Args:
        path: The file or folder.
        run: Runs the network on (N, 28, 28, 1) float32 in the form that it takes.
        content: What is in the file.
        known: What is known of it. A version's file is no riddle.

    Raises:
        ModelError: It answers with what is no number.

    Attributes:
        input: The form of its pixels.
        head: What its answers are.
        temperature: What calibrates its confidence.
    """

    def __init__(self, path: Path, run: Run, content: bytes, known: Known | None = None) -> None:
        known = known or Known()
        self.version = known.version
        self.class_names = known.class_names
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.size_bytes = len(content)
        self._name = str(path)
        self._run = run
        self.temperature = known.temperature
        if known.version:
            self.input, self.head = ModelInput.UNIT, ModelHead.SOFTMAX
            return
        fit = find_convention(run, known.convention, self._name)
        self.input, self.head = fit.input, fit.head
        if fit.head is ModelHead.ONE_HOT:  # a regression
            self.temperature = fit.temperature

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, 10) float32, rows summing to 1, for (N, 28, 28) uint8 or float32."""
        return with_temperature(self.uncalibrated(images), self.temperature)

    def uncalibrated(self, images: AnyImages) -> NDArray[np.float32]:
        """Return the same without the temperature, as exports have it."""
        scores = self._run(network_io.prepared(as_input(images), self.input))
        answers = network_io.probabilities(scores, self.head)
        return check_finite(answers, self._name)
