"""How the digits of a page stand: in tables, on lines, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import attrgetter

import numpy as np

from mnist_cli.reading.candidates import Candidate, lie_in
from mnist_cli.reading.known_marks import STROKES
from mnist_cli.reading.numbers import Line, Number, doubtful_marks
from mnist_cli.reading.tables.grid import Area, Grid


@dataclass(frozen=True, eq=False)
class Cell:
    """A table's cell and what stands in it.

    Attributes:
        area: Which rows and columns it takes.
        numbers: From the upper left to the lower right.
        flags: `merged`, `several_numbers`, `touches_line`, `unread_ink`; of one without a number
            `empty`, `not_a_digit`, `crossed_out`; of one that a form has print in `printed`.
        doubt: Score of the likeliest digit that was left out in it, in [0, 1].
        unread: x and y of the middles of strokes that were not read, in pixels of the picture.
    """

    area: Area
    numbers: Line
    flags: tuple[str, ...]
    doubt: float
    unread: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """A table and its cells, from the upper left to the lower right."""

    grid: Grid
    cells: tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class Arrangement:
    """How the digits of a page stand.

    Attributes:
        lines: In the order in which they are read; a table's rows among them.
        tables: From top to bottom.
        beside: Printed digits beside tables, that are in no line.
        printed: Digits that are printed in cells on each sheet of a form, and in no line.
        cut_off: Digits of tables that the picture's edge cuts, beside a whole one; in no line.
    """

    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    beside: tuple[Candidate, ...] = ()
    printed: tuple[Candidate, ...] = ()
    cut_off: tuple[Candidate, ...] = ()

    @property
    def in_tables(self) -> frozenset[Number]:
        """The numbers that stand in tables."""
        return frozenset(
            number for table in self.tables for cell in table.cells for number in cell.numbers
        )

    @property
    def beside_doubtful_strokes(self) -> frozenset[Candidate]:
        """The digits of numbers beside a slash or bracket that may be a 1."""
        return frozenset(
            one
            for line in self.lines
            for number in line
            for pair in pairwise(number)
            if any(mark.symbol in STROKES for mark in doubtful_marks(number).intersection(pair))
            for one in pair
            if one.is_digit
        )

    def without_marks(self) -> "Arrangement":
        """Return it of digits alone: a mark parts a number, but in a table's cell."""
        held = self.in_tables
        return replace(
            self,
            lines=tuple(
                tuple(
                    part
                    for number in line
                    for part in ([_digits_of(number)] if number in held else _parts(number))
                )
                for line in self.lines
            ),
            tables=tuple(
                replace(
                    table,
                    cells=tuple(
                        replace(cell, numbers=tuple(map(_digits_of, cell.numbers)))
                        for cell in table.cells
                    ),
                )
                for table in self.tables
            ),
        )

    def unread(self, doubtful: Sequence[Candidate]) -> list[Candidate]:
        """Return which doubtful digits are strokes beside others in tables' cells, as tall."""
        strokes = [
            stroke for table in self.tables for cell in table.cells for stroke in cell.unread
        ]
        boxes = np.array([one.edges for one in doubtful]).reshape(-1, 4)
        holds = np.asarray(lie_in(np.array(strokes).reshape(-1, 2), boxes).any(axis=0))
        return [one for one, held in zip(doubtful, holds.tolist(), strict=True) if held]


def _digits_of(number: Number) -> Number:
    return tuple(one for one in number if one.is_digit)


def _parts(number: Number) -> list[Number]:
    """Return what is left of a number between its marks."""
    return [tuple(some) for is_digit, some in groupby(number, attrgetter("is_digit")) if is_digit]
