"""Digits put in order: into tables, into the fields of a form, and on lines."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np

from mnist_cli.core.choices import Layout
from mnist_cli.reading.candidates import Candidate, median_height
from mnist_cli.reading.numbers import (
    GAP_IN_CELL,
    Joined,
    Line,
    Number,
    by_gap,
    joins_of,
    numbers_of,
)
from mnist_cli.reading.outline import Points
from mnist_cli.reading.tables.arrangement import Arrangement, Table
from mnist_cli.reading.tables.filling import Filling, fillings_of, table_of
from mnist_cli.reading.tables.grid import Area, Grid

MOST_IN_CELL = 2  # numbers in most cells of a table that has two columns, as an open book has pages
APART = 0.8  # heights of a digit: of a box's digits that lie farther up or down there are lines
MOSTLY = 0.5  # of lines of lined paper hold several numbers; of what is beside them, nothing
# Mean probability of a line's digits, over which it is print: on synthetic pages of digits held out
# 71 % of printed digits have more, and 10 % of those by hand; alone, before lines are told.
PRINTED = 0.3


def arranged(
    digits: Sequence[Candidate],
    marks: Sequence[Candidate],
    doubtful: Sequence[Candidate],
    grids: Sequence[Grid],
    layout: Layout,
    outline: Points,
    joined: Joined = by_gap,
) -> Arrangement:
    """Put digits in order.

    Args:
        digits: As the finder gives them.
        marks: The same.
        doubtful: What may be a digit and was left out.
        grids: Ruled tables, and boxes in a row.
        layout: `line` for a single line; with `table` every grid is one, and none is left out.
        outline: (4, 2) corners of the picture, clockwise.
        joined: Tells how likely two neighbours are of one number.
    """
    joined = cache(joined)  # a pair may be asked of several times
    fillings = fillings_of(grids, digits, marks, doubtful, joined=joined)
    parts = [] if layout == "table" else _cut_off(fillings, outline)
    fillings = [one for one in fillings if one not in parts]
    cut_off = tuple(_digits_in(parts))
    tables = [one for one in fillings if _is_table(one, asked=layout == "table")]
    gone = {*_digits_in(tables), *cut_off}
    free = [digit for digit in digits if digit not in gone]
    taken = {mark for one in (*tables, *parts) for own in one.marks.values() for mark in own}
    joined = _in_boxes([one for one in fillings if one not in tables], joined)
    own_marks = [mark for mark in marks if mark not in taken]
    loose = numbers_of(free, own_marks, one_line=layout == "line", joined=joined)
    print_ = _print_beside(loose, [one.grid for one in tables])
    beside = [one for line in print_ for number in line for one in number if one.is_digit]
    tables.sort(key=lambda one: one.grid.top)
    made = [table_of(one, one.grid.cut_areas(outline)) for one in tables]
    lines = in_order([line for line in loose if line not in print_], made)
    return Arrangement(
        *(lines, tuple(made), tuple(beside)), cut_off=cut_off, joins=joins_of(loose, joined)
    )


def _print_beside(lines: Sequence[Line], grids: Sequence[Grid]) -> list[Line]:
    """Return the lines of print beside ruled tables, unless the page is more than its tables."""
    if not any(grid.is_ruled for grid in grids):
        return []
    print_ = [line for line in lines if _is_print(line)]
    return print_ if _extent(print_) <= sum(grid.extent for grid in grids) else []


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
        printed: Of each, the rows and columns, from 1, of cells that have print on each sheet, and
            nothing else on this one: they are not read.
    """
    own = {one.grid: one for one in fillings_of(grids, digits, marks, doubtful, is_form=True)}
    as_printed: list[Candidate] = []
    for grid, cells in zip(grids, printed, strict=True):
        for row, column in cells:
            area = Area((row - 1, row), (column - 1, column))
            as_printed += own[grid].digits.pop(area, [])
            own[grid].as_printed.add(area)
    tables = tuple(table_of(own[grid]) for grid in grids)
    inside = {*_digits_in(own.values()), *as_printed}
    lines = tuple(line for table in tables for line in _rows(table))
    beside = tuple(digit for digit in digits if digit not in inside)
    return Arrangement(lines, tables, beside, tuple(as_printed))


