"""One worker of the pool: it reads tasks, one after the other, each to a shard."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

import cv2

from mnist_cli.cluster import filesystems, packed, shards
from mnist_cli.cluster.fetching import Content, contents
from mnist_cli.cluster.tasks import Task
from mnist_cli.core.errors import MnistError
from mnist_cli.reading.chunks import chunks
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader

T = TypeVar("T")

AT_ONCE = 32  # files behind URLs that are fetched together


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    Attributes:
        counts: How many of its pictures failed by each code, and under "" how many were read.
        is_kept: Whether an earlier run had read it.
        failure: Why there is no shard.
    """

    counts: Counter[str]
    is_kept: bool = False
    failure: MnistError | None = None


class Worker:
    """Reads tasks, with one thread and one Reader.

    Args:
        reader: Reads the pictures.
        folder: Where shards go, a path or a URL.
        start: The folder that relative names of pictures start from.
    """

    def __init__(self, reader: Reader, folder: str, start: str) -> None:
        self._reader = reader
        reader.keeps_pages = False
        self._folder = folder
        self._start = start
        cv2.setNumThreads(1)  # there is a worker for each core

    def read(self, number: int, task: Task) -> Outcome:
        """Read a task, unless its shard is there; what fails is told, not raised."""
        place = f"{self._folder}/{shards.name_of(number, self._folder)}"
        try:
            counts = shards.count_records(place)
            if counts is not None:
                return Outcome(counts, is_kept=True)
            return Outcome(
                shards.write_shard(place, self._readings(task), self._reader.class_names)
            )
        except MnistError as failure:
            return Outcome(Counter(), failure=failure)

    def _readings(self, task: Task) -> Iterator[Reading]:
        for chunk in _one_ahead(chunks(self._contents(task), _size_bytes)):
            yield from self._reader.read_many_bytes(chunk)

    def _contents(self, task: Task) -> Iterator[tuple[str, Content]]:
        if task.is_packed:
            (path,) = task.paths
            yield from packed.pictures_in(self._found(path), path)
            return
        paths = iter(task.paths)
        while group := list(islice(paths, AT_ONCE)):
            yield from zip(group, contents(map(self._found, group)), strict=True)

    def _found(self, path: str) -> str:
        return path if filesystems.is_url(path) else os.path.join(self._start, path)  # noqa: PTH118


def _size_bytes(picture: tuple[str, Content]) -> int:
    content = picture[1]
    return len(content) if isinstance(content, bytes) else 0


def _one_ahead(items: Iterator[T]) -> Iterator[T]:
    """Fetch the next one while one is read."""
    following = partial(next, items, None)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(following)
        while (item := coming.result()) is not None:
            coming = thread.submit(following)
            yield item
