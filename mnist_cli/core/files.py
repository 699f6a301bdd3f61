"""The one place that writes files, whole or not at all, and reads those that nobody vouches for."""

import errno
import fcntl
import json
import math
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from mnist_cli.core.errors import ConflictError, StorageError
from mnist_cli.core.unfinished import UNFINISHED, hold, sweep_once, temporary_folder

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
VERSION_MARK = "model.json"  # in a folder that is a version
SHARDS_MARK = "_manifest.json"  # of shards; readers of a folder of Parquet pass over such names
PICTURES_MARK = ".mnist-results"  # of pictures that were drawn here
SHARD_BEGINS = "part-"  # the name of each
LOOK_AGAIN_S = 0.05  # whether a folder is still held


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a StorageError that names the path."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"Can't write {str(path)!r}: {error.strerror or error}.",
            hint="Check the free space and the permissions there.",
        ) from error


class NotRegularError(OSError):
    """What is there is no file but a pipe, a device or a folder."""


def read_regular(path: str | Path, most_bytes: int = 1 << 24) -> bytes:
    """Read a whole file, but wait on no pipe, and take no more than a limit.

    Raises:
        OSError: It can't be read; as `NotRegularError`, it is none; with EFBIG, it holds more.
    """
    handle, size_bytes = _regular(path)
    pieces, left = [], most_bytes + 1
    try:
        # it may have grown; and so it takes a third of the time that `open` would take
        while size_bytes <= most_bytes and left and (piece := os.read(handle, min(left, 1 << 20))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(handle)
    if size_bytes > most_bytes or not left:
        raise OSError(errno.EFBIG, f"Larger than {most_bytes >> 20} MB")
    return b"".join(pieces)


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read, but no pipe, which would wait for somebody to write, and no device.

    Raises:
        OSError: It can't be opened; as `NotRegularError`, it is none.
    """
    return os.fdopen(_regular(path)[0], "rb")


def _regular(path: str | Path) -> tuple[int, int]:
    """Return a descriptor to read a file by, and how many bytes are in it."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise NotRegularError(errno.EINVAL, "Not a regular file")
    return handle, status.st_size


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
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise StorageError(
            f"Can't write into {str(path.parent)!r}.", hint="Make the folder, or choose another."
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
        near = _nearest_folder(path)
    if not near.is_dir() or not os.access(near, os.W_OK):
        raise StorageError(
            f"Can't write into {str(near)!r}.", hint="Make the folder, or choose another."
        )


def _nearest_folder(path: Path) -> Path:
    return path.parent if path.parent.exists() else path.parent.parent


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file beside `path`, with its suffix; put it in place in one step.

    An old file stays whole until the new one is, and stays for good if the block fails.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    with storage_errors(path):
        sweep_once(path.parent, UNFINISHED)
        handle, name = tempfile.mkstemp(prefix=UNFINISHED, suffix=path.suffix, dir=path.parent)
        temporary = Path(name)
        try:
            hold(handle)
            yield temporary
            temporary.chmod(0o644)
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
            os.close(handle)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; rename it to `path`, whose parent may be missing.

    An old folder goes once the new one is whole, and stays if the block fails.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    with (
        storage_errors(path),
        temporary_folder(UNFINISHED, _nearest_folder(path)) as around,
    ):
        made, old = around / "made", around / "old"
        made.mkdir()
        yield made
        for entry in (*made.rglob("*"), made):
            sync(entry)
        path.parent.mkdir(exist_ok=True)
        if path.exists():
            path.rename(old)
        made.rename(path)
        sync(path.parent)


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill the temporary file of `replacing`; errors as there."""
    with replacing(path) as temporary:
        write(temporary)


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes, whole or not at all."""
    write_atomically(path, lambda temporary: temporary.write_bytes(content))


def write_json(path: Path, document: Any) -> None:
    """Write a document as indented JSON, whole or not at all."""
    write_bytes(path, (json.dumps(document, indent=2) + "\n").encode())


@contextmanager
def locked(folder: Path, most_s: float = math.inf) -> Iterator[None]:
    """Let one process at a time into the block; where folders can't be locked (NFS), any.

    Args:
        folder: What is held.
        most_s: How long another's block is waited for.

    Raises:
        ConflictError: That one takes longer.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            if most_s == math.inf:
                fcntl.flock(handle, fcntl.LOCK_EX)
            else:
                _hold_within(handle, most_s)
        yield
    finally:
        os.close(handle)


def _hold_within(handle: int, most_s: float) -> None:
    deadline = time.monotonic() + most_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise ConflictError(
                    "Another process writes to this folder.", hint="Try again in a moment."
                ) from error
            time.sleep(LOOK_AGAIN_S)
        else:
            return


def sync(path: Path) -> None:
    """Bring a file's or a folder's content to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
