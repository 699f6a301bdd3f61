"""The one place that writes files, whole or not at all, and reads those that nobody vouches for."""

import errno
import fcntl
import json
import math
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from mnist_cli.core.errors import ConflictError, StorageError
from mnist_cli.core.unfinished import UNFINISHED, hold, sweep_once, temporary_folder

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
        raise OSError(errno.EFBIG, f"larger than {most_bytes >> 20} MB")
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
        raise NotRegularError(errno.EINVAL, "not a regular file")
    return handle, status.st_size


def nearest_folder(path: Path) -> Path:
    """Return the folder that is written into to make a path, whose parent may be missing."""
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
    with storage_errors(path), temporary_folder(UNFINISHED, nearest_folder(path)) as around:
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