def _digits_in(fillings: Iterable[Filling]) -> Iterator[Candidate]:
    return (digit for one in fillings for own in one.digits.values() for digit in own)


def _cut_off(fillings: Sequence[Filling], outline: Points) -> list[Filling]:
    """Return what the picture's edge cuts, where a larger table is whole: that one is meant."""
    whole = [one.grid for one in fillings if one.grid.is_closed and _is_table(one, asked=False)]
    largest = max((grid.area for grid in whole), default=0.0)
    smaller = [one for one in fillings if one.grid.area < largest]
    return [one for one in smaller if one.grid.cut_sides(outline).any()]


def _is_table(filling: Filling, *, asked: bool) -> bool:
    """Tell whether a grid is a table: no frame, row of boxes, or lined paper; if asked, any."""
    grid = filling.grid
    if asked:
        return len(grid.cells) > 1
    if grid.rows < 2 or grid.columns < 2 or not filling.digits:
        return False
    return not _is_lined_paper(filling)


def _is_lined_paper(filling: Filling) -> bool:
    """Tell whether a grid is of lined paper: with a margin, or of an open book.

    Only one column has digits in it, and that mostly several numbers a line; or two have, and
    mostly more than two numbers a line: a cell may hold a time, or a number beside a struck one.
    The others are mostly empty, unless no rule ends the lines at a side: a desk may lie there.
    """
    columns = {area.columns for area in filling.digits}
    if len(columns) > 2:
        return False
    counts = [
        sum(map(len, numbers_of(own, filling.marks.get(area, ()), gap=GAP_IN_CELL)))
        for area, own in filling.digits.items()
    ]
    most = 1 if len(columns) == 1 else MOST_IN_CELL
    if sum(count > most for count in counts) <= MOSTLY * len(counts):
        return False
    grid = filling.grid
    others = [area for area in grid.cells if area.columns not in columns]
    empty = sum(grid.sort_of_ink(area) == "empty" for area in others)
    left, _, right, _ = grid.undrawn_sides
    return not others or left or right or empty > MOSTLY * len(others)


def _is_print(line: Line) -> bool:
    """Tell whether a line is printed, by all of its digits."""
    printed = [one.printed for number in line for one in number if one.is_digit]
    return float(np.mean(printed)) > PRINTED


def _extent(lines: Sequence[Line]) -> float:
    """Return how much of the picture the boxes around lines take, in square pixels."""
    boxes = (np.array([one.edges for number in line for one in number]) for line in lines)
    sizes = (own[:, 2:].max(axis=0) - own[:, :2].min(axis=0) for own in boxes)
    return float(sum(size.prod() for size in sizes))


def _in_boxes(rows: Sequence[Filling], otherwise: Joined) -> Joined:
    """Return what tells that two digits stand in neighbouring boxes of one row, and else asks."""
    combs = [filling for filling in rows if filling.grid.rows == 1 and _is_comb(filling)]
    place = {
        one: (number, area)
        for number, filling in enumerate(combs)
        for area, own in filling.digits.items()
        for one in own
    }

    def joined(one: Candidate, other: Candidate) -> float | None:
        if one in place and other in place:
            (row, left), (other_row, right) = place[one], place[other]
            if row == other_row and left.columns[1] == right.columns[0]:
                return 1.0
        return otherwise(one, other)

    return joined


def _is_comb(filling: Filling) -> bool:
    """Tell whether a row of boxes is for one number; a table without rules across has columns."""
    tall = 0
    for own in filling.digits.values():
        middles = [one.middle[1] for one in own]
        tall += max(middles) - min(middles) > APART * median_height(own)
    return tall <= MOSTLY * len(filling.digits)


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
