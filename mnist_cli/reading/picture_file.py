"""A picture's bytes out of its file, never more than a limit."""

import errno
from pathlib import Path

from mnist_cli.core.errors import (
    PictureError,
    PictureNotFoundError,
    PictureTooLargeError,
    PictureUnreadableError,
)
from mnist_cli.core.files import NotRegularError, read_regular
from mnist_cli.core.text import is_address
from mnist_cli.reading import documents

MAX_FILE_BYTES = 128 << 20
PATH_HINT = "Is the path right?"


def read_file(path: str | Path) -> bytes:
    """Read a picture's file, without waiting on a pipe and without reading more than a limit.

    Of a page, `FILE.pdf#3` or `FILE.tif#3`, a picture is drawn.

    Raises:
        PictureNotFoundError: Nothing is there.
        PictureUnreadableError: The system does not give it: by its permissions, or it is broken.
        PictureError: It is no regular file, is empty, or is too large.
    """
    if "#" in str(path) and (page := documents.page_of(path)):
        return documents.draw_page(read_file(page[0]), page[1])
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except ValueError as error:  # a NUL in the name
        raise PictureNotFoundError(f"no such file ({error}).", hint=PATH_HINT) from error
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}:
            raise not_found(str(path)) from error
        if error.errno == errno.EFBIG:
            raise _too_large() from error
        # ENXIO is of a socket, or of a terminal that is none of ours
        if isinstance(error, NotRegularError) or error.errno == errno.ENXIO:
            raise PictureError("not a regular file.") from error
        raise PictureUnreadableError(f"{error.strerror}.") from error


def not_found(path: str) -> PictureNotFoundError:
    """Return what says that nothing is at a path, or that it is an address."""
    if is_address(path):
        return PictureNotFoundError(
            "an address, not a file.", hint="Download it first; --engine ray reads addresses."
        )
    return PictureNotFoundError("no such file.", hint=PATH_HINT)


def check_file_size(data: bytes) -> bytes:
    """Return a picture's bytes as they are.

    Raises:
        PictureTooLargeError: There are more of them than are read.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _too_large()
    return data


def _too_large() -> PictureError:
    return PictureTooLargeError(f"larger than {MAX_FILE_BYTES >> 20} MB.", hint="Save it as JPEG.")
