"""Bad pictures, as the REST interface answers them."""

import base64
import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from tests.conftest import render_digit
from tests.server.conftest import DIGIT, Server, png
from tests.server.wire import END, FORM, MARKER, as_json, part, post

pytestmark = pytest.mark.usefixtures("bounded")


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    checked = kind + content
    return struct.pack("!I", len(content)) + checked + struct.pack("!I", zlib.crc32(checked))


def claiming(width: int, height: int) -> bytes:
    """Return a small grey PNG whose header claims a size."""
    header = chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(29 * 28)))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def file(kind: str, image: Image.Image | None = None) -> bytes:
    """Return a 3, or another image, as a file of a format of Pillow's."""
    buffer = io.BytesIO()
    (image or Image.fromarray(render_digit(3)).convert("RGB")).save(buffer, kind)
    return buffer.getvalue()


def with_a_flipped_bit(data: bytes, at: int, bit: int = 0) -> bytes:
    flipped = bytearray(data)
    flipped[at] ^= 1 << bit
    return bytes(flipped)


OF_NO_FORMAT_THAT_IS_READ: dict[str, bytes] = {
    "random bytes": np.random.default_rng(0).bytes(5_000),
    "text": f"hello {MARKER}".encode(),
    "HTML": f"<!DOCTYPE html><title>{MARKER}</title>".encode(),
    "SVG": f"<svg xmlns='http://www.w3.org/2000/svg'>{MARKER}</svg>".encode(),
    "a zip archive": b"PK\x03\x04" + MARKER.encode() * 9,
    "EPS": f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{MARKER}".encode(),
    "FITS": b"SIMPLE  =                    T".ljust(2_880),
    "PSD": b"8BPS\0\1" + bytes(99),
    "WMF": b"\xd7\xcd\xc6\x9a" + bytes(99),
    "GRIB": b"GRIB" + bytes(99),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(99),
    "PPM": file("PPM"),
    "TGA": file("TGA"),
    "JPEG 2000": file("JPEG2000"),
    "AVIF": file("AVIF"),
    "DDS": file("DDS"),
    "ICO": file("ICO"),
}


@pytest.mark.parametrize("name", OF_NO_FORMAT_THAT_IS_READ)
def test_what_is_no_picture_is_415(unharmed: Server, name: str) -> None:
    """Whatever its Content-Type says."""
    problem = unharmed.send(post(OF_NO_FORMAT_THAT_IS_READ[name])).check_problem(415)

    assert problem["code"] == "not_a_picture"
    assert "PNG, JPEG" in problem["detail"]


def test_a_damaged_pdf_is_refused_as_a_damaged_picture_is(unharmed: Server) -> None:
    problem = unharmed.send(post(f"%PDF-1.7 {MARKER}".encode())).check_problem(422)

    assert "PDF is damaged" in problem["detail"]


TOO_LARGE: dict[str, Callable[[], bytes]] = {
    "a claim of 2^31": lambda: claiming(2**31 - 1, 2**31 - 1),
    "a claim of 100 MP": lambda: claiming(10_000, 10_000),
    "9000×9000 in 80 KB": lambda: file("PNG", Image.new("L", (9_000, 9_000))),
    "a GIF of 65535×65535": lambda: b"GIF89a\xff\xff\xff\xff" + file("GIF")[10:],
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_picture_of_too_many_pixels_is_413(unharmed: Server, name: str) -> None:
    problem = unharmed.send(post(TOO_LARGE[name]())).check_problem(413)

    assert problem["code"] == "picture_too_large"
    assert "64 MP" in problem["detail"]


UNUSABLE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "no byte": (lambda: b"", "picture_refused", "empty"),
    "half a PNG": (lambda: DIGIT[: len(DIGIT) // 2], "picture_refused", "cut off"),
    "half a JPEG": (lambda: file("JPEG")[:2_000], "picture_refused", "cut off"),
    "a flipped bit": (
        lambda: with_a_flipped_bit(DIGIT, DIGIT.index(b"IDAT") + 60, 3),
        "picture_refused",
        "damaged",
    ),
    "8000×8000 RGBA, all clear": (
        lambda: file("PNG", Image.new("RGBA", (8_000, 8_000))),
        "blank",
        "blank",
    ),
    "a strip": (lambda: png(np.zeros((4, 200_000), np.uint8)), "picture_refused", "32 to 1"),
    "a thread": (lambda: png(np.zeros((9_999, 1), np.uint8)), "picture_refused", "too small"),
    "no width": (lambda: claiming(0, 28), "picture_refused", ""),
    "no height": (lambda: claiming(28, 0), "picture_refused", ""),
    "a pixel": (lambda: png(np.zeros((1, 1), np.uint8)), "picture_refused", "4×4"),
    "three by three": (lambda: png(np.eye(3, dtype=np.uint8)), "picture_refused", "4×4"),
    "black": (lambda: png(np.zeros((99, 99), np.uint8)), "blank", "blank"),
    "white": (lambda: png(np.full((99, 99), 255, np.uint8)), "blank", "blank"),
    "grey": (lambda: png(np.full((99, 99), 128, np.uint8)), "blank", "blank"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_picture_that_can_not_be_read_is_422_and_says_why(unharmed: Server, name: str) -> None:
    make, code, words = UNUSABLE[name]
    problem = unharmed.send(post(make())).check_problem(422)

    assert problem["code"] == code
    assert words in problem["detail"]


@pytest.mark.parametrize("data", [b"", DIGIT[:200], MARKER.encode()], ids=["none", "cut", "text"])
def test_the_way_a_bad_picture_comes_makes_no_difference(unharmed: Server, data: bytes) -> None:
    ways = [
        post(data),
        post(part(data) + END, FORM),
        as_json({"image": base64.b64encode(data).decode()}),
    ]
    problems = [unharmed.send(way).json() for way in ways]

    assert len({(p["status"], p["code"], p["detail"]) for p in problems}) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
def test_a_bit_that_is_flipped_anywhere_gives_an_answer(unharmed: Server, kind: str) -> None:
    """Forty bits of each format, half of them in the first hundred bytes."""
    rng = np.random.default_rng(0)
    whole = file(kind)
    places = np.concatenate([rng.integers(size, size=20) for size in (100, len(whole))])

    for place, bit in zip(places.tolist(), rng.integers(8, size=40).tolist(), strict=True):
        answer = unharmed.send(post(with_a_flipped_bit(whole, place, bit)))
        if answer.status != 200:
            answer.check_problem(413, 415, 422)
