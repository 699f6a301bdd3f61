"""A network as a `.tflite` file, in float32, float16 or int8."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mnist_cli.core.choices import ExportEnds, ExportPrecision
from mnist_cli.core.data.dataset import as_input, load_mnist
from mnist_cli.core.models.graph_classifier import GraphClassifier
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.models.litert_note import with_note
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import tf
from mnist_cli.core.unfinished import temporary_folder
from mnist_cli.export import saved_model
from mnist_cli.export.comparison import Runner

# of bundled, dense/standard and three towers, 30 to 3,000 images all change 0 to 4 of 10,000
# answers to training images; 300 gave the least mean difference of a probability
CALIBRATION_IMAGES = 300


def write(
    classifier: GraphClassifier, path: Path, precision: ExportPrecision, ends: ExportEnds
) -> LiteRTModel:
    """Write a `.tflite` of (N, 28, 28, 1) in [0, 1] to (N, 10) probabilities, and open it.

    Args:
        classifier: The network; the file's note has its temperature and what its classes are.
        path: The file.
        precision: `float16` halves the weights, and computes in float32. `int8` computes in whole
            numbers, all but the first step and the last; the range of each activation is measured
            on training images.
        ends: What it takes and gives: float32, or with int8 whole numbers too.

    Raises:
        OSError: The disk is full.
    """
    content = converted(classifier, precision, ends)
    model = LiteRTModel(content)
    numbers = str(model.takes or ends), str(model.gives or ends)
    path.write_bytes(with_note(content, classifier.temperature, classifier.class_names, *numbers))
    return model


def converted(classifier: GraphClassifier, precision: ExportPrecision, ends: ExportEnds) -> bytes:
    """Return a `.tflite` without its note; arguments and errors are those of `write`."""
    with temporary_folder() as folder:
        saved_model.write(classifier, folder)
        # for int8, TensorFlow warns of parts of its own that it uses
        with native_output_hidden(), warnings.catch_warnings(action="ignore"):
            converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
            _set_precision(converter, precision, ends)
            return bytes(converter.convert())


def opened(path: Path) -> Runner:
    """Return what runs a `.tflite` file."""
    return LiteRTModel(path.read_bytes()).run


def _set_precision(converter: Any, precision: ExportPrecision, ends: ExportEnds) -> None:
    if precision == "float32":
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
        return
    converter.representative_dataset = _training_images
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if ends == "int8":
        converter.inference_input_type = converter.inference_output_type = tf.int8


def _training_images() -> Iterator[dict[str, Any]]:
    """Yield training images one by one: (1, 28, 28, 1) float32."""
    images = as_input(load_mnist("train").images[:CALIBRATION_IMAGES])
    for index in range(len(images)):
        yield {saved_model.INPUT: images[index : index + 1]}
