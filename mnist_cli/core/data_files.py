"""Read images and labels from `.npz` and IDX files that a stranger may have made.

Headers are read and checked against sizes before any memory is spent. Never a pickle.
"""

import gzip
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mnist_cli.core.errors import DatasetError, DatasetNotFoundError, MnistError

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]

MAX_IMAGES = 1_000_000
MAX_BYTES = 1 << 30
MAX_RATIO, RATIO_FROM = 200, 1 << 26  # of what more bytes than these unpack to; of digits it is 10
AT_ONCE = 10_000  # images that are brought to uint8 together
IDX_IMAGES_MAGIC, IDX_LABELS_MAGIC = 2051, 2049


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@contextmanager
def _refusing(name: str) -> Iterator[None]:
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
    with _refusing(str(path)), zipfile.ZipFile(path) as archive:
        images = _npy_member(archive, path, f"x_{split}", _check_images_shape)
        labels = _npy_member(archive, path, f"y_{split}", _check_labels_shape)
    return _checked(str(path), images, labels)


def read_non_digits(path: Path) -> Images:
    """Read `x_none` of an `.npz`, (M, 28, 28) uint8 that show no digit; M is 0 without it.

    Raises:
        DatasetError: As of `read_npz`.
    """
    with _refusing(str(path)), zipfile.ZipFile(path) as archive:
        if "x_none.npy" not in archive.namelist():
            return np.empty((0, 28, 28), np.uint8)
        images = _npy_member(archive, path, "x_none", _check_images_shape)
    return _checked(str(path), images, np.zeros(len(images), np.uint8))[0]


def _npy_member(
    archive: zipfile.ZipFile,
    path: Path,
    key: str,
    check_shape: Callable[[str, tuple[int, ...]], None],
) -> NDArray[Any]:
    name = f"{path}: {key}"
    if f"{key}.npy" not in archive.namelist():
        held = ", ".join(sorted(n.removesuffix(".npy") for n in archive.namelist())[:8])
        raise DatasetError(f"{name} is missing. Received: {held or 'an empty archive'}.")
    with archive.open(f"{key}.npy") as member:
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        version = npy.read_magic(member)
        if version not in read_header:
            raise DatasetError(f"{name}: unknown .npy version {version}.")
        try:
            shape, fortran_order, dtype = read_header[version](member)
        except MemoryError as error:  # Python's word for what is nested too deeply
            raise ValueError("its header is nested too deeply") from error
        if dtype.kind not in "uifb":
            raise DatasetError(f"{name} must hold numbers. Received: dtype {dtype}.")
        check_shape(name, shape)
        size = int(np.prod(shape)) * dtype.itemsize
        info = archive.getinfo(f"{key}.npy")
        _check_ratio(name, min(size, info.file_size), info.compress_size)
        data = _read_exactly(member, size, name)
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran_order else "C")


def read_idx_folder(folder: Path, split: str) -> tuple[Images, Labels]:
    """Read MNIST's own files, as `train-images-idx3-ubyte` or `t10k-labels-idx1-ubyte.gz`.

    Returns:
        (N, 28, 28) uint8 and (N,) uint8.

    Raises:
        DatasetNotFoundError: One of the two files is missing.
        DatasetError: A file is damaged, lies about its size, or holds something else.
    """
    prefix = "train" if split == "train" else "t10k"
    images_path = _find_idx(folder, f"{prefix}-images", "idx3-ubyte")
    labels_path = _find_idx(folder, f"{prefix}-labels", "idx1-ubyte")
    images = _read_idx(images_path, IDX_IMAGES_MAGIC, _check_images_shape)
    labels = _read_idx(labels_path, IDX_LABELS_MAGIC, _check_labels_shape)
    return _checked(str(images_path), images, labels)


def _find_idx(folder: Path, stem: str, kind: str) -> Path:
    names = [f"{stem}{joint}{kind}{suffix}" for joint in "-." for suffix in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DatasetNotFoundError(
        f"{str(folder)!r} holds no {names[0]} (or .gz), and no folders 0/ to 9/.",
        hint="Give the folder that holds MNIST-style IDX files, or pictures sorted by digit.",
    )


def _read_idx(
    path: Path, magic: int, check_shape: Callable[[str, tuple[int, ...]], None]
) -> NDArray[np.uint8]:
    name = str(path)
    dimensions = magic % 256
    with _refusing(name), gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        header = _read_exactly(file, 4 + 4 * dimensions, name, then_end=False)
        received, *shape = struct.unpack(f">{1 + dimensions}I", header)
        if received != magic:
            raise DatasetError(f"{name}: IDX magic number {received}, expected {magic}.")
        check_shape(name, tuple(shape))
        if path.suffix == ".gz":
            _check_ratio(name, int(np.prod(shape)), path.stat().st_size)
        data = _read_exactly(file, int(np.prod(shape)), name)
    return np.frombuffer(data, np.uint8).reshape(shape)


def _read_exactly(file: _Readable, size: int, name: str, *, then_end: bool = True) -> bytearray:
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


def _check_ratio(name: str, size: int, packed: int) -> None:
    """Refuse what unpacks to far more than digits can: a small file that costs gigabytes."""
    if size > RATIO_FROM and size > MAX_RATIO * packed:
        raise DatasetError(
            f"{name}: {packed:,} bytes unpack to {size:,}; no pictures of digits do.",
            hint="Save it without compression if it is what you mean.",
        )


def _check_images_shape(name: str, shape: tuple[int, ...]) -> None:
    if shape[1:] not in {(28, 28), (784,), (28, 28, 1)}:
        raise DatasetError(
            f"{name}: images must be (N, 28, 28), (N, 28, 28, 1) or (N, 784). Received: {shape}."
        )
    _check_count(name, shape[0])


def _check_labels_shape(name: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 1:
        raise DatasetError(f"{name}: labels must be (N,). Received: {shape}.")
    _check_count(name, shape[0])


def _check_count(name: str, count: int) -> None:
    if not 1 <= count <= MAX_IMAGES:
        raise DatasetError(f"{name}: 1 to {MAX_IMAGES} images are read. Received: {count}.")


def _checked(name: str, images: NDArray[Any], labels: NDArray[Any]) -> tuple[Images, Labels]:
    """Bring images to (N, 28, 28) uint8 and labels to uint8, or say why that can't be."""
    if len(images) != len(labels):
        raise DatasetError(f"{name}: {len(images)} images, but {len(labels)} labels.")
    if labels.dtype.kind not in "ui" or labels.min() < 0 or labels.max() > 9:
        raise DatasetError(
            f"{name}: labels must be whole numbers 0 to 9. "
            f"Received: {labels.dtype} from {labels.min()} to {labels.max()}."
        )
    low, high = images.min(), images.max()  # NaN fails both comparisons below
    is_share = images.dtype.kind == "f" and low >= 0 and high <= 1
    if not is_share and (images.dtype.kind not in "ui" or not (low >= 0 and high <= 255)):
        raise DatasetError(
            f"{name}: pixels must be whole numbers 0 to 255, or fractions 0 to 1. "
            f"Received: {images.dtype} from {low} to {high}."
        )
    images = images.reshape(-1, 28, 28)
    if images.dtype == np.uint8:
        images = np.ascontiguousarray(images)
    else:
        pixels = np.empty(images.shape, np.uint8)
        for at in range(0, len(images), AT_ONCE):
            part = images[at : at + AT_ONCE]
            pixels[at : at + AT_ONCE] = np.rint(part * 255) if is_share else part
        images = pixels
    return images, labels.astype(np.uint8)
