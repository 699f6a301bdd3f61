"""What is known to be written, and which texts fit it."""

import csv
import io
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mnist_cli.core.data.csv_rows import decoded, rows_in
from mnist_cli.core.errors import ExitCode, UsageError
from mnist_cli.core.files import read_regular
from mnist_cli.core.finder_maps import MARKS

Fits = Callable[[str], bool]


class Expectation(NamedTuple):
    """What is known to be written.

    Attributes:
        fits: Tells whether a text is as expected.
        marks: Those that may be written.
    """

    fits: Fits
    marks: str

    @property
    def has_marks_within(self) -> bool:
        """Whether a mark may stand between digits, as a sign does not."""
        return bool(self.marks.strip("+-"))


KINDS = "integer, decimal, date, time, phone, a length as 6, or a range as 0..100"
YEAR = re.compile(r"\b(19|20)\d\d\b")
MOST_ALLOWED = 1_000_000  # bytes of a file
LISTS = frozenset({".txt", ".csv"})  # suffixes of files that allow texts


class ListNotFoundError(UsageError, code="list_not_found", exit_code=ExitCode.NOT_FOUND):
    """No file of allowed texts at this path."""


def expectation_of(expected: str | Sequence[str]) -> Expectation:
    """Return what is known to be written; takes and raises what `parse_expectation` does."""
    return Expectation(parse_expectation(expected), marks_of(expected))


def parse_expectation(expected: str | Sequence[str]) -> Fits:
    """Return what tells whether a text is as expected.

    Args:
        expected: One of `KINDS`, or the texts that are allowed.

    Raises:
        UsageError: It is none of these.
    """
    if not isinstance(expected, str):
        return partial(_is_among, frozenset(expected))
    if expected in _KINDS:
        return _KINDS[expected]
    if re.fullmatch(r"[1-9]\d?", expected):
        return partial(_matches, re.compile(rf"\d{{{expected}}}"))
    if found := re.fullmatch(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)", expected):
        low, high = map(float, found.groups())
        if low <= high:
            return partial(_in_range, low, high)
    raise UsageError(f"What is expected must be {KINDS}. Received: {expected!r}.")


def marks_of(expected: str | Sequence[str]) -> str:
    """Return the marks that may be written, where it is known what is; as `parse_expectation`."""
    if not isinstance(expected, str):
        return "".join(sorted({sign for text in expected for sign in text if sign in MARKS}))
    if expected in _MARKS:
        return _MARKS[expected]
    return "-.," if ".." in expected else ""


def read_expectation(text: str) -> str | list[str]:
    """Return what is expected, as `parse_expectation` takes it: a kind, or what a file allows.

    Raises:
        UsageError: It is neither, or as of `read_allowed`; as ListNotFoundError, it is a file's
            name.
    """
    if os.path.exists(text):  # noqa: PTH110  Path raises where a name is too long
        return read_allowed(Path(text))
    try:
        parse_expectation(text)
    except UsageError as error:
        is_name = Path(text).suffix.lower() in LISTS
        raise (ListNotFoundError if is_name else UsageError)(
            error.message, hint="Nor is there a file of that name."
        ) from error
    return text


def read_allowed(path: Path) -> list[str]:
    """Return the texts that a file allows: a line each or, of CSV, those of its first column.

    A first row without a digit is taken for the heads of columns.

    Raises:
        ListNotFoundError: There is no such file.
        UsageError: It is no text, empty, damaged, or very large; or nobody can tell whether its
            commas part columns, or the decimals of numbers.
    """
    try:
        if path.stat().st_size > MOST_ALLOWED:
            raise UsageError(f"{path}: at most {MOST_ALLOWED:,} bytes of allowed texts are read.")
        text = decoded(read_regular(path))
        lines = _first_column(text) if path.suffix.lower() == ".csv" else text.splitlines()
    except FileNotFoundError as error:
        raise ListNotFoundError(f"No file {str(path)!r}.", hint="Is the path right?") from error
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{path}: can't be read as text ({error}).") from error
    if allowed := sorted({line.strip() for line in lines} - {""}):
        return allowed
    raise UsageError(f"{path}: no line of it has anything that is allowed.")


def _first_column(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(re.fullmatch(r"-?\d+,\d+", line) for line in lines):
        raise UsageError(
            f"Each line is like {lines[0]!r}: is that one number, or are there two columns?",
            hint="Save numbers with decimal commas as .txt, or name the columns in a first row.",
        )
    first, *others = [row[0] for _, row in rows_in(io.StringIO(text, newline=""))] or [""]
    return [first, *others] if any(sign.isdigit() for sign in first) else others


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None


def _is_among(allowed: frozenset[str], text: str) -> bool:
    return text in allowed


def _in_range(low: float, high: float, text: str) -> bool:
    decimal = re.fullmatch(r"-?\d+(?:[.,]\d+)?", text)
    return decimal is not None and low <= float(text.replace(",", ".")) <= high


def _is_date(text: str) -> bool:
    """Tell whether it is a day: day, month, year, or month first, as in America, or year first.

    Without marks, as in boxes, it has eight digits, and a year from 1900 to 2099: slashes that were
    taken for 1s make other years of most dates.
    """
    if re.fullmatch(r"\d{8}", text):
        splits = (text[:2], text[2:4], text[4:]), (text[:4], text[4:6], text[6:])
        return any(YEAR.search(marked) and _is_date(marked) for marked in map("/".join, splits))
    parts = re.split(r"[/.\-]", text.rstrip("."))
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return False
    if len(parts[0]) == 4:
        return _is_day(*map(int, parts))
    if len(parts[2]) not in {2, 4}:
        return False
    first, second, year = map(int, parts)
    year += 2000 if year < 100 else 0
    return _is_day(year, second, first) or _is_day(year, first, second)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except (ValueError, OverflowError):
        return False
    return True


def _is_time(text: str) -> bool:
    """Tell whether it is a time of day, as 9:45 or 1:02:03, or one that was taken, as 2:23.90."""
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?", text)
    taken = re.fullmatch(r"(?:(\d{1,2}):(?=\d{2}:))?(\d{1,2}):(\d{2})\.\d{1,3}", text)
    for each in filter(None, (found, taken)):
        hours, minutes, seconds = (int(part or 0) for part in each.groups())
        if hours < 24 and minutes < 60 and seconds < 60:
            return True
    return False


def _is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return 5 <= digits <= 15 and re.fullmatch(r"\+?[\d()/.\-]+", text) is not None


_KINDS: Mapping[str, Fits] = {
    "integer": partial(_matches, re.compile(r"[+-]?\d+")),
    "decimal": partial(_matches, re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)([.,]\d+)?")),
    "date": _is_date,
    "time": _is_time,
    "phone": _is_phone,
}


_MARKS = {"integer": "+-", "decimal": "+-.,", "date": "/.-", "time": ":.", "phone": "+()/.-"}
