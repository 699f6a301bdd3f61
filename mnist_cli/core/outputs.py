"""Where results may go: what is there already, or must not be written over, is refused first."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mnist_cli.core.errors import ConflictError, StorageError
from mnist_cli.core.files import nearest_folder, storage_errors

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
VERSION_MARK = "model.json"  # in a folder that is a version
SHARDS_MARK = "_manifest.json"  # of shards; readers of a folder of Parquet pass over such names
PICTURES_MARK = ".mnist-results"  # of pictures that were drawn here
SHARD_BEGINS = "part-"  # the name of each


def begin_folder(folder: Path, *, force: bool) -> None:
    """Make a folder for pictures as results, where there is none, or an empty one.

    It is marked: what reads pictures passes it over.

    Raises:
        ConflictError: It is not empty, and `force` is off.
        StorageError: It can't be written.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = all(entry.name == PICTURES_MARK for entry in folder.iterdir())
        if not force and not is_empty:
            raise ConflictError(
                f"{str(folder)!r} is not empty.", hint="Pass --force to write into it."
            )
        if is_empty:
            (folder / PICTURES_MARK).touch()


def holds_results(names: Iterable[str]) -> bool:
    """Tell by its files' names whether a folder is one of results, and so no source of pictures."""
    names = set(names)
    is_of_shards = SHARDS_MARK in names and any(name.startswith(SHARD_BEGINS) for name in names)
    return PICTURES_MARK in names or is_of_shards


def check_temporary_folder() -> None:
    """Refuse to go on without a temporary folder, which TensorFlow and Matplotlib need.

    Raises:
        StorageError: None can be written.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise StorageError(
            "No temporary folder can be written.", hint="Set TMPDIR to one that can."
        ) from error


def check_space(folder: Path, size_bytes: int) -> None:
    """Refuse a disk without so much free space: for libraries that crash as it runs out.

    Raises:
        OSError: There is not so much.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        os.posix_fallocate(file.fileno(), 0, size_bytes)


def check_output(
    path: Path, *, force: bool, make_folder: bool = False, inputs: Iterable[str | Path] = ()
) -> None:
    """Refuse an output path before the work for it starts; `make_folder` makes its folder.

    Args:
        path: What is to be written.
        force: Whether it may be replaced.
        make_folder: Whether its folder may be missing.
        inputs: What the work reads, which is never replaced: files, and folders of pictures.

    Raises:
        ConflictError: It exists, and `force` is off; or it is an input, or a version's.
        StorageError: It is no regular file; its folder is missing or can't be written.
    """
    with storage_errors(path):
        if path.is_dir():
            raise StorageError(f"{str(path)!r} is a folder.", hint="Give a file's name.")
        if path.exists() and not path.is_file():
            raise StorageError(f"{str(path)!r} is no regular file.", hint="Give another name.")
        if (path.parent / VERSION_MARK).is_file():
            raise ConflictError(
                f"{str(path.parent)!r} is a version, which nothing is written into.",
                hint="Choose another place.",
            )
        if path.exists() and any(_reads(place, path) for place in inputs):
            raise ConflictError(
                f"{str(path)!r} is read, and can't be replaced.", hint="Choose another place."
            )
        if path.exists() and not force:
            raise ConflictError(f"{str(path)!r} exists.", hint="Pass --force to replace it.")
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
    _check_writable(path.parent)


def _check_writable(folder: Path) -> None:
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise StorageError(
            f"Can't write into {str(folder)!r}.", hint="Make the folder, or choose another."
        )


def _reads(place: str | Path, path: Path) -> bool:
    """Tell whether an input is a file that is there, or a folder of pictures with it."""
    with suppress(OSError, ValueError):
        folder = Path(place)
        if path.suffix.lower() in PICTURE_SUFFIXES and folder.is_dir():
            return folder.resolve() in path.resolve().parents
        return path.samefile(folder)
    return False


def check_output_folder(path: Path, mark: str, *, force: bool) -> None:
    """Refuse an output folder before the work for it starts; its parent may be missing.

    Args:
        path: The folder.
        mark: A file that tells that what is there may be replaced: never a folder of another kind.
        force: Whether it may at all.

    Raises:
        ConflictError: It exists.
        StorageError: It can't be made.
    """
    with storage_errors(path):
        if path.exists():
            if not (path / mark).is_file():
                raise ConflictError(
                    f"{str(path)!r} exists and holds no {mark}.", hint="Choose another place."
                )
            if not force:
                raise ConflictError(f"{str(path)!r} exists.", hint="Pass --force to replace it.")
        near = nearest_folder(path)
    _check_writable(near)
