"""A pool of processes that read: each has its own interpreter, and may die alone.

A picture that crashes a decoder or takes too long costs one request and one process, which is
replaced. A frame between the processes is a length of four bytes and a pickle.
"""

import asyncio
import pickle
import signal
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedRWPair
from multiprocessing import get_context, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any

from mnist_cli.core import log
from mnist_cli.core.errors import MnistError, ServerError
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server import problems
from mnist_cli.server.jobs import Job, Outcome, outcomes
from mnist_cli.server.limits import MAX_WAITING, TURN_S, WORK_S
from mnist_cli.server.problems import Problem

OpenClassifier = Callable[[], Classifier]

MOST_AT_ONCE = 16  # jobs that go to a worker in one frame
START_S = 60.0  # for a worker to open its model; of a .keras file with TensorFlow
_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1}
_LENGTH = struct.Struct("!I")
_SPAWN = get_context("spawn")  # not forked: there are threads


@dataclass
class _Waiting:
    """A job whose request waits."""

    job: Job
    future: asyncio.Future[Outcome]
    suspect: bool = False  # a worker was lost with it and others


@dataclass(eq=False)
class _Worker:
    """A process, and the connection to it."""

    process: BaseProcess
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    model: dict[str, str | None] = field(default_factory=dict)

    async def ask(self, message: Any) -> Any:
        """Send a message and return what comes back.

        Raises:
            EOFError, ConnectionError: The process died.
        """
        content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self.writer.write(_LENGTH.pack(len(content)) + content)
        await self.writer.drain()
        return await self.hear()

    async def hear(self) -> Any:
        """Return the next message from it."""
        (length,) = _LENGTH.unpack(await self.reader.readexactly(_LENGTH.size))
        return pickle.loads(await self.reader.readexactly(length))  # noqa: S301  our own process

    async def end(self) -> None:
        """Kill it, whatever it does."""
        self.process.kill()
        await asyncio.to_thread(self.process.join)
        self.process.close()
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


