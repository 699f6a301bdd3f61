"""How the digits of a page stand: in tables, on lines, in numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

import numpy as np

from mnist_cli.core.choices import Layout
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.known_marks import STROKES
from mnist_cli.reading.numbers import (
    GAP_IN_CELL,
    Joined,
    Line,
    Number,
    by_gap,
    doubtful_marks,
    numbers_of,
)
from mnist_cli.reading.tables.grid import Area, Grid

# Squared paper is no table, though it is ruled like one: many small squares, most of them empty.
PAPER_CELLS, PAPER_FILLED = 150, 0.25
PAPER_OBLONG = 1.25  # a square's longer side is at most so many times its shorter one
# Mean probability of a line's digits, over which it is print: on synthetic pages of digits held out
# 71 % of printed digits have more, and 10 % of those by hand; alone, before lines are told.
PRINTED = 0.3
OVER = 0.04  # of a cell: a digit that reaches farther over its side touches the rule


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
        return [
            one
            for one in doubtful
            if any(
                one.edges[0] <= x <= one.edges[2] and one.edges[1] <= y <= one.edges[3]
                for x, y in strokes
            )
        ]


def _digits_of(number: Number) -> Number:
    return tuple(one for one in number if one.is_digit)


def _parts(number: Number) -> list[Number]:
    """Return what is left of a number between its marks."""
    return [tuple(some) for is_digit, some in groupby(number, _is_digit) if is_digit]


def _is_digit(one: Candidate) -> bool:
    return one.is_digit


@dataclass
class _Filling:
    """What lies in a grid's cells, while they are filled."""

    grid: Grid
    digits: dict[Area, list[Candidate]] = field(default_factory=dict)
    marks: dict[Area, list[Candidate]] = field(default_factory=dict)
    doubtful: dict[Area, float] = field(default_factory=dict)
    as_printed: set[Area] = field(default_factory=set)
    is_form: bool = False


def arranged(
    digits: Sequence[Candidate],
    marks: Sequence[Candidate],
    doubtful: Sequence[Candidate],
    grids: Sequence[Grid],
    layout: Layout,
    shape: tuple[int, ...],
    joined: Joined = by_gap,
) -> Arrangement:
    """Put digits in order.

    Args:
        digits: As the finder gives them.
        marks: The same.
        doubtful: What may be a digit and was left out.
        grids: Ruled tables, and boxes in a row.
        layout: `line` for a single line; with `table` every grid is one, and none is left out.
        shape: (H, W) of the picture.
        joined: Tells of digits outside tables whether two neighbours are of one number.
    """
    fillings = _fillings(grids, digits, marks, doubtful)
    parts = [] if layout == "table" else _cut_off(fillings, shape)
    fillings = [one for one in fillings if one not in parts]
    cut_off = [digit for one in parts for own in one.digits.values() for digit in own]
    tables = [one for one in fillings if _is_table(one, asked=layout == "table")]
    inside = {d for one in tables for own in one.digits.values() for d in own}
    gone = inside.union(cut_off)
    free = [digit for digit in digits if digit not in gone]
    taken = {mark for one in (*tables, *parts) for own in one.marks.values() for mark in own}
    loose = numbers_of(
        free,
        [mark for mark in marks if mark not in taken],
        one_line=layout == "line",
        joined=_in_boxes([one for one in fillings if one not in tables], joined),
    )
    ruled = any(one.grid.is_ruled for one in tables)
    print_ = [line for line in loose if _is_print(line)] if ruled else []
    beside = [one for line in print_ for number in line for one in number if one.is_digit]
    if _extent(print_) > sum(one.grid.extent for one in tables):  # the page is more than its table
        print_, beside = [], []
    loose = [line for line in loose if line not in print_]
    made = [
        _table(one, one.grid.cut_areas(shape))
        for one in sorted(tables, key=lambda one: one.grid.top)
    ]
    lines = in_order(loose, made)
    return Arrangement(lines, tuple(made), tuple(beside), cut_off=tuple(cut_off))


