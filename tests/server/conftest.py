"""What the server's tests share: a server in a process of its own, and what may not harm it."""

import io
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from tests.conftest import DESK, render_digit
from tests.server.browser import Open
from tests.server.sheet_pictures import ruled_sheet
from tests.server.wire import PREDICT, Answer, receive

expect.set_options(timeout=15_000)  # reading takes its time where tests share the machine

T = TypeVar("T")
# what a browser says of answers
EXPECTED = re.compile("ERR_CONNECTION|ERR_CONTENT_LENGTH|status of (4..|50[234])")

# the limits, before anything imports them
_IN_HASTE = """
import json, sys
from mnist_cli.server import limits
vars(limits).update(json.loads(sys.argv.pop(1)))
from mnist_cli.cli.app import main
main()
"""


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture's file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


DIGIT = png(render_digit(3))


@dataclass(frozen=True)
class Server:
    """`mnist serve` in a process of its own.

    Attributes:
        address: As it tells it, `http://127.0.0.1:PORT`.
        process: The one that listens.
        folder: Where it stands, with `logs/`, and `tmp/` for temporary files.
        client: Asks it; keeps no connection.
    """

    address: str
    process: subprocess.Popen[bytes]
    folder: Path
    client: httpx.Client

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def connect(self, timeout_s: float = 30) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)

    def send(self, raw: bytes) -> Answer:
        """Send bytes on a connection of their own; return the first answer to them."""
        with self.connect() as connection:
            with suppress(ConnectionError):  # it need not read all to answer
                connection.sendall(raw)
            return receive(connection, raw.partition(b" ")[0].decode("latin-1"))

    def read(self, picture: bytes = DIGIT, **query: object) -> httpx.Response:
        """Have a picture read."""
        kind = {"Content-Type": "image/png"}
        params = {name: str(value) for name, value in query.items()}
        return self.client.post(PREDICT, content=picture, headers=kind, params=params)

    def events(self, since_bytes: int = 0) -> list[dict[str, Any]]:
        """Return what its log says, each whole line of which is a JSON object."""
        logs = sorted((self.folder / "logs").iterdir(), reverse=True)  # the oldest first
        text = b"".join(path.read_bytes() for path in logs)[since_bytes:]
        whole = text.rpartition(b"\n")[0]  # the last line may be half written
        events = [json.loads(line) for line in whole.splitlines()]
        assert all({"time", "level", "event"} <= event.keys() for event in events)
        return events

    @property
    def log_path(self) -> Path:
        (path,) = (self.folder / "logs").iterdir()
        return path

    @property
    def temporary_files(self) -> list[Path]:
        return list((self.folder / "tmp").iterdir())

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr.txt").read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


def environment(folder: Path) -> dict[str, str]:
    """Return an environment without our variables; temporary files go to `tmp/` of a folder."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MNIST_")}
    return ours | {"TMPDIR": str(temporary)}


@contextmanager
def serving(
    folder: Path,
    *arguments: object,
    limits: dict[str, float] | None = None,
    port: int | None = 0,
    trust: ssl.SSLContext | bool = True,
    shell: str = 'exec "$@"',
    pass_fds: tuple[int, ...] = (),
) -> Iterator[Server]:
    """Run a server; it ends in order, unless the block ended it.

    Args:
        folder: Where it stands.
        arguments: Options of `mnist serve`.
        limits: Constants of `mnist_cli.server.limits`, and other values for them.
        port: 0 is any that is free; None is not told.
        trust: Whom the client trusts, where the server encrypts.
        shell: What starts it, with these files open.
        pass_fds: Files that are open in the shell.
    """
    program = ["-c", _IN_HASTE, json.dumps(limits)] if limits else ["-m", "mnist_cli"]
    command = [sys.executable, *program, "serve", *map(str, arguments)]
    command += [] if port is None else ["--port", str(port)]
    with (
        (folder / "stderr.txt").open("wb") as stderr,
        subprocess.Popen(
            ["bash", "-c", shell, "bash", *command],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=True,  # a group of its own, to which a signal may go
        ) as process,
    ):
        try:
            address = _told_address(process, folder / "stderr.txt")
            with _client(address, trust) as client:
                yield (server := Server(address, process, folder, client))
                if process.poll() is None:
                    assert server.stop() == ExitCode.OK
        finally:
            process.kill()


def _client(address: str, trust: ssl.SSLContext | bool) -> httpx.Client:
    keep_none = httpx.Limits(max_keepalive_connections=0)
    if (path := address.removeprefix("unix:")) != address:
        unix = httpx.HTTPTransport(uds=path, limits=keep_none)
        return httpx.Client(base_url="http://localhost", timeout=30, transport=unix)
    return httpx.Client(base_url=address, timeout=30, limits=keep_none, verify=trust)


def _told_address(process: subprocess.Popen[bytes], stderr: Path) -> str:
    def told() -> str | None:
        assert process.poll() is None, stderr.read_text()
        words = stderr.read_text().split()
        return words[words.index("draw") + 1] if {"draw", "log"} <= set(words) else None

    address = eventually(told, 90)  # with TensorFlow it takes longest
    assert address
    return address


def eventually(look: Callable[[], T], timeout_s: float = 30) -> T:
    """Look until there is something to see, or for a time; return what was seen last."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return seen


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit():
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) == pid and state != "Z":
                    found.append(int(entry.name))
    return found


