"""How the digits of a page stand: in tables, on lines, in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby, pairwise
from operator import attrgetter

import numpy as np

from mnist_cli.reading.candidates import Candidate, lie_in
from mnist_cli.reading.known_marks import STROKES
from mnist_cli.reading.numbers import Joins, Line, Number, doubtful_marks
from mnist_cli.reading.tables.grid import Area, Grid


@dataclass(frozen=True, eq=False)
class Cell:
    """A table's cell and what stands in it.

    Attributes:
        area: Which rows and columns it takes.
        numbers: From the upper left to the lower right.
        flags: `merged`, `several_numbers`, `touches_line`, `between_cells`, `unread_ink`; of one
            without a number `empty`, `not_a_digit`, `crossed_out`; of one that a form has print in
            `printed`.
        doubt: Score of the likeliest digit that was left out in it, beside those read, in [0, 1].
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

    @property
    def numbers(self) -> list[Number]:
        """Its numbers, cell by cell."""
        return [number for cell in self.cells for number in cell.numbers]

    @property
    def digits(self) -> set[Candidate]:
        """The digits that stand in it."""
        return {one for number in self.numbers for one in _digits_of(number)}


@dataclass(frozen=True, eq=False)
class Arrangement:
    """How the digits of a page stand.

    Attributes:
        lines: In the order in which they are read; a table's rows among them.
        tables: From top to bottom.
        beside: Printed digits beside tables, that are in no line.
        printed: Digits that are printed in cells on each sheet of a form, and in no line.
        cut_off: Digits of tables that the picture's edge cuts, beside a whole one; in no line.
        joins: How likely neighbours outside tables are of one number.
    """

    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    beside: tuple[Candidate, ...] = ()
    printed: tuple[Candidate, ...] = ()
    cut_off: tuple[Candidate, ...] = ()
    joins: Joins = field(default_factory=dict)

    @property
    def numbers(self) -> list[Number]:
        """Its numbers, in the order in which they are read."""
        return [number for line in self.lines for number in line]

    @property
    def in_tables(self) -> frozenset[Number]:
        """The numbers that stand in tables."""
        return frozenset(number for table in self.tables for number in table.numbers)

    @property
    def beside_doubtful_strokes(self) -> frozenset[Candidate]:
        """The digits of numbers beside a slash or bracket that may be a 1."""
        return frozenset(
            one
            for number in self.numbers
            for pair in pairwise(number)
            if any(mark.symbol in STROKES for mark in doubtful_marks(number).intersection(pair))
            for one in pair
            if one.is_digit
        )

    def exchanged(self, read: Mapping[Number, Number]) -> "Arrangement":
        """Return it with some numbers exchanged for others."""
        if not read:
            return self

        def other(numbers: Line) -> Line:
            return tuple(read.get(number, number) for number in numbers)

        return replace(
            self,
            lines=tuple(map(other, self.lines)),
            tables=tuple(
                replace(
                    table,
                    cells=tuple(replace(one, numbers=other(one.numbers)) for one in table.cells),
                )
                for table in self.tables
            ),
        )

    def without_marks(self) -> "Arrangement":
        """Return it of digits alone: a mark parts a number, but in a table's cell."""
        held = {number: _digits_of(number) for number in self.in_tables}
        lines = (
            [[held[one]] if one in held else _parts(one) for one in line] for line in self.lines
        )
        return replace(self.exchanged(held), lines=tuple(tuple(chain(*parts)) for parts in lines))

    def unread(self, doubtful: Sequence[Candidate]) -> list[Candidate]:
        """Return which doubtful digits are strokes in ruled tables' cells, as tall as a digit.

        Where a cell holds nothing else, only a 1 is one: ticks and letters look like other digits.
        Where nothing is ruled, words may stand beside numbers.
        """
        ruled = (table for table in self.tables if table.grid.is_ruled)
        cells = [cell for table in ruled for cell in table.cells]
        beside, alone = (
            [stroke for cell in cells if bool(cell.numbers) is some for stroke in cell.unread]
            for some in (True, False)
        )
        ones = [one for one in doubtful if one.symbol == "1"]
        return list(dict.fromkeys([*_over(doubtful, beside), *_over(ones, alone)]))


def _over(digits: Sequence[Candidate], points: Sequence[tuple[float, float]]) -> list[Candidate]:
    """Return the digits in whose boxes one of the points lies, x and y."""
    boxes = np.array([one.edges for one in digits]).reshape(-1, 4)
    holds = lie_in(np.array(points).reshape(-1, 2), boxes)
    return [digits[at] for at in np.flatnonzero(holds.any(axis=0)).tolist()]


def _digits_of(number: Number) -> Number:
    return tuple(one for one in number if one.is_digit)


def _parts(number: Number) -> list[Number]:
    """Return what is left of a number between its marks."""
    return [tuple(some) for is_digit, some in groupby(number, attrgetter("is_digit")) if is_digit]
