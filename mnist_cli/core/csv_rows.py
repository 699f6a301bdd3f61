"""Rows of CSV that a spreadsheet opens without taking one of their cells for a formula."""

import csv
import re
from collections.abc import Callable, Iterable
from typing import IO

WriteRow = Callable[[Iterable[object]], object]

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_READ = re.compile(r"[-0-9.,+×÷=/%(): \n?]*")  # what stands on paper: it can call nothing


def row_writer(file: IO[str], line_end: str = "\r\n") -> WriteRow:
    """Return what writes a row to a file; texts go through `as_text`.

    Args:
        file: Opened with `newline=""`.
        line_end: What ends a row.
    """
    rows = csv.writer(file, lineterminator=line_end)
    return lambda row: rows.writerow(as_text(v) if isinstance(v, str) else v for v in row)


def as_text(cell: str) -> str:
    """Return what no spreadsheet takes for a formula: an apostrophe comes before its first sign.

    What is made of digits and marks alone stays as it is: -5 is a number, for pandas too, and
    without a letter nothing can be called or referred to.
    """
    dangerous = cell.startswith(_BEGINS_FORMULA) and not _READ.fullmatch(cell)
    return f"'{cell}" if dangerous else cell


def as_path(path: str) -> str:
    """Return a path that begins no formula, and that means the same file to whoever opens it."""
    return f"./{path}" if path.startswith(_BEGINS_FORMULA) and path != "-" else path
