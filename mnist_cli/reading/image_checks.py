"""What is refused of a picture: too large, too costly, or not as it was written."""

import re
import zlib

import numpy as np

from mnist_cli.core.errors import PictureError, PictureTooCostlyError, PictureTooLargeError

MAX_PIXELS = 64_000_000  # phones take 50 MP
MAX_WEBP_PIXELS = 24_000_000  # each takes so many bytes until it is decoded:
WEBP_BYTES = 16
MAX_SCANNED = 2_000_000_000  # pixels of all scans of a JPEG: about 2 s
MIN_SIDE = 4
SMALLER_HINT = "Scale it down, or cut out what is to be read."
DAMAGED_HINT = "Copy or download it once more, or open it elsewhere and save it anew."
MAX_ASPECT = 32

# of a JPEG; in a scan's own bytes a marker of a segment can't be
_JPEG_BEGINS, _SCAN, _JPEG_ENDS = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def check_size(width: int, height: int) -> None:
    """Refuse a picture of too many pixels, too few, or no digit's shape."""
    if width * height > MAX_PIXELS:
        raise PictureTooLargeError(
            f"the picture is too large: {width}×{height}, over {MAX_PIXELS / 1e6:g} MP.",
            hint=SMALLER_HINT,
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"the picture is too small: {width}×{height}, under {MIN_SIDE}×{MIN_SIDE}.",
            hint="Take it larger, or cut out more of the page.",
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise PictureError(
            f"the picture is no digit's shape: {width}×{height}, over {MAX_ASPECT} to 1.",
            hint="Cut it into parts.",
        )


def check_webp(width: int, height: int) -> None:
    """Refuse a WebP that its decoder takes too much memory for.

    Raises:
        MemoryError: There is less than it takes. Its decoder would call that damage.
    """
    if width * height > MAX_WEBP_PIXELS:
        raise PictureTooLargeError(
            f"the picture is too large: {width}×{height}, over {MAX_WEBP_PIXELS / 1e6:g} MP,"
            " the limit for WebP.",
            hint="Save it as JPEG or PNG, or scale it down.",
        )
    np.empty((width, height, WEBP_BYTES), np.uint8)  # untouched, it takes no memory yet


def check_scans(data: bytes, width: int, height: int) -> None:
    """Refuse a JPEG that goes over its pixels again and again; ten times is usual."""
    most = MAX_SCANNED // (width * height)
    if _count_scans(data, most) > most:
        raise PictureTooCostlyError(f"the picture would take too long: over {most} scans.")


def _count_scans(data: bytes, most: int) -> int:
    """Return how many scans a JPEG's own image has, up to one more than `most`.

    What stands in its segments, as a preview, and behind its end, as a phone's film, is not its.
    """
    at, scans = len(_JPEG_BEGINS), 0
    while scans <= most and (found := _MARKER.search(data, at)) and found[0] != _JPEG_ENDS:
        scans += found[0] == _SCAN
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans


def check_png(data: bytes) -> None:
    """Refuse a PNG whose pixels are not as they were written.

    Pillow stops at the last pixel, before it has seen whether the checksum after it is right.
    """
    view, at = memoryview(data), 8  # bytes of a signature
    while (kind := data[at + 4 : at + 8]) not in {b"", b"IEND"}:
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        told = int.from_bytes(data[end : end + 4], "big")
        if kind == b"IDAT" and zlib.crc32(view[at + 4 : end]) != told:
            what = "is damaged" if end + 4 <= len(data) else "is cut off"
            raise PictureError(f"the picture {what} (a checksum is wrong).", hint=DAMAGED_HINT)
        at = end + 4
