"""MNIST's own kind of files, IDX, as MNIST, Fashion-MNIST, EMNIST and QMNIST are given out."""

import gzip
import math
import re
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.data.data_files import CheckShape, check_ratio, read_exactly, refusing
from mnist_cli.core.data.image_arrays import (
    Images,
    Labels,
    check_images_shape,
    check_labels_shape,
    to_dataset,
)
from mnist_cli.core.errors import DatasetError, DatasetNotFoundError

IMAGES_NAME = {
    "train": re.compile(r"(.*-)?train-images[-.]idx3-ubyte(\.gz)?"),
    "test": re.compile(r"(.*-)?(t10k|test)-images[-.]idx3-ubyte(\.gz)?"),
}
LABELS_NAMES = [f"{joint}{kind}" for joint in "-." for kind in ("idx1-ubyte", "idx2-int")]
KNOWN = (None, "emnist-digits-", "emnist-mnist-", "qmnist-")  # of several, the first is taken
IMAGES_MAGIC, LABELS_MAGIC, QMNIST_MAGIC = 2051, 2049, 3074


def find_idx(folder: Path, split: str) -> tuple[Path, Path] | None:
    """Find the files of images and of their labels, in a folder or where torchvision puts them.

    Returns:
        None where no images are there.

    Raises:
        DatasetNotFoundError: The labels are missing.
        DatasetError: It holds several data sets, as torchvision's root may.
    """
    for places in ([folder], [folder / "raw"], [folder / "gzip"], sorted(folder.glob("*/raw"))):
        found = [images for place in places if (images := _images_in(place, split))]
        if len(found) > 1:
            names = ", ".join(str(images.parent.parent) for images in found)
            raise DatasetError(f"{folder} holds several data sets.", hint=f"Give one: {names}.")
        if found:
            return found[0], _labels_of(found[0])
    return None


def _images_in(folder: Path, split: str) -> Path | None:
    if not folder.is_dir():
        return None
    matches = [
        (KNOWN.index(match[1]) if match[1] in KNOWN else len(KNOWN), path)
        for path in sorted(folder.iterdir())
        if (match := IMAGES_NAME[split].fullmatch(path.name)) and path.is_file()
    ]
    if not matches:
        return None
    if len({order for order, _ in matches}) > 1 or len(matches) > 2:
        log.event("data.file_chosen", file=str(min(matches)[1]))
    return min(matches)[1]


def _labels_of(images: Path) -> Path:
    begin = images.name[: images.name.index("-images")]
    names = [f"{begin}-labels{end}{gz}" for end in LABELS_NAMES for gz in ("", ".gz")]
    for name in names:
        if (images.parent / name).is_file():
            return images.parent / name
    raise DatasetNotFoundError(
        f"{str(images.parent)!r} holds no {names[0]} (or .gz), the labels of {images.name}.",
        hint="Give the folder that holds MNIST-style IDX files, or pictures sorted by digit.",
    )


def read_idx(images_path: Path, labels_path: Path) -> tuple[Images, Labels]:
    """Read a file of images and a file of labels.

    Returns:
        (N, 28, 28) uint8 and (N,) uint8.

    Raises:
        DatasetError: A file is damaged, lies about its size, or holds something else.
    """
    images = _read(images_path, IMAGES_MAGIC, check_images_shape)
    if "idx2-int" in labels_path.name:  # QMNIST's: the digit, then who wrote it, and more
        labels = _read(labels_path, QMNIST_MAGIC, lambda n, s: check_labels_shape(n, s[:1]))[:, 0]
    else:
        labels = _read(labels_path, LABELS_MAGIC, check_labels_shape)
    return to_dataset(str(images_path), images, labels)


def _read(path: Path, magic: int, check_shape: CheckShape) -> NDArray[np.integer]:
    name = str(path)
    dtype = np.dtype(">i4" if magic == QMNIST_MAGIC else np.uint8)
    dimensions = magic % 256
    with refusing(name), gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        header = read_exactly(file, 4 + 4 * dimensions, name, then_end=False)
        received, *shape = struct.unpack(f">{1 + dimensions}I", header)
        if received != magic:
            raise DatasetError(f"{name}: IDX magic number {received}, expected {magic}.")
        check_shape(name, tuple(shape))
        size = math.prod(shape) * dtype.itemsize
        if path.suffix == ".gz":
            check_ratio(name, size, path.stat().st_size)
        data = read_exactly(file, size, name)
    return np.frombuffer(data, dtype).reshape(shape)