class Pool:
    """Workers of one model, and the queue before them.

    Args:
        open_classifier: Opens the model; called in each worker, so it must be picklable.
        count: How many workers.

    Attributes:
        model: Version and digest of what they read with, once started.
    """

    def __init__(self, open_classifier: OpenClassifier, count: int) -> None:
        self._open = open_classifier
        self._count = count
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: set[_Worker] = set()
        self._suspects = 0
        self.model: dict[str, str | None] = {}

    async def start(self) -> None:
        """Start the workers, and wait until all can read.

        Raises:
            MnistError: The model can't be opened.
        """
        try:
            workers = await asyncio.gather(*(self._started() for _ in range(self._count)))
        except BaseException:
            await self.close()
            raise
        self.model = workers[0].model
        self._tasks = [asyncio.create_task(self._serve(worker)) for worker in workers]

    async def do(self, job: Job) -> Outcome:
        """Have a job done.

        Raises:
            Problem: Too many wait already, or its turn does not come.
        """
        if self._queue.qsize() >= MAX_WAITING:
            raise problems.busy()
        waiting = _Waiting(job, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        try:
            async with asyncio.timeout(TURN_S):
                return await waiting.future
        except TimeoutError as error:
            raise problems.busy() from error

    async def finish(self) -> None:
        """Wait until all that waits is answered."""
        await self._queue.join()

    async def close(self) -> None:
        """End the workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))
        self._workers.clear()

    async def _serve(self, worker: _Worker) -> None:
        """Give jobs to a worker for ever; where it dies, to its successor."""
        while True:
            batch = await self._batch()
            if worker.reader.at_eof():  # it died while it had nothing to do
                worker = await self._successor(worker)
            try:
                answers = await self._answers(worker, batch)
            except (EOFError, ConnectionError, TimeoutError) as failure:
                slow = isinstance(failure, TimeoutError)
                log.warning("server.worker_lost", pid=worker.process.pid or 0, too_slow=slow)
                self._again(batch, slow=slow)
                worker = await self._successor(worker)
                continue
            for waiting, answer in zip(batch, answers, strict=True):
                self._settle(waiting, answer)

    async def _batch(self) -> list[_Waiting]:
        """Wait for a job; take this worker's share of what else waits with it.

        While there are suspects each job goes alone, so that the one to blame is found.
        """
        batch: list[_Waiting] = []
        share = 1
        while len(batch) < share and not (batch and self._queue.empty()):
            waiting = await self._queue.get()
            if waiting.future.done():  # its request is gone
                self._finished(waiting)
                continue
            if not batch and not self._suspects:
                share = max(1, min(MOST_AT_ONCE, -(-self._queue.qsize() // self._count)))
            batch.append(waiting)
        return batch

    async def _answers(self, worker: _Worker, batch: list[_Waiting]) -> list[Outcome]:
        async with asyncio.timeout(WORK_S):
            answers: list[Outcome] = await worker.ask([waiting.job for waiting in batch])
            return answers

    def _again(self, batch: list[_Waiting], *, slow: bool) -> None:
        """Queue what a lost worker held; what was alone is to blame."""
        if len(batch) == 1:
            self._settle(batch[0], _too_slow() if slow else _crashed())
            return
        for waiting in batch:
            self._suspects += not waiting.suspect
            waiting.suspect = True
            self._queue.put_nowait(waiting)
            self._queue.task_done()

    def _settle(self, waiting: _Waiting, answer: Outcome) -> None:
        if not waiting.future.done():  # its request may be gone
            waiting.future.set_result(answer)
        self._finished(waiting)

    def _finished(self, waiting: _Waiting) -> None:
        self._suspects -= waiting.suspect
        self._queue.task_done()

    async def _successor(self, lost: _Worker) -> _Worker:
        self._workers.discard(lost)
        await lost.end()
        pause_s = 0.1
        while True:
            try:
                return await self._started()
            except MnistError as error:  # the model's file is gone, or the memory
                log.warning("server.worker_not_started", reason=error.message)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, 10.0)

    async def _started(self) -> _Worker:
        """Start a process, and wait until it has opened the model."""
        ours, theirs = socket.socketpair()
        process = _SPAWN.Process(target=_work, args=(theirs, self._open), daemon=True)
        await asyncio.to_thread(_start_deaf, process, theirs)
        worker = _Worker(process, *await asyncio.open_connection(sock=ours))
        self._workers.add(worker)
        try:
            async with asyncio.timeout(START_S):
                model = await worker.hear()
        except (EOFError, ConnectionError, TimeoutError) as error:
            raise ServerError("A process that reads pictures did not start.") from error
        if isinstance(model, MnistError):
            raise model
        worker.model = model
        return worker


def _crashed() -> Problem:
    return problems.unusable("A decoder failed on the picture.", "picture_refused")


def _too_slow() -> Problem:
    detail = f"It took longer than {WORK_S:g} seconds."
    return Problem(HTTPStatus.GATEWAY_TIMEOUT, "too_slow", detail)


def _start_deaf(process: BaseProcess, connection: socket.socket) -> None:
    """Start a process that hears no signal: the server ends it, after its last answer.

    A terminal sends Ctrl-C to it as well, a service manager SIGTERM. The connection, which the
    process inherits, is closed here: whoever waits for this may be cancelled in the middle.
    """
    resource_tracker.ensure_running()  # starting it on the way would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # which is inherited
    try:
        with connection:
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: socket.socket, open_classifier: OpenClassifier) -> None:
    """Answer jobs until the server is gone; the main function of a worker."""
    # the server may be gone before it hears of this one
    with suppress(ConnectionError), connection, connection.makefile("rwb") as stream:
        try:
            classifier = open_classifier()
        except MnistError as error:
            _send(stream, error)
            return
        import cv2

        cv2.setNumThreads(1)  # there is a process for each core
        _send(stream, {"version": classifier.version, "sha256": classifier.sha256})
        while head := stream.read(_LENGTH.size):
            jobs = pickle.loads(stream.read(*_LENGTH.unpack(head)))  # noqa: S301  our own process
            _send(stream, outcomes(jobs, classifier))


def _send(stream: BufferedRWPair, message: Any) -> None:
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()
