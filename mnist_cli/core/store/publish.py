"""A finished folder becomes the next version, by one rename."""

import errno
import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from mnist_cli.core.errors import StorageError
from mnist_cli.core.files import locked, read_regular, storage_errors, sync, write_json
from mnist_cli.core.store.store import DELETED, HIGHEST, version_numbers
from mnist_cli.core.store.versions import DAMAGED, MANIFEST, Version, open_version

MOST_NUMBER = 10**9 - 2  # the next one has nine digits, too


def publish(folder: Path, manifest: dict[str, Any], artifacts: Path) -> Version:
    """Turn a finished folder into the next version, by one rename.

    Args:
        folder: Holds the version's files, on the disk of `artifacts`.
        manifest: What `model.json` is to say; the files' digests are added.
        artifacts: The store.

    Raises:
        StorageError: The disk is full, or the store can't be written.
    """
    with storage_errors(artifacts):
        digests = {entry.name: _seal(entry) for entry in sorted(folder.iterdir())}
        write_json(folder / MANIFEST, manifest | {"files": digests})
        folder.chmod(0o755)  # as its files are for all to read, whatever the umask
        with locked(artifacts):
            number = 1 + highest_number(artifacts)
            while not _moved(folder, artifacts / str(number)):  # another process took that number
                number += 1
            sync(artifacts)
            with suppress(OSError, StorageError):  # the version is published all the same
                staged = folder.with_name(HIGHEST)  # what a kill leaves there goes with the run
                write_json(staged, number)
                staged.replace(artifacts / HIGHEST)
    return open_version(artifacts / str(number))


def highest_number(artifacts: Path) -> int:
    """Return the highest number ever given: that of a deleted version is not given again."""
    try:
        noted = int(json.loads(read_regular(artifacts / HIGHEST)))
    except DAMAGED:
        noted = 0
    if noted > MOST_NUMBER:  # no command would see the next one
        noted = 0
    # a deletion that was stopped in the middle may have noted none yet
    deleted = (path.name.partition("-")[0] for path in (artifacts / DELETED).glob("*-*"))
    return max([noted, *version_numbers(artifacts), *(int(n) for n in deleted if n.isdecimal())])


def _moved(folder: Path, target: Path) -> bool:
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR} and target.exists():
            return False
        raise
    return True


def _seal(path: Path) -> str:
    """Bring a file to the disk and return its digest."""
    sync(path)
    path.chmod(0o644)
    return hashlib.sha256(path.read_bytes()).hexdigest()
