"""Numbers and tables as they were read: what records, spreadsheets and screens show of them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.normalise import Box
from mnist_cli.reading.output.results import Digit

# So many digits, each of which is just sure, make a number that is. If it had to be as sure as one
# digit, long numbers would be doubted most: seven right ones for each wrong one more.
JUST_SURE = 3
Corners = tuple[tuple[int, int], ...]  # upper left, upper right, lower right, lower left


class NumberRead(NamedTuple):
    """A number as it was read.

    Attributes:
        text: Its digits and marks.
        box: Left, top, right, bottom in pixels of the upright picture.
        confidence: That all of its digits are right, and it is one and whole, in [0, 1].
        unsure: Whether one of its digits is, or all of them together, or its cell, or a stroke in
            it may be a 1, or it lacks a mark that the others of its list have, or it may be two,
            or a part of one, or what stood at its end is hardly a digit.
        line: The line that it stands on, from 0.
        doubtful_text: Its digits and marks, with `?` for each digit that is unsure.
        in_table: Whether it stands in a table.
    """

    text: str
    box: Box
    confidence: float
    unsure: bool
    line: int
    doubtful_text: str
    in_table: bool

    @property
    def shown(self) -> str:
        """Its text for people, with `?` for each unsure digit; behind it where the whole is."""
        return _shown(self.doubtful_text, unsure=self.unsure)

    def doubted(
        self, whole: float, min_confidence: float, *, is_doubted: bool = False
    ) -> "NumberRead":
        """Return it as it is where it is one and whole with this probability, in [0, 1].

        It is unsure where it is doubted, as it may lack a mark or lost what is hardly a digit, or
        is hardly likely to be right as a whole; a cell tells that of its own.
        """
        confidence = round(self.confidence * whole, 4)
        unsure = (
            self.unsure
            or is_doubted
            or (not self.in_table and confidence < least_of_whole(min_confidence))
        )
        return self._replace(confidence=confidence, unsure=unsure)

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        return {
            "text": self.text,
            "box": list(self.box),
            "confidence": self.confidence,
            "unsure": self.unsure,
            "line": self.line,
        }


class CellRead(NamedTuple):
    """A table's cell as it was read.

    Attributes:
        row: From 1, its first one where it takes several.
        column: The same.
        text: What stands in it; empty where no digit does.
        doubtful_text: The same, with `?` for each digit that is unsure.
        confidence: That all of it is right, in [0, 1]; of an empty one, that it is.
        box: Its corners in pixels of the upright picture.
        flags: `empty`, `not_a_digit`, `crossed_out`, `touches_line`, `several_numbers`, `merged`,
            `between_cells` with its neighbour, `unsure`, `lies`, `unexpected`, `contradicts`,
            `cut_off` where the picture ends, `unread_ink` where a stroke beside what was read is as
            tall as a digit, `lacks_mark` where most of the column have one, `odd_mark` where they
            have none, `printed` on each sheet of a form, `heading`, `sum_fails`.
        is_print: Whether most of its digits are printed.
    """

    row: int
    column: int
    text: str
    doubtful_text: str
    confidence: float
    box: Corners
    flags: tuple[str, ...]
    is_print: bool = False

    @property
    def shown(self) -> str:
        """Its text for people, with `?` for each unsure digit; behind it where the whole is."""
        return _shown(self.doubtful_text, unsure="unsure" in self.flags)

    @property
    def area(self) -> Box:
        """Left, top, right, bottom of its corners."""
        x, y = zip(*self.box, strict=True)
        return min(x), min(y), max(x), max(y)

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        return {
            "row": self.row,
            "column": self.column,
            "text": self.text,
            "confidence": self.confidence,
            "box": [list(corner) for corner in self.box],
            "flags": list(self.flags),
        }


class TableRead(NamedTuple):
    """A table as it was read.

    Attributes:
        corners: In pixels of the upright picture.
        rows: How many.
        columns: How many.
        cells: From the upper left to the lower right.
        name: Of the form's field; empty where there is no form.
        names: What its columns are called; none of a box, and where there is no form.
    """

    corners: Corners
    rows: int
    columns: int
    cells: tuple[CellRead, ...]
    name: str = ""
    names: tuple[str, ...] = ()

    @property
    def is_box(self) -> bool:
        """Whether it is a form's box, for one number."""
        return bool(self.name) and not self.names

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        return {
            "corners": [list(corner) for corner in self.corners],
            "rows": self.rows,
            "columns": self.columns,
            "name": self.name,
            "cells": [cell.to_record() for cell in self.cells],
        }

    def digits(self) -> list[int]:
        """Return what each cell of a sudoku holds, row by row; 0 where it is empty."""
        return [int(cell.text or 0) for cell in self.cells]

    def lines(self) -> list[list[str]]:
        """Return the rows as they are on paper: each its columns' texts, with `?` where unsure."""
        lines = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            lines[cell.row - 1][cell.column - 1] = cell.shown
        return lines


def least_of_whole(min_confidence: float) -> float:
    """Return under which confidence a number is unsure, of that under which a digit is."""
    return min_confidence**JUST_SURE


def _shown(text: str, *, unsure: bool) -> str:
    is_told = not unsure or "?" in text
    return text if is_told else f"{text} ?".lstrip()


def by_line(numbers: Iterable[NumberRead]) -> list[list[NumberRead]]:
    """Group numbers by their lines."""
    lines: dict[int, list[NumberRead]] = {}
    for number in numbers:
        lines.setdefault(number.line, []).append(number)
    return list(lines.values())


def digits_in(corners: Corners, digits: Iterable[Digit]) -> list[Digit]:
    """Return the digits whose middle lies between corners, in the order in which they are read."""
    outline = np.array(corners, np.float32)
    return [digit for digit in digits if lies_in(outline, digit)]


def lies_in(corners: NDArray[np.float32], digit: Digit) -> bool:
    """Tell whether a digit's middle lies in what has the corners, (N, 2), or on its border."""
    return bool(cv2.pointPolygonTest(corners, digit.middle, False) >= 0)
