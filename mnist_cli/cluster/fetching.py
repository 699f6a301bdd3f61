"""What is in the files of pictures, wherever they lie; those behind URLs are fetched together."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from mnist_cli.cluster.filesystems import is_url, located, reached
from mnist_cli.core.errors import PictureError, PictureNotFoundError, PictureUnreadableError
from mnist_cli.reading.picture_file import MAX_FILE_BYTES, check_file_size, read_file

Content = bytes | PictureError  # of a picture, or why there is none

_REFUSALS = (
    (FileNotFoundError, PictureNotFoundError, "no such file."),
    (PermissionError, PictureUnreadableError, "Permission denied."),
    (IsADirectoryError, PictureError, "not a regular file."),
)
BUSY = (408, 425, 429, 500, 502, 503, 504)  # statuses of HTTP that may be another one later
NO_SUCH_PART = 416  # some servers have no part of nothing
WAITS_S = (1.0, 2.0, 4.0)  # seconds before each further try
AT_FIRST = 8 << 20  # bytes of each file that are fetched together; of few pictures there is more


def contents(places: Iterable[str]) -> Iterator[Content]:
    """Yield what is in several pictures' files; those behind URLs are fetched together.

    Raises:
        StorageError: One can't be reached, though it may be there.
    """
    places = list(places)
    fetched = _fetched([place for place in places if is_url(place)])
    return (next(fetched) if is_url(place) else _read(place) for place in places)


def _read(path: str) -> Content:
    try:
        return read_file(path)
    except PictureError as error:
        return error


def _fetched(urls: list[str]) -> Iterator[Content]:
    """Fetch the beginning of each file at the same time, and the rest of large ones later."""
    located = [_located(url) for url in urls]
    found = [each for each in located if not isinstance(each, PictureError)]
    beginnings: dict[tuple[int, str], bytes | Exception] = {}
    for files in {id(files): files for files, _ in found}.values():
        names = [name for others, name in found if others is files]
        with reached(files.unstrip_protocol(names[0])):
            parts = _beginnings(files, names)
        beginnings |= {(id(files), name): part for name, part in parts.items()}
    for url, each in zip(urls, located, strict=True):
        if isinstance(each, PictureError):
            yield each
            continue
        files, name = each
        with reached(url):
            yield _content(files, name, beginnings[id(files), name])


def _beginnings(files: Any, names: list[str]) -> dict[str, bytes | Exception]:
    """Fetch the beginning of each file, again and later from a server that is busy."""
    found: dict[str, bytes | Exception] = {}
    for wait_s in (0, *WAITS_S):
        left = [name for name in names if name not in found or _status(found[name]) in BUSY]
        if not left:
            break
        time.sleep(wait_s)
        parts = files.cat_ranges(left, 0, AT_FIRST, on_error="return")
        found |= dict(zip(left, parts, strict=True))
    return found


def _status(answer: object) -> int:
    """Return the status of HTTP that an error tells of; 0 if none."""
    status = getattr(answer, "status", 0)
    return status if isinstance(status, int) else 0


def _located(url: str) -> tuple[Any, str] | PictureError:
    with reached(url):
        try:
            return located(url)
        except ValueError as error:
            return PictureNotFoundError(f"no URL that can be read ({error}).")


def _content(files: Any, name: str, answer: bytes | Exception) -> Content:
    """Make sense of what came of a file's beginning."""
    for kind, error, words in _REFUSALS:
        if isinstance(answer, kind):
            return error(words)
    if isinstance(answer, ValueError):  # so aiohttp calls it
        return PictureNotFoundError(f"no URL that can be read ({answer}).")
    status = _status(answer)
    if 400 <= status < 500 and status not in {*BUSY, NO_SUCH_PART}:
        return PictureError(f"the server answered {status}.")
    if isinstance(answer, Exception):
        if status in BUSY or files.size(name) != 0:
            raise answer
        return b""
    if len(answer) < AT_FIRST:
        return answer
    return within_limit(files.cat_file(name, start=0, end=MAX_FILE_BYTES + 1))


def within_limit(data: bytes) -> Content:
    """Return a picture's bytes, or that there are more of them than are read."""
    try:
        return check_file_size(data)
    except PictureError as error:
        return error
