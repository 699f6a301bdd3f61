"""Many pictures on all cores, in their order, without holding them all."""

import copy
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import chain, islice
from multiprocessing import get_context
from typing import TYPE_CHECKING

import cv2

from mnist_cli.core import log
from mnist_cli.core.errors import ProcessLostError
from mnist_cli.core.signals import leave_ending_to_parent, start_deaf
from mnist_cli.reading.chunks import chunks
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.pictures import Source
from mnist_cli.reading.reader import Reader

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

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
    is_alone = alone or len(first) <= FEW or cores == 1
    shared = None if is_alone else _shared(cores - 1, reader)
    if shared is None:
        for source in chain(first, sources):
            yield _read(reader, source, standard_input)
        return
    yield from _read_with(*shared, cores - 1, chain(first, sources), standard_input)


def _read_with(
    pool: ProcessPoolExecutor,
    own_reader: Reader,
    count: int,
    sources: Iterable[Source],
    standard_input: bytes,
) -> Iterator[Reading]:
    """Read pictures in order with so many other processes, and with this one beside them."""
    unread_chunks = chunks(sources, _size_bytes)
    waiting: deque[Future[list[Reading]]] = deque()
    try:
        while True:
            unread = sum(not chunk.done() for chunk in waiting)
            for chunk in islice(unread_chunks, max(0, AHEAD * count - unread)):
                waiting.append(pool.submit(_read_chunk, chunk, standard_input))
            if not waiting:
                return
            # this process reads too, while the one whose turn it is has not answered
            if not waiting[0].done() and len(waiting) < MOST and (own := next(unread_chunks, None)):
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


def _size_bytes(source: Source) -> int:
    with suppress(OSError, ValueError):
        return os.stat(source.path).st_size if source.path else 0  # noqa: PTH116  Path takes longer
    return 0


def _shared(count: int, reader: Reader) -> tuple[ProcessPoolExecutor, Reader] | None:
    """Start processes to read with, and copy the reader to work beside them.

    None where the system does not give what they need: this process reads all then.
    """
    own_reader = copy.deepcopy(reader)  # it has one thread, as the others' have
    own_reader.keeps_pages = False
    try:
        return _started(count, own_reader), own_reader
    except OSError as error:  # as without a /dev/shm that can be written, or open files
        log.warning("predict.in_one_process", reason=error.strerror or str(error))
        return None


def _started(count: int, reader: Reader) -> ProcessPoolExecutor:
    """Start processes. To do so before the model is opened was tried: all took 5 % longer.

    Raises:
        OSError: The system does not give what they need.
    """
    context = get_context("spawn")  # not forked: a fork in the middle of LiteRT's threads may hang
    # a queue has a thread that waits until a process takes its reader; as an argument it would
    # keep this one waiting, until Python has started there
    readers: Queue[Reader] = context.Queue()
    readers.cancel_join_thread()
    pool = ProcessPoolExecutor(count, context, _start, (readers,))
    try:
        start_deaf(pool, count)
        for _ in range(count):
            readers.put(reader)
    except OSError:
        pool.shutdown(cancel_futures=True)
        raise
    return pool


def _start(readers: "Queue[Reader]") -> None:
    global _reader  # noqa: PLW0603  a process pool has no other place for it
    leave_ending_to_parent()
    _reader = readers.get()
    cv2.setNumThreads(1)  # there is a process for each core


def _read_chunk(chunk: list[Source], standard_input: bytes) -> list[Reading]:
    return _chunk_read_by(_reader, chunk, standard_input)


def _chunk_read_by(reader: Reader, chunk: list[Source], standard_input: bytes) -> list[Reading]:
    readings = iter(reader.read_files([source.path for source in chunk if source.path]))
    return [
        next(readings) if source.path else _read(reader, source, standard_input) for source in chunk
    ]


def _read(reader: Reader, source: Source, standard_input: bytes) -> Reading:
    if source.error:
        return reader.failed(source.name, source.error)
    return reader.read(source.path or standard_input, errors="record")
