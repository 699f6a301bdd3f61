"""Which of the inked regions of a picture are its digit."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside

SPECK = 0.03  # of the main region's longer side squared: less ink than that is dirt
NEAR = 0.35  # of the main region's longer side: a stroke set apart is no further
SOFT_EDGE = 1  # px around the mask where the ink fades


@dataclass(frozen=True)
class Chosen:
    """The digit of a picture.

    Attributes:
        mask: (H, W) bool, its ink with the soft edge.
        box: Its bounding box.
        touches_border: Whether it may go on outside the picture.
        several: Whether other regions look like digits too.
    """

    mask: NDArray[np.bool_]
    box: Box
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
    near = np.hypot(gap_x, gap_y) <= NEAR * longer[main]
    big = area >= SPECK * longer[main] ** 2 / 4
    part = near & big & (~at_border | at_border[main]) & (longer < 0.75 * longer[main])
    part[main] = True
    others = ~part & ~at_border & (longer > 0.5 * longer[main]) & (area > 0.25 * area[main])

    kept = np.isin(labels, 1 + np.flatnonzero(part))
    edge = np.ones((2 * SOFT_EDGE + 1,) * 2, np.uint8)
    soft = cv2.dilate(kept.astype(np.uint8), edge).astype(bool)
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return Chosen(soft, box, bool(at_border[main]), bool(others.any()))
