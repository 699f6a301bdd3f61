"""How numbers stand below each other, in lines: the rows and columns of a table."""

from collections.abc import Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.numbers import GAP_IN_CELL
from mnist_cli.reading.tables.leaning import STRAIGHT, Between, Lean, Levels, Spans
from mnist_cli.reading.tables.rules import Rule

ROWS, COLUMNS = 3, 2  # of a table, at the least
LEANING_ROWS, LEANING = 4, 3  # rows and columns at the least: fewer lean in some way by chance
LEANS = np.linspace(-0.2, 0.2, 9).tolist()  # of columns, in pixels to the right for each down
APART = 0.5  # heights of a digit, between two columns
FILLED = 0.6  # of the cells: with fewer it is a page of loose numbers
CLEARLY = 0.75  # of the cells, where some lines are left out, or rules part the others
FARTHEST = 3.0  # times the usual distance of two rows: farther ones are not of one table
PARTLY = 0.5  # of a table's height, that a rule between its columns goes on for
ELSEWHERE = 1e5  # px: so far from each other columns are seen that a rule parts
TITLES = 3  # lines above a table and below it, at the most, that stand as near as its rows do
# how many of them are above and below, the fewest first
WAYS = [(top, count - top) for count in range(TITLES + 1) for top in range(count + 1)]
OUTSIDE = 0.12  # of a table's numbers, at the most, are in these
SPLIT = 0.25  # of the filled cells between rules may hold parts of a number: else they are several
SEVERAL = 0.05  # of the filled cells may hold two numbers far apart: letters are taken for digits

Columns = NDArray[np.float64]  # (N, 2), where each begins and ends, as if all stood upright


class Alignment(NamedTuple):
    """How numbers stand in rows and columns.

    Attributes:
        lean: How the columns lean.
        columns: Of numbers.
        filled: (N,) how many rows have a number in each column.
        rows: (R,) level of each row.
    """

    lean: Lean | Between
    columns: Columns
    filled: NDArray[np.int64]
    rows: NDArray[np.float64]


def alignments(
    spans: Sequence[Spans], height: float, levels: Levels, down: Sequence[Rule], least: float
) -> list[Alignment]:
    """Return how the numbers of lines stand in tables, from top to bottom.

    Args:
        spans: Of each line.
        height: Of a digit, in pixels.
        levels: How rows run; no table goes on beyond their first and last rule.
        down: Rules between columns, from left to right.
        least: Share of a table's cells that are filled.
    """
    if len(spans) < ROWS:
        return []
    spans = sorted(spans, key=_level)
    for at_wide in (False, True) if levels.rules else (False,):  # a rule may not have been seen
        blocks = _blocks(spans, levels, down, at_wide=at_wide)
        found = (_table_in(block, height, _between(block, down), least) for block in blocks)
        if tables := [own for own in found if own is not None]:
            return tables
    return []


def _level(spans: Spans) -> float:
    """Return how far down a line is."""
    return float(spans[:, 2].mean())


def _blocks(
    spans: Sequence[Spans], across: Levels, down: Sequence[Rule], *, at_wide: bool
) -> list[Sequence[Spans]]:
    """Part lines where one is far below the one before, and where rules begin and end.

    With `at_wide` also where two rules are much farther apart than others.
    """
    levels = np.array([_level(own) for own in spans])
    steps = np.diff(levels)
    ends = set((np.flatnonzero(steps > FARTHEST * np.median(steps)) + 1).tolist())
    rules = np.array([rule.level for rule in across.rules])
    outer = rules[[0, -1]].tolist() if len(rules) else []
    if at_wide:
        apart = np.diff(rules)
        is_wide = apart > FARTHEST * np.median(apart)
        outer += [*rules[:-1][is_wide], *rules[1:][is_wide]]
    if down:
        outer += [float(np.median([rule.x[end] for rule in down])) for end in (0, -1)]
    ends |= set(np.searchsorted(levels, outer).tolist())
    cuts = sorted({0, len(spans)} | ends)
    return [spans[begin:end] for begin, end in pairwise(cuts)]


def _between(spans: Sequence[Spans], down: Sequence[Rule]) -> Between | None:
    """Return how the columns of lines run by the rules between them; None if there are none."""
    every = np.concatenate(spans)
    (first, last), middles = every[[0, -1], 2], every[:, :2].mean(axis=1)
    own = [
        rule
        for rule in down
        if middles.min() < rule.level < middles.max()
        and min(rule.x[-1], last) - max(rule.x[0], first) > PARTLY * (last - first)
    ]
    return Between(Levels(own)) if own else None


