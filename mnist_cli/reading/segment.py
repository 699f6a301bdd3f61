"""A page to its digits: lines of regions, left to right, top to bottom."""

from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from mnist_cli.reading.lines import find_lines
from mnist_cli.reading.pieces import (
    STROKE,
    Group,
    Labels,
    Mask,
    Shape,
    find_pieces,
    joined,
    without_frames,
)

Layout = Literal["auto", "single", "line", "page"]
Box = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside

TINY = 28  # px: so small a picture has one digit, however its strokes fall apart
EDGE = 0.3  # of its weight has what the border cuts, where the main digit is looked for
SMALLEST = 0.35  # of the tallest digit: a smaller one is taken for a mark
CUT = 0.7  # of the same, for what the border cuts
BEYOND = 0.05  # of the others' height: no digit goes farther beyond them
MOST_STROKES = 4  # a digit falls apart into no more
MARK = 0.08  # of the main digit's ink: what has less is no stroke of one in pieces
WIDEST = 1.35  # of its height: no digit in pieces is wider


@dataclass(frozen=True)
class Region:
    """What may be a digit.

    Attributes:
        mask: (h, w) bool, its ink within its box.
        box: Left, top, right, bottom in pixels of the whole mask.
        flags: What looks wrong: `touches_border`.
    """

    mask: Mask
    box: Box
    flags: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Found:
    """The digits of a page.

    Attributes:
        lines: Top to bottom; each its digits from left to right.
        left_out: Whether other things looked like digits, where one alone was asked for.
        as_one: All of them, and marks beside them, as the strokes of one, where they may be that.
    """

    lines: tuple[tuple[Region, ...], ...] = ()
    left_out: bool = False
    as_one: Region | None = None


def segment(mask: Mask, layout: Layout = "auto", *, whole: bool = False) -> Found:
    """Find the digits of a page.

    Args:
        mask: (H, W) bool, the ink, ruled lines taken out.
        layout: What to look for: one digit, one line, lines; `auto` takes what is there.
        whole: Whether all ink is known to be one digit.
    """
    labels, pieces = find_pieces(mask)
    if not pieces:
        return Found()
    if whole:
        return Found(((_region(labels, reduce(Group.with_, pieces), mask.shape),),))
    groups = joined(without_frames(pieces), mask.shape)
    main = max(groups, key=lambda group: _weight(group, mask.shape))
    digits = _digits(groups, main, mask.shape)
    one = _as_one(groups, digits, main, mask.shape) if layout in {"auto", "single"} else None
    as_one = _region(labels, one, mask.shape) if one else None
    if layout == "single":
        return Found(((_region(labels, main, mask.shape),),), len(digits) > 1, as_one)
    one_line = [sorted(digits, key=lambda group: group.middle)]
    lines = one_line if layout == "line" else find_lines(digits)
    regions = tuple(tuple(_region(labels, g, mask.shape) for g in line) for line in lines)
    return Found(regions, as_one=as_one)


def _weight(group: Group, shape: Shape) -> float:
    """Say how much speaks for this being what the picture is of: ink, in the middle, whole."""
    height, width = shape
    across = (group.left + group.right) / width - 1
    down = (group.top + group.bottom) / height - 1
    edge = EDGE if group.touches(shape) else 1.0
    return float(group.area * edge * np.exp(-(across**2 + down**2)))


def _digits(groups: list[Group], main: Group, shape: Shape) -> list[Group]:
    """Leave out marks, fragments that the border cuts, and lines finer than the pen."""
    large = [g for g in groups if g.area >= main.area / 4 and not g.touches(shape)]
    tallest = max(group.height for group in [*large, main])
    whole = [g for g in groups if g.height >= SMALLEST * tallest and not g.touches(shape)]
    cut = [g for g in groups if g.height >= CUT * tallest and g.touches(shape)]
    sure = whole + [g for g in cut if not g.is_line]
    others = sure or cut
    digits = sure + [g for g in cut if g.is_line and _stands_among(g, others, shape)]
    stroke = sorted(group.stroke for group in digits)[len(digits) // 2] if digits else 0.0
    return [main, *(g for g in digits if g is not main and g.stroke >= stroke / STROKE)]


def _as_one(groups: list[Group], digits: list[Group], main: Group, shape: Shape) -> Group | None:
    """Return the digits, and marks beside them, as one, if one may fall apart into these."""
    if len(digits) > MOST_STROKES:
        return None
    marks = (g for g in groups if g.area >= MARK * main.area and not g.touches(shape))
    strokes = [*digits, *(mark for mark in marks if mark not in digits)]
    if not 1 < len(strokes) <= MOST_STROKES:
        return None
    one = reduce(Group.with_, strokes)
    return one if one.width <= WIDEST * one.height <= 3 * WIDEST * one.width else None


def _stands_among(line: Group, digits: list[Group], shape: Shape) -> bool:
    """Whether a line at the border is a 1 beside other digits, not an edge that goes on."""
    top, bottom = min(digit.top for digit in digits), max(digit.bottom for digit in digits)
    beyond = BEYOND * (bottom - top)
    within = top - beyond <= line.top and line.bottom <= bottom + beyond
    is_cropped = top == 0 and bottom == shape[0]  # to the digits, which all may touch the border
    in_corner = line.top == 0 or line.bottom == shape[0]
    return within and (is_cropped or not in_corner) and line.height > line.width


def _region(labels: Labels, group: Group, shape: Shape) -> Region:
    box = (group.left, group.top, group.right, group.bottom)
    cut = labels[group.top : group.bottom, group.left : group.right]
    flags = ("touches_border",) if group.touches(shape) else ()
    return Region(np.isin(cut, group.labels), box, flags)
