"""A network as an ONNX file, with the libraries of the extra `onnx`."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from mnist_cli.core.graph_classifier import GraphClassifier
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import tf
from mnist_cli.export.comparison import Runner
from mnist_cli.export.saved_model import INPUT, OUTPUT

with native_output_hidden():
    from tf2onnx.convert import from_function


def write(classifier: GraphClassifier, path: Path) -> None:
    """Write an ONNX file whose graph takes `images` and gives `probabilities`, and check it.

    Its metadata say what it takes, its temperature, and what its classes are called.

    Args:
        classifier: The network.
        path: The file.
    """
    spec = tf.TensorSpec((None, 28, 28, 1), tf.float32, name=INPUT)
    graph = tf.function(
        lambda images: {OUTPUT: classifier.graph(images)}, input_signature=[spec], autograph=False
    )
    with native_output_hidden():
        model, _ = from_function(graph, [spec])
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    note = {
        "input": "0 for paper, 1 for ink; the digit as MNIST has it, 20 px in the middle of 28",
        "output": "probabilities; ln p / temperature, through a softmax, calibrates them",
        "temperature": f"{classifier.temperature:g}",
        "class_names": json.dumps(classifier.class_names, ensure_ascii=False),
        "sha256_of_the_network": classifier.sha256,
    }
    onnx.helper.set_model_props(model, note)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())  # `onnx.save` would go by the suffix


def opened(path: Path) -> Runner:
    """Return what runs an ONNX file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return lambda images: np.asarray(session.run([OUTPUT], {INPUT: images})[0])
