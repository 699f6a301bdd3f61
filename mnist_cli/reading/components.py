"""Which of the inked regions of a picture are its digit."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SPECK = 0.03  # of the main region's longer side squared: less ink than that is dirt
NEAR = 0.35  # of the main region's longer side: a stroke set apart is no further
SMALL = 0.75  # of the same: a longer stroke belongs to it only where their boxes overlap


@dataclass(frozen=True)
class Chosen:
    """The digit of a picture.

    Attributes:
        mask: (H, W) bool, its ink.
        touches_border: Whether it may go on outside the picture.
        several: Whether other regions look like digits too.
    """

    mask: NDArray[np.bool_]
    touches_border: bool
    several: bool


def choose_digit(mask: NDArray[np.bool_]) -> Chosen | None:
    """Choose the regions that are the digit: the main one, and strokes that belong to it.

    The main region is large and near the middle; what touches the border is taken for a line or
    a neighbour unless there is nothing else.

    Args:
        mask: (H, W) bool, where there is ink.

    Returns:
        The digit, or None where there is no ink.
    """
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    if count < 2:
        return None
    height, width = mask.shape
    left, top, wide, high, area = stats[1:].T
    right, bottom = left + wide, top + high
    longer = np.maximum(wide, high)
    at_border = (left == 0) | (top == 0) | (right == width) | (bottom == height)

    offset = (centres[1:] / (width, height) - 0.5) * 2  # -1 to 1 on each axis
    central = np.exp(-(offset**2).sum(axis=1))
    main = int(np.argmax(area * central * np.where(at_border, 0.15, 1.0)))

    gap_x = np.maximum(np.maximum(left - right[main], left[main] - right), 0)
    gap_y = np.maximum(np.maximum(top - bottom[main], top[main] - bottom), 0)
    gap = np.hypot(gap_x, gap_y) / longer[main]
    near = (gap == 0) | ((gap <= NEAR) & (longer < SMALL * longer[main]))
    big = area >= SPECK * longer[main] ** 2 / 4
    part = near & big & ~at_border
    part[main] = True
    others = ~part & ~at_border & (longer > 0.5 * longer[main]) & (area > 0.25 * area[main])

    kept = np.concatenate(([False], part))[labels]
    return Chosen(kept, bool(at_border[main]), bool(others.any()))
