"""A drawing or scan that was cut to its digit: room around it, in the grey of its paper."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.shapes import stroke_width
from mnist_cli.reading.ink import Grey, Invert
from mnist_cli.reading.segment import TINY, Box

ENLARGED = 80  # px, about: the longer side of a tiny picture once its strokes have a shape
SAME = 3  # of 255: so far from the paper's grey is still the paper's
PLAIN = 0.12  # of the picture has that grey, where the paper is plain
INK = 0.4  # of the way from the paper to the strongest ink: more is ink
MOST = 0.8  # of the ink is one piece
SPAN = 0.85  # of the picture's height or width has that piece
BROADEST = 0.3  # of its longer side: no stroke is broader
SLIMMEST = 12  # times its width: no digit is longer
FULLEST = 0.65  # of the picture is ink, at most
FRAME = 0.7  # of the border is ink: then it is a frame


@dataclass(frozen=True)
class Roomy:
    """A picture with room around it.

    Attributes:
        grey: (H, W) uint8.
        inverted: Whether its ink is darker than its paper.
        factor: How many times it was enlarged.
        margin: How wide the room is, in pixels before that.
    """

    grey: Grey
    inverted: bool
    factor: int
    margin: int

    def outside(self, box: Box) -> Box:
        """Bring a box to the pixels of the picture without room."""
        left, top, right, bottom = (round(edge / self.factor) - self.margin for edge in box)
        width, height = (side // self.factor - 2 * self.margin for side in self.grey.shape[::-1])
        return max(0, left), max(0, top), min(width, right), min(height, bottom)


def with_room(grey: Grey, invert: Invert) -> Iterator[Roomy]:
    """Give room to a picture whose digit fills it, for each grey that may be its paper's.

    What reaches the border of a photograph is a rule, a neighbour, or the edge of the paper. Where
    the paper is plain, and almost all ink one piece that fills the picture, it is the digit. A tiny
    picture is always filled by its digit.

    Args:
        grey: (H, W) uint8 luminance.
        invert: Whether dark ink on light paper is to be turned: `auto` looks.

    Yields:
        The likelier one first; nothing where the picture is of another kind.
    """
    if max(grey.shape) > SLIMMEST * min(grey.shape):
        return
    likely = []
    for inverted in {"no": (False,), "yes": (True,), "auto": (True, False)}[invert]:
        paper = int(grey.max() if inverted else grey.min())
        away = cv2.absdiff(grey, np.full_like(grey, paper))
        share = cv2.countNonZero((away <= SAME).view(np.uint8)) / grey.size
        ink = away > INK * float(away.max())
        if share >= PLAIN and (max(grey.shape) <= TINY or is_filled(ink)):
            likely.append((_largest_piece(ink)[2], share, paper, inverted))
    for _, _, paper, inverted in sorted(likely, reverse=True):
        yield _surrounded(grey, paper, inverted)


def is_filled(ink: NDArray[np.bool_]) -> bool:
    """Tell whether one digit fills a picture: almost all ink is one piece of strokes."""
    width, height, share = _largest_piece(ink)
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    return bool(
        share >= MOST
        and ink.mean() <= FULLEST
        and border.mean() <= FRAME
        and (height >= SPAN * ink.shape[0] or width >= SPAN * ink.shape[1])
        and stroke_width(ink) <= BROADEST * max(width, height)
    )


def _largest_piece(ink: NDArray[np.bool_]) -> tuple[int, int, float]:
    """Return width and height of the largest piece, and which share of the ink it is."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    if len(stats) == 1:
        return 0, 0, 0.0
    areas = stats[1:, cv2.CC_STAT_AREA]
    _, _, width, height, area = stats[1 + areas.argmax()].tolist()
    return width, height, area / int(areas.sum())


def _surrounded(grey: Grey, paper: int, inverted: bool) -> Roomy:
    longer = max(grey.shape)
    factor = round(ENLARGED / longer) if longer <= TINY else 1
    margin = -(-longer // 2)
    roomy = cv2.copyMakeBorder(grey, *(4 * (margin,)), cv2.BORDER_CONSTANT, value=paper)
    if factor > 1:
        roomy = cv2.resize(roomy, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return Roomy(np.asarray(roomy, np.uint8), inverted, factor, margin)