def _table_in(
    spans: Sequence[Spans], height: float, lean: Between | None, least: float
) -> Alignment | None:
    """Return the table that lines make, some at the top and the bottom left out."""
    every = sum(map(len, spans))
    for top, below in WAYS:
        own = spans[top : len(spans) - below]
        kept = sum(map(len, own))
        if kept < (1 - OUTSIDE) * every or kept < FILLED * COLUMNS * len(own):
            continue
        share = max(least, CLEARLY) if top or below else least
        if found := _aligned(own, height, lean, share):
            return found
    return None


def _aligned(
    spans: Sequence[Spans], height: float, ruled: Between | None, least: float
) -> Alignment | None:
    """Return how the numbers of lines stand below each other; None if they do not."""
    if len(spans) < ROWS:
        return None
    every, rows = np.concatenate(spans), np.repeat(np.arange(len(spans)), [*map(len, spans)])
    apart, fullest = APART * height, len(every) / (least * len(spans))  # so many columns at most
    leans: list[Lean | Between] = [ruled or STRAIGHT]
    if not ruled and len(spans) >= LEANING_ROWS:
        leans += _leans(every, apart, fullest)
    levels = np.array([_level(own) for own in spans])
    best: tuple[tuple[float, ...], Alignment] | None = None
    for lean in leans:
        ends = lean.upright(every)
        columns, at = _columns(ends, apart, lean.cuts)
        if not COLUMNS <= len(columns) <= fullest:
            continue
        most = SPLIT if ruled else 1.0
        filled = _filled(ends, rows * len(columns) + at, height, most)
        if filled >= least * len(spans) * len(columns):
            empty = len(spans) * len(columns) - filled
            gap = min(height, float((columns[1:, 0] - columns[:-1, 1]).min()))
            worth = filled - empty, gap, -lean.steepness
            if best is None or worth > best[0]:
                counts = np.bincount(np.unique(np.stack([rows, at]), axis=1)[1])
                best = worth, Alignment(lean, columns, counts, levels)
    return best[1] if best else None


def _leans(spans: Spans, apart: float, most: float) -> list[Lean]:
    """Return the ways in which `LEANING` columns of numbers or more, and `most`, may lean."""
    begin, level, reach = spans[:, 0].min(), spans[:, 2].mean(), np.ptp(spans[:, 2])
    width = max(1.0, float(spans[:, 1].max() - begin))
    left, right = np.array(list(product(LEANS, LEANS))).T[..., None, None]
    lean = left + (right - left) * (spans[:, :2] - begin) / width
    ends = spans[:, :2] - lean * (spans[:, 2:] - level)  # (leans, N, 2), as `Lean.upright` of each
    order = np.argsort(ends[..., :1], axis=1)
    begins, reached = np.moveaxis(np.take_along_axis(ends, order, axis=1), 2, 0)
    reached = np.maximum.accumulate(reached, axis=1)
    counts = 1 + (begins[:, 1:] - reached[:, :-1] >= apart).sum(axis=1)
    may_be = (counts >= LEANING) & (counts <= most)
    may_be &= (np.abs(right - left) * reach < width).ravel()  # else they meet on the page
    ways = zip(left.ravel()[may_be].tolist(), right.ravel()[may_be].tolist(), strict=True)
    return [Lean(*way, begin, width, level) for way in ways]


def _columns(
    spans: NDArray[np.float64], apart: float, cuts: NDArray[np.float64]
) -> tuple[Columns, NDArray[np.int64]]:
    """Join spans, (N, 2), that overlap or nearly do, but none over a cut.

    Returns:
        Columns from left to right, and in which one each span is, (N,).
    """
    away = np.searchsorted(cuts, spans.mean(axis=1)) * ELSEWHERE
    order = np.argsort(spans[:, 0] + away, kind="stable")
    left, right = (spans + away[:, None])[order].T
    reached = np.maximum.accumulate(right)
    is_first = np.r_[True, left[1:] - reached[:-1] >= apart]
    begins = np.flatnonzero(is_first)
    ends = reached[np.r_[begins[1:] - 1, len(reached) - 1]]
    at = np.empty(len(spans), np.int64)
    at[order] = np.cumsum(is_first) - 1
    return np.stack([left[begins], ends], 1) - away[order][begins, None], at


def _filled(ends: NDArray[np.float64], cells: NDArray[np.int64], height: float, most: float) -> int:
    """Return how many cells are filled; 0 if some can't hold one number.

    Args:
        ends: (N, 2) of numbers.
        cells: (N,) of each.
        height: Of a digit.
        most: Share of the filled cells that may hold parts of one.
    """
    order = np.lexsort((ends[:, 0], cells))
    ordered, is_same = ends[order], np.diff(cells[order]) == 0
    apart = ordered[1:, 0] - ordered[:-1, 1] > GAP_IN_CELL * height
    filled = np.unique(cells).size
    are_several = (apart & is_same).sum() > SEVERAL * filled or is_same.sum() > most * filled
    return 0 if are_several else filled
