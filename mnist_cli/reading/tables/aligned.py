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
from mnist_cli.reading.tables.column_rules import column_rules
from mnist_cli.reading.tables.flattening import Flattening, lying_flat, scaled_down
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grids import RuledPage, plain_grid
from mnist_cli.reading.tables.leaning import LEVEL, Between, Levels, Spans
from mnist_cli.reading.tables.rules import Rule, contrast
from mnist_cli.reading.tables.word_columns import Inked, is_heading, with_words

HEADING = 2.5  # times as high as rows: a higher one above them is none
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
    if found := alignments(spans, height, LEVEL, None, FILLED):
        page, inside = flattening.flat(scaled), flattening.inside(scaled.shape)
        inked = Inked(contrast(page, inside, height, dark=dark), LEVEL, height)
        yield [_grid(own, inked, flattening) for own in found]


def _between_rules(ruled: RuledPage, numbers: Sequence[Number]) -> list[Grid]:
    """Return the tables that numbers make between rules that run across, or down."""
    flat, height = ruled.flattening, ruled.height
    across, down = _long_rules(ruled, numbers), column_rules(ruled)
    levels = Levels(across if len(across) >= ROWS else ())
    lean = Between(Levels(down)) if len(down) >= COLUMNS else None
    if not levels.rules and not lean:
        return []
    spans = _spans(_lines_on(flat, levels, numbers), flat, levels)
    inked = Inked(ruled.ruling.ink, levels, height)
    found = alignments(spans, height, levels, lean, CLEARLY)
    return [_grid(own, inked, flat) for own in found]


def _grid(found: Alignment, inked: Inked, flattening: Flattening) -> Grid:
    """Return a table whose cells' sides are rules, or lie in the middle between its numbers."""
    height, cuts = inked.height, found.lean.cuts
    columns = _with_empty(found.columns, cuts) if len(cuts) else with_words(found, inked)
    across = _rows_ruled(found, columns, inked)
    if across is None:
        across = _between(np.stack([found.rows, found.rows], 1), height)
    x, y = np.meshgrid(_at_cuts(_between(columns, height / 2), columns, cuts), across)
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
    bands, moved = np.array([-1, *band, len(cuts) + 1]), sides.copy()
    for at in np.flatnonzero(bands[1:] > bands[:-1]).tolist():
        rule = int(bands[at]) if at else int(bands[1]) - 1
        if 0 <= rule < len(cuts):
            moved[at] = cuts[rule]
    return moved


def _rows_ruled(found: Alignment, columns: Columns, inked: Inked) -> NDArray[np.float64] | None:
    """Return the levels of the rules between rows, and of a heading; None where they don't."""
    rules = np.array([rule.level for rule in inked.levels.rules])
    at = np.searchsorted(rules, found.rows)
    if not len(rules) or at[0] == 0 or at[-1] == len(rules) or len(np.unique(at)) < len(at):
        return None
    first, last = int(at[0]) - 1, int(at[-1])
    if len(at) < FILLED * (last - first):
        return None
    usual = float(np.median(np.diff(rules[first : last + 1])))
    above = rules[first - 1 : first + 1] if first else np.zeros(0)
    if (
        len(above)
        and np.ptp(above) < HEADING * usual
        and is_heading(found, columns, inked, above.mean())
    ):
        first -= 1
    return rules[first : last + 1]


def _long_rules(ruled: RuledPage, numbers: Sequence[Number]) -> list[Rule]:
    """Return the rules that run across the most of what is written, from top to bottom."""
    spans = np.array([_span(number, ruled.flattening) for number in numbers])
    wide = float(spans[:, 1].max() - spans[:, 0].min())
    across = (rule for rule in ruled.ruling.across if np.ptp(rule.x) > LONG * wide)
    return sorted(across, key=lambda rule: rule.level)


def _lines_on(flattening: Flattening, levels: Levels, numbers: Sequence[Number]) -> list[Line]:
    """Return lines of numbers as they stand on the flat page, from top to bottom."""
    corners = np.stack([flattening.box_on_page(number[0].edges) for number in numbers])
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], 1)
    for box in boxes:
        box[[1, 3]] = levels.levelled(box[[0, 2]].mean(), box[[1, 3]])
    rounded = list(map(tuple, np.rint(boxes).astype(int).tolist()))
    lines = find_lines(rounded, are_level=True)
    return [tuple(numbers[at] for at in line) for line in lines]


def _spans(lines: Sequence[Line], flattening: Flattening, levels: Levels) -> list[Spans]:
    return [np.array([_span(number, flattening, levels) for number in line]) for line in lines]


def _span(
    number: Number, flattening: Flattening, levels: Levels = LEVEL
) -> tuple[float, float, float]:
    """Return where a number begins and ends on the flat page, and how far down it is."""
    edges = np.array([one.edges for one in number])
    (left, top), (right, bottom) = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    middle = (top + bottom) / 2
    ends = flattening.to_page(np.array([[left, middle], [right, middle]]))
    begin, end = ends[:, 0].tolist()
    down = levels.levelled((begin + end) / 2, ends[:, 1].mean(keepdims=True))
    return begin, end, float(down[0])


def _between(spans: NDArray[np.float64], outside: float) -> NDArray[np.float64]:
    """Return where rows or columns, (N, 2), begin and end: in the middle between two."""
    inner = (spans[:-1, 1] + spans[1:, 0]) / 2
    return np.concatenate([[spans[0, 0] - outside], inner, [spans[-1, 1] + outside]])
