"""Small model files of every kind, made as others make them, out of one linear reader."""

import io
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import tf_keras
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.models.conventions import ModelInput
from mnist_cli.core.models.litert_note import with_note
from mnist_cli.core.models.network_io import prepared
from mnist_cli.core.store.versions import BUNDLED, TFLITE
from mnist_cli.core.tensorflow import keras, tf
from tests.core.models.test_trial import kernel_of, training_images

Make = Callable[[Path], object]
SHARPNESS = 10  # of a softmax of the regression


@cache
def reader(form: ModelInput = ModelInput.UNIT) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the kernel (784, 10) and the biases (10,) of a regression to one-hot labels."""
    kernel = kernel_of(form)
    most = np.abs(prepared(training_images()[0], form)).max()  # what biases are multiplied with
    return kernel[:-1].astype(np.float32), (most * kernel[-1]).astype(np.float32)


def dense(
    activation: str | None = "softmax",
    form: ModelInput = ModelInput.UNIT,
    shape: tuple[int | None, ...] = (28, 28, 1),
    before: tuple[Any, ...] = (),
    library: Any = keras,
) -> Any:
    """Return a network of one Dense layer."""
    sharpness = 1 if activation is None else SHARPNESS
    last = library.layers.Dense(10, activation)
    given = (library.Input(shape), *before, library.layers.Flatten(), last)
    model = library.Sequential(list(given))
    kernel, bias = reader(form)
    shift = 5 if activation == "sigmoid" else 0
    last.set_weights([sharpness * kernel, sharpness * bias - shift])
    return model


def random(*layers: Any, shape: tuple[int | None, ...] = (28, 28), library: Any = keras) -> Any:
    """Return a network that learnt nothing."""
    return library.Sequential([library.Input(shape), *layers, library.layers.Dense(10)])


def functional(*_: object) -> Any:
    image = keras.Input((28, 28, 1))
    both = [
        keras.layers.Flatten()(image),
        keras.layers.Flatten()(keras.layers.MaxPooling2D()(image)),
    ]
    return keras.Model(image, keras.layers.Dense(10)(keras.layers.Concatenate()(both)))


def as_hdf5(path: Path) -> None:
    dense().save(path.with_suffix(".h5"))
    path.with_suffix(".h5").rename(path)


def export(model: Any, path: Path) -> None:
    """Write a SavedModel, as Keras 3 or Keras 2 does."""
    if isinstance(model, keras.Model):
        model.export(path, verbose=False)
    else:
        tf_keras.models.save_model(model, path, save_format="tf")


def graph(function: Callable[[Any], Any], shape: tuple[int, ...] = (28, 28, 1)) -> Make:
    """Return what writes a SavedModel of a function of images."""

    def write(path: Path) -> None:
        spec = tf.TensorSpec((None, *shape), tf.float32)
        module = tf.Module()
        module.run = tf.function(function, input_signature=[spec])
        tf.saved_model.save(module, path, signatures=module.run)

    return write


def linear(images: Any) -> Any:
    kernel, bias = reader()
    return tf.reshape(images, (-1, 784)) @ kernel + bias


def endless(images: Any) -> Any:
    return tf.while_loop(lambda _: True, lambda scores: scores + 0.0, [linear(images)])[0]


def vast(images: Any) -> Any:
    ones = tf.ones((tf.shape(images)[0], 1 << 24))
    return linear(images) + tf.reduce_mean(ones, axis=1, keepdims=True)


def of_any_rank(path: Path) -> None:
    spec = tf.TensorSpec(None, tf.float32)
    module = tf.Module()
    module.run = tf.function(linear, input_signature=[spec])
    tf.saved_model.save(module, path, signatures=module.run)


def reads_a_file(images: Any) -> Any:
    size = tf.strings.length(tf.io.read_file("/etc/passwd"))
    return linear(images) + tf.cast(size, tf.float32)


def runs_python(images: Any) -> Any:
    return tf.py_function(lambda given: given, [linear(images)], tf.float32)


def writes_a_file(images: Any) -> Any:
    with tf.control_dependencies([tf.io.write_file("written", "x")]):
        return linear(images)


def onnx_linear(
    shape: tuple[int | str, ...] = ("N", 1, 28, 28), domain: str = "", *, outside: bool = False
) -> Make:
    """Return what writes the reader as PyTorch exports one."""
    kernel, bias = reader()

    def write(path: Path) -> None:
        nodes = [
            helper.make_node("Flatten", ["image"], ["flat"], axis=1),
            helper.make_node("Gemm", ["flat", "kernel", "bias"], ["scores"], domain=domain),
        ]
        weights = [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(bias, "bias")]
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
        scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, (shape[0], 10))
        made = helper.make_graph(nodes, "reader", [image], [scores], weights)
        opsets = [
            helper.make_opsetid("", 17),
            *([helper.make_opsetid(domain, 1)] if domain else []),
        ]
        model = helper.make_model(made, opset_imports=opsets, ir_version=9)
        onnx.save(model, path, save_as_external_data=outside, location="w.bin", size_threshold=0)

    return write


def onnx_and_ort(path: Path) -> None:
    """Write a file that is an ONNX without a graph, and a reader in ONNX Runtime's own format.

    The format's root moves to where its place, the file's first bytes, is a field of ONNX; all
    that follows is another field.
    """
    root, field = 0x00790078, 11
    onnx_linear()(path)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path.with_suffix(".ort"))
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    made = path.with_suffix(".ort").read_bytes()
    (old_root,) = struct.unpack_from("<I", made)
    (to_table,) = struct.unpack_from("<i", made, old_root)
    size, root_size = struct.unpack_from("<HH", made, old_root - to_table)
    moved = (root - old_root + root_size + 31) // 16 * 16  # so that all stays aligned
    content = bytearray(moved) + made
    content[:8] = struct.pack("<I", root) + made[4:8]
    content[root - to_table : root + root_size] = made[old_root - to_table : old_root + root_size]
    for (at,) in struct.iter_unpack("<H", made[old_root - to_table + 4 :][: size - 4]):
        if at:  # what the root holds, seen from there
            (offset,) = struct.unpack_from("<I", made, old_root + at)
            struct.pack_into("<I", content, root + at, offset + moved - (root - old_root))
    left = len(content) - field - 6
    content[field : field + 6] = bytes(
        [0x7A, *((left >> shift & 0x7F) | 0x80 for shift in (0, 7, 14, 21)), left >> 28]
    )
    path.write_bytes(content)


def onnx_of_scikit_learn(path: Path) -> None:
    """Write a LinearClassifier with labels and probabilities, as skl2onnx does."""
    kernel, bias = reader()
    node = helper.make_node(
        "LinearClassifier",
        ["pixels"],
        ["label", "probabilities"],
        domain="ai.onnx.ml",
        coefficients=(SHARPNESS * kernel.T).reshape(-1).tolist(),
        intercepts=(SHARPNESS * bias).tolist(),
        classlabels_ints=list(range(10)),
        multi_class=1,
        post_transform="SOFTMAX",
    )
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, (None, 784))
    label = helper.make_tensor_value_info("label", TensorProto.INT64, (None,))
    answers = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, (None, 10))
    made = helper.make_graph([node], "reader", [pixels], [label, answers])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(made, opset_imports=opsets, ir_version=9), path)


def onnx_looping(*, inside_if: bool = False, as_function: bool = False) -> Make:
    """Return what writes an ONNX file whose loop never ends, here or in a branch of an `If`."""
    go_on = helper.make_tensor_value_info("go_on", TensorProto.BOOL, ())
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ("N", 10))
    inner = [helper.make_tensor_value_info("at", TensorProto.INT64, ()), go_on]
    more = helper.make_tensor_value_info("more", TensorProto.BOOL, ())
    turn = helper.make_graph([helper.make_node("Identity", ["go_on"], ["more"])], "", inner, [more])
    nodes = [helper.make_node("Loop", ["", "true"], [], body=turn)]
    if inside_if:
        branch = helper.make_graph(nodes, "branch", [], [])
        nodes = [helper.make_node("If", ["true"], [], then_branch=branch, else_branch=branch)]
    functions = []
    if as_function:
        opsets = [helper.make_opsetid("", 17)]
        functions = [helper.make_function("", "Mine", [], [], nodes, opsets)]
        nodes = [helper.make_node("Mine", [], [])]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ("N", 784))
    true = numpy_helper.from_array(np.array(True), "true")
    graph = helper.make_graph(nodes, "looping", [image], [scores], [true])
    return lambda path: onnx.save(helper.make_model(graph, functions=functions), path)


def stranger_tflite(path: Path) -> None:
    path.write_bytes((BUNDLED / TFLITE).read_bytes())


def export_of_ours(path: Path) -> None:
    path.write_bytes(with_note((BUNDLED / TFLITE).read_bytes(), 1.5, DIGITS))


def changed_export(path: Path) -> None:
    content = bytearray(with_note((BUNDLED / TFLITE).read_bytes(), 1.5, DIGITS))
    content[5_000] ^= 1
    path.write_bytes(content)


def with_a_forged_note(path: Path) -> None:
    """Write a `.tflite` with an archive that says nothing of it."""
    file = io.BytesIO((BUNDLED / TFLITE).read_bytes())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("labels.txt", "zero")
    path.write_bytes(file.getvalue())


def holding(content: bytes = b"x") -> Make:
    return lambda path: path.write_bytes(content)


def folder_with(*names: str) -> Make:
    def make(path: Path) -> None:
        path.mkdir()
        for name in names:
            (path / name).write_bytes(b"{}")

    return make
