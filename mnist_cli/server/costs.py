"""How long a request's work may take, guessed from a few bytes, before anything is decoded.

Reading takes the longer the more pixels there are to look at. The guess decides who is read first,
and nothing else; a picture whose size is not known counts as a large one.
"""

import base64
import binascii
import re
import struct

from mnist_cli.server.jobs import Job, ReadJson, ReadPictures

PIXELS_PER_S = 200_000  # of the worst pictures: small digits all over them
MOST_S = 20.0
COSTLY_S = 1.0  # what takes longer is read alone, since what is read with it is answered with it
MAX_JSON_BYTES = 64 << 10  # of a body that is looked into

_PNG, _JPEG, _GIF, _BMP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of a JPEG, what tells its size
_IN_JSON = re.compile(rb'"(?:data:[^",]{0,99},)?([A-Za-z0-9+/]{64,})')  # base64


def expected_s(job: Job) -> float:
    """Return how many seconds a job may take, 0 to `MOST_S`."""
    if isinstance(job, ReadPictures):
        pictures = [data for _, data in job.pictures]
    elif isinstance(job, ReadJson):
        if len(job.body) > MAX_JSON_BYTES:
            return MOST_S
        pictures = [_decoded(text) for text in _IN_JSON.findall(job.body)]
    else:
        return 0.0
    return min(MOST_S, sum(map(_pixels, pictures)) / PIXELS_PER_S)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text[: len(text) // 4 * 4])
    except binascii.Error:
        return b""


def _pixels(data: bytes) -> float:
    """Return how many pixels a picture says it has."""
    try:
        if data.startswith(_PNG):
            width, height = struct.unpack_from("!II", data, 16)
        elif data.startswith(_JPEG):
            height, width = _jpeg_sides(data)
        elif data.startswith(_GIF):
            width, height = struct.unpack_from("<HH", data, 6)
        elif data.startswith(_BMP):
            width, height = struct.unpack_from("<ii", data, 18)
        else:
            return float("inf")
    except (struct.error, IndexError):
        return 0.0  # it is cut off, and soon refused
    return float(abs(width * height))


def _jpeg_sides(data: bytes) -> tuple[int, int]:
    at = 2
    while data[at + 1] not in _FRAMES:
        (length,) = struct.unpack_from("!H", data, at + 2)
        at += 2 + length
    height, width = struct.unpack_from("!HH", data, at + 5)
    return height, width
