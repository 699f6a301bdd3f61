"""A user's SavedModel, looked through before TensorFlow loads it.

A SavedModel is a graph, and some operations read files, write them, or call Python. So only those
pass that compute; and of the functions that save and restore weights, which TensorFlow does not
need to load it, nothing is left.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from mnist_cli.core.errors import ModelError
from mnist_cli.core.file_classifier import Known
from mnist_cli.core.files import storage_errors
from mnist_cli.core.graph_classifier import GraphClassifier
from mnist_cli.core.model import IMAGE_SHAPES, refusing
from mnist_cli.core.model_file import MAX_FILE_BYTES, read_regular_model
from mnist_cli.core.model_kinds import SAVED_MODEL_MARK
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import tf
from mnist_cli.core.unfinished import temporary_folder

MAX_GRAPH_BYTES = 64 << 20
MAX_SHARDS = 16
_VARIABLES = re.compile(r"variables\.(index|data-\d{5}-of-\d{5})", re.ASCII)

SAVING = frozenset({"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename", "StringJoin"})
COMPUTING = frozenset(
    [
        "Abs",
        "Add",
        "AddN",
        "AddV2",
        "All",
        "Any",
        "ArgMax",
        "Assert",
        "AssignAddVariableOp",
        "AssignSubVariableOp",
        "AssignVariableOp",
        "AvgPool",
        "BatchMatMul",
        "BatchMatMulV2",
        "BatchMatMulV3",
        "BiasAdd",
        "BroadcastArgs",
        "BroadcastTo",
        "Cast",
        "Ceil",
        "ClipByValue",
        "Concat",
        "ConcatOffset",
        "ConcatV2",
        "Const",
        "Conv2D",
        "Conv3D",
        "Cos",
        "CropAndResize",
        "CudnnRNNBackpropV3",
        "CudnnRNNV3",
        "Cumsum",
        "DepthToSpace",
        "DepthwiseConv2dNative",
        "DivNoNan",
        "Einsum",
        "Elu",
        "Equal",
        "Erf",
        "Exp",
        "ExpandDims",
        "Expm1",
        "Fill",
        "Floor",
        "FloorDiv",
        "FloorMod",
        "FusedBatchNorm",
        "FusedBatchNormV2",
        "FusedBatchNormV3",
        "Gather",
        "GatherNd",
        "GatherV2",
        "Greater",
        "GreaterEqual",
        "Identity",
        "IdentityN",
        "If",
        "InvertPermutation",
        "L2Loss",
        "LeakyRelu",
        "Less",
        "LessEqual",
        "Log",
        "Log1p",
        "LogSoftmax",
        "LogicalAnd",
        "LogicalNot",
        "LogicalOr",
        "MatMul",
        "Max",
        "MaxPool",
        "MaxPoolV2",
        "Maximum",
        "Mean",
        "Min",
        "Minimum",
        "MirrorPad",
        "Mod",
        "Mul",
        "MulNoNan",
        "Neg",
        "NoOp",
        "NotEqual",
        "OneHot",
        "OnesLike",
        "Pack",
        "Pad",
        "PadV2",
        "PartitionedCall",
        "Placeholder",
        "Pow",
        "PreventGradient",
        "Prod",
        "RandomStandardNormal",
        "RandomUniform",
        "RandomUniformInt",
        "Range",
        "Rank",
        "ReadVariableOp",
        "RealDiv",
        "Reciprocal",
        "Relu",
        "Relu6",
        "Reshape",
        "ResizeBicubic",
        "ResizeBilinear",
        "ResizeNearestNeighbor",
        "ResourceGather",
        "ReverseV2",
        "Round",
        "Rsqrt",
        "Select",
        "SelectV2",
        "Selu",
        "Shape",
        "ShapeN",
        "Sigmoid",
        "Sign",
        "Sin",
        "Size",
        "Slice",
        "Softmax",
        "Softplus",
        "Softsign",
        "SpaceToDepth",
        "Split",
        "SplitV",
        "Sqrt",
        "Square",
        "SquaredDifference",
        "Squeeze",
        "StatefulPartitionedCall",
        "StatelessIf",
        "StatelessRandomGetKeyCounter",
        "StatelessRandomUniformV2",
        "StatelessWhile",
        "StopGradient",
        "StridedSlice",
        "Sub",
        "Sum",
        "Tanh",
        "TensorListFromTensor",
        "TensorListGetItem",
        "TensorListLength",
        "TensorListReserve",
        "TensorListSetItem",
        "TensorListStack",
        "Tile",
        "TopKV2",
        "Transpose",
        "TruncatedNormal",
        "Unpack",
        "VarHandleOp",
        "VarIsInitializedOp",
        "Where",
        "While",
        "Xdivy",
        "Xlogy",
        "ZerosLike",
    ]
)


class OpenedSavedModel:
    """What a SavedModel computes.

    Args:
        folder: The SavedModel.

    Raises:
        ModelNotFoundError: A file of it is not there.
        ModelError: It is damaged, unsafe, too large, or made for another task.
        StorageError: The folder for temporary files is full.

    Attributes:
        shape: Of one image as it takes them.
        sha256: Digest of its graph and variables.
        size_bytes: Their size.
    """

    def __init__(self, folder: Path) -> None:
        files = _checked_files(folder)
        self.sha256 = hashlib.sha256(b"".join(files.values())).hexdigest()
        self.size_bytes = sum(map(len, files.values()))
        with temporary_folder() as copy:
            with storage_errors(copy):
                (copy / "variables").mkdir()
                for name, content in files.items():
                    (copy / name).write_bytes(content)
            with refusing(folder), native_output_hidden():
                self._loaded = tf.saved_model.load(copy)  # the variables live as long as it does
        self._function = _signature(folder, self._loaded)
        self._name, self._spec = next(iter(self._function.structured_input_signature[1].items()))
        self.shape = tuple(28 if size is None else size for size in self._spec.shape[1:])
        self._output = _output(folder, self._function)
        if self._spec.shape[:1] != [None] or self.shape not in IMAGE_SHAPES:
            raise ModelError(f"{folder}: expected 28×28 grey images in. Received: {self._spec}.")

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
    """Open a SavedModel as a classifier; errors are those of `OpenedSavedModel`."""
    opened = OpenedSavedModel(folder)
    return GraphClassifier(folder, opened, opened.shape, opened.sha256, opened.size_bytes, known)