def in_fields(
    digits: Sequence[Candidate],
    marks: Sequence[Candidate],
    doubtful: Sequence[Candidate],
    grids: Sequence[Grid],
    printed: Sequence[frozenset[tuple[int, int]]],
) -> Arrangement:
    """Put digits into the fields of a form; `beside` are those that lie in none.

    Args:
        digits: As the finder gives them.
        marks: The same.
        doubtful: What may be a digit and was left out.
        grids: In the order of the form; one of a single cell is a box for one number.
        printed: Of each, the rows and columns, from 1, of cells that have print on each sheet: what
            is printed there is not read.
    """
    own = {one.grid: one for one in _fillings(grids, digits, marks, doubtful)}
    as_printed: list[Candidate] = []
    for grid, cells in zip(grids, printed, strict=True):
        own[grid].is_form = True
        for row, column in cells:
            area = Area((row - 1, row), (column - 1, column))
            if all(one.is_printed for one in own[grid].digits.get(area, ())):
                as_printed += own[grid].digits.pop(area, [])
                own[grid].as_printed.add(area)
    tables = tuple(_table(own[grid]) for grid in grids)
    inside = {d for one in own.values() for held in one.digits.values() for d in held}
    inside.update(as_printed)
    lines = tuple(line for table in tables for line in _rows(table))
    beside = tuple(digit for digit in digits if digit not in inside)
    return Arrangement(lines, tables, beside, tuple(as_printed))


def _fillings(
    grids: Sequence[Grid],
    digits: Sequence[Candidate],
    marks: Sequence[Candidate],
    doubtful: Sequence[Candidate],
) -> list[_Filling]:
    """Put all into grids, each into one: where one grid lies in another, into the inner."""
    fillings: list[_Filling] = []
    gone: set[Candidate] = set()
    for grid in sorted(grids, key=lambda grid: grid.area):
        left = ([one for one in some if one not in gone] for some in (digits, marks, doubtful))
        fillings.append(_filled(grid, *left))
        for held in (fillings[-1].digits, fillings[-1].marks):
            gone.update(one for own in held.values() for one in own)
    return fillings


def _filled(
    grid: Grid,
    digits: Sequence[Candidate],
    marks: Sequence[Candidate],
    doubtful: Sequence[Candidate],
) -> _Filling:
    areas = {
        (row, column): area
        for area in grid.cells
        for row in range(*area.rows)
        for column in range(*area.columns)
    }
    filling = _Filling(grid)
    every = [*digits, *marks, *doubtful]
    places = grid.places(np.array([one.middle for one in every]))
    for number, (one, place) in enumerate(zip(every, places.tolist(), strict=True)):
        area = areas.get(tuple(place))
        if area is None:
            continue
        if number >= len(every) - len(doubtful):
            filling.doubtful[area] = max(one.score, filling.doubtful.get(area, 0.0))
        else:
            own = filling.digits if one.is_digit else filling.marks
            own.setdefault(area, []).append(one)
    return filling


def _cut_off(fillings: Sequence[_Filling], shape: tuple[int, ...]) -> list[_Filling]:
    """Return what the picture's edge cuts, where a larger table is whole: that one is meant."""
    whole = [one.grid for one in fillings if one.grid.is_closed and _is_table(one, asked=False)]
    largest = max((grid.area for grid in whole), default=0.0)
    smaller = [one for one in fillings if one.grid.area < largest]
    return [one for one in smaller if one.grid.cut_sides(shape).any()]


def _is_table(filling: _Filling, *, asked: bool) -> bool:
    """Tell whether a grid is a table: no frame, row of boxes, or squared paper; if asked, any."""
    grid = filling.grid
    if asked:
        return len(grid.cells) > 1
    if grid.rows < 2 or grid.columns < 2 or not filling.digits:
        return False
    filled = len(filling.digits) / len(grid.cells)
    wide = np.median(np.diff(grid.nodes[..., 0]))
    high = np.median(np.diff(grid.nodes[..., 1], axis=0))
    square = max(wide, high) < PAPER_OBLONG * min(wide, high)
    return not (len(grid.cells) >= PAPER_CELLS and square and filled < PAPER_FILLED)


