"""Read images and labels from `.npz` and `.npy` files that a stranger may have made.

Headers are read and checked against sizes before any memory is spent. Never a pickle.
"""

import gzip
import math
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mnist_cli.core.data.image_arrays import (
    Images,
    Labels,
    check_images_shape,
    check_labels_shape,
    to_dataset,
)
from mnist_cli.core.errors import DatasetError, MnistError

CheckShape = Callable[[str, tuple[int, ...]], None]

MAX_BYTES = 1 << 30
MAX_RATIO, RATIO_FROM = 200, 1 << 26  # of what more bytes than these unpack to; of digits it is 10


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Turn what the decoders raise into a refusal that names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy's, about headers of Python 2
            yield
    except (MnistError, MemoryError):
        raise
    except Exception as error:  # a header is parsed as Python: anything may come out
        raise DatasetError(f"{name}: damaged, or no images and labels ({error}).") from error


def read_npz(path: Path, split: str) -> tuple[Images, Labels]:
    """Read `x_SPLIT` and `y_SPLIT` of an `.npz` in the form of `keras.datasets.mnist`.

    Returns:
        (N, 28, 28) uint8 and (N,) uint8.

    Raises:
        DatasetError: The file is damaged, lies about its size, or holds something else.
    """
    with refusing(str(path)), zipfile.ZipFile(path) as archive:
        images = _npy_member(archive, path, f"x_{split}", check_images_shape)
        labels = _npy_member(archive, path, f"y_{split}", check_labels_shape)
    return to_dataset(str(path), images, labels)


def read_non_digits(path: Path) -> Images:
    """Read `x_none` of an `.npz`, (M, 28, 28) uint8 that show no digit; M is 0 without it.

    Raises:
        DatasetError: As of `read_npz`.
    """
    with refusing(str(path)), zipfile.ZipFile(path) as archive:
        if "x_none.npy" not in archive.namelist():
            return np.empty((0, 28, 28), np.uint8)
        images = _npy_member(archive, path, "x_none", check_images_shape)
    return to_dataset(str(path), images, np.zeros(len(images), np.uint8))[0]


def _npy_member(
    archive: zipfile.ZipFile, path: Path, key: str, check_shape: CheckShape
) -> NDArray[Any]:
    name = f"{path}: {key}"
    if f"{key}.npy" not in archive.namelist():
        held = ", ".join(sorted(n.removesuffix(".npy") for n in archive.namelist())[:8])
        raise DatasetError(f"{name} is missing. Received: {held or 'an empty archive'}.")
    with archive.open(f"{key}.npy") as member:
        info = archive.getinfo(f"{key}.npy")
        return _read_npy(member, name, check_shape, info)


def read_npy_pair(images_path: Path, labels_path: Path) -> tuple[Images, Labels]:
    """Read a file of images and a file of labels.

    Returns:
        (N, 28, 28) uint8 and (N,) uint8.

    Raises:
        DatasetError: A file is damaged, lies about its size, or holds something else.
    """
    arrays = []
    for path, check in ((images_path, check_images_shape), (labels_path, check_labels_shape)):
        with refusing(str(path)), path.open("rb") as file:
            arrays.append(_read_npy(file, str(path), check))
    return to_dataset(str(images_path), *arrays)


def _read_npy(
    file: IO[bytes], name: str, check_shape: CheckShape, packed: zipfile.ZipInfo | None = None
) -> NDArray[Any]:
    """Read an array; `packed` says how small it is in an archive."""
    read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in read_header:
        raise DatasetError(f"{name}: unknown .npy version {version}.")
    try:
        shape, fortran_order, dtype = read_header[version](file)
    except MemoryError as error:  # Python's word for what is nested too deeply
        raise ValueError("its header is nested too deeply") from error
    if dtype.kind not in "uifb":
        raise DatasetError(f"{name} must hold numbers. Received: dtype {dtype}.")
    check_shape(name, shape)
    size = math.prod(shape) * dtype.itemsize
    if packed:
        check_ratio(name, min(size, packed.file_size), packed.compress_size)
    data = read_exactly(file, size, name)
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran_order else "C")


def read_exactly(
    file: IO[bytes] | gzip.GzipFile, size: int, name: str, *, then_end: bool = True
) -> bytearray:
    """Read `size` bytes, in pieces, so that a file that lies about its size costs what it holds."""
    if size > MAX_BYTES:
        raise DatasetError(f"{name}: {size} bytes; at most {MAX_BYTES} are read.")
    data = bytearray()
    while len(data) < size and (piece := file.read(min(size - len(data), 1 << 24))):
        data += piece
    if len(data) < size:
        raise DatasetError(f"{name}: its header promises {size} bytes, {len(data)} are there.")
    if then_end and file.read(1):
        raise DatasetError(f"{name}: more data than its header says.")
    return data


def check_ratio(name: str, size: int, packed: int) -> None:
    """Refuse what unpacks to far more than digits can: a small file that costs gigabytes."""
    if size > RATIO_FROM and size > MAX_RATIO * packed:
        raise DatasetError(
            f"{name}: {packed:,} bytes unpack to {size:,}; no pictures of digits do.",
            hint="Save it without compression if it is what you mean.",
        )
