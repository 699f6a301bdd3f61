"""Look into a `.keras` or `.h5` file without Keras, and refuse what must not be opened.

A model file is a program: a layer can hold code, a shape can claim terabytes. So only plain
layers pass, names and sizes are checked before anything is allocated, and no weight may be NaN.
"""

import hashlib
import io
import json
import math
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Any, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError, ModelNotFoundError

MAX_FILE_BYTES = 512 << 20
MAX_CONFIG_BYTES = 4 << 20
MAX_PARAMETERS = 20_000_000
# an optimiser's slots may be saved beside each weight, twice, in up to 8 bytes each
MAX_ARRAYS_BYTES = 3 * 8 * MAX_PARAMETERS

KERAS_MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
MODEL_CLASSES = {"Sequential", "Functional", "Model"}
ALLOWED_CLASSES = MODEL_CLASSES | {
    *("InputLayer", "Dense", "Dropout", "Flatten", "Reshape", "Rescaling", "Permute"),
    *("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "ZeroPadding2D", "Cropping2D"),
    *("MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D"),
    *("BatchNormalization", "LayerNormalization", "GroupNormalization"),
    *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"),
    *("Add", "Multiply", "Average", "Concatenate"),
    *("SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization"),
    *("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal"),
    *("Zeros", "Ones", "Constant", "RandomUniform", "RandomNormal", "TruncatedNormal"),
    *("VarianceScaling", "Orthogonal", "L1", "L2", "L1L2", "MaxNorm", "NonNeg", "UnitNorm"),
    *("DTypePolicy", "__keras_tensor__", "__tuple__"),
}


def read_checked(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Read a model file once and check what it holds.

    Args:
        path: A `.keras` or `.h5` file.

    Returns:
        The bytes that were checked, and the network's Keras config.

    Raises:
        ModelNotFoundError: Nothing is there.
        ModelError: It is no such file, damaged, unsafe or too large.
    """
    content = _read(path)
    try:
        if path.suffix.lower() == ".keras":
            config, weights = _keras_members(path, content)
        else:
            config, weights = None, content
        with h5py.File(io.BytesIO(weights), "r") as file:
            if config is None:
                config = _h5_config(path, file)
            _check_arrays(path, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, RuntimeError) as error:
        raise ModelError(f"{path}: the model file is damaged ({error}).") from error
    network = _parsed(path, config)
    _check_classes(path, network)
    return content, network


def first_kernels(path: Path) -> tuple[NDArray[np.float32], str]:
    """Read the weights that look at the pixels.

    Returns:
        (U, H, W) float32, the weights of each unit or filter, and the sha256 of the file.

    Raises:
        ModelNotFoundError: Nothing is there.
        ModelError: As for `read_checked`, or no layer looks at the pixels.
    """
    content, _ = read_checked(path)
    with h5py.File(io.BytesIO(_weights_of(path, content)), "r") as file:
        found: list[NDArray[np.float32]] = []

        def visit(_name: str, item: object) -> None:
            if not isinstance(item, h5py.Dataset):
                return
            if item.ndim == 2 and item.shape[0] == 28 * 28:  # Dense on the pixels
                found.append(item[()].T.reshape(-1, 28, 28))
            elif item.ndim == 4 and item.shape[2] == 1:  # Conv2D on one channel
                found.append(item[:, :, 0].transpose(2, 0, 1))

        file.visititems(visit)
    if not found:
        raise ModelError(f"{path}: no layer of it looks at the pixels directly.")
    return found[0].astype(np.float32), hashlib.sha256(content).hexdigest()


def _weights_of(path: Path, content: bytes) -> bytes:
    return _keras_members(path, content)[1] if path.suffix.lower() == ".keras" else content


def _read(path: Path) -> bytes:
    if path.suffix.lower() not in {".keras", ".h5"}:
        raise ModelError(
            f"{path}: a model is a .keras or .h5 file, or the folder of a version.",
            hint="A .tflite is read only from a version's folder, with its manifest.",
        )
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ModelError(f"{path}: not a regular file.")
        if status.st_size > MAX_FILE_BYTES:
            raise ModelError(f"{path}: {status.st_size} bytes; at most {MAX_FILE_BYTES} are read.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelNotFoundError(str(path)) from error
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}.") from error


def _keras_members(path: Path, content: bytes) -> tuple[bytes, bytes]:
    """Return config.json and model.weights.h5 of a `.keras` archive that holds nothing else."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) != len(KERAS_MEMBERS) or set(names) != KERAS_MEMBERS:
            raise ModelError(
                f"{path}: a .keras file holds {', '.join(sorted(KERAS_MEMBERS))}, each once. "
                f"Received: {', '.join(map(repr, names[:8]))}."
            )
        limits = {"config.json": MAX_CONFIG_BYTES, "model.weights.h5": MAX_FILE_BYTES}
        for name, limit in limits.items():
            if archive.getinfo(name).file_size > limit:
                raise ModelError(f"{path}: {name} is larger than {limit} bytes.")
        return archive.read("config.json"), archive.read("model.weights.h5")


def _h5_config(path: Path, file: h5py.File) -> bytes:
    config = file.attrs.get("model_config")
    if config is None:
        raise ModelError(
            f"{path}: holds weights without a network.",
            hint="Save the whole model: `model.save(...)`, not `save_weights`.",
        )
    return config if isinstance(config, bytes) else str(config).encode()


def _parsed(path: Path, config: bytes) -> dict[str, Any]:
    try:
        network = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: the model file is damaged (its config is no JSON).") from error
    if not isinstance(network, dict) or not isinstance(network.get("config"), dict):
        raise ModelError(f"{path}: the model file is damaged (its config is no network).")
    if network.get("class_name") not in MODEL_CLASSES:
        raise ModelError(f"{path}: holds a {network.get('class_name')}, not a model.")
    return cast("dict[str, Any]", network)


def _check_classes(path: Path, network: dict[str, Any]) -> None:
    """Refuse any object that is not a plain part of Keras.

    `compile_config` is left out: it is never opened.
    """
    waiting: list[Any] = [{k: v for k, v in network.items() if k != "compile_config"}]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            name, module = value.get("class_name"), value.get("module")
            registered = value.get("registered_name")
            plain = name is None or name in ALLOWED_CLASSES
            if not plain or (module or "keras").split(".")[0] != "keras" or ">" in str(registered):
                raise ModelError(
                    f"{path}: contains {module or 'keras'}.{name}, which is not among the plain"
                    " Keras layers that are opened (it might run code).",
                    hint="Use a model made of Keras's own layers, without Lambda.",
                )


def _check_arrays(path: Path, file: h5py.File) -> None:
    """Add up what the arrays claim to hold, then refuse NaN and infinity."""
    arrays: list[h5py.Dataset] = []

    def visit(name: str) -> None:
        link = file.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ModelError(f"{path}: {name} points elsewhere; refused.")
        item = file[name]
        if isinstance(item, h5py.Dataset):
            if item.is_virtual or item.external:
                raise ModelError(f"{path}: {name} points elsewhere; refused.")
            if item.dtype.kind not in "fiub":
                raise ModelError(f"{path}: {name} holds {item.dtype}, not numbers; refused.")
            arrays.append(item)

    file.visit_links(visit)
    claimed = sum(math.prod(array.shape or (1,)) * array.dtype.itemsize for array in arrays)
    if claimed > MAX_ARRAYS_BYTES:
        raise ModelError(f"{path}: its arrays claim {claimed} bytes; at most {MAX_ARRAYS_BYTES}.")
    for array in arrays:
        if array.dtype.kind == "f" and not np.isfinite(array[()]).all():
            raise ModelError(f"{path}: {array.name} holds numbers that are not finite.")
