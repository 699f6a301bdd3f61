"""How long a request's work may take, guessed from a few bytes, before anything is decoded.

Reading takes the longer the more pixels there are to look at. The guess decides who is read first,
and nothing else; a picture whose size is not known counts as a large one.
"""

import base64
import binascii
import re
import struct

from mnist_cli.server.form_jobs import MakeForm, MakeFormOfJson
from mnist_cli.server.jobs import Job, ReadJson, ReadPictures
from mnist_cli.server.layer_jobs import Look
from mnist_cli.server.limits import TURN_S, WORK_S
from mnist_cli.server.sheets import SaveDigits, ShowPage, WriteResults

PIXELS_PER_S = 200_000  # of the worst pictures: small digits all over them
MOST_S = TURN_S - WORK_S  # then it is still read in time where small ones never end
LOOK_S = 0.1  # into the network: what is to be read meanwhile goes first
COSTLY_S = 1.0  # what takes longer is read alone, since what is read with it is answered with it
SHEET_S = 2.0  # of a page that is drawn, or a file that is written
MAX_JSON_BYTES = 64 << 10  # of a body that is looked into

MAX_SEGMENTS = 1_000  # of a JPEG that are passed over: of an ICC profile alone there may be 255
UNKNOWN = float("inf")  # pixels

_FILL = 0xFF
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of a JPEG, what tells its size
_IN_JSON = re.compile(rb'"(?:data:[^",]{0,99},)?([A-Za-z0-9+/]{64,})')  # base64


def expected_s(job: Job) -> float:
    """Return how many seconds a job may take, 0 to `MOST_S`."""
    if isinstance(job, ReadPictures):
        pictures = [data for _, data in job.pictures]
        if isinstance(job.options.form, bytes):
            return MOST_S  # its own picture counts too, and is matched with each of these
    elif isinstance(job, MakeForm):
        pictures = [job.picture]
    elif isinstance(job, ReadJson | MakeFormOfJson):
        if len(job.body) > MAX_JSON_BYTES:
            return MOST_S
        pictures = [_decoded(text) for text in _IN_JSON.findall(job.body)]
    else:
        waits_s = {Look: LOOK_S, ShowPage: SHEET_S, WriteResults: SHEET_S, SaveDigits: SHEET_S}
        return waits_s.get(type(job), 0.0)
    return min(MOST_S, sum(map(_pixels, pictures)) / PIXELS_PER_S)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text[: len(text) // 4 * 4])
    except binascii.Error:
        return b""


def _pixels(data: bytes) -> float:
    """Return how many pixels a picture says it has."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from("!II", data, 16)
        elif data.startswith(b"\xff\xd8\xff"):
            height, width = _jpeg_sides(data)
        elif data.startswith(b"GIF8"):
            width, height = struct.unpack_from("<HH", data, 6)
        elif data.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", data, 18)
        elif data.startswith(b"RIFF") and data[12:16] == b"VP8X":
            width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        elif data.startswith(b"RIFF") and data[12:16] == b"VP8L":
            sides = int.from_bytes(data[21:25], "little")
            width, height = (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1
        elif data.startswith(b"RIFF") and data[12:16] == b"VP8 ":
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
        else:
            return UNKNOWN
    except (struct.error, ValueError):
        return UNKNOWN
    return float(abs(width * height))


def _jpeg_sides(data: bytes) -> tuple[int, int]:
    """Return height and width of the first frame of a JPEG.

    Raises:
        ValueError: There is none behind as many segments as a photograph may have.
        struct.error: It is cut off.
    """
    at = 2
    for _ in range(MAX_SEGMENTS):
        filled, kind, length = struct.unpack_from("!BBH", data, at)
        if filled == kind == _FILL:  # any number of them may stand before a segment
            at += 1
        elif filled != _FILL or length < 2:
            break
        elif kind in _FRAMES:
            height, width = struct.unpack_from("!HH", data, at + 5)
            return height, width
        else:
            at += 2 + length
    raise ValueError("no frame")
