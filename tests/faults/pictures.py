"""Pictures that nobody should make, as bytes."""

import struct

import numpy as np
from PIL import Image

from tests.reading.test_image import DRAWING, encoded, grey, png_header

SIDE = 64  # of `DRAWING`
HUGE = {"PNG": 2**31, "JPEG": 65_535, "GIF": 65_535, "BMP": 2**30, "WEBP": 16_384, "TIFF": 2**31}


def claiming(kind: str, side: int) -> bytes:
    """Return a small picture whose header claims that it is `side` × `side`."""
    if kind == "PNG":
        return png_header(side, side)
    data = bytearray(encoded(grey(), kind, **({"lossless": True} if kind == "WEBP" else {})))
    if kind == "JPEG":
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, side, side)
    elif kind == "GIF":
        struct.pack_into("<HH", data, 6, side, side)
    elif kind == "BMP":
        struct.pack_into("<ii", data, 18, side, side)
    elif kind == "WEBP":
        struct.pack_into("<I", data, data.index(b"VP8L") + 9, (side - 1) << 14 | side - 1)
    else:
        for tag in (256, 257):
            struct.pack_into("<HHII", data, data.index(struct.pack("<HH", tag, 4)), tag, 4, 1, side)
    return bytes(data)


def with_a_flipped_bit(data: bytes, at: int) -> bytes:
    flipped = bytearray(data)
    flipped[at] ^= 1
    return bytes(flipped)


def with_pages_in_a_circle() -> bytes:
    """Return a TIFF whose second page says that the first one follows."""
    data = bytearray(encoded(grey(), "TIFF", save_all=True, append_images=[grey()]))
    first = at = struct.unpack_from("<I", data, 4)[0]
    for _ in range(2):
        link = at + 2 + 12 * struct.unpack_from("<H", data, at)[0]
        at = struct.unpack_from("<I", data, link)[0]
    struct.pack_into("<I", data, link, first)
    return bytes(data)


def with_colours_that_none_sees() -> bytes:
    """Return a black drawing on transparency that holds noise."""
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4)).astype(np.uint8)
    noise[DRAWING < 255, :3] = 0
    noise[..., 3] = 255 - DRAWING
    return encoded(Image.fromarray(noise))


def ycck() -> bytes:
    """Return a JPEG as Adobe's programs print: luminance, two colours, and black, inverted.

    Pillow writes no YCCK. So its CMYK is given the values that a decoder takes for "no ink", and
    the marker is told that they are YCCK.
    """
    none, half = Image.new("L", (SIDE, SIDE), 255), Image.new("L", (SIDE, SIDE), 127)
    data = bytearray(encoded(Image.merge("CMYK", [none, half, half, grey(255 - DRAWING)]), "JPEG"))
    data[data.index(b"Adobe") + 11] = 2
    return bytes(data)
