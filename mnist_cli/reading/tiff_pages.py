"""Pages of TIFF files: a chain of directories, each of which says where a picture's pixels are.

Source: TIFF 6.0, Adobe 1992.
"""

import struct
from typing import BinaryIO, NamedTuple

SUFFIXES = frozenset({".tif", ".tiff"})
MOST_DIRECTORIES = 10_000  # that are followed; a file may have a chain without an end
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}  # of bytes, by the signature
_HEAD, _ENTRY, _LINK = 8, 12, 4  # bytes of a file's head, of a directory's entry, and of its end
_KIND, _SHORT = 254, 3  # the lowest tag, and so the first; a type of two bytes
_BESIDE = 1 | 4  # kinds: a smaller copy of another page, and the mask of one


class TiffPage(NamedTuple):
    """Where a page stands in its file.

    Attributes:
        directory: Where its directory begins, in bytes.
        link: Where it says which directory comes next.
    """

    directory: int
    link: int


def pages_in(file: BinaryIO) -> list[TiffPage]:
    """Return a TIFF's pages, but for smaller copies and masks; none of another file.

    What a chain names outside the file is a page too, and is damaged: the file was cut off.

    Raises:
        OSError: It can't be read.
    """
    head = file.read(_HEAD)
    order = _ORDERS.get(head[:4])
    if order is None or len(head) < _HEAD:
        return []
    found: list[TiffPage] = []
    seen: set[int] = set()
    at: int = struct.unpack_from(f"{order}I", head, 4)[0]
    while at and at not in seen and len(seen) < MOST_DIRECTORIES:
        seen.add(at)
        link, beside = _directory(file, at, order)
        if not beside:
            found.append(TiffPage(at, link))
        file.seek(link)
        after = file.read(_LINK)
        at = struct.unpack(f"{order}I", after)[0] if len(after) == _LINK else 0
    return found


def page_alone(data: bytes, page: TiffPage) -> bytes:
    """Return a TIFF that has one page of another alone; its pixels are not touched."""
    order, view = _ORDERS[data[:4]], memoryview(data)
    first = struct.pack(f"{order}I", page.directory)
    none = bytes(_LINK)
    return b"".join([view[:4], first, view[_HEAD : page.link], none, view[page.link + _LINK :]])


def _directory(file: BinaryIO, at: int, order: str) -> tuple[int, bool]:
    """Return where a directory's link is, and whether it is no page but beside one."""
    file.seek(at)
    begin = file.read(2 + _ENTRY)
    if len(begin) < 2 + _ENTRY:
        return at + len(begin), False
    entries, tag, kind, _, long = struct.unpack(f"{order}HHHII", begin)
    short = struct.unpack_from(f"{order}H", begin, 10)[0]
    value = short if kind == _SHORT else long
    return at + 2 + _ENTRY * entries, tag == _KIND and bool(value & _BESIDE)
