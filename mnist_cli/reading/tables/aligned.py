"""Tables without rules: numbers that stand in rows and columns."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.layout import slant
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import GAP_IN_CELL, Line, Number
from mnist_cli.reading.tables.flattening import Flattening, lying_flat, scaled_down
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grids import grids_at

Spans = NDArray[np.float64]  # (N, 3), of the numbers of a line: left, right, level

ROWS, COLUMNS = 3, 2  # of a table, at the least
LEANING_ROWS, LEANING = 4, 3  # rows and columns at the least: fewer lean in some way by chance
LEANS = np.linspace(-0.2, 0.2, 9).tolist()  # of columns, in pixels to the right for each down
APART = 0.5  # heights of a digit, between two columns
FILLED = 0.6  # of the cells: with fewer it is a page of loose numbers
FARTHEST = 3.0  # times the usual distance of two rows: farther ones are not of one table


class Lean(NamedTuple):
    """How columns lean that are seen from aside: the more alike, the nearer they stand.

    Attributes:
        left: Pixels to the right for each down, where the numbers begin.
        right: The same, where they end.
        begin: x where they begin.
        width: Of all of them.
        level: y at which x stays as it is.
    """

    left: float
    right: float
    begin: float
    width: float
    level: float

    def upright(self, spans: Spans) -> NDArray[np.float64]:
        """Return where numbers begin and end, (N, 2), if columns stand upright."""
        ends, down = spans[:, :2], spans[:, 2:] - self.level
        lean = self.left + (self.right - self.left) * (ends - self.begin) / self.width
        return np.asarray(ends - lean * down)

    def lying(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x on the page of what is upright at x and y: the other way round."""
        down, more = y - self.level, (self.right - self.left) / self.width
        return np.asarray((x + (self.left - more * self.begin) * down) / (1 - more * down))


STRAIGHT = Lean(0.0, 0.0, 0.0, 1.0, 0.0)


def aligned_grids(grey: Grey, lines: Sequence[Line], *, dark: bool) -> list[Grid]:
    """Return the tables that lines of numbers make, none of whose rules is drawn.

    Args:
        grey: (H, W) uint8, upright.
        lines: From top to bottom.
        dark: Whether ink is darker than paper.
    """
    if len(lines) < ROWS:
        return []
    boxes = np.array([one.box for line in lines for number in line for one in number], np.float64)
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    scaled, scale = scaled_down(grey, height)
    flattening = lying_flat(scaled.shape, scale, slant(boxes))
    spans = [np.array([_span(number, flattening) for number in line]) for line in lines]
    spans.sort(key=lambda own: float(own[:, 2].mean()))
    nodes = [_nodes(block, height * scale) for block in _blocks(spans)]
    found = [own for own in nodes if own is not None]
    if not found:
        return []
    return grids_at(scaled, flattening, found, height * scale, dark=dark, drawn=0.0)


def _blocks(spans: Sequence[Spans]) -> list[Sequence[Spans]]:
    """Part lines where one is far below the one before."""
    levels = np.array([own[:, 2].mean() for own in spans])
    steps = np.diff(levels)
    ends = (np.flatnonzero(steps > FARTHEST * np.median(steps)) + 1).tolist()
    return [spans[begin:end] for begin, end in pairwise([0, *ends, len(spans)])]


def _nodes(spans: Sequence[Spans], height: float) -> NDArray[np.float64] | None:
    """Return where rules would cross between numbers, (rows + 1, columns + 1, 2); None of none."""
    if len(spans) < ROWS:
        return None
    every, rows = np.concatenate(spans), np.repeat(np.arange(len(spans)), [*map(len, spans)])
    best: tuple[tuple[float, ...], Lean, NDArray[np.float64]] | None = None
    for lean in (STRAIGHT, *_leans(every)) if len(spans) >= LEANING_ROWS else (STRAIGHT,):
        ends = lean.upright(every)
        columns = _columns(ends, APART * height)
        if len(columns) < LEANING and lean != STRAIGHT:
            continue
        if filled := _filled(ends, rows, columns, height):
            empty = len(spans) * len(columns) - filled
            gap = min(height, float((columns[1:, 0] - columns[:-1, 1]).min()))
            worth = filled - empty, gap, -abs(lean.left) - abs(lean.right)
            if best is None or worth > best[0]:
                best = worth, lean, columns
    if best is None:
        return None
    _, lean, columns = best
    levels = np.array([own[:, 2].mean() for own in spans])
    across = _between(np.stack([levels, levels], 1), height)
    x, y = np.meshgrid(_between(columns, height / 2), across)
    return np.stack([lean.lying(x, y), y], -1)


def _leans(spans: Spans) -> Iterator[Lean]:
    """Yield the ways in which the columns of numbers may lean."""
    begin, level, reach = spans[:, 0].min(), spans[:, 2].mean(), np.ptp(spans[:, 2])
    width = max(1.0, float(spans[:, 1].max() - begin))
    for left, right in product(LEANS, LEANS):
        if abs(right - left) * reach < width:  # else they meet on the page
            yield Lean(left, right, begin, width, level)


def _span(number: Number, flattening: Flattening) -> tuple[float, float, float]:
    """Return where a number begins and ends on the flat page, and how far down it is."""
    edges = np.array([one.edges for one in number])
    (left, top), (right, bottom) = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    middle = (top + bottom) / 2
    ends = flattening.to_page(np.array([[left, middle], [right, middle]]))
    return float(ends[0, 0]), float(ends[1, 0]), float(ends[:, 1].mean())


def _columns(spans: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Join spans, (N, 2), that overlap or nearly do: (columns, 2), from left to right."""
    left, right = spans[np.argsort(spans[:, 0], kind="stable")].T
    reached = np.maximum.accumulate(right)
    begins = np.flatnonzero(np.r_[True, left[1:] - reached[:-1] >= apart])
    return np.stack([left[begins], reached[np.r_[begins[1:] - 1, len(reached) - 1]]], 1)


def _filled(
    ends: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.float64],
    height: float,
) -> int:
    """Return how many cells are filled; 0 if they are few, or one can't hold one number.

    Args:
        ends: (N, 2) of numbers.
        rows: (N,) of each, from 0.
        columns: (columns, 2) where each begins and ends.
        height: Of a digit.
    """
    if len(columns) < COLUMNS:
        return 0
    cells = rows * len(columns) + np.searchsorted(columns[:, 0], ends[:, 0], "right")
    order = np.lexsort((ends[:, 0], cells))
    ordered, is_same = ends[order], np.diff(cells[order]) == 0
    apart = ordered[1:, 0] - ordered[:-1, 1] > GAP_IN_CELL * height
    filled = np.unique(cells).size
    are_few = filled < FILLED * (rows[-1] + 1) * len(columns)
    return 0 if are_few or (apart & is_same).any() else filled


def _between(spans: NDArray[np.float64], outside: float) -> NDArray[np.float64]:
    """Return where rows or columns, (N, 2), begin and end: in the middle between two."""
    inner = (spans[:-1, 1] + spans[1:, 0]) / 2
    return np.concatenate([[spans[0, 0] - outside], inner, [spans[-1, 1] + outside]])
