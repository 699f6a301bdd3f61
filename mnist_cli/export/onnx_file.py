"""A network as an ONNX file, with the libraries of the extra `onnx`."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from mnist_cli.core.choices import ExportPrecision
from mnist_cli.core.models.graph_classifier import GraphClassifier
from mnist_cli.core.models.onnx_note import as_note
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import tf
from mnist_cli.export.comparison import Runner
from mnist_cli.export.saved_model import INPUT, OUTPUT

with native_output_hidden():
    from tf2onnx.convert import from_function


def write(classifier: GraphClassifier, path: Path, precision: ExportPrecision) -> None:
    """Write an ONNX file whose graph takes `images` and gives `probabilities`, and check it.

    Its metadata say what it takes, its temperature, and what its classes are called.

    Args:
        classifier: The network.
        path: The file.
        precision: `float16` halves the weights and what is computed; images and probabilities
            stay in float32.
    """
    spec = tf.TensorSpec((None, 28, 28, 1), tf.float32, name=INPUT)
    graph = tf.function(
        lambda images: {OUTPUT: classifier.graph(images)}, input_signature=[spec], autograph=False
    )
    with native_output_hidden():
        model, _ = from_function(graph, [spec])
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    if precision == "float16":
        model = _halved(model)
    note = as_note(classifier.temperature, classifier.class_names, classifier.sha256)
    onnx.helper.set_model_props(model, note)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())  # `onnx.save` would go by the suffix


def _halved(model: Any) -> Any:
    """Return a model in float16; ONNX wants its operations in the order of their work."""
    halved = OnnxModel(convert_float_to_float16(model, keep_io_types=True))
    halved.topological_sort()
    return halved.model


def opened(path: Path) -> Runner:
    """Return what runs an ONNX file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return lambda images: np.asarray(session.run([OUTPUT], {INPUT: images})[0])
