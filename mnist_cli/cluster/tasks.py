"""What the arguments mean: tasks, each of which one worker reads and writes as one shard."""

import hashlib
import os
import pickle
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from mnist_cli.cluster import filesystems, lists
from mnist_cli.cluster.packed import is_packed
from mnist_cli.core.errors import PictureNotFoundError, UsageError
from mnist_cli.core.outputs import PICTURE_SUFFIXES
from mnist_cli.reading.pictures import find_pictures, is_picture

FIRST, MORE, MOST = 32, 8, 1_000  # pictures in the first task, how many more in each next, at most


@dataclass(frozen=True)
class Task:
    """What one worker reads at a time.

    Attributes:
        paths: Names of pictures, or of one file that holds pictures.
        is_packed: Whether it is such a file: tar or Parquet.
    """

    paths: tuple[str, ...]
    is_packed: bool = False


def find_tasks(arguments: Iterable[str]) -> Iterator[Task]:
    """Yield all tasks, the same ones each time that the same is there.

    Loose pictures come in tasks that are small at first, so that all workers share also a few
    hundred photographs.

    Args:
        arguments: Paths or URLs: pictures, tar and Parquet files that hold pictures, folders and
            globs of these, and lists of them (`.txt`, `.csv`, `.parquet`).

    Raises:
        UsageError: Standard input is asked for, or a list is none.
        PictureNotFoundError: A list, a folder's or a glob's pictures are missing.
        StorageError: A place can't be reached.
    """
    loose: list[str] = []
    size = FIRST
    for path in chain.from_iterable(map(_meant, arguments)):
        if is_packed(path):
            yield Task((path,), is_packed=True)
            continue
        loose.append(path)
        if len(loose) == size:
            yield Task(tuple(loose))
            loose, size = [], min(MOST, size + MORE)
    if loose:
        yield Task(tuple(loose))


@dataclass(frozen=True)
class Plan:
    """All tasks of a run.

    Attributes:
        tasks: Each as `packed_up` makes it: so a hundred million names take about a gigabyte.
        sha256: Digest of their names, and of the state of each file that holds many pictures.
    """

    tasks: list[bytes]
    sha256: str


def plan(arguments: Iterable[str]) -> Plan:
    """Find all tasks; arguments and errors are those of `find_tasks`."""
    kept = []
    sha256 = hashlib.sha256()
    for task in find_tasks(arguments):
        sha256.update(b"\0".join(map(os.fsencode, task.paths)) + b"\n")
        if task.is_packed:  # one picture is seldom put in another's place, an archive is rewritten
            sha256.update(filesystems.state(*task.paths).encode())
        kept.append(packed_up(task))
    if not kept:
        raise PictureNotFoundError("The lists name no picture.", hint="Each line names one.")
    return Plan(kept, sha256.hexdigest())


def packed_up(task: Task) -> bytes:
    """Return a task in few bytes: its names have much in common."""
    return zlib.compress(pickle.dumps(task), level=1)


def unpacked(data: bytes) -> Task:
    """Return what `packed_up` was given."""
    task: Task = pickle.loads(zlib.decompress(data))  # noqa: S301  our own
    return task


def _meant(argument: str) -> Iterator[str]:
    """Yield the names that one argument stands for."""
    if argument == "-":
        raise UsageError("--engine ray reads no standard input.", hint="Give files, folders, URLs.")
    files = _files(argument)
    first = next(files, None)
    if first is None:
        hint = (
            f"Pictures end in {', '.join(sorted(PICTURE_SUFFIXES))}; .tar and .parquet hold some."
        )
        raise PictureNotFoundError(f"{argument!r}: no picture there.", hint=hint)
    files = chain([first], files)
    # a folder's or a glob's files are of one kind
    return chain.from_iterable(map(lists.names_in, files)) if lists.is_list(first) else files


def _files(argument: str) -> Iterator[str]:
    """Yield the files that an argument means: itself, or those of a folder or a glob."""
    if filesystems.is_url(argument):
        return filesystems.find(argument, _is_read)
    found = find_pictures([argument], _is_read)
    return (source.name for source in found if not source.error)


def _is_read(name: str) -> bool:
    """Tell whether a file of a folder is read."""
    return is_picture(name) or is_packed(name)
