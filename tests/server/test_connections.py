"""Connections that stall, break off, or are too many."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.server.conftest import DIGIT, Server, eventually, open_files, rss_bytes, serving
from tests.server.wire import FORM, JSON, get, part, post, receive

HEADERS_S, BODY_S, ANSWER_S = 0.7, 0.7, 1.5  # of the server in haste; else 10, 30 and 90
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with little patience, and little memory for bodies."""
    limits = {
        "HEADERS_S": HEADERS_S,
        "BODY_S": BODY_S,
        "ANSWER_S": ANSWER_S,
        "DISCARD_S": 0.5,
        "MAX_BODIES_BYTES": 3 * MEGABYTE,
    }
    with serving(tmp_path_factory.mktemp("hasty"), "--workers", "1", limits=limits) as server:
        yield server


@pytest.fixture
def calm(hasty: Server) -> Iterator[Server]:
    """The server in haste; after the test nothing of it may be left."""
    files, logged_bytes = open_files(hasty.process.pid), hasty.log_path.stat().st_size
    yield hasty
    assert eventually(lambda: open_files(hasty.process.pid) <= files)
    assert hasty.client.get("/healthz", timeout=1).status_code == 200
    assert hasty.temporary_files == []
    assert [event for event in hasty.events(logged_bytes) if event["level"] == "error"] == []


def trickle(connection: socket.socket, raw: bytes) -> bytes:
    """Send a byte each tenth of a second until the server has had enough; return its answer."""
    connection.settimeout(0.1)
    for byte in raw:
        try:
            connection.sendall(bytes([byte]))
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))
        except TimeoutError:
            continue
    raise AssertionError("the server waited for all of it")


@pytest.mark.parametrize(
    "sent", [b"", b"POST /v1/", get("/healthz")[:-2]], ids=["nothing", "a word", "no end"]
)
def test_headers_that_do_not_come_are_waited_for_in_vain_for_a_while(
    calm: Server, sent: bytes
) -> None:
    started = time.monotonic()
    with calm.connect() as connection:
        connection.sendall(sent)
        answer = receive(connection)

    answer.check_problem(408)
    assert answer.headers["Connection"] == "close"
    assert HEADERS_S - 0.1 < time.monotonic() - started < HEADERS_S + 1.5


def test_headers_that_trickle_in_gain_no_time(calm: Server) -> None:
    started = time.monotonic()
    with calm.connect() as connection:
        answer = trickle(connection, get("/healthz", X="x" * 999))

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started < HEADERS_S + 1.5


@pytest.mark.parametrize("kind", ["image/png", JSON, FORM])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_does_not_come_is_408(calm: Server, kind: str, chunked: bool) -> None:
    whole = part(DIGIT)
    raw = post(whole, kind)[: -len(whole) // 2]
    if chunked:
        raw = post(b"%x\r\n" % len(whole) + whole, kind, Transfer_Encoding="chunked")
    started = time.monotonic()
    answer = calm.send(raw)

    answer.check_problem(408)
    assert answer.headers["Connection"] == "close"
    assert BODY_S - 0.1 < time.monotonic() - started < BODY_S + 1.5


def test_a_body_that_trickles_in_gains_no_time(calm: Server) -> None:
    started = time.monotonic()
    with calm.connect() as connection:
        connection.sendall(post(b"", Content_Length="999"))
        answer = trickle(connection, bytes(999))

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started < BODY_S + 1.5


def test_a_length_that_nobody_could_send_is_413_without_waiting_for_it(calm: Server) -> None:
    """The greatest that the protocol's parser takes."""
    answer = calm.send(post(b"", Content_Length=str(2**64 - 1)))

    answer.check_problem(413)
    assert answer.headers["Connection"] == "close"


def test_a_body_that_nobody_asked_for_is_not_waited_for_long(calm: Server) -> None:
    with calm.connect() as connection:
        connection.sendall(post(b"half", target="/nowhere", Content_Length="999"))
        assert receive(connection).status == 404
        while connection.recv(1 << 16):
            pass


def test_a_connection_that_is_kept_is_closed_when_nothing_more_comes(calm: Server) -> None:
    with calm.connect() as connection:
        for _ in range(2):
            connection.sendall(get("/healthz"))
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(1 << 16)
        started = time.monotonic()
        while connection.recv(1 << 16):
            pass

    assert time.monotonic() - started < HEADERS_S + 1.5


def test_who_does_not_take_the_answer_is_dropped(calm: Server) -> None:
    """Fifteen megabytes are more than the system keeps for a reader."""
    with calm.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.sendall(get("/openapi.json") * 500)
        time.sleep(ANSWER_S + 0.5)
        assert calm.read().status_code == 200
        received_bytes = 0
        with suppress(ConnectionError):
            while piece := connection.recv(1 << 16):
                received_bytes += len(piece)

    assert received_bytes < 10 * MEGABYTE


def test_half_open_connections_keep_nobody_out(calm: Server) -> None:
    with ExitStack() as stack:
        for n in range(100):
            connection = stack.enter_context(calm.connect())
            connection.sendall((b"", b"GET / HT", post(DIGIT)[:-9])[n % 3])
        started = time.monotonic()
        assert calm.read().json()["text"] == "3"
        assert time.monotonic() - started < 1


@pytest.mark.parametrize("sent", [60, -9, None], ids=["in headers", "in the body", "in the work"])
def test_a_client_that_goes_away_leaves_nothing(calm: Server, sent: int | None) -> None:
    """A body that was cut off no longer counts, or the last would be refused."""
    padded = DIGIT + bytes(MEGABYTE)
    for _ in range(10):
        with calm.connect() as connection:
            connection.sendall(post(padded)[:sent])

    assert eventually(lambda: calm.read(padded).status_code == 200, 5)


def test_bodies_that_together_are_too_large_have_to_wait(calm: Server) -> None:
    half_sent = post(DIGIT + bytes(2 * MEGABYTE))[:-9]
    with calm.connect() as first, calm.connect() as second:
        first.sendall(half_sent)
        time.sleep(0.2)
        second.sendall(half_sent)
        refused = receive(second)
        first.sendall(bytes(9))
        assert receive(first).status == 200

    assert refused.check_problem(503)["code"] == "busy"
    assert int(refused.headers["Retry-After"]) >= 1
    assert calm.send(half_sent + bytes(9)).status == 200


def test_five_hundred_at_once_are_all_answered(server: Server, known_answer: bytes) -> None:
    """Each rightly, or with when to ask again; and the memory stays."""
    before = rss_bytes(server.process.pid)
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connect(60)) for _ in range(500)]
        for connection in connections:
            connection.sendall(post(DIGIT))
        answers = [receive(connection) for connection in connections]

    read = [answer for answer in answers if answer.status == 200]
    assert {answer.body for answer in read} == {known_answer}
    assert len(read) >= 256
    for answer in answers:
        if answer.status != 200:
            answer.check_problem(503)
            assert int(answer.headers["Retry-After"]) >= 1
    assert rss_bytes(server.process.pid) < before + (50 << 20)
    assert server.read().content == known_answer


def test_without_file_descriptors_it_waits_for_better_times(hasty: Server) -> None:
    """64 of them, 200 connections."""
    pid = hasty.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, limits[1]))
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(hasty.connect())
        time.sleep(0.5)

    assert eventually(lambda: answers(hasty))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    assert hasty.read().json()["text"] == "3"


def answers(server: Server) -> bool:
    with suppress(httpx.HTTPError):
        return server.client.get("/healthz", timeout=1).status_code == 200
    return False
