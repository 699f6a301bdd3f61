"""A user's `.keras` or `.h5` file as a classifier of 28×28 images."""

import hashlib
from pathlib import Path

from mnist_cli.core.models.file_classifier import Known
from mnist_cli.core.models.graph_classifier import GraphClassifier
from mnist_cli.core.models.model import image_shape, open_model


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
        digest = hashlib.sha256(content).hexdigest()
        super().__init__(path, model, image_shape(model), digest, len(content), known)
