"""A process that reads: it has its own interpreter, and may die alone.

A frame between it and the server is a length of four bytes and a pickle.
"""

import asyncio
import pickle
import signal
import socket
import struct
from asyncio import get_running_loop
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

from mnist_cli.core.errors import MnistError, ServerError
from mnist_cli.core.signals import processes_started_deaf
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server.jobs import outcomes

OpenClassifier = Callable[[], Classifier]

START_S = 60.0  # for a worker to open its model; of a .keras file with TensorFlow
_LENGTH = struct.Struct("!I")
_SPAWN = get_context("spawn")  # not forked: there are threads


@dataclass(eq=False)
class Worker:
    """A process, and the connection to it.

    Attributes:
        process, reader, writer: Of it.
        model: Version and digest of what it has opened; empty before.
        gone: Done when it has ended, whatever for.
    """

    process: BaseProcess
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    model: dict[str, str | None] = field(default_factory=dict)
    gone: asyncio.Future[None] = field(default_factory=lambda: get_running_loop().create_future())

    def __post_init__(self) -> None:
        get_running_loop().add_reader(self.process.sentinel, self._note_end)

    def _note_end(self) -> None:
        get_running_loop().remove_reader(self.process.sentinel)
        if not self.gone.done():
            self.gone.set_result(None)

    async def ask(self, message: Any) -> Any:
        """Send a message and return what comes back.

        Raises:
            EOFError, ConnectionError: The process died.
        """
        self.writer.write(_frame(message))
        await self.writer.drain()
        return await self.hear()

    async def introduced(self) -> dict[str, str | None]:
        """Wait until it has opened its model; return that one's version and digest.

        Raises:
            MnistError: It can't open it, or died.
        """
        try:
            async with asyncio.timeout(START_S):
                model: dict[str, str | None] | MnistError = await self.hear()
        except (EOFError, ConnectionError, TimeoutError) as error:
            raise ServerError("A process that reads pictures did not start.") from error
        if isinstance(model, MnistError):
            raise model
        return model

    async def hear(self) -> Any:
        """Return the next message from it."""
        (length,) = _LENGTH.unpack(await self.reader.readexactly(_LENGTH.size))
        return pickle.loads(await self.reader.readexactly(length))  # noqa: S301  our own process

    async def end(self) -> None:
        """Kill it, whatever it does."""
        self._note_end()
        self.process.kill()
        self.writer.close()
        await asyncio.to_thread(self.process.join)
        self.process.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


async def spawned(open_classifier: OpenClassifier) -> Worker:
    """Start a process, which then opens its model.

    Raises:
        OSError: The system does not let it start.
    """
    ours, theirs = socket.socketpair()
    process = _SPAWN.Process(target=_work, args=(theirs, open_classifier), daemon=True)
    try:
        await asyncio.to_thread(_start_deaf, process, theirs)
    except BaseException:  # of a pool that is closed meanwhile the process ends by this
        ours.close()
        raise
    return Worker(process, *await asyncio.open_connection(sock=ours))


def _start_deaf(process: BaseProcess, connection: socket.socket) -> None:
    """Start a process that hears no signal: the server ends it, after its last answer.

    The connection, which the process inherits, is closed here: whoever waits for this may be
    cancelled in the middle.
    """
    with connection, processes_started_deaf(signal.SIGUSR1):
        process.start()


def _work(connection: socket.socket, open_classifier: OpenClassifier) -> None:
    """Answer jobs until the server is gone; the main function of a worker."""
    # the server may be gone before it hears of this one
    with suppress(ConnectionError), connection, connection.makefile("rwb") as stream:
        try:
            classifier = open_classifier()
        except MnistError as error:
            stream.write(_frame(error))
            return
        import cv2

        cv2.setNumThreads(1)  # there is a process for each core
        stream.write(_frame({"version": classifier.version, "sha256": classifier.sha256}))
        stream.flush()
        while head := stream.read(_LENGTH.size):
            jobs = pickle.loads(stream.read(*_LENGTH.unpack(head)))  # noqa: S301  our own process
            stream.write(_frame(outcomes(jobs, classifier)))
            stream.flush()


def _frame(message: Any) -> bytes:
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content
