"""The cells of a ruled table: what the drawn sides of its rules bound."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.tables.grid import Area
from mnist_cli.reading.tables.rules import INKED, Map, Rule, Ruling

DRAWN = 0.35  # mean look of a rule along a cell's side, in [0, 1], over which the side is drawn
BEYOND = 0.85  # the same where no rule was seen to go
ENDS = 0.08  # of a side at each end, that is not looked at: other rules cross there
SAMPLES = 16  # of a side
NEAR_ENDS = 0.03, 0.12  # of a side: a stroke written between two rules ends there, a rule does not
NEAR_DOTTED = 0.03, 0.25  # the same, of a dotted rule
LIGHTER = 0.25  # of what is looked at that may be lighter: a rule may be worn
REACHED = 0.5  # of the ink farther in, that a rule has near its ends at the least
# Of the sides of an inner rule that reach both ends where fewer than half are drawn, as tall digits
# in a column look like a rule here and there; else one is enough. Of 16 sheets of
# `tests/benchmarks/sheets.py` 8 had columns too many where one was, 2 at 0.5, 1 here; 30 tables
# with a cell that a true rule divides kept it.
FEW_REACH = 0.9
WORN_FROM = 4  # sides that are drawn: of so many, one may be worn at an end
IN_CORNERS = 0.7  # of a rule: if less is drawn, it is the side of boxes in the corners of cells
COMMON = 0.5  # of the inner rules at one side of a rule: where as many go on, it is one table


def apart(cells: list[Area]) -> list[list[Area]]:
    """Divide cells where two tables share a rule, at which the inner rules of each end."""
    for rows, columns in (("rows", "columns"), ("columns", "rows")):
        for level in {getattr(cell, rows)[1] for cell in cells}:
            before = [cell for cell in cells if getattr(cell, rows)[1] <= level]
            after = [cell for cell in cells if getattr(cell, rows)[0] >= level]
            if not after or len(before) + len(after) < len(cells):
                continue
            ending, beginning = (
                [getattr(cell, columns) for cell in side if level in getattr(cell, rows)]
                for side in (before, after)
            )
            if not beginning:  # there is room between them
                return apart(before) + apart(after)
            inner, beyond = _inner(ending), _inner(beginning)
            fewer = min(len(inner), len(beyond))
            if fewer > 1 and len(inner & beyond) < COMMON * fewer:
                return apart(before) + apart(after)
    return [cells]


def _inner(spans: list[tuple[int, int]]) -> set[int]:
    """Return where spans begin or end, but for the first and the last place."""
    ends = {end for span in spans for end in span}
    return ends - {min(ends), max(ends)}


def drawn_sides(
    ruling: Ruling, nodes: NDArray[np.float64], slack: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which sides of cells are drawn.

    Returns:
        (across, down - 1) sides that run across, and (across - 1, down) sides that run down.
    """
    across = _drawn(ruling.across, (ruling.dark_across, ruling.ink), nodes[..., 0], slack)
    down = _drawn(ruling.down, (ruling.dark_down, ruling.ink.T), nodes[..., 1].T, slack).T
    _close(across, ruling.across, down.copy())
    _close(down.T, ruling.down, across.T.copy())
    return across, down


def _close(sides: NDArray[np.bool_], rules: Sequence[Rule], others: NDArray[np.bool_]) -> None:
    """Take sides of a rule that was not seen for drawn where both that lead to it are, in place.

    Args:
        sides: (rules, others - 1) which are drawn.
        rules: They are of these.
        others: (rules - 1, others) which of the other way are.
    """
    for at, rule in enumerate(rules):
        if not rule.is_drawn:
            own = others[0 if at == 0 else -1]
            sides[at] = own[:-1] & own[1:]


def _drawn(
    rules: Sequence[Rule], shown: tuple[Map, Map], crossings: NDArray[np.float64], slack: float
) -> NDArray[np.bool_]:
    """Tell between which two crossings each rule is drawn.

    Args:
        rules: All that run one way.
        shown: Of what runs that way: how much it looks like a rule, and its ink.
        crossings: (rules, N) where others cross each, along it.
        slack: Pixels that one may end before another.

    Returns:
        (rules, N - 1).
    """
    looks, ink = shown
    x = _between(crossings, (ENDS, 1 - ENDS))
    seen = np.stack([rule.goes_by(own, slack) for rule, own in zip(rules, x, strict=True)])
    least = np.where(seen.mean(axis=-1) > 0.5, DRAWN, BEYOND)
    drawn = _along(looks, rules, x).mean(axis=-1) > least
    inked = np.quantile(_along(ink, rules, x), LIGHTER, axis=-1)
    for at in np.flatnonzero(drawn.mean(axis=1) > 0.5):  # where digits touch, it looks like none
        usual = float(np.median(inked[at, drawn[at]]))
        drawn[at] |= inked[at] >= max(INKED, REACHED * usual)
    counts = drawn.sum(axis=1)
    reaching = (drawn & _reaches(ink, rules, crossings)).sum(axis=1)
    is_partial = drawn.mean(axis=1) < 0.5
    is_partial[[0, -1]] = False
    one_worn = counts - (counts >= WORN_FROM)
    needed = np.where(is_partial, np.minimum(FEW_REACH * counts, one_worn), 1)
    return np.asarray(drawn & (reaching >= needed)[:, None])


