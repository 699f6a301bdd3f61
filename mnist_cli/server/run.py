"""Listen, serve, and stop in order."""

import asyncio
import errno
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
import uvloop

from mnist_cli.core import log
from mnist_cli.core.errors import ServerError
from mnist_cli.server.access import Access
from mnist_cli.server.app import create_app
from mnist_cli.server.connections import Protocol
from mnist_cli.server.keys import read_keys
from mnist_cli.server.limits import DRAIN_S
from mnist_cli.server.service import Service

__all__ = ["Access", "Service", "listen", "read_keys", "serve"]

BACKLOG = 4_096  # connections that wait to be accepted
LEAST_FILES = 64  # open at once: its own, of a few workers, and a connection for some clients


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Args:
        host: A name or address of this machine.
        port: 0 is any that is free.

    Raises:
        ServerError: It is taken, not allowed, or the address is not this machine's.
    """
    try:
        family, kind, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
    except UnicodeError as error:  # a part of it is empty, too long, or no text
        raise ServerError(f"{host:.80}: no name that a machine can have.") from error
    except OSError as error:
        raise ServerError(f"{host}: no address of this machine ({error.strerror}).") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"Port {port} is used by another program.",
                hint=f"Try --port {port + 1 if port < 65_535 else 8000}, or --port 0 for any.",
            ) from error
        if error.errno == errno.EACCES:
            raise ServerError(
                f"Port {port} may not be used.", hint="Ports from 1024 on need no rights."
            ) from error
        raise ServerError(f"Can't listen on {host}, port {port}: {error.strerror}.") from error
    return listener


def serve(
    listener: socket.socket, service: Service, access: Access, on_ready: Callable[[], None]
) -> None:
    """Serve until a signal asks to stop; what is being answered then is finished first.

    SIGUSR1 finds and opens the model again.

    Args:
        listener: From `listen`.
        service: Does the work.
        access: Who may ask.
        on_ready: Called once requests are answered.

    Raises:
        MnistError: The model can't be opened, or too few files can be.
    """
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # until it can be heeded
    _allow_many_connections()
    _hear_libraries()
    config = uvicorn.Config(
        create_app(service, access),
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(DRAIN_S),
    )
    with log.stderr_in_background(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(_Server(config, service, on_ready), listener, service))


async def _serve(server: "_Server", listener: socket.socket, service: Service) -> None:
    await service.start()
    try:
        await server.serve([listener])
    finally:
        await service.close()


class _Server(uvicorn.Server):
    """uvicorn's, which a signal ends without an error, a second one at once."""

    def __init__(
        self, config: uvicorn.Config, service: Service, on_ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._service = service
        self._on_ready = on_ready
        self._reload: asyncio.Task[None] | None = None
        self._signal = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._start_reload)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.event("server.stopping", signal=self._signal)
        await super().shutdown(sockets)

    def _start_reload(self) -> None:
        self._reload = asyncio.create_task(self._service.reload())

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
