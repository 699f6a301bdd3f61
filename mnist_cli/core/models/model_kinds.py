"""Which kinds of model files are opened, and what to do with others."""

from enum import StrEnum
from pathlib import Path

from mnist_cli.core.errors import ModelError

SAVED_MODEL_MARK = "saved_model.pb"  # the file that makes a folder a SavedModel


class ModelKind(StrEnum):
    """A kind of files that is opened."""

    KERAS = "keras"
    SAVED_MODEL = "savedmodel"
    ONNX = "onnx"
    LITERT = "litert"


_KINDS = {
    ".keras": ModelKind.KERAS,
    ".h5": ModelKind.KERAS,
    ".hdf5": ModelKind.KERAS,
    ".onnx": ModelKind.ONNX,
    ".tflite": ModelKind.LITERT,
}

_TORCH = "torch.onnx.export(model, torch.zeros(1, 1, 28, 28), 'mine.onnx')"
_SKLEARN = "skl2onnx.to_onnx(model, pixels[:1], options={'zipmap': False})"
_KERAS = "Where it was made, open it and save it by model.save('mine.keras')."
# what others are, and how they become what is opened
_OTHERS = {
    ".pt": ("of PyTorch, a pickle", f"Where it was made: {_TORCH}."),
    ".pth": ("of PyTorch, a pickle", f"Where it was made: {_TORCH}."),
    ".pkl": ("a pickle, which runs code as it is opened", f"Of scikit-learn: {_SKLEARN}."),
    ".joblib": ("a pickle, which runs code as it is opened", f"Of scikit-learn: {_SKLEARN}."),
    ".safetensors": ("weights without a network", f"Load them where it was made, then {_TORCH}."),
    ".pb": ("a TensorFlow graph", "Give the SavedModel's folder; a frozen graph: tf2onnx."),
    ".ckpt": ("a checkpoint, weights without a network", _KERAS),
    ".index": ("a checkpoint, weights without a network", _KERAS),
    ".mlmodel": ("of Core ML", "Give what it was converted from."),
    ".mlpackage": ("of Core ML", "Give what it was converted from."),
    ".json": ("a network without weights", _KERAS),
    ".npz": ("arrays without a network", _KERAS),
    ".caffemodel": ("of Caffe", "Convert it to ONNX."),
}
_OPENED = "a .keras, .h5, .onnx or .tflite file, a SavedModel's folder, or a version's"


def kind_of(path: Path) -> ModelKind | None:
    """Tell which kind of model a path is, by its name alone.

    Returns:
        The kind; None of a folder that may be a version.

    Raises:
        ModelError: It is of a kind that is not opened, or a folder that may not be looked into.
    """
    try:
        if path.is_dir():
            return _kind_of_folder(path)
    except PermissionError as error:
        raise ModelError(f"{path}: {error.strerror}.") from error
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        what, way = _OTHERS.get(path.suffix.lower(), ("of no kind that is known", ""))
        raise ModelError(f"{path}: {what}. A model is {_OPENED}.", hint=way)
    return kind


def _kind_of_folder(path: Path) -> ModelKind | None:
    """Tell a SavedModel from what may be a version.

    Raises:
        ModelError: It is of TensorFlow.js or Core ML, or a folder of weights.
    """
    if (path / SAVED_MODEL_MARK).exists():
        return ModelKind.SAVED_MODEL
    if path.suffix.lower() == ".mlpackage":
        raise ModelError(f"{path}: of Core ML. A model is {_OPENED}.", hint=_OTHERS[".mlmodel"][1])
    if any(path.glob("group*-shard*.bin")):
        raise ModelError(
            f"{path}: of TensorFlow.js. A model is {_OPENED}.",
            hint="`tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras"
            " model.json mine.h5`; a graph model: give what it was converted from.",
        )
    if (path / "checkpoint").exists():
        raise ModelError(
            f"{path}: a checkpoint, weights without a network. A model is {_OPENED}.", hint=_KERAS
        )
    return None
