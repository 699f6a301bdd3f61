"""Tables without rules: numbers that stand in rows and columns."""

from collections.abc import Sequence
from itertools import pairwise

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
APART = 0.5  # heights of a digit, between two columns
FILLED = 0.6  # of the cells: with fewer it is a page of loose numbers
FARTHEST = 3.0  # times the usual distance of two rows: farther ones are not of one table


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
    columns = _columns(np.concatenate(spans)[:, :2], APART * height)
    if len(spans) < ROWS or not _are_columns(spans, columns, height):
        return None
    levels = np.array([own[:, 2].mean() for own in spans])
    across = _between(np.stack([levels, levels], 1), height)
    down = _between(columns, height / 2)
    return np.stack(np.meshgrid(down, across), -1)


def _span(number: Number, flattening: Flattening) -> tuple[float, float, float]:
    """Return where a number begins and ends on the flat page, and how far down it is."""
    edges = np.array([one.edges for one in number])
    (left, top), (right, bottom) = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    middle = (top + bottom) / 2
    ends = flattening.to_page(np.array([[left, middle], [right, middle]]))
    return float(ends[0, 0]), float(ends[1, 0]), float(ends[:, 1].mean())


def _columns(spans: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Join spans, (N, 2), that overlap or nearly do: (columns, 2), from left to right."""
    columns: list[list[float]] = []
    for left, right in sorted(spans.tolist()):
        if columns and left - columns[-1][1] < apart:
            columns[-1][1] = max(columns[-1][1], right)
        else:
            columns.append([left, right])
    return np.array(columns)


def _are_columns(spans: Sequence[Spans], columns: NDArray[np.float64], height: float) -> bool:
    """Tell whether most cells are filled, each with what can be one number."""
    if len(columns) < COLUMNS:
        return False
    filled = 0
    for row in spans:
        for left, right in columns.tolist():
            own = row[(row[:, 0] >= left) & (row[:, 1] <= right)]
            own = own[np.argsort(own[:, 0])]
            if (own[1:, 0] - own[:-1, 1] > GAP_IN_CELL * height).any():
                return False
            filled += len(own) > 0
    return filled >= FILLED * len(spans) * len(columns)


def _between(spans: NDArray[np.float64], outside: float) -> NDArray[np.float64]:
    """Return where rows or columns, (N, 2), begin and end: in the middle between two."""
    inner = (spans[:-1, 1] + spans[1:, 0]) / 2
    return np.concatenate([[spans[0, 0] - outside], inner, [spans[-1, 1] + outside]])
