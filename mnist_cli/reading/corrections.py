"""What a person put right in a file of results, as images of digits with their labels."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import DatasetError, DatasetNotFoundError, PictureError
from mnist_cli.core.files import read_regular
from mnist_cli.reading.output import CELL_COLUMNS, COLUMNS
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.record import Reading
from mnist_cli.reading.results import Digit
from mnist_cli.reading.tables import by_line

STILL_OPEN = "?"  # a digit that is still to be looked at
ERROR = "error: "  # how a row of a picture begins that was not read


class Entry(NamedTuple):
    """What a person says of one place of a picture.

    Attributes:
        line: Of the file, from 1.
        path: Of the picture.
        text: What stands there.
        place: Four corners in the picture's pixels; or table, row and column, from 1, and of what
            stands in no table 0, the line from 1, and 0; None where all of the picture is meant.
    """

    line: int
    path: str
    text: str
    place: NDArray[np.float32] | tuple[int, int, int] | None

    @property
    def digits(self) -> str:
        """The digits of its text, without marks and spaces."""
        return "".join(sign for sign in self.text if sign in "0123456789")


class LabelledDigit(NamedTuple):
    """A digit that a person said what it is.

    Attributes:
        digit: Which.
        name: Of its picture, unique among those of this file.
        image: (28, 28) uint8, as the classifier sees it.
    """

    digit: int
    name: str
    image: NDArray[np.uint8]


@dataclass
class Corrections:
    """What comes of a file.

    Attributes:
        digits: Those of places that read otherwise, or were unsure.
        changed: How many places read otherwise.
        confirmed: How many were unsure, and right.
        still_open: How many have a `?` still.
        unmatched: Places that could not be used, each with the reason.
    """

    digits: list[LabelledDigit] = field(default_factory=list)
    changed: int = 0
    confirmed: int = 0
    still_open: int = 0
    unmatched: list[tuple[Entry, str]] = field(default_factory=list)


def read_entries(path: Path) -> list[Entry]:
    """Read what stands in a file of `predict --cells` or `--output`, after a person went over it.

    Raises:
        DatasetNotFoundError: No file is there.
        DatasetError: It is none that `predict` writes, or is damaged.
    """
    try:
        content = read_regular(path)
    except OSError as error:
        reason = error.strerror or error
        raise DatasetNotFoundError(f"Can't read {str(path)!r}: {reason}.") from error
    try:
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines(keepends=True), strict=True))
        return [one for one in _entries(rows) if not one.text.startswith(ERROR)]
    except (UnicodeDecodeError, csv.Error, ValueError, IndexError) as error:
        raise DatasetError(
            f"{path}: expected a .csv file that `mnist predict` wrote ({error}).",
            hint="Save the spreadsheet as CSV UTF-8, separated by commas.",
        ) from error


def _entries(rows: Sequence[Sequence[str]]) -> Iterator[Entry]:
    heads = tuple(rows[0]) if rows else ()
    numbered = [(line, row) for line, row in enumerate(rows[1:], 2) if any(row)]
    if heads == CELL_COLUMNS:
        for line, (path, _, _, _, text, _, _, box) in numbered:
            yield Entry(line, path, text, np.array(json.loads(box), np.float32).reshape(4, 2))
    elif heads == COLUMNS:
        for line, row in numbered:
            yield Entry(line, row[0], row[2], None)
    elif heads[:3] == ("path", "table", "1"):
        counts = Counter[tuple[str, str]]()
        for line, (path, table, *texts) in numbered:
            counts[path, table] += 1
            row_number = counts[path, table]
            if not table:
                yield Entry(line, path, " ".join(texts).strip(), (0, row_number, 0))
                continue
            for column, text in enumerate(texts, 1):
                yield Entry(line, path, text, (int(table), row_number, column))
    else:
        raise ValueError(f"its columns are {', '.join(heads)[:100] or 'none'}")


def corrections(entries: Sequence[Entry], reader: Reader) -> Corrections:
    """Read the pictures again, and take each digit of a place for what a person says that it is.

    A place whose digits are not as many as were found can't be used; nor can one that reads as it
    did, and is sure.

    Args:
        entries: As of `read_entries`.
        reader: As it read before.
    """
    found = Corrections()
    by_path: dict[str, list[Entry]] = {}
    for entry in entries:
        by_path.setdefault(entry.path, []).append(entry)
    for path, own in by_path.items():
        try:
            reading = reader.read(path)
        except PictureError as error:
            found.unmatched += ((entry, error.message) for entry in own)
            continue
        for entry in own:
            _add(found, entry, reading)
    return found


def _add(found: Corrections, entry: Entry, reading: Reading) -> None:
    if STILL_OPEN in entry.text:
        found.still_open += 1
        return
    there = _digits_at(entry, reading)
    if there is None:
        found.unmatched.append((entry, "no such cell was found"))
        return
    is_changed = entry.digits != "".join(str(one.digit) for one in there)
    if not is_changed and not any(one.unsure for one in there):
        return
    if len(there) != len(entry.digits):
        reason = f"{len(there)} digits were found, for {len(entry.digits)}"
        found.unmatched.append((entry, reason))
        return
    found.changed += is_changed
    found.confirmed += not is_changed
    for digit, one in zip(entry.digits, there, strict=True):
        name = f"{reading.stem}-{len(found.digits):05}"
        found.digits.append(LabelledDigit(int(digit), name, one.image))


def _digits_at(entry: Entry, reading: Reading) -> Sequence[Digit] | None:
    """Return the digits at a place, from left to right; None where it is not on the picture."""
    if entry.place is None:
        return reading.digits
    if isinstance(entry.place, tuple):
        number, row, column = entry.place
        if not number:
            return _of_loose_line(row, reading)
        cells = reading.tables[number - 1].cells if number <= len(reading.tables) else ()
        boxes = [cell.box for cell in cells if (cell.row, cell.column) == (row, column)]
        if not boxes:
            return None if entry.text else ()
        corners = np.array(boxes[0], np.float32)
    else:
        corners = entry.place
    return [one for one in reading.digits if _is_inside(one, corners)]


def _of_loose_line(number: int, reading: Reading) -> Sequence[Digit] | None:
    """Return the digits of the line of some number, from 1, of those that stand in no table."""
    lines = by_line(one for one in reading.numbers if not one.in_table)
    if number > len(lines):
        return None
    line = lines[number - 1][0].line
    return [one for one in reading.digits if one.line == line]


def _is_inside(digit: Digit, corners: NDArray[np.float32]) -> bool:
    left, top, right, bottom = digit.box
    middle = (left + right) / 2, (top + bottom) / 2
    return bool(cv2.pointPolygonTest(corners, middle, False) >= 0)