def _reaches(ink: Map, rules: Sequence[Rule], crossings: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell at which sides the ink of rules goes on to both ends, where strokes in cells do not.

    Of a dotted rule most is paper: the mean of its ink is compared then.
    """

    def inked(near: float, far: float, told: Callable[..., NDArray[np.floating]]) -> list[Any]:
        parts = (near, far), (far, 1 - far), (1 - far, 1 - near)
        return [told(_along(ink, rules, _between(crossings, part)), axis=-1) for part in parts]

    before, inner, after = inked(*NEAR_ENDS, partial(np.quantile, q=LIGHTER))
    first, dotted, last = inked(*NEAR_DOTTED, lambda ink, axis: np.maximum(ink, 0).mean(axis))
    solid = np.minimum(before, after) >= REACHED * inner
    return np.asarray(np.where(inner > 0, solid, np.minimum(first, last) >= REACHED * dotted))


def _between(crossings: NDArray[np.float64], part: tuple[float, float]) -> NDArray[np.float64]:
    """Return places in a part of each side, given as shares of it: (rules, N - 1, SAMPLES)."""
    shares = np.linspace(*part, SAMPLES)
    return np.asarray(crossings[:, :-1, None] + np.diff(crossings)[..., None] * shares)


def _along(shown: Map, rules: Sequence[Rule], x: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the most that is shown at places along each rule, or next to it: as `x`."""
    columns = np.clip(np.rint(x).astype(int), 0, shown.shape[1] - 1)
    y = np.stack([rule(own) for rule, own in zip(rules, x, strict=True)])
    levels = np.rint(y).astype(int)
    rows = np.clip(levels[..., None] + np.arange(-2, 3), 0, shown.shape[0] - 1)
    return np.asarray(shown[rows, columns[..., None]].max(axis=-1))


def regions_of(across: NDArray[np.bool_], down: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give a number to each part that drawn sides bound.

    Args:
        across: (rows + 1, columns) which sides that run across are drawn.
        down: (rows, columns + 1) which that run down.

    Returns:
        (rows, columns) from 1; 0 is what no side closes.
    """
    rows, columns = down.shape[0], across.shape[1]
    # cells with a frame of more around, a pixel each; between two, a pixel that is 1 if it is open
    free = np.ones((2 * rows + 3, 2 * columns + 3), np.uint8)
    free[1::2, 1::2] = 0  # where rules cross
    free[1:-1:2, 2:-1:2] = ~across
    free[2:-1:2, 1:-1:2] = ~down
    labels = cv2.connectedComponents(free, connectivity=4)[1]
    labels[labels == labels[0, 0]] = 0
    return np.asarray(labels[2:-1:2, 2:-1:2], np.int64)


def rectangles(regions: NDArray[np.int64]) -> dict[int, Area]:
    """Return where those of the regions lie that are rectangles, by their numbers."""
    sizes = np.bincount(regions.ravel())
    first, last = np.full((2, len(sizes)), max(regions.shape)), np.zeros((2, len(sizes)), np.int64)
    for way, at in enumerate(np.indices(regions.shape)):
        np.minimum.at(first[way], regions, at)
        np.maximum.at(last[way], regions, at + 1)
    whole = (sizes > 0) & ((last - first).prod(axis=0) == sizes)
    rows_of, columns_of = np.stack([first, last], -1).tolist()
    return {
        number: Area((*rows_of[number],), (*columns_of[number],))
        for number in np.flatnonzero(whole).tolist()
        if number
    }


def touching(regions: NDArray[np.int64], wanted: set[int]) -> list[list[int]]:
    """Group the regions that have sides in common."""
    own = np.isin(regions, list(wanted)).astype(np.uint8)
    count, groups = cv2.connectedComponents(own, connectivity=4)
    return sorted(np.unique(regions[groups == number]).tolist() for number in range(1, count))


def whole_of(
    cells: list[Area],
    rows: list[int],
    columns: list[int],
    regions: NDArray[np.int64],
    drawn: NDArray[np.floating],
) -> tuple[Area, ...]:
    """Count cells by the rules that bound some of them, and add those that are wanting.

    Where a side was not seen, each row and column has its own cell; but beside a box in a corner of
    a cell, what is left of it is one in each row.

    Args:
        cells: That are closed, and rectangles.
        rows: Rules that run across and bound some of them.
        columns: The same that run down.
        regions: (rows, columns) as of `regions_of`, of all rules.
        drawn: (columns,) how much of each of these is drawn, in [0, 1].
    """
    own = [
        Area(
            (rows.index(cell.rows[0]), rows.index(cell.rows[1])),
            (columns.index(cell.columns[0]), columns.index(cell.columns[1])),
        )
        for cell in cells
    ]
    taken = np.zeros((len(rows) - 1, len(columns) - 1), np.bool_)
    for area in own:
        taken[slice(*area.rows), slice(*area.columns)] = True
    own += _left_over(taken, regions[np.ix_(rows[:-1], columns[:-1])], drawn)
    return tuple(sorted(own, key=lambda cell: (cell.rows[0], cell.columns[0])))


def _left_over(
    taken: NDArray[np.bool_], regions: NDArray[np.int64], drawn: NDArray[np.floating]
) -> list[Area]:
    """Return the cells that are left; over the side of a box in a corner they go on."""
    cells = list[Area]()
    for row, column in np.argwhere(~taken).tolist():
        own = Area((row, row + 1), (column, column + 1))
        last = cells[-1] if cells else own
        is_beside = (last.rows, last.columns[1]) == (own.rows, column)
        is_same = regions[row, column] > 0 and regions[row, column - 1] == regions[row, column]
        if is_beside and is_same and drawn[column] < IN_CORNERS:
            own = Area(own.rows, (cells.pop().columns[0], column + 1))
        cells.append(own)
    return cells
