"""A reading from its record: what a person put right goes the way of what was read."""

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np

from mnist_cli.core.class_names import DIGITS
from mnist_cli.core.errors import PictureError
from mnist_cli.reading.record import Reading
from mnist_cli.reading.results import Digit
from mnist_cli.reading.tables import CellRead, Corners, NumberRead, TableRead

_NO_IMAGE = np.zeros((28, 28), np.uint8)  # records have none


def reading_of(record: dict[str, Any]) -> Reading:
    """Return what writers of results need of a reading.

    Args:
        record: As of `Reading.to_record`, of which keys and types were checked.
    """
    digits = [_digit(one) for one in record["digits"]]
    tables = tuple(_table(one, digits) for one in record["tables"])
    in_tables = {
        digit.number
        for digit in digits
        for table in tables
        for cell in table.cells
        if _is_in(digit, cell.box)
    }
    error = record["error"]
    return Reading(
        path=record["path"],
        text=record["text"],
        digits=tuple(digits),
        flags=tuple(record["flags"]),
        model=record["model"],
        error=PictureError(error["message"], hint=error["hint"]) if error else None,
        numbers=tuple(
            _number(one, [digit for digit in digits if digit.number == at], at in in_tables)
            for at, one in enumerate(record["numbers"])
        ),
        tables=tables,
    )


def _digit(record: dict[str, Any]) -> Digit:
    return Digit(
        record["digit"],
        record["confidence"],
        tuple((digit, share) for digit, share in record["top"]),
        tuple(record["box"]),
        record["unsure"],
        tuple(record["flags"]),
        _NO_IMAGE,
        record["line"],
        record["number"],
        record["printed"],
    )


def _number(record: dict[str, Any], digits: Sequence[Digit], in_table: bool) -> NumberRead:
    text = record["text"]
    return NumberRead(
        text,
        tuple(record["box"]),
        record["confidence"],
        record["unsure"],
        record["line"],
        _doubtful(text, digits, unsure=record["unsure"]),
        in_table,
    )


def _table(record: dict[str, Any], digits: Sequence[Digit]) -> TableRead:
    return TableRead(
        _corners(record["corners"]),
        record["rows"],
        record["columns"],
        tuple(_cell(cell, digits) for cell in record["cells"]),
        record["name"],
    )


def _cell(record: dict[str, Any], digits: Sequence[Digit]) -> CellRead:
    corners, text = _corners(record["box"]), record["text"]
    own = [digit for digit in digits if _is_in(digit, corners)]
    return CellRead(
        record["row"],
        record["column"],
        text,
        _doubtful(text, own, unsure="unsure" in record["flags"]),
        record["confidence"],
        corners,
        tuple(record["flags"]),
    )


def _corners(points: Sequence[Sequence[int]]) -> Corners:
    return cast("Corners", tuple(tuple(point) for point in points))


def _is_in(digit: Digit, corners: Corners) -> bool:
    left, top, right, bottom = digit.box
    middle = (left + right) / 2, (top + bottom) / 2
    return bool(cv2.pointPolygonTest(np.array(corners, np.float32), middle, False) >= 0)


def _doubtful(text: str, digits: Sequence[Digit], *, unsure: bool) -> str:
    """Return a text with `?` for each digit that is unsure, as far as it is known which."""
    if not unsure:
        return text
    doubts = [digit.unsure for digit in digits]
    if len(doubts) != sum(sign in DIGITS for sign in text) or not any(doubts):
        return f"{text}?"
    left = iter(doubts)
    return "".join("?" if sign in DIGITS and next(left) else sign for sign in text)