def _is_print(line: Line) -> bool:
    """Tell whether a line is printed, by all of its digits."""
    printed = [one.printed for number in line for one in number if one.is_digit]
    return float(np.mean(printed)) > PRINTED


def _extent(lines: Sequence[Line]) -> float:
    """Return how much of the picture the boxes around lines take, in square pixels."""
    boxes = (np.array([one.edges for number in line for one in number]) for line in lines)
    sizes = (own[:, 2:].max(axis=0) - own[:, :2].min(axis=0) for own in boxes)
    return float(sum(size.prod() for size in sizes))


def _in_boxes(rows: Sequence[_Filling], otherwise: Joined) -> Joined:
    """Return what tells that two digits stand in neighbouring boxes of one row, and else asks."""
    place = {
        one: (number, area)
        for number, filling in enumerate(rows)
        if filling.grid.rows == 1
        for area, own in filling.digits.items()
        for one in own
    }

    def joined(one: Candidate, other: Candidate) -> bool | None:
        if one in place and other in place:
            (row, left), (other_row, right) = place[one], place[other]
            if row == other_row and left.columns[1] == right.columns[0]:
                return True
        return otherwise(one, other)

    return joined


def _table(filling: _Filling, cut_off: Collection[Area] = ()) -> Table:
    cells = (_cell(area, filling) for area in filling.grid.cells)
    return Table(
        filling.grid,
        tuple(
            replace(cell, flags=(*cell.flags, "cut_off")) if cell.area in cut_off else cell
            for cell in cells
        ),
    )


def _cell(area: Area, filling: _Filling) -> Cell:
    if area in filling.as_printed:
        return Cell(area, (), ("printed",), 0.0)
    digits, grid = filling.digits.get(area, []), filling.grid
    is_box = filling.is_form or len(grid.cells) == 1
    marks = filling.marks.get(area, ())
    lines = numbers_of(
        digits, marks, one_line=is_box, joined=_always if is_box else by_gap, gap=GAP_IN_CELL
    )
    numbers = tuple(number for line in lines for number in line)
    flags = ["merged"] if area.is_merged else []
    if not numbers:
        flags.append(grid.sort_of_ink(area))
    if len(numbers) > 1:
        flags.append("several_numbers")
    if any(grid.reaches_over(area, one.edges, OVER) for one in digits):
        flags.append("touches_line")
    read = [one.edges for one in (*digits, *marks)]
    unread = tuple((x, y) for x, y in grid.unread(area, read).tolist()) if numbers else ()
    if unread:
        flags.append("unread_ink")
    # without ink there is none
    doubt = 0.0 if "empty" in flags else filling.doubtful.get(area, 0.0)
    return Cell(area, numbers, tuple(flags), doubt, unread)


def _always(_one: Candidate, _other: Candidate) -> bool:
    """Tell of any two that they belong together."""
    return True


def _rows(table: Table) -> list[Line]:
    """Return the numbers of each row that has some."""
    rows: dict[int, list[Number]] = {}
    for cell in table.cells:
        rows.setdefault(cell.area.rows[0], []).extend(cell.numbers)
    return [tuple(row) for _, row in sorted(rows.items()) if row]


def in_order(loose: Sequence[Line], tables: Sequence[Table]) -> tuple[Line, ...]:
    """Put lines and tables in the order in which they are read, each by where it begins."""
    blocks: list[tuple[float, list[Line]]] = [(_level(line), [line]) for line in loose]
    blocks += [(table.grid.top, _rows(table)) for table in tables]
    blocks.sort(key=lambda block: block[0])
    return tuple(line for _, lines in blocks for line in lines)


def _level(line: Line) -> float:
    edges = [one.edges for number in line for one in number]
    return float(np.mean([(one[1] + one[3]) / 2 for one in edges]))
