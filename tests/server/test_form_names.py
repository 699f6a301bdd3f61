"""Names and charsets of forms, and text in JSON, that no honest client would send."""

import json
import time
from typing import Any

import numpy as np
import pytest

from tests.server.conftest import DIGIT, Server
from tests.server.tensors import tensor
from tests.server.wire import END, FORM, INFER, JSON, post

HALF = r"\ud800"  # half a surrogate pair, as JSON and some codecs write it
LONG_NAME = b"xn--a-" + b"b" * 900_000
CHARSETS = (
    *("unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "cp037", "ascii", "undefined"),
    *("idna", "punycode", "rot13", "base64", "zlib", "mbcs", "nowhere", "..os", "é", "x" * 5_000),
)
FILE_NAMES: dict[str, bytes] = {
    "a surrogate in UTF-8": b'filename="\xed\xa0\x80.png"',
    "a surrogate's escape": b'filename="' + HALF.encode() + b'.png"',
    "Latin-1": b'filename="\xe9\xff.png"',
    "a surrogate in percents": b"filename*=UTF-8''%ed%a0%80.png",
    "bytes in percents": b"filename*=UTF-8''%ff%fe.png",
    "an escape of another charset": b"filename*=unicode_escape''%5cud800.png",
    "a codec that is no charset": b"filename*=rot13''abc",
    "in two pieces": b"filename*0*=UTF-8''%ed; filename*1*=%a0%80",
    "nothing after the star": b"filename*=",
}


def form(disposition: bytes, charset: str = "") -> bytes:
    """Return a POST of a form with one digit, its name as told."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; %s\r\n\r\n' % disposition
    kind = f"{FORM}; charset={charset}" if charset else FORM
    return post(head + DIGIT + b"\r\n" + END, kind)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("name", [HALF.encode(), "é漢".encode(), b"\xed\xa0\x80"])
def test_a_form_is_read_whatever_its_charset_claims(
    unharmed: Server, charset: str, name: bytes
) -> None:
    assert unharmed.send(form(b'filename="%s"' % name, charset)).json()["text"] == "3"


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_files_odd_name_costs_no_answer(unharmed: Server, name: str) -> None:
    answer = unharmed.send(form(FILE_NAMES[name]))

    assert answer.status in {200, 422}  # forms have no `filename*` (RFC 7578)
    answer.body.decode()


@pytest.mark.parametrize("charset", ["idna", "punycode", "unicode_escape"])
def test_a_long_name_in_an_odd_charset_does_not_hold_others_up(
    unharmed: Server, charset: str
) -> None:
    """Decoded by `idna` it took minutes, in which nobody was answered."""
    field = b'--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n%s\r\n' % LONG_NAME
    started = time.monotonic()
    answer = unharmed.send(post(field + END, f"{FORM}; charset={charset}"))

    answer.check_problem(422)
    assert time.monotonic() - started < 5


def places() -> dict[str, dict[str, Any]]:
    """Return what a request of the inference protocol holds half a surrogate pair in."""
    half = json.loads(f'"{HALF}"')
    one = tensor(np.zeros((1, 28, 28), np.uint8))
    return {
        "an id": {"id": half},
        "a key": {half: half},
        "a parameter": {"parameters": {half: half, "binary_data_output": half}},
        "an output": {"outputs": [{"name": half}]},
        "an input's name": {"inputs": [one | {"name": half}]},
        "a datatype": {"inputs": [one | {"datatype": half}]},
        "a shape": {"inputs": [one | {"shape": half}]},
        "data": {"inputs": [one | {"data": half}]},
        "an input's parameter": {"inputs": [one | {"parameters": {"binary_data_size": half}}]},
    }


PLACES = places()


@pytest.mark.parametrize("place", PLACES)
def test_half_a_surrogate_pair_in_json_is_no_bug(unharmed: Server, place: str) -> None:
    request = {"inputs": [tensor(np.zeros((1, 28, 28), np.uint8))]} | PLACES[place]

    unharmed.send(post(json.dumps(request).encode(), JSON, INFER)).check_problem(400, 422)


@pytest.mark.parametrize("name", ["User_Agent", "X_Request_ID", "Origin", "Content_Type"])
def test_headers_beyond_ascii_are_no_bug(unharmed: Server, name: str) -> None:
    assert unharmed.send(post(DIGIT, **{name: "\xff\xfe\x80é"})).status in {200, 403, 415}
