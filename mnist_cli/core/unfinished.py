"""What is being written; and what processes that were killed left of it, which is swept up."""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

UNFINISHED = ".new-mnist-"  # begins the names of files and folders that are being written
TEMPORARY = "mnist-cli-unfinished-"  # the same, of those in the temporary folder
ABANDONED_S = 3_600  # since the last change, after which what nobody holds is left over


@contextmanager
def temporary_folder(prefix: str = TEMPORARY, parent: Path | None = None) -> Iterator[Path]:
    """Yield an empty folder that goes with the block; with the next one, if this process is killed.

    Args:
        prefix: Begins its name.
        parent: Where it is; the system's temporary folder, if left out.

    Raises:
        OSError: It can't be made.
    """
    parent = parent or Path(tempfile.gettempdir())
    sweep_once(parent, prefix)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            hold(handle)
            yield Path(name)
        finally:
            os.close(handle)


def sweep(folder: Path, prefix: str) -> None:
    """Delete what processes that were killed left behind: old, and held by none that lives."""
    with suppress(OSError):
        for entry in folder.iterdir():
            if entry.name.startswith(prefix):
                _delete_abandoned(entry)


sweep_once = cache(sweep)  # a folder may get a hundred thousand files, one after the other


def _delete_abandoned(entry: Path) -> None:
    with suppress(OSError):  # it is gone, is another user's, or its owner lives
        if time.time() - entry.lstat().st_mtime < ABANDONED_S:
            return
        handle = os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                shutil.rmtree(entry)
            else:
                entry.unlink()
        finally:
            os.close(handle)


def hold(handle: int) -> None:
    """Lock a file or folder as long as this process lives, or has it open."""
    with suppress(OSError):  # some file systems can't: there nothing is swept up
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
