"""Folders of pictures of digits: `DIGIT/*`, or `WRITER/DIGIT/*`."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.choices import Split
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ConflictError, DatasetError, MnistError
from mnist_cli.core.files import locked, replacing_folder, storage_errors, sync
from mnist_cli.core.outputs import PICTURE_SUFFIXES
from mnist_cli.core.unfinished import UNFINISHED, sweep, temporary_folder

HELD_S = 5.0  # that somebody waits who adds to a folder while others do
_ADDING = ".adding"  # the folder of what is added, each file under its digit and its name
_ADDED = re.compile(r"([0-9])-(.*\.png)")

Images = NDArray[np.uint8]
PictureReader = Callable[[Path], Images]


def folders_of_digits(folder: Path) -> list[Path]:
    """Return what holds `0/` to `9/`: the folder itself, or folders in it."""
    if not folder.is_dir():
        return []
    if _has_digits(folder):
        return [folder]
    return [own for own in sorted(folder.iterdir()) if _has_digits(own)]


def read_pictures(folder: Path, name: str, split: Split, read_picture: PictureReader) -> Dataset:
    """Read all pictures; one that can't be read is left out, and said.

    Args:
        folder: With `0/` to `9/` in it, or in each of its folders, which are a writer's each.
        name: Of the data set.
        split: Which half they are.
        read_picture: Turns a picture's path into (28, 28) uint8.

    Raises:
        DatasetError: None can be read.
    """
    images, labels, paths, writers, refused = [], [], [], [], 0
    for writer, digit, path in _pictures(folder):
        try:
            images.append(read_picture(path))
        except MnistError as error:
            refused += 1
            log.warning("data.picture_left_out", path=str(path), reason=error.message)
        else:
            labels.append(digit)
            paths.append(str(path))
            writers.append(writer)
    if refused:
        log.warning("data.pictures_left_out", folder=str(folder), left_out=refused)
    if not images:
        raise DatasetError(f"No picture in {str(folder)!r} could be read as a digit.")
    return Dataset(
        *(name, split, np.stack(images), np.array(labels, dtype=np.uint8), tuple(paths)),
        writers=tuple(writers) if any(writers) else (),
    )


def check_new_folder(folder: Path) -> None:
    """Refuse a folder that holds something, or a file, before the work for it starts.

    Raises:
        ConflictError: Something is there.
        StorageError: It can't be looked into.
    """
    with storage_errors(folder):
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise ConflictError(
                f"{str(folder)!r} exists, and is not empty.", hint="Choose another place."
            )


def write_pictures(folder: Path, dataset: Dataset, count: int) -> list[Path]:
    """Write images as PNG into `0/` to `9/`: the first ones of each class, of each as many.

    Args:
        folder: It is made; its parent is there.
        dataset: What is written, as it is.
        count: How many; fewer, where a class has not so many.

    Returns:
        The files, by class.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    wanted = [count // 10 + (digit < count % 10) for digit in range(10)]
    return write_digits(
        folder,
        (
            (digit, f"{dataset.split}-{index:05}", dataset.images[index])
            for digit in range(10)
            for index in np.flatnonzero(dataset.labels == digit)[: wanted[digit]]
        ),
    )


def write_digits(folder: Path, digits: Iterable[tuple[int, str, Images]]) -> list[Path]:
    """Write images as PNG into `0/` to `9/`.

    Args:
        folder: It is made; its parent is there.
        digits: Of each which it is, the name of its file, and (28, 28) uint8.

    Returns:
        The files.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    paths = []
    with replacing_folder(folder) as made:
        for digit, name, image in digits:
            path = Path(str(digit), f"{name}.png")
            (made / path).parent.mkdir(exist_ok=True)
            (made / path).write_bytes(encoded(image))
            paths.append(folder / path)
    return paths


def add_digits(folder: Path, digits: Iterable[tuple[int, Images]]) -> int:
    """Add images as PNG to `0/` to `9/` of a folder that may hold others.

    All of them or none: they are on the disk in a folder of their own, which gets its name by one
    rename, before the first is put in its place. What a process that was killed did not put there,
    `finish_adding` does, and the next that adds. A file is named after its image: an image is there
    once, as the digit that was said last.

    Args:
        folder: It is made, if missing.
        digits: Of each which it is, and (28, 28) uint8.

    Returns:
        How many.

    Raises:
        ConflictError: Others add to it for too long.
        StorageError: The disk is full, or the folder can't be written.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder, UNFINISHED)  # each time: a server adds for weeks
        with locked(folder, HELD_S), temporary_folder(UNFINISHED, folder) as around:
            _put_in_place(folder)
            made = around / "made"
            made.mkdir()
            labels = {name_of(image): (digit, image) for digit, image in digits}
            paths = [made / f"{digit}-{name}" for name, (digit, _) in labels.items()]
            for path, (_, image) in zip(paths, labels.values(), strict=True):
                path.write_bytes(encoded(image))
            for path in (*paths, made):  # once all are written: so they are synced many at a time
                sync(path)
            for digit in {digit for digit, _ in labels.values()}:
                (folder / str(digit)).mkdir(exist_ok=True)  # where that fails, none is added
            made.rename(folder / _ADDING)
            sync(folder)
            _put_in_place(folder)
    return len(labels)


def finish_adding(folder: Path) -> None:
    """Put in their place what a process that was killed has added.

    Raises:
        ConflictError: Others add to it for too long.
        StorageError: The folder can't be written.
    """
    if (folder / _ADDING).is_dir():
        with storage_errors(folder), locked(folder, HELD_S):
            _put_in_place(folder)


def _put_in_place(folder: Path) -> None:
    adding = folder / _ADDING
    if not adding.is_dir():
        return
    for path in adding.iterdir():
        if not (match := _ADDED.fullmatch(path.name)):
            continue  # such as what a file manager left there
        digit, name = match.groups()
        (folder / digit).mkdir(exist_ok=True)
        for other in set("0123456789") - {digit}:
            (folder / other / name).unlink(missing_ok=True)
        path.replace(folder / digit / name)
    for place in (*(folder / digit for digit in "0123456789"), folder):
        if place.is_dir():  # those too that an image left: else a power cut brings it back there
            sync(place)
    shutil.rmtree(adding)


def name_of(image: Images) -> str:
    """Return the name of an image's file, which no other image has."""
    return f"{hashlib.sha256(image.tobytes()).hexdigest()[:20]}.png"


def encoded(image: Images) -> bytes:
    """Return an image's PNG."""
    return cv2.imencode(".png", image)[1].tobytes()


def _pictures(folder: Path) -> list[tuple[str, int, Path]]:
    """Return writer, digit and file of each picture, in the order of their names."""
    return [
        ("" if own == folder else own.name, digit, path)
        for own in folders_of_digits(folder)
        for digit in range(10)
        for path in sorted((own / str(digit)).glob("*"))
        if path.suffix.lower() in PICTURE_SUFFIXES
    ]


def _has_digits(folder: Path) -> bool:
    return any((folder / str(digit)).is_dir() for digit in range(10))
