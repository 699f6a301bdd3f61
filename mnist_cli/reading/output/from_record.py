"""A reading from its record: what a person put right goes the way of what was read."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.errors import PictureError
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.tables.tables import CellRead, Corners, NumberRead, TableRead, lies_in

_NO_IMAGE = np.zeros((28, 28), np.uint8)  # records have none


def reading_of(record: dict[str, Any]) -> Reading:
    """Return what writers of results need of a reading.

    Args:
        record: As of `Reading.to_record`, of which keys and types were checked.
    """
    digits = [_digit(one) for one in record["digits"]]
    of_cells = [_by_cell(one, digits) for one in record["tables"]]
    tables = tuple(map(_table, record["tables"], of_cells))
    of_numbers: dict[int, list[Digit]] = {}
    for digit in digits:
        of_numbers.setdefault(digit.number, []).append(digit)
    in_tables = {digit.number for cells in of_cells for own in cells for digit in own}
    error = record["error"]
    return Reading(
        path=record["path"],
        text=record["text"],
        digits=tuple(digits),
        flags=tuple(record["flags"]),
        model=record["model"],
        error=PictureError(error["message"], hint=error["hint"]) if error else None,
        numbers=tuple(
            _number(one, of_numbers.get(at, []), in_table=at in in_tables)
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


def _number(record: dict[str, Any], digits: Sequence[Digit], *, in_table: bool) -> NumberRead:
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


def _table(record: dict[str, Any], digits: Sequence[Sequence[Digit]]) -> TableRead:
    return TableRead(
        _corners(record["corners"]),
        record["rows"],
        record["columns"],
        tuple(map(_cell, record["cells"], digits)),
        record["name"],
    )


def _cell(record: dict[str, Any], digits: Sequence[Digit]) -> CellRead:
    text = record["text"]
    return CellRead(
        record["row"],
        record["column"],
        text,
        _doubtful(text, digits, unsure="unsure" in record["flags"]),
        record["confidence"],
        _corners(record["box"]),
        tuple(record["flags"]),
    )


def _by_cell(table: dict[str, Any], digits: Sequence[Digit]) -> list[list[Digit]]:
    """Return the digits whose middle lies in each cell of a table's record."""
    cells: list[list[Digit]] = [[] for _ in table["cells"]]
    if not cells:
        return cells
    corners = np.array([cell["box"] for cell in table["cells"]], np.float32)  # (C, 4, 2)
    least, most = corners.min(axis=1), corners.max(axis=1)
    for digit in digits:
        near = ((least <= digit.middle) & (digit.middle <= most)).all(axis=1)
        for at in np.flatnonzero(near):  # few: to test all of them takes a second a sheet
            if lies_in(corners[at], digit):
                cells[at].append(digit)
                break
    return cells


def _corners(points: Sequence[Sequence[int]]) -> Corners:
    return cast("Corners", tuple(tuple(point) for point in points))


def _doubtful(text: str, digits: Sequence[Digit], *, unsure: bool) -> str:
    """Return a text with `?` for each digit that is unsure, as far as it is known which are."""
    doubts = [digit.unsure for digit in digits]
    if not unsure or len(doubts) != sum(sign in DIGITS for sign in text):
        return text
    left = iter(doubts)
    return "".join("?" if sign in DIGITS and next(left) else sign for sign in text)
