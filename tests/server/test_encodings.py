"""Bodies and answers that are packed on their way."""

import gzip
import json
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from mnist_cli.server.encodings import preferred
from tests.server.conftest import DIGIT, Server, rss_bytes
from tests.server.tensors import HEADER, MODEL, tensor
from tests.server.wire import END, FORM, JSON, part, post

PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}
INFER = json.dumps({"inputs": [tensor(np.zeros((64, 784), np.uint8))]}).encode()


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_packed_body_is_read_like_any(unharmed: Server, encoding: str) -> None:
    pack = PACKERS[encoding]
    plain = unharmed.send(post(INFER, JSON, f"{MODEL}/infer")).json()

    packed = unharmed.send(post(pack(INFER), JSON, f"{MODEL}/infer", Content_Encoding=encoding))
    form = unharmed.send(post(pack(part(DIGIT) + END), FORM, Content_Encoding=encoding))

    assert packed.json() == plain
    assert form.json()["text"] == "3"


def test_bytes_behind_the_json_are_packed_with_it(unharmed: Server) -> None:
    told = {"name": "images", "datatype": "UINT8", "shape": [1, 784]}
    head = json.dumps({"inputs": [told | {"parameters": {"binary_data_size": 784}}]}).encode()
    body = gzip.compress(head + bytes(784))
    headers = {HEADER.replace("-", "_"): str(len(head)), "Content_Encoding": "gzip"}

    answer = unharmed.send(post(body, "application/octet-stream", f"{MODEL}/infer", **headers))

    assert answer.status == 200


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", "gzip"), ("deflate", "deflate"), ("gzip;q=0, deflate", "deflate"), ("br", None)],
)
def test_an_answer_is_packed_as_it_is_wanted(
    unharmed: Server, accepted: str, packed: str | None
) -> None:
    request = post(INFER, JSON, f"{MODEL}/infer", Accept_Encoding=accepted)
    plain = unharmed.send(post(INFER, JSON, f"{MODEL}/infer"))
    answer = unharmed.send(request)

    assert answer.headers["Content-Encoding"] == packed
    assert answer.headers["Vary"] == "Accept-Encoding"
    body = zlib.decompress(answer.body, 15 + 32) if packed else answer.body
    assert body == plain.body
    assert int(answer.headers["Content-Length"]) == len(answer.body)


@pytest.mark.parametrize(
    ("accepted", "own"),
    [
        ("", ""),
        ("*", "gzip"),
        ("x-gzip", "gzip"),
        ("identity, gzip;q=0.5", ""),
        ("deflate, gzip;q=0.9", "deflate"),
        ("gzip;q=0", ""),
        ("gzip;q=much, deflate", "deflate"),
        ("GZIP ; q=1", "gzip"),
    ],
)
def test_the_weights_decide(accepted: str, own: str) -> None:
    assert preferred(accepted) == own


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(DIGIT)[:-9], "gzip", 400),
        (gzip.compress(DIGIT) + b"more", "gzip", 400),
        (b"", "gzip", 400),
        (zlib.compress(DIGIT), "gzip", 400),
        (DIGIT, "deflate", 400),
        (gzip.compress(gzip.compress(DIGIT)), "gzip, gzip", 415),
        (DIGIT, "zstd", 415),
    ],
)
def test_what_is_packed_otherwise_than_told_is_refused(
    unharmed: Server, body: bytes, encoding: str, status: int
) -> None:
    unharmed.send(post(body, Content_Encoding=encoding)).check_problem(status)


def test_a_bomb_is_refused_before_it_is_unpacked(unharmed: Server) -> None:
    """A gigabyte of zeros in a megabyte; and one whose parts unpack to nothing, without end."""
    before = rss_bytes(unharmed.process.pid)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1_000)) + packer.flush()
    nothing = gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * ((33 << 20) // 5)

    unharmed.send(post(bomb, Content_Encoding="gzip")).check_problem(413)
    unharmed.send(post(nothing, Content_Encoding="gzip")).check_problem(413)

    assert rss_bytes(unharmed.process.pid) < before + (100 << 20)
