"""Data sets of users, for `evaluate`. More of them: tests/core/data/test_dataset.py."""

import gzip
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import MNIST_NPZ
from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli
from tests.core.data.test_dataset import (
    GOOD_GZ,
    GOOD_IDX,
    IMAGES,
    LABELS,
    header_of,
    idx,
    npy,
    write_idx,
    zipped,
)
from tests.faults.harness import Row, check, in_process, rows
from tests.reading.test_image import encoded, grey

MEASURE = ("evaluate", "--data", "data")
OK, REFUSED, NOT_FOUND = ExitCode.OK, ExitCode.REFUSED, ExitCode.NOT_FOUND
MEMORY = 700 << 20  # bytes; 600 MiB are enough for a small data set, most of them libraries
Make = Callable[[Path], object]


def npz(name: str, words: str, write: Make, memory: int = 0) -> Row:
    """Return a line whose .npz is refused, by its name."""
    said = (f"error: data: {words}",)
    return Row(name, MEASURE, REFUSED, said, lambda f: write(f / "data"), memory=memory)


def files(name: str, words: str, images: bytes, end: str = "", memory: int = 0) -> Row:
    """Return a line whose IDX file of images is refused, by its name."""

    def make(folder: Path) -> None:
        (folder / "data").mkdir()
        write_idx(folder / "data", images, idx(LABELS), end=end)

    said = (f"error: data/t10k-images-idx3-ubyte{end}: {words}",)
    return Row(name, MEASURE, REFUSED, said, make, memory=memory)


def saved(images: NDArray[np.generic] = IMAGES, labels: NDArray[np.generic] = LABELS) -> Make:
    def write(path: Path) -> None:
        with path.open("wb") as file:  # NumPy would add a suffix
            np.savez(file, x_test=images, y_test=labels)

    return write


def hostile(path: Path) -> None:
    """Write a pickle for images."""
    saved(np.array([{"pickle": "of anything"}] * 3, dtype=object))(path)


def other_keys(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, a=IMAGES)


def accepted(name: str, images: NDArray[np.generic], labels: NDArray[np.generic] = LABELS) -> Row:
    write = saved(images, labels)
    return Row(name, MEASURE, OK, ("accuracy",), lambda folder: write(folder / "data"))


def mnist_with(spoil: Callable[[bytearray], object]) -> Make:
    """Write MNIST's own file, with something wrong."""

    def write(path: Path) -> None:
        content = bytearray(MNIST_NPZ.read_bytes())
        spoil(content)
        path.write_bytes(content)

    return write


def flip(content: bytearray) -> None:
    content[content.index(b"x_test.npy") + 5_000] ^= 1


