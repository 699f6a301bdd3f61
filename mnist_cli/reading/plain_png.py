"""The one kind of picture that comes by the million: small, grey, and nothing else in the file.

Its bytes are decoded in a third of the time that Pillow takes.
"""

import struct
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 128  # px

_START = b"\x89PNG\r\n\x1a\n" + struct.pack("!I4s", 13, b"IHDR")
_GREY = bytes([8, 0, 0, 0, 0])  # 8 bits, grey, deflate, the usual filters, not interlaced
_HEAD = struct.Struct("!16sII5sII4s")  # up to the first pixels
_END = struct.pack("!I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
_FILTERS = 5


def decode_plain_png(data: bytes, min_side: int) -> NDArray[np.uint8] | None:
    """Decode a grey PNG of 8 bits, of `min_side` to `MAX_SIDE` px, without any metadata.

    Returns:
        (H, W) uint8, or None where the file is anything else, or damaged in any way: it is for
        Pillow then to say what it is.
    """
    if len(data) < _HEAD.size or not data.startswith(_START):
        return None
    _, width, height, kind, checksum, length, name = _HEAD.unpack_from(data)
    if (kind, name) != (_GREY, b"IDAT") or zlib.crc32(data[12:29]) != checksum:
        return None
    if not (min_side <= width <= MAX_SIDE and min_side <= height <= MAX_SIDE):
        return None
    end = _HEAD.size + length
    pixels, told = data[_HEAD.size : end], data[end : end + 4]
    if data[end + 4 :] != _END or zlib.crc32(name + pixels) != int.from_bytes(told, "big"):
        return None
    return _decoded(data) if _are_whole(pixels, width, height) else None


def _are_whole(pixels: bytes, width: int, height: int) -> bool:
    """Look for what libpng would tell the terminal."""
    rows, size = zlib.decompressobj(), height * (1 + width)
    try:
        filtered = rows.decompress(pixels, size + 1)
    except zlib.error:
        return False
    is_all = rows.eof and not rows.unused_data and len(filtered) == size
    return is_all and max(filtered[:: 1 + width]) < _FILTERS


def _decoded(data: bytes) -> NDArray[np.uint8] | None:
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return None if grey is None else np.asarray(grey, np.uint8)
