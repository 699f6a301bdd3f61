"""The short way of small grey PNGs gives Pillow's pixels, or leaves the file to Pillow."""

import io
import struct
import zlib
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import PictureError
from mnist_cli.reading.image import decode
from mnist_cli.reading.image_checks import MIN_SIDE
from mnist_cli.reading.plain_png import MAX_SIDE, decode_plain_png

GREY = (8, 0, 0, 0, 0)


def chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack("!I", len(content)) + checked + struct.pack("!I", zlib.crc32(checked))


def plain_png(
    width: int, height: int, pixels: bytes, kind: tuple[int, ...] = GREY, between: bytes = b""
) -> bytes:
    """Return a PNG whose checksums are right, whatever is in it."""
    head = chunk(b"IHDR", struct.pack("!II5B", width, height, *kind))
    return b"\x89PNG\r\n\x1a\n" + head + between + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def saved(image: NDArray[np.uint8], **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", **options)
    return buffer.getvalue()


def by_pillow(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


GOOD = saved(np.arange(28 * 28, dtype=np.uint32).astype(np.uint8).reshape(28, 28))


def test_mnist_comes_through_bit_for_bit(test_split: Dataset) -> None:
    for image in test_split.images[:500]:
        grey = decode_plain_png(saved(image), MIN_SIDE)
        assert grey is not None
        assert np.array_equal(grey, image)


@given(
    width=st.integers(MIN_SIDE - 1, MAX_SIDE + 1),
    height=st.integers(MIN_SIDE - 1, MAX_SIDE + 1),
    noise=st.randoms(use_true_random=False),
    filters=st.integers(1, 6),
    spare=st.integers(-2, 2),
)
def test_rows_of_every_filter_are_those_of_pillow(
    width: int, height: int, noise: Random, filters: int, spare: int
) -> None:
    rows = b"".join(
        bytes([noise.randrange(filters)]) + noise.randbytes(width) for _ in range(height)
    )
    data = plain_png(
        width, height, zlib.compress(rows[: len(rows) + min(spare, 0)] + bytes(max(spare, 0)))
    )
    grey = decode_plain_png(data, MIN_SIDE)

    is_whole = spare == 0 and max(rows[:: 1 + width]) < 5
    fits = all(MIN_SIDE <= side <= MAX_SIDE for side in (width, height))
    assert (grey is not None) is (is_whole and fits)
    assert grey is None or np.array_equal(grey, by_pillow(data))


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_passed_over(at: int, bit: int) -> None:
    flipped = bytearray(GOOD)
    flipped[at] ^= 1 << bit

    assert decode_plain_png(bytes(flipped), MIN_SIDE) is None


@given(end=st.integers(0, len(GOOD) - 1))
def test_half_a_file_is_left_to_pillow(end: int) -> None:
    assert decode_plain_png(GOOD[:end], MIN_SIDE) is None


@pytest.mark.parametrize(
    "data",
    [
        GOOD + b"\0",
        plain_png(8, 8, zlib.compress(bytes(72)), (8, 3, 0, 0, 0)),
        plain_png(8, 8, zlib.compress(bytes(72)), (8, 0, 0, 0, 1)),
        plain_png(8, 8, zlib.compress(bytes(16)), (1, 0, 0, 0, 0)),
        plain_png(8, 8, zlib.compress(bytes(72)), between=chunk(b"tRNS", b"\0\0")),
        plain_png(8, 8, zlib.compress(bytes(72)), between=chunk(b"acTL", bytes(8))),
        plain_png(8, 8, zlib.compress(bytes(72)) + b"tail"),
        plain_png(8, 8, zlib.compress(bytes(72))[:-1]),
        plain_png(8, 8, b"no pixels"),
        plain_png(8, 8, zlib.compress(bytes(50_000_000))),
        saved(np.zeros((28, 28, 3), np.uint8)),
        saved(np.zeros((28, 28), np.uint8), dpi=(72, 72)),
    ],
)
def test_anything_else_is_left_to_pillow(data: bytes) -> None:
    assert decode_plain_png(data, MIN_SIDE) is None


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (b"no pixels", "damaged"),
        (zlib.compress(bytes(30)), "cut off"),
        (zlib.compress(b"\x09" * 72), "damaged"),
    ],
)
def test_the_terminal_hears_nothing_of_a_damaged_one(
    capfd: pytest.CaptureFixture[str], pixels: bytes, words: str
) -> None:
    with pytest.raises(PictureError, match=words):
        decode(plain_png(8, 8, pixels))

    assert capfd.readouterr().err == ""
