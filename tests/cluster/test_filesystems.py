import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import pytest

from mnist_cli.cluster import fetching, filesystems, web
from mnist_cli.core.errors import PictureError, PictureNotFoundError, StorageError
from mnist_cli.reading import picture_file
from mnist_cli.reading.picture_file import MAX_FILE_BYTES
from tests.cluster.conftest import serving


def put(place: str, content: bytes) -> str:
    filesystems.write(place, lambda path: path.write_bytes(content))
    return place


def test_a_folder_behind_a_url_is_listed_with_its_subfolders(s3: str) -> None:
    for name in ("b.png", "a.png", "c/d.png", "c/e.txt"):
        put(f"{s3}/listed/{name}", b"x")

    found = list(filesystems.find(f"{s3}/listed", lambda name: name.endswith("png")))

    assert sorted(found) == [f"{s3}/listed/{name}" for name in ("a.png", "b.png", "c/d.png")]
    assert list(filesystems.find(f"{s3}/listed/*.png", bool)) == [
        f"{s3}/listed/a.png",
        f"{s3}/listed/b.png",
    ]
    assert list(filesystems.find(f"{s3}/listed/a.png", bool)) == [f"{s3}/listed/a.png"]
    assert list(filesystems.find(f"{s3}/nothing", bool)) == []


def test_shards_of_results_behind_a_url_are_not_listed(s3: str) -> None:
    for name in ("a.parquet", "done/_manifest.json", "done/part-000000.parquet"):
        put(f"{s3}/source/{name}", b"x")

    found = list(filesystems.find(f"{s3}/source", lambda name: name.endswith("parquet")))

    assert found == [f"{s3}/source/a.parquet"]


def test_files_here_and_there_are_read_in_their_order(s3: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"here")
    large = bytes(fetching.AT_FIRST + 5)
    wanted = [
        (put(f"{s3}/read/1", b"there"), b"there"),
        (str(tmp_path / "a"), b"here"),
        (put(f"{s3}/read/2", large), large),
        (put(f"{s3}/read/empty", b""), b""),
        (f"{s3}/read/1", b"there"),
    ]

    assert list(fetching.contents(place for place, _ in wanted)) == [
        content for _, content in wanted
    ]


def test_what_is_missing_or_too_large_is_a_failure_of_its_own(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = fetching.AT_FIRST + (1 << 20)  # more than is fetched at first
    assert limit < MAX_FILE_BYTES
    monkeypatch.setattr(fetching, "MAX_FILE_BYTES", limit)
    monkeypatch.setattr(picture_file, "MAX_FILE_BYTES", limit)
    put(f"{s3}/bad/large", bytes(limit + 1))
    put(f"{s3}/bad/largest", bytes(limit))
    put(f"{s3}/bad/small", b"x")

    names = [f"{s3}/bad/{name}" for name in ("none", "large", "largest", "small")]
    *failures, largest, good = fetching.contents([str(tmp_path / "none"), *names])

    assert good == b"x"
    assert largest == bytes(limit)
    assert [e.message for e in failures if isinstance(e, PictureError)] == [
        "no such file.",
        "no such file.",
        f"larger than {limit >> 20} MB.",
    ]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nosuch://a", "Protocol not known"),
        ("http://", "http://"),
        ("http:///a", "http:///a"),
        ("https://[", "Invalid IPv6 URL"),
    ],
)
def test_a_url_of_no_kind_is_a_failure_of_its_own(url: str, words: str) -> None:
    (failure,) = fetching.contents([url])

    assert isinstance(failure, PictureNotFoundError)
    assert "no URL that can be read" in failure.message
    assert words in failure.message


