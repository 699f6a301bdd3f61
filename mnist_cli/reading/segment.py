"""A page to its digits: lines of regions, left to right, top to bottom."""

from dataclasses import dataclass
from functools import reduce
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.shapes import width_of_depth

Layout = Literal["auto", "single", "line", "page"]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside

TINY = 28  # px: so small a picture has one digit, however its strokes fall apart
DIRT = 0.02  # of the picture's shorter side: what is smaller all ways is dirt
EDGE = 0.3  # of its weight has what the border cuts, where the main digit is looked for
CLOSE = 0.12  # of the height of both: one so close above the other is a part of the same digit
SMALLEST = 0.35  # of the tallest digit: a smaller one is taken for a mark
CUT = 0.7  # of the same, for what the border cuts
PART = 0.7  # of a digit's height: a taller piece is a digit by itself
OVERLAP = 0.5  # of the narrower of two pieces: above each other, they are parts of one digit
GAP = 0.3  # of a digit's height: the parts of one are no further apart
BEYOND = 0.05  # of the others' height: no digit goes farther beyond them
SLIM = 0.2  # of its length: what lies along the border and is no wider is an edge
MOST_STROKES = 4  # a digit falls apart into no more
MARK = 0.08  # of the main digit's ink: what has less is no stroke of one in pieces
WIDEST = 1.35  # of its height: no digit in pieces is wider
MOST_PIECES = 1_000  # the largest; a page has no more digits
FRAME = 0.08  # of its smaller side: the line of a frame is no thicker
INSIDE = 0.3  # of a frame's height: what stands in it is no smaller
STROKE = 2.0  # times: strokes of one hand differ by no more
FINEST = 3.0  # times: so much finer than the strokes of a digit is what is left of a rule, or
FINE_GAP = 0.08  # of a digit's height away, at most, a stroke that the pen hardly drew
STRAIGHT = 1.15  # times its diagonal: a longer path is no straight line


SLOPES = [number / 50 for number in range(-8, 9)]  # of lines: up to 9 degrees


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
    labels, pieces = _pieces(mask)
    if not pieces:
        return Found()
    if whole:
        return Found(((_region(labels, reduce(_Group.with_, pieces), mask.shape),),))
    groups = _without_frames(pieces)
    groups = _joined(groups, _digit_height(groups, mask.shape), mask.shape)
    main = max(groups, key=lambda group: _weight(group, mask.shape))
    digits = _digits(groups, main, mask.shape)
    if layout == "single":
        return Found(((_region(labels, main, mask.shape),),), len(digits) > 1)
    lines = _lines(digits) if layout != "line" else [sorted(digits, key=_middle)]
    regions = tuple(tuple(_region(labels, g, mask.shape) for g in line) for line in lines)
    one = _as_one(groups, digits, main, mask.shape) if layout == "auto" else None
    return Found(regions, as_one=_region(labels, one, mask.shape) if one else None)


@dataclass(frozen=True)
class _Group:
    """Pieces of ink that are one digit."""

    labels: tuple[int, ...]
    left: int
    top: int
    right: int
    bottom: int
    area: int
    depth: float  # sum over its pixels of their distance to the edge

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def with_(self, other: "_Group") -> "_Group":
        return _Group(
            self.labels + other.labels,
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.area + other.area,
            self.depth + other.depth,
        )

    @property
    def stroke(self) -> float:
        """Mean stroke width in pixels."""
        return width_of_depth(self.depth / self.area)

    @property
    def is_line(self) -> bool:
        """Whether it is slim, or one straight stroke."""
        slim = min(self.width, self.height) < SLIM * max(self.width, self.height)
        path = self.area / max(self.stroke, 1.0)
        return slim or path < STRAIGHT * float(np.hypot(self.width, self.height))

    def touches(self, shape: tuple[int, ...]) -> bool:
        height, width = shape
        return self.left == 0 or self.top == 0 or self.right == width or self.bottom == height


