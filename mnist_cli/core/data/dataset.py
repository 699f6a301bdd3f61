"""Data sets: MNIST out of the package, verified, and several put together.

Images are (N, 28, 28) uint8 with 0 for paper and 255 for ink; labels are (N,) uint8, 0-9.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.choices import Split
from mnist_cli.core.data import data_files
from mnist_cli.core.errors import DatasetError

Images = NDArray[np.uint8]
AnyImages = Images | NDArray[np.float32]  # floats go from 0 for paper to 1 for ink
Labels = NDArray[np.uint8]

MNIST_NPZ = Path(__file__).parents[2] / "assets" / "mnist.npz"

# md5 of the IDX files as Yann LeCun, Corinna Cortes and Christopher Burges published them
MNIST_MD5 = {
    "train": ("6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624"),
    "test": ("2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"),
}


def no_images() -> Images:
    """Return (0, 28, 28) uint8."""
    return np.empty((0, 28, 28), np.uint8)


@dataclass(frozen=True)
class Repeat:
    """An image to train on that equals an earlier one, pixel by pixel.

    Attributes:
        index: Of the image.
        earlier: Of the first that equals it.
        contradicts: Whether the two have different labels.
    """

    index: int
    earlier: int
    contradicts: bool


@dataclass(frozen=True)
class Dataset:
    """Labelled images and where they come from.

    Attributes:
        name: `mnist`, or the path that the user gave.
        split: `train` or `test`.
        images: (N, 28, 28) uint8, 0 paper to 255 ink.
        labels: (N,) uint8, 0-9.
        paths: (N,) files of the pictures; none where the images are of one file.
        parts: The data sets that were put together to this one; none in most.
        writers: (N,) who wrote each image; none where that is not known.
        non_digits: (M, 28, 28) uint8, what shows no digit, for a network to learn to doubt.
        has_halves: Whether its other split holds other images; a folder of pictures has none.
    """

    name: str
    split: Split
    images: Images
    labels: Labels
    paths: tuple[str, ...] = ()
    parts: tuple["Dataset", ...] = ()
    writers: tuple[str, ...] = ()
    non_digits: Images = field(default_factory=no_images)
    has_halves: bool = True

    def __len__(self) -> int:
        """Return how many images there are."""
        return len(self.labels)

    @property
    def sources(self) -> tuple["Dataset", ...]:
        """The data sets that it is made of: itself, if it was not put together."""
        return self.parts or (self,)

    def image_name(self, index: int) -> str:
        """Return what one image is called: its file, or the number of it in its data set."""
        for part in self.parts:
            if index < len(part):
                return part.image_name(index)
            index -= len(part)
        return self.paths[index] if self.paths else f"{self.name} {self.split} {index}"

    def to_record(self) -> dict[str, Any]:
        """Return name, count and digest, and those of its parts, as manifests state them."""
        record = {"name": self.name, "n": len(self), "sha256": self.sha256}
        return record | ({"sources": [p.to_record() for p in self.parts]} if self.parts else {})

    @cached_property
    def sha256(self) -> str:
        """Digest of the bytes of images, labels, and images of no digit."""
        digest = hashlib.sha256(self.images.tobytes())
        digest.update(self.labels.tobytes())
        digest.update(self.non_digits.tobytes())
        return digest.hexdigest()

    @cached_property
    def repeats(self) -> tuple[Repeat, ...]:
        """The images that are there again, in their order; MNIST has none."""
        digests = (hashlib.sha256(image).digest() for image in self.images)
        first: dict[bytes, int] = {}
        earlier = [first.setdefault(digest, index) for index, digest in enumerate(digests)]
        return tuple(
            Repeat(index, other, bool(self.labels[index] != self.labels[other]))
            for index, other in enumerate(earlier)
            if index != other
        )


def as_input(images: AnyImages) -> NDArray[np.float32]:
    """Turn (N, 28, 28) images into the (N, 28, 28, 1) float32 in [0, 1] that a model takes.

    Args:
        images: uint8, 0 paper to 255 ink; or float32, 0 to 1.
    """
    if images.dtype == np.float32:
        return np.asarray(images[..., None], np.float32)
    return images[..., None].astype(np.float32) / np.float32(255)


def load_mnist(split: Split) -> Dataset:
    """Load MNIST's 60,000 training or 10,000 test images from the package.

    Raises:
        DatasetError: The packaged file is not MNIST, bit for bit.
    """
    images, labels = data_files.read_npz(MNIST_NPZ, split)
    idx_images = struct.pack(">IIII", 2051, *images.shape), images
    idx_labels = struct.pack(">II", 2049, len(labels)), labels
    for (header, array), expected in zip((idx_images, idx_labels), MNIST_MD5[split], strict=True):
        digest = hashlib.md5(header, usedforsecurity=False)
        digest.update(array.tobytes())
        if digest.hexdigest() != expected:
            raise DatasetError(
                f"The packaged {MNIST_NPZ.name} is damaged: its {split} data have md5 "
                f"{digest.hexdigest()}, MNIST's have {expected}.",
                hint="Install the package again.",
            )
    return Dataset("mnist", split, images, labels)


def put_together(parts: list[Dataset]) -> Dataset:
    """Make one data set of several, in their order; one alone stays as it is.

    Raises:
        DatasetError: One is given twice.
    """
    first, *others = parts
    if not others:
        return first
    names = [part.name for part in parts]
    if len(set(names)) < len(names):
        raise DatasetError(f"A data set is given twice. Received: {', '.join(names)}.")
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    none = np.concatenate([part.non_digits for part in parts])
    name = " + ".join(names)
    return Dataset(name, first.split, images, labels, parts=tuple(parts), non_digits=none)


def sources_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what `to_record` said of each data set that the images came from."""
    sources: list[dict[str, Any]] = record.get("sources", [record])
    return sources


def stratified_split(
    labels: Labels, validation_size: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split indices into training and validation, with the same mix of classes in both.

    Args:
        labels: (N,) uint8.
        validation_size: How many to hold out; a small data set holds out a twelfth at the most,
            and one at the least unless this is 0.
        seed: The same seed gives the same split.

    Returns:
        Sorted indices to train on, and sorted indices to validate on.

    Raises:
        DatasetError: There are fewer than two images.
    """
    n = len(labels)
    if n < 2:
        raise DatasetError(f"Training needs at least 2 images. Received: {n}.")
    held_out = min(validation_size, max(1, n // 12))
    shuffled = np.random.default_rng(seed).permutation(n)
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    # evenly spaced through the classes one after the other: each gets its share, give or take one
    positions = ((np.arange(held_out) + 0.5) * n / held_out).astype(np.int64)
    validation = np.sort(by_class[positions])
    return np.setdiff1d(np.arange(n), validation), validation
