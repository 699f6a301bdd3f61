"""Tables whose cells no rules close: numbers that stand in rows and columns.

Rules that run across may part their rows, others that run down their columns.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.layout import find_lines, slant
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import Line, Number
from mnist_cli.reading.tables.alignment import (
    CLEARLY,
    COLUMNS,
    FILLED,
    ROWS,
    Alignment,
    Columns,
    alignments,
)
from mnist_cli.reading.tables.flattening import Flattening, lying_flat, scaled_down
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grids import plain_grid
from mnist_cli.reading.tables.leaning import LEVEL, Levels, Spans
from mnist_cli.reading.tables.ruled_page import RuledPage
from mnist_cli.reading.tables.rules import contrast
from mnist_cli.reading.tables.word_columns import Inked, is_heading, with_words

EVEN = 0.6  # of the usual step from row to row: rules that are nearer are of squared paper
HEADING = 2.5  # times as high as rows: a higher one above them is none
FEWEST = 3  # rules across, that tell how rows run: with fewer they underline something
LONG = 0.6  # of the numbers' whole width: shorter rules underline something


def aligned_grids(
    grey: Grey, lines: Sequence[Line], *, dark: bool, ruled: RuledPage | None = None
) -> Iterator[list[Grid]]:
    """Yield the tables that lines of numbers make, whose cells no rules close.

    First by the rules that part them, if there are some; then without.

    Args:
        grey: (H, W) uint8, upright.
        lines: From top to bottom.
        dark: Whether ink is darker than paper.
        ruled: What is ruled on it.
    """
    numbers = [number for line in lines for number in line]
    if len(numbers) < ROWS * COLUMNS:
        return
    if ruled and (between := _between_rules(ruled, numbers)):
        yield between
    boxes = np.array([one.box for number in numbers for one in number], np.float64)
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    scaled, scale = scaled_down(grey, height)
    flattening, height = lying_flat(scaled.shape, scale, slant(boxes)), height * scale
    spans = _spans(lines, flattening, LEVEL)
    if found := alignments(spans, height, LEVEL, (), FILLED):
        page, inside = flattening.flat(scaled), flattening.inside(scaled.shape)
        inked = Inked(contrast(page, inside, height, dark=dark), LEVEL, height)
        yield [_grid(own, inked, flattening) for own in found]


def _between_rules(ruled: RuledPage, numbers: Sequence[Number]) -> list[Grid]:
    """Return the tables that numbers make between rules that run across, or down."""
    flat, height = ruled.flattening, ruled.height
    spans = _spans_of(numbers, flat, LEVEL)
    across = ruled.across(LONG * float(np.ptp(spans[:, :2])))
    levels = Levels(across if len(across) >= FEWEST else ())
    if not levels.rules and not ruled.between_columns:
        return []
    lines = _lines_on(flat, levels, numbers)
    inked = Inked(ruled.ruling.ink, levels, height)
    down = ruled.between_columns
    found = alignments(_spans(lines, flat, levels), height, levels, down, CLEARLY)
    return [_grid(own, inked, flat) for own in found]


def _grid(found: Alignment, inked: Inked, flattening: Flattening) -> Grid:
    """Return a table whose cells' sides are rules, or lie in the middle between its numbers."""
    height, cuts = inked.height, found.lean.cuts
    columns = _with_empty(found.columns, cuts) if len(cuts) else with_words(found, inked)
    down = _between(columns, height / 2)
    down = _at_cuts(down, columns, cuts) if len(cuts) else down
    across = _rows_ruled(found, columns, inked)
    if across is None:
        across = _between(np.stack([found.rows, found.rows], 1), height)
    x, y = np.meshgrid(down, across)
    x = found.lean.lying(x, y)
    nodes = np.stack([x, inked.levels.lying(x, y)], -1)
    return plain_grid(flattening, nodes, inked.ink, height, drawn=0.0)