def _pieces(mask: Mask) -> tuple[NDArray[np.int32], list[_Group]]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    padded = np.pad(mask.astype(np.uint8), 1)  # beyond the border there is no ink
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_3)[1:-1, 1:-1]
    depths = np.bincount(labels.ravel(), distance.ravel(), count)
    least = max(2.0, DIRT * min(mask.shape))
    pieces = []
    for label in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[label])
        if max(wide, high) >= least:
            edges = left, top, left + wide, top + high
            pieces.append(_Group((label,), *edges, area, float(depths[label])))
    return np.asarray(labels), pieces


def _without_frames(pieces: list[_Group]) -> list[_Group]:
    """Leave out what is drawn around a digit: thin for its size, and with more ink inside it."""
    frames = [
        frame
        for frame in pieces
        if frame.stroke < FRAME * min(frame.width, frame.height)
        and any(_is_inside(piece, frame) for piece in pieces)
    ]
    return [piece for piece in pieces if piece not in frames]


def _is_inside(piece: _Group, frame: _Group) -> bool:
    """Whether a piece that might be a digit stands in a frame, not in the loop of another digit."""
    return (
        frame.left < piece.left
        and frame.top < piece.top
        and piece.right < frame.right
        and piece.bottom < frame.bottom
        and piece.height >= INSIDE * frame.height
    )


def _digit_height(pieces: list[_Group], shape: tuple[int, ...]) -> float:
    """Return the height that most of the ink has."""
    inside = [piece for piece in pieces if not piece.touches(shape)] or pieces
    inside.sort(key=lambda piece: piece.height)
    reached = np.cumsum([piece.area for piece in inside])
    return float(inside[int(np.searchsorted(reached, reached[-1] / 2))].height)


def _joined(pieces: list[_Group], height: float, shape: tuple[int, ...]) -> list[_Group]:
    """Put the parts of a digit together: small pieces join the piece they lie over or beside."""
    groups = sorted(pieces, key=lambda piece: piece.area)[-MOST_PIECES:]
    count = 0
    while len(groups) != count:
        count = len(groups)
        groups = _joined_once(groups, height, shape)
    return groups[::-1]


def _joined_once(groups: list[_Group], height: float, shape: tuple[int, ...]) -> list[_Group]:
    """Let each group, the smallest first, join one that it belongs to."""
    all_groups: list[_Group | None] = [*groups]
    edges = np.array([(g.left, g.top, g.right, g.bottom) for g in groups])
    reach = max(GAP * height, 2 * CLOSE * max(g.height for g in groups))  # none joins from farther
    for index in range(len(groups)):
        small = all_groups[index]
        if small is None:
            continue
        cut = small.touches(shape)
        near = (edges[:, :2] <= np.array([small.right, small.bottom]) + reach) & (
            edges[:, 2:] >= np.array([small.left, small.top]) - reach
        )
        homes = [
            (at, home)
            for at in np.flatnonzero(near.all(axis=1))
            if (home := all_groups[at])
            and at != index
            and (_is_cut_off(small, home) if cut else _belongs(small, home, height))
        ]
        if homes:
            at, home = min(homes, key=lambda pair: _gap(small, pair[1]))
            both = home.with_(small)
            all_groups[at], all_groups[index] = both, None
            edges[at] = both.left, both.top, both.right, both.bottom
    return sorted((group for group in all_groups if group), key=lambda group: group.area)


def _belongs(small: _Group, home: _Group, height: float) -> bool:
    """Whether a piece is a part of a digit rather than one."""
    both, gap = small.with_(home), _gap(small, home)
    fine = small.stroke < home.stroke / FINEST
    if small.area > home.area or (fine and gap > FINE_GAP * height):
        return False
    shared = min(small.right, home.right) - max(small.left, home.left)
    share = shared / min(small.width, home.width)
    if share >= OVERLAP and small.height <= PART * height and both.height <= 1.5 * height:
        return gap <= GAP * height
    is_one = both.width <= 1.1 * both.height <= 3.3 * both.width
    return share >= OVERLAP / 2 and is_one and gap <= CLOSE * both.height


def _is_cut_off(small: _Group, home: _Group) -> bool:
    """Whether a piece that the border cuts is of a digit that it cuts too, as the loop of a 6."""
    inside = home.left <= small.left and small.right <= home.right and home.top <= small.top
    return inside and small.bottom <= home.bottom and small.stroke >= home.stroke / STROKE