class Answering(BaseHTTPRequestHandler):
    """A server that answers with the statuses that a URL names, one after the other."""

    asked: ClassVar[dict[str, int]] = {}

    def do_GET(self) -> None:
        statuses = self.path.strip("/").split("-")
        number = self.asked.setdefault(self.path, 0)
        self.asked[self.path] += 1
        self.send_response(int(statuses[min(number, len(statuses) - 1)]))
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"one")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Careless(BaseHTTPRequestHandler):
    """A server that sends the whole of a large file, whichever bytes of it it is asked for."""

    sent: ClassVar[dict[str, int]] = {}

    def do_GET(self) -> None:
        self.send_response(206 if "liar" in self.path else 200)
        if "endless" not in self.path:
            self.send_header("Content-Length", str(2 * MAX_FILE_BYTES))
        self.end_headers()
        with suppress(OSError):  # nobody listens any more
            while self.sent.get(self.path, 0) < 2 * MAX_FILE_BYTES:
                self.wfile.write(bytes(1 << 20))
                self.sent[self.path] = self.sent.get(self.path, 0) + (1 << 20)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("name", ["whole", "endless", "liar"])
def test_a_server_that_ignores_which_bytes_it_is_asked_for_costs_no_more(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_FILE_BYTES", 12 << 20)
    monkeypatch.setattr(picture_file, "MAX_FILE_BYTES", 12 << 20)
    Careless.sent.clear()

    with serving(Careless) as url:
        (failure,) = fetching.contents([f"{url}/{name}.png"])
        assert list(filesystems.find(f"{url}/{name}.png", bool)) == [f"{url}/{name}.png"]

    assert isinstance(failure, PictureError)
    assert failure.message == "larger than 12 MB."
    listing = web.MOST_WITHOUT_RANGE
    in_sockets = 16 << 20
    assert sum(Careless.sent.values()) < fetching.AT_FIRST + (12 << 20) + 2 * listing + in_sockets


class Slow(BaseHTTPRequestHandler):
    """A server that sends a byte every now and then."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):  # nobody listens any more
            for _ in range(200):
                self.wfile.write(b"0")
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def deaf() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("make", [deaf, partial(serving, Slow)], ids=["silent", "slow"])
def test_a_server_that_has_no_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], AbstractContextManager[str]]
) -> None:
    monkeypatch.setattr(web, "STALL_S", 0.2)
    monkeypatch.setattr(web, "ANSWER_S", 0.6)
    started = time.monotonic()

    with make() as url, pytest.raises(StorageError, match="Can't reach"):
        next(fetching.contents([f"{url}/a.png"]))

    assert time.monotonic() - started < 8


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(fetching, "WAITS_S", (0.01, 0.01))
    Answering.asked.clear()
    with serving(Answering) as url:
        yield url


def test_what_a_server_refuses_is_a_failure_of_its_own(answering: str) -> None:
    found = list(fetching.contents(f"{answering}/{status}" for status in (403, 200, 410)))

    assert [f.message if isinstance(f, PictureError) else f for f in found] == [
        "the server answered 403.",
        b"one",
        "the server answered 410.",
    ]


def test_a_busy_server_is_asked_again_for_a_while(answering: str) -> None:
    assert list(fetching.contents([f"{answering}/503-429-200"])) == [b"one"]
    with pytest.raises(StorageError, match="503"):
        list(fetching.contents([f"{answering}/503"]))


def test_a_server_that_does_not_answer_is_no_missing_picture() -> None:
    with pytest.raises(StorageError, match=r"Can't reach 'http://127\.0\.0\.1:9"):
        next(fetching.contents(["http://127.0.0.1:9/a.png"]))


def test_a_failed_write_leaves_nothing(s3: str) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        filesystems.write(f"{s3}/failed/a", fail)

    assert filesystems.names_in(f"{s3}/failed") == []
    assert filesystems.read(f"{s3}/failed/a") is None


def test_files_are_written_replaced_and_removed(s3: str) -> None:
    folder = f"{s3}/kept"
    filesystems.make_folder(folder)
    put(f"{folder}/a", b"1")
    put(f"{folder}/a", b"2")
    put(f"{folder}/b", b"3")

    assert filesystems.read(f"{folder}/a") == b"2"
    assert sorted(filesystems.names_in(folder)) == ["a", "b"]
    filesystems.remove(folder, ["a", "never there"])
    assert filesystems.names_in(folder) == ["b"]
