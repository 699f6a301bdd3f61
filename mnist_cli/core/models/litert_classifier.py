"""A `.tflite` that this tool exported as a classifier of 28×28 images."""

from pathlib import Path

from mnist_cli.core.models.conventions import Convention, ModelHead, ModelInput
from mnist_cli.core.models.file_classifier import FileClassifier, Known
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.models.litert_layers import WithLayers
from mnist_cli.core.models.litert_note import read_note
from mnist_cli.core.models.model_file import read_regular_model


class ExportClassifier(WithLayers, FileClassifier):
    """Opens an export after its digest.

    Args:
        path: A `.tflite` file of `mnist export`.
        threads: How many to work with; all cores, if left out.

    Raises:
        ModelNotFoundError: Nothing is there.
        ModelError: It is not of this tool, or was damaged.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        file = read_regular_model(path)
        content, temperature, class_names = read_note(path, file)
        convention = Convention(ModelInput.UNIT, ModelHead.SOFTMAX)
        known = Known(None, temperature, class_names, convention)
        self._content = content
        super().__init__(path, LiteRTModel(content, threads).run, file, known)