def _gap(one: _Group, other: _Group) -> float:
    across = max(one.left - other.right, other.left - one.right, 0)
    down = max(one.top - other.bottom, other.top - one.bottom, 0)
    return float(np.hypot(across, down))


def _weight(group: _Group, shape: tuple[int, ...]) -> float:
    """Say how much speaks for this being what the picture is of: ink, in the middle, whole."""
    height, width = shape
    across = (group.left + group.right) / width - 1
    down = (group.top + group.bottom) / height - 1
    edge = EDGE if group.touches(shape) else 1.0
    return float(group.area * edge * np.exp(-(across**2 + down**2)))


def _digits(groups: list[_Group], main: _Group, shape: tuple[int, ...]) -> list[_Group]:
    """Leave out marks, fragments that the border cuts, and lines finer than the pen."""
    large = [g for g in groups if g.area >= main.area / 4 and not g.touches(shape)]
    tallest = max(group.height for group in [*large, main])
    whole = [g for g in groups if g.height >= SMALLEST * tallest and not g.touches(shape)]
    cut = [g for g in groups if g.height >= CUT * tallest and g.touches(shape)]
    digits = whole + [g for g in cut if not g.is_line or _stands_among(g, whole, shape)]
    stroke = float(np.median([group.stroke for group in digits] or [0.0]))
    return [main, *(g for g in digits if g is not main and g.stroke >= stroke / STROKE)]


def _as_one(
    groups: list[_Group], digits: list[_Group], main: _Group, shape: tuple[int, ...]
) -> _Group | None:
    """Return the digits, and marks beside them, as one, if one may fall apart into these."""
    marks = (g for g in groups if g.area >= MARK * main.area and not g.touches(shape))
    strokes = [*digits, *(mark for mark in marks if mark not in digits)]
    if not 1 < len(strokes) <= MOST_STROKES:
        return None
    one = reduce(_Group.with_, strokes)
    return one if one.width <= WIDEST * one.height <= 3 * WIDEST * one.width else None


def _stands_among(line: _Group, digits: list[_Group], shape: tuple[int, ...]) -> bool:
    """Whether a line along the border is a 1 beside other digits, not an edge that goes on."""
    if not digits:
        return False
    top, bottom = min(digit.top for digit in digits), max(digit.bottom for digit in digits)
    beyond = BEYOND * (bottom - top)
    within = top - beyond <= line.top and line.bottom <= bottom + beyond
    in_corner = line.top == 0 or line.bottom == shape[0]
    return within and not in_corner and line.height > line.width


def _middle(group: _Group) -> float:
    return (group.left + group.right) / 2


def _lines(groups: list[_Group]) -> list[list[_Group]]:
    """Gather what stands side by side, as the lines slant: so that they are as few as they may."""
    ways = (_lines_at(groups, slope) for slope in sorted(SLOPES, key=abs))
    return min(ways, key=len)


def _lines_at(groups: list[_Group], slope: float) -> list[list[_Group]]:
    """Gather what stands side by side: a digit belongs to the line that it overlaps most.

    Args:
        groups: The digits.
        slope: How far lines go down, in pixels for each to the right.
    """
    tops = {id(group): group.top - slope * _middle(group) for group in groups}
    lines: list[list[_Group]] = []
    for group in sorted(groups, key=lambda g: -g.height):
        top = tops[id(group)]
        best, share = None, 0.5
        for line in lines:
            line_top = np.median([tops[id(g)] for g in line])
            line_bottom = np.median([tops[id(g)] + g.height for g in line])
            overlap = (min(line_bottom, top + group.height) - max(line_top, top)) / group.height
            if overlap > share:
                best, share = line, overlap
        if best is None:
            lines.append([group])
        else:
            best.append(group)
    lines.sort(key=lambda line: float(np.mean([tops[id(g)] + g.height / 2 for g in line])))
    return [sorted(line, key=_middle) for line in lines]


def _region(labels: NDArray[np.int32], group: _Group, shape: tuple[int, ...]) -> Region:
    box = (group.left, group.top, group.right, group.bottom)
    cut = labels[group.top : group.bottom, group.left : group.right]
    flags = ("touches_border",) if group.touches(shape) else ()
    return Region(np.isin(cut, group.labels), box, flags)
