"""Rows of CSV that a spreadsheet opens without taking one of their cells for a formula."""

import csv
import re
from collections.abc import Callable, Iterable
from typing import IO

WriteRow = Callable[[Iterable[object]], object]

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+][0-9.,]*")


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

    A number stays as it is: -5 is one for pandas too. But -5-3 would be shown as -8.
    """
    is_formula = cell.startswith(_BEGINS_FORMULA) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def from_text(cell: str) -> str:
    """Return what `as_text` made a cell of."""
    bare = cell.removeprefix("'")
    return bare if as_text(bare) == cell else cell


def as_path(path: str) -> str:
    """Return a path that begins no formula, and that means the same file to whoever opens it."""
    return f"./{path}" if path.startswith(_BEGINS_FORMULA) and path != "-" else path