def cut(content: bytearray) -> None:
    del content[len(content) // 2 :]


def bomb() -> bytes:
    """Return a .gz of a gigabyte of zeros behind a good start."""
    return gzip.compress(GOOD_IDX) + 64 * gzip.compress(bytes(16 << 20), 1)


def encrypted(path: Path) -> None:
    """Write an archive that asks for a password."""
    saved()(path)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def swelling(path: Path) -> None:
    """Write an archive that holds a gigabyte of zeros behind three images."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("y_test.npy", npy(header_of((3,)), LABELS.tobytes()))
        with archive.open("x_test.npy", "w") as member:
            member.write(npy(header_of((3, 28, 28)), IMAGES.tobytes()))
            for _ in range(64):
                member.write(bytes(16 << 20))


def sorted_pictures(*digits: int, bad: int = 0) -> Make:
    def make(folder: Path) -> None:
        for digit in range(10):
            (folder / "data" / str(digit)).mkdir(parents=True)
        for digit in digits:
            (folder / "data" / str(digit) / "a.png").write_bytes(encoded(grey()))
        for number in range(bad):
            (folder / "data" / "3" / f"bad{number}.png").write_bytes(b"<html>")

    return make


DAMAGED = "damaged, or no images and labels ("


@rows(
    npz("a cut npz", DAMAGED, mnist_with(cut)),
    npz("an empty npz", DAMAGED, Path.touch),
    npz("a flipped bit in an npz", DAMAGED, mnist_with(flip)),
    npz(
        "HTML as an npz",
        f"{DAMAGED}File is not a zip file",
        lambda path: path.write_text("<html>Sign in"),
    ),
    npz("objects in an npz", "x_test must hold numbers. Received: dtype object", hostile),
    npz("an encrypted npz", DAMAGED, encrypted),
    npz("arrays: count", "2 images, but 3 labels", saved(IMAGES[:2])),
    npz("arrays: label", "labels must be whole numbers 0 to 9.", saved(labels=LABELS + 6)),
    npz("arrays: float labels", "labels must be whole numbers", saved(labels=LABELS / 2)),
    npz("arrays: nan", "pixels must be numbers 0 to 255", saved(np.full((3, 784), np.nan))),
    npz("arrays: side", "x_test: images must be (N, 28, 28), ", saved(np.zeros((3, 32, 30)))),
    npz("arrays: keys", "x_test is missing. Received: a", other_keys),
    npz("no images", "x_test: 1 to 1000000 images are read.", saved(IMAGES[:0], LABELS[:0])),
    files("gzip: cut", DAMAGED, GOOD_GZ[:-20], ".gz"),
    files("gzip: crc", f"{DAMAGED}CRC check failed", GOOD_GZ[:-8] + bytes(8), ".gz"),
    files("gzip: trailing", f"{DAMAGED}Not a gzipped file", GOOD_GZ + b"garbage", ".gz"),
    files("gzip: html", DAMAGED, b"\x1f\x8b<html>", ".gz"),
    files("IDX: cut", "its header promises 2352 bytes, 2351 are there.", GOOD_IDX[:-1]),
    files("IDX: trailing", "more data than its header says.", GOOD_IDX + b"x"),
    files(
        "IDX: swapped", "IDX magic number 50855936, expected 2051.", b"\x03\x08\0\0" + GOOD_IDX[4:]
    ),
    files("arrays: idx count", "2 images, but 3 labels.", idx(IMAGES[:2])),
    Row("a long name", ("evaluate", "--data", "x" * 300), REFUSED, ("x: File name too long.",)),
    Row("no data", MEASURE, NOT_FOUND, ("error: No data set at 'data'. Pass mnist, an",)),
    Row(
        "an empty folder",
        MEASURE,
        NOT_FOUND,
        ("error: 'data' holds no t10k-images",),
        lambda f: (f / "data").mkdir(),
    ),
    Row(
        "some bad pictures",
        MEASURE,
        OK,
        ("data.pictures_left_out folder=data left_out=2", "accuracy"),
        sorted_pictures(3, 5, bad=2),
    ),
    Row(
        "only bad pictures",
        MEASURE,
        REFUSED,
        ("error: No picture in 'data' could be read",),
        sorted_pictures(bad=2),
    ),
    accepted("arrays: flat", IMAGES.reshape(3, 784)),
    accepted("arrays: channel", IMAGES[..., None]),
    accepted("arrays: fractions", IMAGES / 255),
    accepted("one image", IMAGES[:1], LABELS[:1]),
)
def test_a_data_set_is_measured_or_told_what_is_wrong(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


@rows(
    npz(
        "a huge npz",
        "x_test: 1 to 1000000 images",
        zipped(npy(header_of((10**12, 28, 28)))),
        MEMORY,
    ),
    npz(
        "a million images in an npz",
        "x_test: its header promises 784000000 bytes, 0 are",
        zipped(npy(header_of((10**6, 28, 28)))),
        MEMORY,
    ),
    npz("a swelling npz", "x_test: more data than its header says", swelling, MEMORY),
    files("a swelling gzip", "more data than its header says", bomb(), ".gz", MEMORY),
    files(
        "a huge IDX",
        "1 to 1000000 images are read. Received: 4294967295",
        struct.pack(">4I", 2051, 2**32 - 1, 28, 28),
        memory=MEMORY,
    ),
    files(
        "a million images in an IDX",
        "its header promises 784000000 bytes, 0",
        struct.pack(">4I", 2051, 10**6, 28, 28),
        memory=MEMORY,
    ),
)
def test_a_data_set_that_swells_is_told_within_little_memory(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    check(row, tmp_path, store_path)
