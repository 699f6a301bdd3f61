"""Dates of members of ZIP archives, which know the years from 1980 to 2107 alone."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Date = tuple[int, int, int, int, int, int]

EARLIEST: Date = (1980, 1, 1, 0, 0, 0)
LATEST: Date = (2107, 12, 31, 23, 59, 58)


class _Fitting(zipfile.ZipInfo):
    """A member whose date is the nearest that there is in an archive."""

    def __init__(self, filename: str = "NoName", date_time: Any = EARLIEST) -> None:
        super().__init__(filename, min(max(tuple(date_time), EARLIEST), LATEST))


@contextmanager
def fitting_dates() -> Iterator[None]:
    """Let libraries write archives in the block whatever the clock says.

    Python's own way for it, SOURCE_DATE_EPOCH, begins with 3.14.
    """
    own = zipfile.ZipInfo
    zipfile.ZipInfo = _Fitting  # type: ignore[misc]  # there is no other way into Keras's writer
    try:
        yield
    finally:
        zipfile.ZipInfo = own  # type: ignore[misc]
