"""Look into a `.keras` or `.h5` file without Keras, and refuse what must not be opened.

A model file is a program: a layer can hold code, a shape can claim terabytes. So only plain
layers pass, names and sizes are checked before anything is allocated, and no weight may be NaN.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError, ModelNotFoundError
from mnist_cli.core.files import read_regular
from mnist_cli.core.models.hdf5_check import MAX_CONFIG_BYTES
from mnist_cli.core.models.model_kinds import ModelKind, kind_of
from mnist_cli.core.models.network_config import check_network
from mnist_cli.core.own_process import answer_of

MAX_FILE_BYTES = 512 << 20
MAX_PARAMETERS = 20_000_000
CHECK_TIMEOUT_S = 30

KERAS_MEMBERS = {  # and the most that each may hold, in bytes
    "metadata.json": 1 << 20,
    "config.json": MAX_CONFIG_BYTES,
    "model.weights.h5": MAX_FILE_BYTES,
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
    if not path.is_dir() and kind_of(path) is not ModelKind.KERAS:
        raise ModelError(
            f"{path}: not a .keras or .h5 file.",
            hint="Weights are drawn, and hidden layers looked into, of these and of versions.",
        )
    content = read_regular_model(path)
    if path.suffix.lower() == ".keras":
        config, weights = _keras_members(path, content)
        _look_into_hdf5(path, weights)
    else:
        config = _look_into_hdf5(path, content)
        if not config:
            raise ModelError(
                f"{path}: holds weights without a network.",
                hint="Save the whole model: `model.save(...)`, not `save_weights`.",
            )
    return content, check_network(path, config)


def first_kernels(path: Path) -> tuple[NDArray[np.float32], str]:
    """Read the weights that look at the pixels.

    Returns:
        (U, H, W) float32, the weights of each unit or filter, and the sha256 of the file.

    Raises:
        ModelNotFoundError: Nothing is there.
        ModelError: As for `read_checked`, or no layer looks at the pixels.
    """
    content, _ = read_checked(path)
    weights = _keras_members(path, content)[1] if path.suffix.lower() == ".keras" else content
    with h5py.File(io.BytesIO(weights), "r") as file:
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


def read_regular_model(path: Path) -> bytes:
    """Read a model's file of any kind, if it is no larger than any that is opened.

    Raises:
        ModelNotFoundError: Nothing is there.
        ModelError: It is no regular file, too large, or can't be read.
    """
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise ModelNotFoundError(str(path)) from error
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}.") from error


def keras_version(path: Path, content: bytes) -> str:
    """Return which Keras saved a file that was checked; empty where it does not say."""
    if path.suffix.lower() == ".keras":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            try:
                return str(json.loads(archive.read("metadata.json"))["keras_version"])
            except (ValueError, KeyError, TypeError):
                return ""
    with h5py.File(io.BytesIO(content), "r") as file:
        version = file.attrs.get("keras_version", "")
    return version.decode(errors="replace") if isinstance(version, bytes) else str(version)


def _keras_members(path: Path, content: bytes) -> tuple[bytes, bytes]:
    """Return config.json and model.weights.h5 of a `.keras` archive that holds nothing else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) != len(KERAS_MEMBERS) or set(names) != set(KERAS_MEMBERS):
                raise ModelError(
                    f"{path}: a .keras file holds {', '.join(KERAS_MEMBERS)}, each once. "
                    f"Received: {', '.join(map(repr, names[:8]))}."
                )
            for name, limit in KERAS_MEMBERS.items():
                if archive.getinfo(name).file_size > limit:
                    raise ModelError(f"{path}: {name} is larger than {limit} bytes.")
            return archive.read("config.json"), archive.read("model.weights.h5")
    except (ModelError, MemoryError):
        raise
    except Exception as error:  # each way of compressing has errors of its own
        raise ModelError(f"{path}: the model file is damaged ({error}).") from error


def _look_into_hdf5(path: Path, weights: bytes) -> bytes:
    """Let another process look into an HDF5 file, and return the `model_config` in it.

    A single changed bit can crash the HDF5 library; then that process ends, and not this one.
    """
    return answer_of(
        *("core.models.hdf5_check", str(path)),
        given=weights,
        timeout_s=CHECK_TIMEOUT_S,
        error=ModelError,
        late=f"{path}: its weights can't be looked through in time.",
        ended=f"{path}: the model file is damaged (HDF5 can't read it).",
    )
