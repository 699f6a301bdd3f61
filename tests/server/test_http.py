"""What HTTP allows is answered as it asks for, however odd it looks."""

import base64

import pytest

from tests.server.conftest import DIGIT, Server, eventually
from tests.server.wire import END, FORM, JSON, PREDICT, as_json, get, part, post

PICTURE = base64.b64encode(DIGIT).decode()

ACCEPTED: dict[str, bytes] = {
    "a name that leads elsewhere": post(part(DIGIT, name="../../etc/passwd") + END, FORM),
    "a name with control characters": post(part(DIGIT, name="\x1b[31m\x07\t") + END, FORM),
    "a name of 1,000 letters": post(part(DIGIT, name="x" * 1_000) + END, FORM),
    "no name at all": post(part(DIGIT, name="") + END, FORM),
    "the same key twice": post(f'{{"image": "?", "image": "{PICTURE}"}}'.encode(), JSON),
    "a data: URL": as_json({"image": f"data:image/png;base64,{PICTURE}"}),
    "a WebSocket's hello": post(DIGIT, Connection="Upgrade", Upgrade="websocket"),
    "HTTP/2 in the clear": post(DIGIT, Connection="Upgrade", Upgrade="h2c"),
    "an absolute target": post(DIGIT, target=f"http://127.0.0.1{PREDICT}"),
    "a range": post(DIGIT, Range="bytes=0-0"),
    "a tag": post(DIGIT, If_None_Match="*"),
    "HTML, please": post(DIGIT, Accept="text/html"),
    "in chunks of a byte": post(
        b"".join(b"1\r\n%c\r\n" % byte for byte in DIGIT) + b"0\r\n\r\n",
        Transfer_Encoding="chunked",
    ),
    "after an invitation": post(DIGIT, Expect="100-continue"),
    "of another kind of picture than told": post(DIGIT, "image/jpeg"),
    "with letters in the kind": post(DIGIT, "IMAGE/PNG; charset=utf-8"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_request_is_answered_like_any(unharmed: Server, name: str) -> None:
    answer = unharmed.send(ACCEPTED[name])

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["text"] == "3"


def test_a_files_name_is_only_repeated(unharmed: Server) -> None:
    answer = unharmed.send(post(part(DIGIT, name="../../etc/passwd") + END, FORM))

    assert answer.json()["path"] == "../../etc/passwd"
    assert len(unharmed.send(ACCEPTED["a name of 1,000 letters"]).json()["path"]) == 255


@pytest.mark.parametrize("target", ["/", "/docs", "/healthz", "/openapi.json", "/v2"])
def test_head_has_the_headers_of_get_and_no_body(unharmed: Server, target: str) -> None:
    """A GET on the same connection shows whether a body came after all."""
    with unharmed.connect() as connection:
        connection.sendall(get(target, "HEAD") + get(target, Connection="close"))
        pieces = iter(lambda: connection.recv(1 << 16), b"")
        first, second = b"".join(pieces).split(b"HTTP/1.1 200 OK\r\n")[1:]

    assert first.endswith(b"\r\n\r\n")
    assert {line for line in first.lower().splitlines() if b"content-" in line} == {
        line for line in second.lower().split(b"\r\n\r\n")[0].splitlines() if b"content-" in line
    }


def test_requests_that_are_sent_at_once_are_answered_in_order(unharmed: Server) -> None:
    with unharmed.connect() as connection:
        connection.sendall(post(DIGIT) + get("/nowhere") + get("/healthz", Connection="close"))
        answers = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    statuses = [answer[:3] for answer in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]


def test_a_file_that_has_not_changed_is_304(unharmed: Server) -> None:
    page = "/page/index.html"
    tag = unharmed.client.get(page).headers["ETag"]

    assert unharmed.client.get(page, headers={"If-None-Match": tag}).status_code == 304


def test_nothing_that_is_sent_breaks_a_line_of_the_log(unharmed: Server) -> None:
    """Line ends of all kinds, and what a terminal would obey."""
    before = unharmed.log_path.stat().st_size
    unharmed.send(get("/%0d%0a%1b%5b31m%C2%85%E2%80%A8x", User_Agent="curl\x85\xa0\t{"))

    path = "/\r\n\x1b[31m\x85\u2028x"
    (event,) = eventually(lambda: [e for e in unharmed.events(before) if e.get("path") == path])
    assert event["agent"] == "curl\x85\xa0\t{"
    assert all(byte in b"\n" or 32 <= byte < 127 for byte in unharmed.log_path.read_bytes())