def rss_bytes(pid: int) -> int:
    """Return how much memory a process has."""
    (line,) = (x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in x)
    return int(line.split()[1]) << 10


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208  no paths are needed


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with the bundled model, for all tests that leave it as it is."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def known_answer(server: Server) -> bytes:
    """What is answered to a good digit."""
    for _ in range(8):  # so that all workers are warm
        answer = server.read().content
    return answer


@pytest.fixture(scope="session")
def sheet(test_split: Dataset) -> tuple[NDArray[np.uint8], list[list[str]]]:
    """A ruled sheet of 12 by 5 numbers of two digits, and what stands on it."""
    return ruled_sheet(test_split, 12, 5, seed=2)  # five of its numbers are doubtful


@pytest.fixture(scope="session")
def sheet_read(server: Server, sheet: tuple[NDArray[np.uint8], list[list[str]]]) -> bytes:
    """What the page is answered of that sheet: to have it read anew in each test takes seconds."""
    answer = server.read(png(sheet[0]), explain="true", top_k=10)
    assert answer.status_code == 200
    return answer.content


@pytest.fixture
def unharmed(server: Server, known_answer: bytes) -> Iterator[Server]:
    """The server, which after the test must be as it was."""
    logged_bytes = server.log_path.stat().st_size
    yield server
    assert server.client.get("/healthz", timeout=1).status_code == 200
    assert server.read().content == known_answer
    assert server.temporary_files == []
    events = server.events(logged_bytes)
    assert [event for event in events if event["event"] == "server.bug"] == []
    assert {event.get("status") for event in events} & {500} == set()


@pytest.fixture(scope="module")
def bounded(server: Server, known_answer: bytes) -> Iterator[None]:
    """After a module's tests the server has the memory and the open files that it had before."""
    pid = server.process.pid
    memory, files = rss_bytes(pid), open_files(pid)
    workers = {worker: rss_bytes(worker) for worker in children(pid)}
    yield
    assert eventually(lambda: open_files(pid) <= files)
    assert rss_bytes(pid) < memory + (50 << 20)
    for worker in workers.keys() & set(children(pid)):
        assert rss_bytes(worker) < workers[worker] + (50 << 20)


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Open a page of the server's; afterwards nothing foreign was asked for, and nothing broke."""
    hosts: set[str] = set()
    complaints: list[str] = []
    contexts = []

    def open_page(path: str = "/", address: str = server.address, **settings: Any) -> Page:
        context = browser.new_context(**{"viewport": DESK} | settings)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: hosts.add(httpx.URL(request.url).host))
        page.on("pageerror", lambda error: complaints.append(error.message))
        page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert hosts <= {"127.0.0.1", ""}
    assert [c for c in complaints if not EXPECTED.search(c)] == []
