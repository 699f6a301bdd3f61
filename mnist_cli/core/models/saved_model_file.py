"""A user's SavedModel, looked through before TensorFlow loads it.

A SavedModel is a graph, and some operations read files, write them, or call Python. So only those
pass that compute; and of the functions that save and restore weights, which TensorFlow does not
need to load it, nothing is left.
"""

import re
from pathlib import Path
from typing import Any

from mnist_cli.core.errors import ModelError
from mnist_cli.core.files import storage_errors
from mnist_cli.core.models.file_classifier import Known
from mnist_cli.core.models.graph_classifier import GraphClassifier
from mnist_cli.core.models.graph_operations import COMPUTING, SAVING
from mnist_cli.core.models.model import IMAGE_SHAPES, refusing
from mnist_cli.core.models.model_file import MAX_FILE_BYTES, read_regular_model
from mnist_cli.core.models.model_kinds import SAVED_MODEL_MARK
from mnist_cli.core.own_process import answer_of
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import tf
from mnist_cli.core.unfinished import temporary_folder

MAX_GRAPH_BYTES = 64 << 20
MAX_SHARDS = 16
TRIAL_S = 120
_VARIABLES = re.compile(r"variables\.(index|data-\d{5}-of-\d{5})", re.ASCII)


class SavedNetwork:
    """What a SavedModel computes.

    Args:
        folder: The SavedModel, which was looked through.
        name: Of the model in messages.

    Raises:
        ModelError: TensorFlow can't load it, or it is made for another task.

    Attributes:
        shape: Of one image as it takes them.
    """

    def __init__(self, folder: Path, name: Path) -> None:
        with refusing(name):
            self._loaded = tf.saved_model.load(folder)  # the variables live as long as it does
            self._function = _signature(name, self._loaded)
            inputs = self._function.structured_input_signature[1]
            self._name, self._spec = next(iter(inputs.items()))
            count, *shape = self._spec.shape.as_list()  # ValueError where the rank is unknown
            self.shape = tuple(28 if size is None else size for size in shape)
            self._output = _output(name, self._function)
        if count is not None or self.shape not in IMAGE_SHAPES:
            raise ModelError(f"{name}: expected 28×28 grey images in. Received: {self._spec}.")

    def __call__(self, pixels: Any, *, training: bool = False) -> Any:
        """Return a tensor of (N, 10) answers to one of (N, *shape) float32."""
        del training  # a signature is what it is
        given = {self._name: tf.cast(pixels, self._spec.dtype)}
        return self._function(**given)[self._output]


def _checked_files(folder: Path) -> dict[str, bytes]:
    """Read the graph and its variables; return them by name, the graph without what saves."""
    graph = read_regular_model(folder / SAVED_MODEL_MARK)
    if len(graph) > MAX_GRAPH_BYTES:
        raise ModelError(f"{folder}: its graph is larger than {MAX_GRAPH_BYTES} bytes.")
    found = sorted(p for p in (folder / "variables").glob("*") if _VARIABLES.fullmatch(p.name))
    if len(found) > MAX_SHARDS:
        raise ModelError(f"{folder}: variables in {len(found)} files; at most {MAX_SHARDS}.")
    files = {SAVED_MODEL_MARK: _checked_graph(folder, graph)}
    for path in found:
        files[f"variables/{path.name}"] = read_regular_model(path)
        if sum(map(len, files.values())) > MAX_FILE_BYTES:
            raise ModelError(f"{folder}: larger than {MAX_FILE_BYTES} bytes.")
    return files


def _checked_graph(folder: Path, content: bytes) -> bytes:
    """Refuse operations that do more than compute, and cut out what saves and restores."""
    # first imported elsewhere, TensorFlow would not be quiet
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    try:
        saved = SavedModel.FromString(content)
        (graph,) = saved.meta_graphs
    except Exception as error:  # protobuf's own, or none or several graphs
        raise ModelError(f"{folder}: it is damaged, or holds several graphs.") from error
    if not graph.object_graph_def.nodes:
        raise ModelError(
            f"{folder}: a SavedModel of TensorFlow 1.", hint="Convert it to ONNX: tf2onnx."
        )
    functions = graph.graph_def.library.function
    kept = [f for f in functions if not SAVING & {node.op for node in f.node_def}]
    others = sorted({node.op for f in kept for node in f.node_def} - COMPUTING)
    if others:
        raise ModelError(
            f"{folder}: holds the operation {others[0][:100]}, which is not among those that only"
            " compute (it might read files or run code).",
            hint="Use a model of plain layers; or export it as ONNX.",
        )
    del graph.graph_def.node[:]  # TensorFlow 2 loads functions alone
    del functions[:]
    functions.extend(kept)
    graph.ClearField("saver_def")
    return bytes(saved.SerializeToString())


def _signature(folder: Path, loaded: Any) -> Any:
    """Return the one signature that takes a picture."""
    signatures = dict(loaded.signatures)
    chosen = signatures.get("serving_default") or next(iter(signatures.values()), None)
    if chosen is None or len(chosen.structured_input_signature[1]) != 1:
        raise ModelError(
            f"{folder}: expected a signature of one input. Received: {', '.join(signatures)[:99]}.",
            hint="Export it by `model.export(folder)`.",
        )
    return chosen


def _output(folder: Path, function: Any) -> str:
    """Return the name of the output that tells ten classes."""
    outputs = function.structured_outputs
    tens = [name for name, spec in outputs.items() if spec.shape[1:] == [10]]
    if len(tens) != 1:
        shapes = ", ".join(f"{name} {spec.shape}" for name, spec in outputs.items())
        raise ModelError(f"{folder}: expected 10 classes out. Received: {shapes[:200]}.")
    return str(tens[0])


def open_saved_model(folder: Path, known: Known) -> GraphClassifier:
    """Open a SavedModel as a classifier.

    Raises:
        ModelNotFoundError: A file of it is not there.
        ModelError: It is damaged, unsafe, too large, does not answer in time, or is made for
            another task.
        StorageError: The folder for temporary files is full.
    """
    files = _checked_files(folder)
    with temporary_folder() as copy:
        with storage_errors(copy):
            (copy / "variables").mkdir()
            for name, content in files.items():
                (copy / name).write_bytes(content)
        answer_of(  # it may never end, crash, or take all memory
            *("core.models.saved_model_check", str(copy), str(folder)),
            timeout_s=TRIAL_S,
            error=ModelError,
            late=f"{folder}: does not answer within {TRIAL_S} s.",
            ended=f"{folder}: ended the process that tried it; it may need too much memory.",
        )
        with native_output_hidden():
            network = SavedNetwork(copy, folder)
    return GraphClassifier(folder, network, network.shape, b"".join(files.values()), known)
