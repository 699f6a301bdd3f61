"""A grid's cells filled with what lies in them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import Candidate, median_height
from mnist_cli.reading.choosing import lapped
from mnist_cli.reading.numbers import (
    GAP,
    GAP_IN_CELL,
    Joined,
    always,
    by_gap,
    in_cell,
    numbers_of,
)
from mnist_cli.reading.tables.arrangement import Cell, Table
from mnist_cli.reading.tables.columns import LEAST
from mnist_cli.reading.tables.grid import Area, Grid

INNER = 0.3  # of a digit's width and height: where so much lies in another cell, it may be of that
LEVEL = 0.5  # heights up or down, between the digits of one number
# What was left out is beside a cell's digits where it is about as high and lies over none of them.
# On six synthetic mark sheets 15 of 44 wrong cells that were sure have one so likely, and 3 of
# 1,321 right ones; 21 and 11 have one of 0.15, 18 and 24 one that lies anywhere.
DOUBTED, ALIKE, APART = 0.2, 1.4, 0.3  # score; times as high or low; of the smaller box in common
MOSTLY = 0.5  # of the numbers of a column have as many digits: some of the others went astray
OVER = 0.04  # of a cell: a digit that reaches farther over its side touches the rule


@dataclass
class Filling:
    """What lies in a grid's cells, while they are filled."""

    grid: Grid
    digits: dict[Area, list[Candidate]] = field(default_factory=dict)
    marks: dict[Area, list[Candidate]] = field(default_factory=dict)
    doubtful: dict[Area, list[Candidate]] = field(default_factory=dict)
    as_printed: set[Area] = field(default_factory=set)
    shared: set[Area] = field(default_factory=set)  # of a number that goes on beyond them
    is_form: bool = False
    joined: Joined = by_gap


def fillings_of(
    grids: Sequence[Grid],
    digits: Sequence[Candidate],
    marks: Sequence[Candidate],
    doubtful: Sequence[Candidate],
    *,
    is_form: bool = False,
    joined: Joined = by_gap,
) -> list[Filling]:
    """Put all into grids, each into one: where one grid lies in another, into the inner.

    Args:
        grids: Ruled tables, boxes in a row, or the fields of a form.
        digits: What is read, and the like, as `arranged` takes them.
        marks: The same.
        doubtful: The same.
        is_form: Whether each cell is for one number.
        joined: As `arranged` takes it.
    """
    fillings: list[Filling] = []
    gone: set[Candidate] = set()
    for grid in sorted(grids, key=lambda grid: grid.area):
        left = ([one for one in some if one not in gone] for some in (digits, marks, doubtful))
        fillings.append(replace(_filled(grid, *left), is_form=is_form, joined=joined))
        for held in (fillings[-1].digits, fillings[-1].marks):
            gone.update(one for own in held.values() for one in own)
    # a form's own print may stand as near to a box as its digits do
    beside = [one for one in digits if one not in gone and not (is_form and one.is_printed)]
    outside = np.array([one.edges for one in beside]).reshape(-1, 4)
    for filling in fillings:
        filling.shared |= {area for area, own in filling.digits.items() if _run_out(own, outside)}
    return fillings


