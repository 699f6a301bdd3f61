"""Many pictures on all cores, in their order, without holding them all."""

import copy
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from multiprocessing import get_context

import cv2

from mnist_cli.core.errors import ProcessLostError
from mnist_cli.reading.pictures import Source
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.results import Reading

CHUNK, CHUNK_BYTES = 32, 4 << 20  # pictures that a process reads at a time, at most
FEW = 64  # pictures, or fewer: reading them takes less than starting processes
AHEAD = 3  # chunks that wait for each process
MOST = 1_000  # chunks that were read and wait for their turn

_reader: Reader  # of a worker process


def read_all(
    sources: Iterable[Source], reader: Reader, standard_input: bytes = b"", *, alone: bool = False
) -> Iterator[Reading]:
    """Read pictures in order.

    Args:
        sources: The pictures, however many.
        reader: Reads them, and is copied to other processes if there are many.
        standard_input: The picture that a source without a path means.
        alone: Stay in this process: for readings with their `page`, or a reader that no other
            process can have.

    Yields:
        A Reading for each; one of another process has no `page`.

    Raises:
        ProcessLostError: One of the processes was killed.
    """
    sources = iter(sources)
    first = list(islice(sources, FEW + 1))
    cores = len(os.sched_getaffinity(0))
    if alone or len(first) <= FEW or cores == 1:
        for source in chain(first, sources):
            yield _read(reader, source, standard_input)
        return
    # not forked: a fork in the middle of LiteRT's threads may hang
    pool = ProcessPoolExecutor(cores - 1, get_context("spawn"), _start, (reader,))
    own_reader = copy.deepcopy(reader)  # it has one thread, as the others' have
    chunks = _chunks(chain(first, sources))
    waiting: deque[Future[list[Reading]]] = deque()
    try:
        while True:
            unread = sum(not chunk.done() for chunk in waiting)
            for chunk in islice(chunks, max(0, AHEAD * (cores - 1) - unread)):
                waiting.append(pool.submit(_read_chunk, chunk, standard_input))
            if not waiting:
                return
            # this process reads too, while the one whose turn it is has not answered
            if not waiting[0].done() and len(waiting) < MOST and (own := next(chunks, None)):
                waiting.append(_answered(_chunk_read_by(own_reader, own, standard_input)))
            else:
                yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise ProcessLostError(
            "A process that reads pictures was killed, perhaps for want of memory.",
            hint="Read the pictures that are left, fewer at a time.",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _answered(readings: list[Reading]) -> Future[list[Reading]]:
    future: Future[list[Reading]] = Future()
    future.set_result(readings)
    return future


def _chunks(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Gather a few large pictures, or many small ones, so that all processes have work."""
    chunk: list[Source] = []
    size_bytes = 0
    for source in sources:
        chunk.append(source)
        with suppress(OSError, ValueError):
            size_bytes += source.path.stat().st_size if source.path else 0
        if len(chunk) == CHUNK or size_bytes > CHUNK_BYTES:
            yield chunk
            chunk, size_bytes = [], 0
    if chunk:
        yield chunk


def _start(reader: Reader) -> None:
    global _reader  # noqa: PLW0603  a process pool has no other place for it
    _reader = reader
    cv2.setNumThreads(1)  # there is a process for each core


def _read_chunk(chunk: list[Source], standard_input: bytes) -> list[Reading]:
    return _chunk_read_by(_reader, chunk, standard_input)


def _chunk_read_by(reader: Reader, chunk: list[Source], standard_input: bytes) -> list[Reading]:
    readings = iter(reader.read_many([source.path for source in chunk if source.path]))
    return [
        replace(reading, page=None)
        for reading in (
            next(readings) if source.path else _read(reader, source, standard_input)
            for source in chunk
        )
    ]


def _read(reader: Reader, source: Source, standard_input: bytes) -> Reading:
    if source.error:
        return reader.failed(source.name, source.error)
    return reader.read(source.path) if source.path else reader.read_bytes(standard_input)
