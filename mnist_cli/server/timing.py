"""How long a worker takes for pictures, and the network's share of it (`Server-Timing`)."""

import time

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.reading.classifier import Classifier

HEADER = "Server-Timing"  # of W3C; a browser shows it among a request's times


class Timed:
    """A classifier with a watch, which is started with it.

    Args:
        classifier: What classifies.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._started = time.perf_counter()
        self._network_s = 0.0
        self.version = classifier.version
        self.sha256 = classifier.sha256
        self.size_bytes = classifier.size_bytes
        self.class_names = classifier.class_names

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        """Return (N, 10) float32, as the classifier does."""
        started = time.perf_counter()
        try:
            return self._classifier.probabilities(images)
        finally:
            self._network_s += time.perf_counter() - started

    @property
    def headers(self) -> dict[str, str]:
        """The header, in milliseconds: `network` classified, `read` is all the rest so far."""
        read_s = time.perf_counter() - self._started - self._network_s
        return {HEADER: f"read;dur={1e3 * read_s:.2f}, network;dur={1e3 * self._network_s:.2f}"}
