"""Rows of CSV: what spreadsheets save, and what none of them takes for a formula."""

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO

SEPARATORS = ",;\t"  # in much of Europe, a spreadsheet saves CSV with semicolons
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


def decoded(content: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 that begins with its mark.

    Raises:
        ValueError: It is neither.
    """
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # so UTF-16 without its mark looks, and a file that is no text
        raise ValueError("it is text neither in UTF-8 nor in UTF-16")
    return text


def rows_in(lines: Iterable[str], *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that holds something, with the line that it begins on, from 1.

    The cells stand apart by what a first line `sep=;` says, as spreadsheets write it, or else by
    what divides the first row most: a comma, a semicolon or a tab.

    Args:
        lines: Of a file that was opened with `newline=""`.
        strict: Whether quotes that are not as CSV has them are an error.

    Raises:
        csv.Error: A row is damaged.
    """
    numbered = enumerate(lines, 1)
    line, first = next(((at, text) for at, text in numbered if text.strip()), (1, ""))
    if said := re.fullmatch(r"sep=(.)", first.strip(" \r\n")):
        separator = said[1]
        line, first = next(numbered, (line, ""))
    else:
        separator = max(SEPARATORS, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
    rest = (text for _, text in numbered)
    rows = csv.reader(chain([first], rest), delimiter=separator, strict=strict)
    begin = line
    for row in rows:
        if any(row):
            yield line, row
        line = begin + rows.line_num
