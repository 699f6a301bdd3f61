"""Numbers that are struck out: one stroke runs through their digits, and joins them.

Where digits touch, a stroke of one runs into the next: so it has to run through three of a number
at the least, or through all of it. A ruled line runs through them as well, but it goes on.

The figures were chosen by `python -m tests.benchmarks.struck --seed 1`. Of the numbers that are
struck there it tells 84 %, of the others 0.2 %; 3.1 % where two digits are enough.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import Candidate, Edges, median_height
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import Line

HEIGHT = 24  # px that a number's digits are brought to
ABOVE = 0.15  # heights around a number, above and below
BESIDE = 1.3  # heights beside it, where a ruled line goes on
LEVELS = np.linspace(0.2, 0.8, 13)  # of a digit from its top: where a stroke may cross its middle
UNBROKEN = 0.95  # of the columns of two digits, in which a stroke has ink
LEAST = 3  # digits that it runs through, or all of the number's
LONGEST = 1.0  # heights that it may go on for beyond its digits: more is a ruled line

Ink = NDArray[np.uint8]  # (h, w), 1 for ink


@dataclass(frozen=True, eq=False)
class Stroke:
    """A stroke that runs through two digits.

    Attributes:
        columns: (N,) from the first one's left edge to the other one's right edge.
        rows: (N,) where it is in each, in the mean of those that have as much ink.
    """

    columns: NDArray[np.int64]
    rows: NDArray[np.float64]

    @property
    def slope(self) -> float:
        """Rows down for each column to the right."""
        return float(self.rows[-1] - self.rows[0]) / max(1, len(self.rows) - 1)


def struck_through(grey: Grey, lines: Iterable[Line], *, dark: bool) -> frozenset[Candidate]:
    """Return the digits that are struck through together with their neighbours.

    Args:
        grey: (H, W) uint8, upright.
        lines: How its digits stand.
        dark: Whether ink is darker than paper.
    """
    numbers = ([one for one in number if one.is_digit] for line in lines for number in line)
    return frozenset(
        one
        for digits in numbers
        if len(digits) > 1
        for one in _struck(digits, *_ink_around(grey, digits, dark=dark))
    )


def _struck(digits: Sequence[Candidate], ink: Ink, edges: Edges) -> Iterator[Candidate]:
    """Yield a number's digits that are struck through."""
    is_inked = ink.max(axis=0) > 0
    fat = cv2.dilate(ink, np.ones((3, 1), np.uint8))  # a hand's stroke is not quite straight
    strokes = [_stroke(fat, is_inked, one, other) for one, other in pairwise(edges)]
    for _, run in groupby(enumerate(strokes), lambda pair: pair[1] is None):
        pairs = [(at, stroke) for at, stroke in run if stroke]
        if not pairs:
            continue
        (first, begin), (last, end) = pairs[0], pairs[-1]
        own = digits[first : last + 2]
        if len(own) >= min(LEAST, len(digits)) and not _is_ruled(ink, begin, end):
            yield from own


def _ink_around(grey: Grey, digits: Sequence[Candidate], *, dark: bool) -> tuple[Ink, Edges]:
    """Return the ink of a number and of what is beside it, and its digits' edges there, (N, 4)."""
    edges, height = np.array([one.edges for one in digits]), max(1.0, median_height(digits))
    edges[:, :2] = np.minimum(edges[:, :2], np.subtract(grey.shape[::-1], 1))  # within the page
    edges[:, 2:] = np.maximum(edges[:, 2:], edges[:, :2] + 1)
    ends = [*edges[:, :2].min(axis=0), *edges[:, 2:].max(axis=0)]
    room = height * np.array([-BESIDE, -ABOVE, BESIDE, ABOVE])
    left, top, right, bottom = np.rint(ends + room).astype(int).clip(0).tolist()
    view = grey[top:bottom, left:right]
    size = [max(1, round(side * HEIGHT / height)) for side in view.shape[::-1]]
    how = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
    small = cv2.resize(view, size, interpolation=how)
    own = (edges - [left, top, left, top]) * np.tile(np.divide(size, view.shape[::-1]), 2)
    inner = small[:, max(0, int(own[:, 0].min())) : math.ceil(own[:, 2].max())]  # no table, no desk
    level = cv2.threshold(np.ascontiguousarray(inner), 0, 1, cv2.THRESH_OTSU)[0]
    return ((small <= level) == dark).astype(np.uint8), own


def _stroke(fat: Ink, is_inked: NDArray[np.bool_], one: Edges, other: Edges) -> Stroke | None:
    """Return the stroke through two digits that has the most ink; None where none has enough."""
    first, last = max(0, int(min(one[0], other[0]))), math.ceil(max(one[2], other[2]))
    columns = np.arange(first, min(last, fat.shape[1]))
    if is_inked[columns].mean() < UNBROKEN:  # it spares most of the work
        return None
    begin, end = (one[0] + one[2]) / 2, (other[0] + other[2]) / 2
    share = (columns + 0.5 - begin) / max(1.0, end - begin)
    crossed, next_one = (side[1] + LEVELS * (side[3] - side[1]) for side in (one, other))
    from_row, to_row = (rows.reshape(-1, 1) for rows in np.meshgrid(crossed, next_one))
    rows = (from_row + (to_row - from_row) * share).astype(int).clip(0, len(fat) - 1)
    inked = fat[rows, columns].mean(axis=1)
    best = float(inked.max())
    return Stroke(columns, rows[inked == best].mean(axis=0)) if best >= UNBROKEN else None


def _is_ruled(ink: Ink, begin: Stroke, end: Stroke) -> bool:
    """Tell whether what runs through digits, from one stroke to another, goes on beside them."""
    ways = (begin, 0, -1), (end, -1, 1)
    return any(_goes_on(ink, stroke, at, step) > LONGEST * HEIGHT for stroke, at, step in ways)


def _goes_on(ink: Ink, stroke: Stroke, at: int, step: int) -> int:
    """Return for how many columns a stroke's ink goes on from one of its ends, to one side."""
    row, columns = float(stroke.rows[at]), np.arange(ink.shape[1])
    beyond = columns[columns * step > stroke.columns[at] * step][::step].tolist()
    for count, column in enumerate(beyond):
        row += step * stroke.slope
        near = [shift for shift in (0, -1, 1) if 0 <= round(row) + shift < len(ink)]
        there = next((shift for shift in near if ink[round(row) + shift, column]), None)
        if there is None:
            return count
        row += there / 2  # it may bend
    return len(beyond)
