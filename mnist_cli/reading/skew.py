"""A page that lies askew: straightened along the lines of its digits.

The networks learn from pages that lie askew by few degrees: of synthetic ledgers whose lines climb
by 15° or more they read six numbers for each ten of straight ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.strips import strips_of
from mnist_cli.reading.candidates import Candidate, Found
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.views import transformed
from mnist_cli.reading.layout import find_lines
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.outline import Points, outline_of
from mnist_cli.reading.standing import check_cost

# Pixels down for each to the right, from which a page is straightened. Of 24 synthetic ledgers 18 %
# more cells are right on the ten that lie more askew; on the seven at 0.1 to 0.15 it is 1 %.
LEAST = 0.15
# Share of what stood before that must stand then. Of drawn ledgers that are read better when they
# are straightened it is 0.88 or more, of synthetic pages 0.94 to 1.6.
KEPT = 0.8
IN_LINES, IN_LINE = 6, 3  # digits that tell how a page lies: of all its lines, and of each


@dataclass(frozen=True, eq=False)
class Straightened:
    """How a page was straightened.

    Attributes:
        to_page: (3, 3) what brings pixels of the straightened page to those of the page before.
        shape: Rows and columns of the page before.
    """

    to_page: NDArray[np.float64]
    shape: tuple[int, ...]

    @property
    def outline(self) -> Points:
        """The corners of the page before, (4, 2), clockwise, on the straightened one."""
        back = np.asarray(np.linalg.inv(self.to_page), np.float64)
        return transformed(outline_of(self.shape), back)


def straightened(
    grey: Grey, found: Found, finder: Finder
) -> tuple[Grey, Found, Straightened | None]:
    """Straighten a page that lies askew, unless clearly fewer digits stand upright then.

    Args:
        grey: (H, W) uint8, the page.
        found: What the finder sees on it.
        finder: Looks at it again.

    Returns:
        The page, what the finder sees on it, and how it was straightened; None if it stays.
    """
    slope = _slope(found.digits)
    if abs(slope) < LEAST:
        return grey, found, None
    turn = _turn(slope, grey.shape)
    size = np.ceil(np.abs(turn[:, :2]) @ grey.shape[::-1]).astype(int).tolist()
    paper = float(np.median(grey))
    straight = cv2.warpAffine(grey, turn, size, flags=cv2.INTER_LINEAR, borderValue=paper)
    seen = finder.find(np.asarray(straight, np.uint8))
    check_cost(len(seen.digits))
    if seen.standing < KEPT * found.standing:
        return grey, found, None
    to_page = np.linalg.inv(np.vstack([turn, [0, 0, 1]]))
    return np.asarray(straight, np.uint8), seen, Straightened(to_page, grey.shape)


def _slope(digits: Sequence[Candidate]) -> float:
    """Return how far lines go down for each pixel to the right: the median of all digits' lines.

    `layout.slant` tells it by neighbours, which is enough to follow lines, and too little by a
    fifth where they are steep.
    """
    if len(digits) < IN_LINES:
        return 0.0
    edges = np.array([digit.edges for digit in digits])
    laid = strips_of(edges, find_lines([digit.box for digit in digits]))
    slopes = [strip.slope for strip, own in laid if len(own) >= IN_LINE for _ in own]
    return float(np.median(slopes)) if len(slopes) >= IN_LINES else 0.0


def _turn(slope: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the (2, 3) matrix that turns a picture so that its lines are level, all of it seen."""
    cosine = 1 / np.hypot(1, slope)
    sine = slope * cosine
    turn = np.array([[cosine, sine], [-sine, cosine]])
    corners = outline_of(shape) @ turn.T
    return np.column_stack([turn, -corners.min(axis=0)])
