"""Listen, serve, and stop in order."""

import asyncio
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from mnist_cli.core import log
from mnist_cli.core.data.picture_folders import finish_adding
from mnist_cli.core.errors import ServerError
from mnist_cli.server.app import create_app
from mnist_cli.server.connections import Protocol
from mnist_cli.server.entrance import Entrance
from mnist_cli.server.limits import DRAIN_S
from mnist_cli.server.service import Service

if TYPE_CHECKING:
    from mnist_cli.server.grpc_server import GrpcServer

LEAST_FILES = 64  # open at once: its own, of a few workers, and a connection for some clients


def serve(
    entrance: Entrance,
    service: Service,
    on_ready: Callable[[], None],
    grpc: "GrpcServer | None" = None,
) -> None:
    """Serve until a signal asks to stop; what is being answered then is finished first.

    SIGHUP opens the log's file, keys, certificate and model again, SIGUSR1 the model alone.

    Args:
        entrance: Where requests come in.
        service: Does the work.
        on_ready: Called once requests are answered.
        grpc: Answers beside.

    Raises:
        MnistError: The model can't be opened, or too few files can be.
    """
    may_hang_up = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN and _has_terminal()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # until it can be heeded
    if not may_hang_up:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _allow_many_connections()
    _hear_libraries()
    config = _config(entrance, service)
    renew = partial(_renew, entrance, service, grpc)
    with log.stderr_in_background(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        server = _Server(config, service, on_ready, renew, grpc, may_hang_up=may_hang_up)
        runner.run(_serve(server, entrance.listeners, service, grpc))


def _config(entrance: Entrance, service: Service) -> uvicorn.Config:
    tls = entrance.tls
    return uvicorn.Config(
        create_app(service, entrance.access, entrance.forwarding),
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `forwarding` does it, with host and prefix
        ssl_context_factory=(lambda *_: tls) if tls else None,
        timeout_graceful_shutdown=int(DRAIN_S),
    )


def _renew(entrance: Entrance, service: Service, grpc: "GrpcServer | None") -> None:
    """Read what lets people in again; of what is of no use now, go on with the old."""

    def renew_certificate() -> None:
        entrance.renew_certificate()
        if grpc:
            grpc.renew_certificate()

    refused = []
    for renew in (entrance.renew_keys, renew_certificate):  # bad keys keep no certificate back
        try:
            renew()
        except ServerError as error:
            service.metrics.count_reload("refused")
            log.warning("server.not_renewed", reason=error.message)
            refused.append(error.message)
    service.not_renewed = " ".join(refused)


async def _serve(
    server: "_Server",
    listeners: list[socket.socket],
    service: Service,
    grpc: "GrpcServer | None",
) -> None:
    if service.keep:
        finish_adding(service.keep)  # what a server that was killed has added
    await service.start()
    try:
        if grpc:
            await grpc.start()
        await server.serve(listeners)
    finally:
        if grpc:
            await grpc.stop()
        await service.close()


class _Server(uvicorn.Server):
    """uvicorn's, which a signal ends without an error, a second one at once.

    Args:
        may_hang_up: Whether it was started from a terminal, and ends with that.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        service: Service,
        on_ready: Callable[[], None],
        renew: Callable[[], None],
        grpc: "GrpcServer | None",
        *,
        may_hang_up: bool,
    ) -> None:
        super().__init__(config)
        self._may_hang_up = may_hang_up
        self._renew = renew
        self._service = service
        self._on_ready = on_ready
        self._grpc = grpc
        self._reload: asyncio.Task[None] | None = None
        self._signal = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._start_reload)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up_or_reload)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.event("server.stopping", signal=self._signal)
        beside = asyncio.create_task(self._grpc.stop()) if self._grpc else None
        await super().shutdown(sockets)  # both end in the same time
        if beside:
            await beside

    def _hang_up_or_reload(self) -> None:
        """Stop with the terminal that it was started from; else open all again."""
        if self._may_hang_up and not _has_terminal():
            self.handle_exit(signal.SIGHUP, None)
            return
        log.reopen_files()
        self._renew()
        self._start_reload()

    def _start_reload(self) -> None:
        self._reload = asyncio.create_task(self._service.reload())

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        del frame
        if self.should_exit:
            os._exit(128 + sig)
        # logged later: this may come in the middle of a write to the log, which can't be re-entered
        self._signal = signal.Signals(sig).name
        self.should_exit = True


def _has_terminal() -> bool:
    """Tell whether the process belongs to a terminal that has not hung up."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _allow_many_connections() -> None:
    """Raise the soft limit of open files, each connection being one, to the hard one.

    Raises:
        ServerError: That is too low to serve anybody.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < LEAST_FILES:
        raise ServerError(
            f"Only {hard} files may be open at once, and the server needs {LEAST_FILES}.",
            hint="Allow more (`ulimit -n 1024`).",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Events(logging.Handler):
    """Makes events of what uvicorn logs."""

    def emit(self, record: logging.LogRecord) -> None:
        log.event("server.uvicorn", record.levelno, message=record.getMessage())


def _hear_libraries() -> None:
    """Take what uvicorn logs; what a client's malformed form is like, the client alone is told."""
    for name, handler in (
        ("uvicorn.error", _Events(logging.WARNING)),
        ("python_multipart", logging.NullHandler()),
    ):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [handler]