def _with_empty(columns: Columns, cuts: NDArray[np.float64]) -> Columns:
    """Return columns with those amid them that lie between two rules and have no number."""
    held = np.searchsorted(cuts, columns.mean(axis=1)).tolist()
    empty = (cuts[at - 1 : at + 1].mean() for at in range(held[0], held[-1]) if at not in held)
    return np.array(sorted([*columns.tolist(), *([x, x] for x in empty)]))


def _at_cuts(
    sides: NDArray[np.float64], columns: Columns, cuts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sides of columns, each where a rule is if there is one."""
    band = np.searchsorted(cuts, columns.mean(axis=1))
    left, right = np.r_[max(0, band[0] - 1), band], np.r_[band, len(cuts)]
    return np.where(right > left, cuts[left.clip(max=len(cuts) - 1)], sides)


def _rows_ruled(found: Alignment, columns: Columns, inked: Inked) -> NDArray[np.float64] | None:
    """Return the levels of the rules between rows, and of a heading; None where they don't."""
    rules = np.array([rule.level for rule in inked.levels.rules])
    at = np.searchsorted(rules, found.rows)
    if not len(rules) or at[0] == 0 or at[-1] == len(rules) or len(np.unique(at)) < len(at):
        return None
    first, last = int(at[0]) - 1, int(at[-1])
    heights, usual = np.diff(rules[first : last + 1]), float(np.median(np.diff(found.rows)))
    if len(at) < FILLED * len(heights) or heights.min() < EVEN * usual:
        return None
    above = rules[max(0, first - 1) : first + 1]  # one alone above which there is none
    if 0 < np.ptp(above) < HEADING * usual and is_heading(found, columns, inked, above.mean()):
        first -= 1
    return rules[first : last + 1]


def _lines_on(flattening: Flattening, levels: Levels, numbers: Sequence[Number]) -> list[Line]:
    """Return lines of numbers as they stand on the flat page, from top to bottom.

    Each stands where its first digit does: a long one has the height of its line.
    """
    first = [next(one for one in number if one.is_digit) for number in numbers]
    corners = np.stack([flattening.box_on_page(one.edges) for one in first])
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], 1)
    middles = np.repeat(boxes[:, [0, 2]].mean(axis=1, keepdims=True), 2, axis=1)
    boxes[:, [1, 3]] = levels.levelled(middles, boxes[:, [1, 3]])
    rounded = list(map(tuple, np.rint(boxes).astype(int).tolist()))
    lines = find_lines(rounded, are_level=True)
    return [tuple(numbers[at] for at in line) for line in lines]


def _spans(lines: Sequence[Line], flattening: Flattening, levels: Levels) -> list[Spans]:
    """Return where the numbers of each line lie on the flat page."""
    every = _spans_of([number for line in lines for number in line], flattening, levels)
    return np.split(every, np.cumsum([len(line) for line in lines])[:-1])


def _spans_of(numbers: Sequence[Number], flattening: Flattening, levels: Levels) -> Spans:
    """Return where numbers begin and end on the flat page, and how far down they are: (N, 3)."""
    edges = (np.array([one.edges for one in number]) for number in numbers)
    boxes = np.array([[*own[:, :2].min(axis=0), *own[:, 2:].max(axis=0)] for own in edges])
    middles = boxes[:, [1, 3]].mean(axis=1)
    ends = (flattening.to_page(np.stack([boxes[:, at], middles], 1)) for at in (0, 2))
    (begin, top), (end, bottom) = (own.T for own in ends)
    down = levels.levelled((begin + end) / 2, (top + bottom) / 2)
    return np.stack([begin, end, down], 1)


def _between(spans: NDArray[np.float64], outside: float) -> NDArray[np.float64]:
    """Return where rows or columns, (N, 2), begin and end: in the middle between two."""
    inner = (spans[:-1, 1] + spans[1:, 0]) / 2
    return np.concatenate([[spans[0, 0] - outside], inner, [spans[-1, 1] + outside]])
