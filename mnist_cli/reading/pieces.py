"""Ink to pieces, and pieces to groups, each of which may be a digit."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.shapes import width_of_depth

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Shape = tuple[int, ...]

DIRT = 0.02  # of the picture's shorter side: what is smaller all ways is dirt
CLOSE = 0.12  # of the height of both: one so close above the other is a part of the same digit
PART = 0.7  # of a digit's height: a taller piece is a digit by itself
OVERLAP = 0.5  # of the narrower of two pieces: above each other, they are parts of one digit
GAP = 0.3  # of a digit's height: the parts of one are no further apart
SLIM = 0.2  # of its length: what is no wider is a line
STRAIGHT = 1.15  # times its diagonal: a longer path is no straight line
FRAME = 0.08  # of its smaller side: the line of a frame is no thicker
INSIDE = 0.3  # of a frame's height: what stands in it is no smaller
STROKE = 2.0  # times: strokes of one hand differ by no more
FINEST = 3.0  # times: so much finer than the strokes of a digit is what is left of a rule, or
FINE_GAP = 0.08  # of a digit's height away, at most, a stroke that the pen hardly drew
MOST_PIECES = 1_000  # the largest; a page has no more digits


@dataclass(frozen=True)
class Group:
    """Pieces of ink that are one digit.

    Attributes:
        labels: Of the pieces.
        left, top, right, bottom: Its box in pixels; right and bottom are outside.
        area: Pixels of ink.
        depth: Sum over these of their distance to the edge.
    """

    labels: tuple[int, ...]
    left: int
    top: int
    right: int
    bottom: int
    area: int
    depth: float

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Halfway between left and right."""
        return (self.left + self.right) / 2

    def with_(self, other: "Group") -> "Group":
        """Return both as one."""
        return Group(
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

    def touches(self, shape: Shape) -> bool:
        """Tell whether it reaches the border of a picture."""
        height, width = shape
        return self.left == 0 or self.top == 0 or self.right == width or self.bottom == height


def find_pieces(mask: Mask) -> tuple[Labels, list[Group]]:
    """Return the picture's labels, and its pieces of ink, dirt left out."""
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
            pieces.append(Group((label,), *edges, area, float(depths[label])))
    return np.asarray(labels), pieces


def without_frames(pieces: list[Group]) -> list[Group]:
    """Leave out what is drawn around a digit: thin for its size, and with more ink inside it."""
    frames = [
        frame
        for frame in pieces
        if frame.stroke < FRAME * min(frame.width, frame.height)
        and any(_is_inside(piece, frame) for piece in pieces)
    ]
    return [piece for piece in pieces if piece not in frames]


def _is_inside(piece: Group, frame: Group) -> bool:
    """Whether a piece that might be a digit stands in a frame, not in the loop of another digit."""
    return (
        frame.left < piece.left
        and frame.top < piece.top
        and piece.right < frame.right
        and piece.bottom < frame.bottom
        and piece.height >= INSIDE * frame.height
    )


def joined(pieces: list[Group], shape: Shape) -> list[Group]:
    """Put the parts of a digit together: small pieces join the piece they lie over or beside.

    Returns:
        The groups, the largest first.
    """
    height = _digit_height(pieces, shape)
    groups = sorted(pieces, key=lambda piece: piece.area)[-MOST_PIECES:]
    count = 0
    while len(groups) != count:
        count = len(groups)
        groups = _joined_once(groups, height, shape)
    return groups[::-1]


def _joined_once(groups: list[Group], height: float, shape: Shape) -> list[Group]:
    """Let each group, the smallest first, join one that it belongs to."""
    all_groups: list[Group | None] = [*groups]
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


def _belongs(small: Group, home: Group, height: float) -> bool:
    """Whether a piece is a part of a digit rather than one."""
    if small.area > home.area:
        return False
    both, gap = small.with_(home), _gap(small, home)
    if small.stroke < home.stroke / FINEST and gap > FINE_GAP * height:
        return False
    shared = min(small.right, home.right) - max(small.left, home.left)
    share = shared / min(small.width, home.width)
    if share >= OVERLAP and small.height <= PART * height and both.height <= 1.5 * height:
        return gap <= GAP * height
    is_one = both.width <= 1.1 * both.height <= 3.3 * both.width
    return share >= OVERLAP / 2 and is_one and gap <= CLOSE * both.height


def _is_cut_off(small: Group, home: Group) -> bool:
    """Whether a piece that the border cuts is of a digit that it cuts too, as the loop of a 6."""
    inside = home.left <= small.left and small.right <= home.right and home.top <= small.top
    return inside and small.bottom <= home.bottom and small.stroke >= home.stroke / STROKE


def _gap(one: Group, other: Group) -> float:
    across = max(one.left - other.right, other.left - one.right, 0)
    down = max(one.top - other.bottom, other.top - one.bottom, 0)
    return float(np.hypot(across, down))


def _digit_height(pieces: list[Group], shape: Shape) -> float:
    """Return the height that most of the ink has."""
    inside = [piece for piece in pieces if not piece.touches(shape)] or pieces
    inside.sort(key=lambda piece: piece.height)
    reached = np.cumsum([piece.area for piece in inside])
    return float(inside[int(np.searchsorted(reached, reached[-1] / 2))].height)
