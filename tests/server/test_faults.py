"""What a stranger may send, and that it harms nobody."""

import base64
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.server.conftest import DIGIT, Server
from tests.server.wire import END, FORM, INFER, JSON, MARKER, PREDICT, as_json, get, part, post

pytestmark = pytest.mark.usefixtures("bounded")

MEGABYTE = 1 << 20
FIELD = b'--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'
PICTURE = base64.b64encode(DIGIT).decode()

REFUSED: dict[str, tuple[bytes, set[int]]] = {
    "a negative length": (post(b"", Content_Length="-1"), {400}),
    "a length in words": (post(b"", Content_Length=MARKER), {400}),
    "a length with a sign": (post(b"x", Content_Length="+1"), {400}),
    "an empty length": (get(PREDICT, "POST", Content_Type=JSON, Content_Length=""), {400, 422}),
    "a length of thirty digits": (post(b"", Content_Length="9" * 30), {400}),
    "a length and chunks": (
        post(b"0\r\n\r\n", Content_Length="5", Transfer_Encoding="chunked"),
        {400},
    ),
    "two lengths": (post(b"12345", Content_Length="5\r\nContent-Length: 6"), {400}),
    "chunks of no size": (post(b"zz\r\n\r\n", Transfer_Encoding="chunked"), {400}),
    "an unknown transfer": (post(b"", Transfer_Encoding=MARKER), {400}),
    "a form without a boundary": (post(part(DIGIT) + END, "multipart/form-data"), {400}),
    "an empty boundary": (post(part(DIGIT) + END, "multipart/form-data; boundary="), {400}),
    "a boundary of 4 KB": (post(END, f"multipart/form-data; boundary={'e' * 4_096}"), {400}),
    "an unknown charset": (post(END, f"{FORM}; charset={MARKER}"), {400, 422}),
    "garbage for a form": (post(MARKER.encode() * 99, FORM), {400}),
    "an empty form": (post(b"", FORM), {400, 422}),
    "a form of fields alone": (post(FIELD + END, FORM), {422}),
    "a form cut in a picture": (post(part(DIGIT)[:-99], FORM), {400}),
    "a form cut after a picture": (post(part(DIGIT), FORM), {400}),
    "a form cut in a header": (post(part(DIGIT, more=MARKER)[:70], FORM), {400}),
    "2,000 files": (post(part(b"x") * 2_000 + END, FORM), {400}),
    "2,000 fields": (post(FIELD * 2_000 + part(DIGIT) + END, FORM), {400}),
    "a part's header of 1 MB": (
        post(part(DIGIT, more=f"X: {'x' * MEGABYTE}\r\n") + END, FORM),
        {400},
    ),
    "10,000 headers of a part": (post(part(DIGIT, more="X: y\r\n" * 10_000) + END, FORM), {400}),
    "a field of 2 MB": (
        post(FIELD[:-2] + b"1" * 2 * MEGABYTE + b"\r\n" + END, FORM),
        {400, 422},
    ),
    "a name of 10,000 letters": (post(part(DIGIT, name="x" * 10_000) + END, FORM), {400, 422}),
    "an integer of 5,000 digits": (post(b'{"image": %s}' % (b"9" * 5_000), JSON), {400, 422}),
    "100,000 lists in each other": (post(b"[" * 100_000, JSON), {400}),
    "JSON that is not UTF-8": (post(b'{"image": "\xff\xfe"}', JSON), {400}),
    "half a surrogate pair": (post(rb'{"image": "\ud800"}', JSON), {400, 422}),
    "400 KB of a wrong kind": (as_json({"images": [[MARKER] * 50_000]}), {422}),
    "JSON as plain text": (post(b'{"image": ""}', "text/plain"), {415}),
    "JSON as nothing": (post(b'{"image": ""}', ""), {415}),
    "a form of the other kind": (post(b"a=b", "application/x-www-form-urlencoded"), {415}),
    "a body that is packed by what nobody knows": (post(DIGIT, Content_Encoding="br"), {415}),
    "a body that is not packed as it says": (post(DIGIT, Content_Encoding="gzip"), {400}),
    "bad characters": (as_json({"image": f"{MARKER}*{PICTURE}"}), {422}),
    "letters beyond ASCII": (as_json({"image": "é" + PICTURE}), {422}),
    "white space": (as_json({"image": f"{PICTURE[:40]}\n{PICTURE[40:]}"}), {422}),
    "the URL's alphabet": (as_json({"image": "-_" + PICTURE[2:]}), {422}),
    "no padding": (as_json({"image": PICTURE.rstrip("=")[:-1]}), {422}),
    "nothing": (as_json({"image": ""}), {422}),
    "a data: URL of nothing": (as_json({"image": "data:image/png;base64"}), {422}),
    "10 MB of no picture": (as_json({"image": "AAAA" * 2_500_000}), {415}),
    "a number": (as_json({"image": 7}), {422}),
    "no object": (as_json([MARKER]), {422}),
    "no picture": (as_json({MARKER: PICTURE}), {422}),
    "image and images": (as_json({"image": PICTURE, "images": [PICTURE]}), {422}),
    "no pictures": (as_json({"images": []}), {422}),
    "17 pictures": (as_json({"images": [PICTURE] * 17}), {413}),
    "an empty body": (post(b"", JSON), {400}),
    "JSON with a comment": (post(b'{"image": ""} // x', JSON), {400}),
    "NaN": (post(b'{"image": NaN}', JSON), {400, 422}),
    "an unknown path": (get(f"/{MARKER}"), {404}),
    "an unknown path to post to": (post(DIGIT, target=f"/v1/{MARKER}"), {404}),
    "a slash at the end": (post(DIGIT, target=f"{PREDICT}/"), {404}),
    "GET where POST is meant": (get(PREDICT), {405}),
    "POST where GET is meant": (post(DIGIT, target="/healthz"), {405}),
    "PUT": (get(PREDICT, "PUT"), {405}),
    "DELETE": (get("/v2/models/mnist", "DELETE"), {405}),
    "OPTIONS": (get(PREDICT, "OPTIONS"), {405}),
    "TRACE": (get(PREDICT, "TRACE"), {405}),
    "OPTIONS of all": (get("*", "OPTIONS"), {400, 404}),
    "CONNECT": (get(f"{MARKER}.example:443", "CONNECT"), {400, 403, 404, 405}),
    "a method of its own": (get("/", "BREW"), {400, 405}),
    "dots in code": (get("/v2/models/%2e%2e"), {404}),
    "dots out of the page": (get("/page/../status.py"), {404}),
    "dots in code out of the page": (get("/page/%2e%2e/status.py"), {404}),
    "slashes in code out of the page": (get("/page/..%2fstatus.py"), {404}),
    "an absolute path": (get("/page//etc/passwd"), {404}),
    "the page's folder": (get("/page/"), {404}),
    "a file's name that is too long": (get("/page/" + "x" * 300), {404}),
    "NUL in a page": (get("/page/%00"), {404}),
    "NUL in a model": (get("/v2/models/mnist%00"), {404}),
    "a surrogate in a model": (get("/v2/models/%ed%a0%80"), {404}),
    "letters of other scripts": (
        get("/v2/models/ｍｎｉｓｔ".encode().decode("latin-1")),
        {400},
    ),
    "the same in code": (get("/v2/models/%EF%BD%8Dnist"), {404}),
    "a path of 8 KB": (get("/v2/models/" + "x" * 8_192), {404, 414}),
    "a version in other digits": (get("/v2/models/mnist/versions/%D9%A3"), {404}),
    "an unknown version": (get("/v2/models/mnist/versions/7"), {404}),
    "HTTP/1.0 without a Host": (b"GET / HTTP/1.0\r\n\r\n", {400}),
    "HTTP/1.1 without a Host": (b"GET / HTTP/1.1\r\n\r\n", {400}),
    "two Hosts": (get("/", Host="127.0.0.1\r\nHost: localhost"), {400}),
    "garbage": (bytes(range(256)) * 9, {400}),
    "a TLS hello": (bytes.fromhex("16030100f5010000f10303") + bytes(240), {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", {400}),
    "a NUL in a header": (get("/", X="a\0b"), {400}),
    "a header that is folded": (get("/", X="a\r\n b"), {200, 400}),
    "an option that there is not": (post(DIGIT, target=f"{PREDICT}?layout={MARKER}"), {422}),
    "an option out of range": (post(DIGIT, target=f"{PREDICT}?top_k=11"), {422}),
    "an option that is no number": (post(DIGIT, target=f"{PREDICT}?min_confidence=nan"), {422}),
    "an option of 5,000 digits": (post(DIGIT, target=f"{PREDICT}?top_k={'9' * 5_000}"), {422}),
    "an option in half a surrogate": (post(DIGIT, target=f"{PREDICT}?layout=%ed%a0%80"), {422}),
    "a range of no bytes": (get("/", Range=f"bytes={MARKER}"), {200, 400, 416}),
    "a range beyond the end": (get("/", Range="bytes=9999999-"), {200, 416}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_request_is_refused_in_the_form_of_the_contract(unharmed: Server, name: str) -> None:
    raw, statuses = REFUSED[name]
    answer = unharmed.send(raw)

    assert answer.status in statuses
    if answer.status >= 400:
        answer.check_problem(answer.status)


TOO_LARGE: dict[str, Callable[[], bytes]] = {
    "its length told": lambda: post(bytes(33 * MEGABYTE)),
    "in chunks": lambda: post(
        (b"%x\r\n" % MEGABYTE + bytes(MEGABYTE) + b"\r\n") * 33 + b"0\r\n\r\n",
        Transfer_Encoding="chunked",
    ),
    "as JSON": lambda: post(bytes(33 * MEGABYTE), JSON),
    "as a form": lambda: post(part(bytes(33 * MEGABYTE)) + END, FORM),
    "as a form's preamble": lambda: post(bytes(33 * MEGABYTE) + part(DIGIT) + END, FORM),
    "as tensors": lambda: post(bytes(33 * MEGABYTE), JSON, INFER),
    "not sent before it is asked for": lambda: post(
        b"", Content_Length=str(33 * MEGABYTE), Expect="100-continue"
    ),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_body_that_is_too_large_is_413_and_ends_the_connection(
    unharmed: Server, name: str
) -> None:
    answer = unharmed.send(TOO_LARGE[name]())

    answer.check_problem(413)
    assert answer.headers["Connection"] == "close"


def test_endless_headers_are_refused_before_they_fill_the_memory(unharmed: Server) -> None:
    """64 MB of them, in lines of 60 KB."""
    line = b"X-%d: " + b"x" * 60_000 + b"\r\n"
    endless = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(line % n for n in range(1_100))

    with suppress(ConnectionError):  # it need not hear them all out to hang up
        unharmed.send(endless + b"\r\n").check_problem(400, 431)