def _filled(
    grid: Grid,
    digits: Sequence[Candidate],
    marks: Sequence[Candidate],
    doubtful: Sequence[Candidate],
) -> Filling:
    areas = {
        (row, column): area
        for area in grid.cells
        for row in range(*area.rows)
        for column in range(*area.columns)
    }
    filling = Filling(grid)
    every = [*digits, *marks, *doubtful]
    places = grid.places(np.array([one.middle for one in every]))
    for number, (one, place) in enumerate(zip(every, places.tolist(), strict=True)):
        area = areas.get(tuple(place))
        if area is None:
            continue
        if number >= len(every) - len(doubtful):
            filling.doubtful.setdefault(area, []).append(one)
        else:
            own = filling.digits if one.is_digit else filling.marks
            own.setdefault(area, []).append(one)
    held = [(area, one) for area, some in filling.digits.items() for one in some]
    points = np.array([_inner_points(one.edges) for _, one in held]).reshape(-1, 2)
    for number, place in enumerate(grid.places(points).tolist()):
        area, _ = held[number // 4]
        if (other := areas.get(tuple(place))) and other != area:
            filling.shared |= {area, other}
    filling.shared |= _gone_over(filling.digits)
    return filling


def _gone_over(digits: Mapping[Area, Sequence[Candidate]]) -> set[Area]:
    """Return neighbours of which one has a digit of the other's number, by their columns.

    One has a digit less than most of its column, the other one more, at their rule, and that is
    nearer to the number across. Where nothing is left of the one, it is not told.
    """
    edges = {area: np.array(sorted(one.edges.tolist() for one in digits[area])) for area in digits}
    usual = {
        columns: _usual([len(own) for area, own in edges.items() if area.columns == columns])
        for columns in {area.columns for area in edges}
    }
    after = {(area.rows, area.columns[0]): area for area in edges}
    told = set[Area]()
    for one, left in edges.items():
        other = after.get((one.rows, one.columns[1]))
        if other is None:
            continue
        right = edges[other]
        more = len(left) - usual[one.columns], len(right) - usual[other.columns]
        if more in {(-1, 1), (1, -1)}:
            before, behind = left[-2:] if more[0] == 1 else right[:2]
            if right[0, 0] - left[-1, 2] < behind[0] - before[2]:
                told |= {one, other}
    return told


def _usual(counts: Sequence[int]) -> float:
    """Return how many digits most numbers of a column have; no number if they differ."""
    usual, count = Counter(counts).most_common(1)[0]
    return usual if count >= LEAST and count > MOSTLY * len(counts) else np.nan


def _run_out(digits: Sequence[Candidate], outside: NDArray[np.float64]) -> bool:
    """Tell whether a cell's number goes on in a digit that lies in no cell; `outside` is (N, 4)."""
    own = np.array([one.edges for one in digits])[:, None]
    heights = np.minimum(own[..., 3] - own[..., 1], outside[:, 3] - outside[:, 1])
    gaps = np.maximum(own[..., 0] - outside[:, 2], outside[:, 0] - own[..., 2])
    down = np.abs(own[..., 1] + own[..., 3] - outside[:, 1] - outside[:, 3]) / 2
    return bool(((gaps < GAP * heights) & (down < LEVEL * heights)).any())


def _inner_points(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return four points of a box, each farther in than one of its sides: (4, 2)."""
    left, top, right, bottom = edges
    x, y = (left + right) / 2, (top + bottom) / 2
    wide, high = (0.5 - INNER) * (right - left), (0.5 - INNER) * (bottom - top)
    return np.array([(x - wide, y), (x + wide, y), (x, y - high), (x, y + high)])


def table_of(filling: Filling, cut_off: Collection[Area] = ()) -> Table:
    """Return a grid and its cells, each with its numbers and what is told of it."""
    cells = [_cell(area, filling) for area in filling.grid.cells]
    added = {
        "cut_off": cut_off,
        "between_cells": filling.shared - filling.as_printed,
        "unread_ink": _unread(cells),
    }
    more = {
        cell: tuple(flag for flag, areas in added.items() if cell.area in areas) for cell in cells
    }
    return Table(
        filling.grid, tuple(replace(cell, flags=cell.flags + more[cell]) for cell in cells)
    )


def _unread(cells: Sequence[Cell]) -> set[Area]:
    """Return the cells without a number, amid those of row and column, with ink as tall as one."""
    read = [cell.area for cell in cells if cell.numbers]
    rows, columns = {area.rows for area in read}, Counter(area.columns for area in read)
    others = Counter(cell.area.columns for cell in cells if cell.unread and not cell.numbers)
    return {
        cell.area
        for cell in cells
        if cell.unread and not cell.numbers and cell.area.rows in rows
        if columns[cell.area.columns] > others[cell.area.columns]
    }


def _cell(area: Area, filling: Filling) -> Cell:
    if area in filling.as_printed:
        return Cell(area, (), ("printed",), 0.0)
    digits, grid = filling.digits.get(area, []), filling.grid
    is_box = filling.is_form or len(grid.cells) == 1
    marks = filling.marks.get(area, ())
    gap = GAP if area.is_merged else GAP_IN_CELL  # a rule that was not found may be between them
    joined = always if is_box else partial(in_cell, filling.joined, is_ruled=grid.is_ruled)
    lines = numbers_of(digits, marks, one_line=is_box, joined=joined, gap=gap)
    numbers = tuple(number for line in lines for number in line)
    flags = ["merged"] if area.is_merged else []
    if not numbers:
        flags.append(grid.sort_of_ink(area))
    if len(numbers) > 1:
        flags.append("several_numbers")
    if digits and grid.reach_over(area, np.array([one.edges for one in digits]), OVER).any():
        flags.append("touches_line")
    doubtful = filling.doubtful.get(area, [])
    letters = [one for one in doubtful if one.is_letter and digits]  # alone it may be a digit
    read = [one.edges for one in (*digits, *marks, *letters)]
    is_inked = not {"empty", "crossed_out"}.intersection(flags)
    unread = tuple((x, y) for x, y in grid.unread(area, read).tolist()) if is_inked else ()
    if unread and numbers:
        flags.append("unread_ink")
    # without ink there is none
    left_out = [] if "empty" in flags else [one for one in doubtful if one not in letters]
    if digits:  # what divides a box looks like 1s
        left_out = [] if is_box else _beside(left_out, read, digits)
    doubt = max((one.score for one in left_out), default=0.0)
    return Cell(area, numbers, tuple(flags), doubt, unread)


def _beside(
    doubtful: list[Candidate], read: Sequence[NDArray[np.float64]], digits: Sequence[Candidate]
) -> list[Candidate]:
    """Return what was left out of a cell that may be a digit of its own, beside those read.

    Args:
        doubtful: What was left out.
        read: (4,) edges of all that was read there.
        digits: The digits among them.
    """
    height, edges = median_height(digits), np.array(read)
    return [
        one
        for one in doubtful
        if one.score >= DOUBTED and 1 / ALIKE < one.height / height < ALIKE
        if not lapped(one.edges, edges, APART).any()
    ]
