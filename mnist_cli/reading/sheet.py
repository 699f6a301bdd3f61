"""A sheet of paper on something darker: what lies beside it taken away."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.ink import Grey, quantile

SIDE = 160  # px, about, of the longer side: the sheet is looked for in a picture of this size
GAP = 15  # px there: strokes are no wider
LEAST, MOST = 0.2, 0.97  # of the picture is the sheet
DARKEST = 0.45  # of its brightness, at most, has what lies beside it: shadows are lighter
SOLID = 0.9  # of its hull is the sheet itself
RIM = 2  # px there: so much of its rim goes too


def without_surroundings(grey: Grey) -> Grey | None:
    """Let a sheet's paper go on over what it lies on.

    Args:
        grey: (H, W) uint8 luminance.

    Returns:
        (H, W) uint8; None where there is no sheet with something much darker around it.
    """
    height, width = grey.shape
    factor = SIDE / max(height, width)
    if factor >= 1:
        return None
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    paper = _paper(small)
    outside = _outside(small, paper)
    if outside is None:
        return None
    _, nearest = cv2.distanceTransformWithLabels(
        outside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    levels = np.zeros(int(nearest.max()) + 1, np.uint8)
    levels[nearest[outside == 0]] = paper[outside == 0]
    around = cv2.resize(levels[nearest], (width, height), interpolation=cv2.INTER_LINEAR)
    is_outside = cv2.resize(outside, (width, height), interpolation=cv2.INTER_LINEAR) > 0
    return np.asarray(np.where(is_outside, around, grey), np.uint8)


def _paper(small: Grey) -> Grey:
    """Fill the strokes; beyond the border what is at it goes on."""
    padded = cv2.copyMakeBorder(small, *(4 * (GAP,)), cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((GAP, GAP), np.uint8))
    return np.asarray(closed[GAP:-GAP, GAP:-GAP])


def _outside(small: Grey, paper: Grey) -> Grey | None:
    """Mark with 1 what lies beside a sheet: (h, w); None if there is no sheet."""
    level, _ = cv2.threshold(paper, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    sheet = _sheet(paper > level)
    if sheet is None:
        return None
    beside, on_it = (quantile(small[sheet == part], 0.5) for part in (0, 1))
    if beside > DARKEST * on_it:
        return None
    rim = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    return np.asarray(1 - cv2.erode(sheet, rim, borderType=cv2.BORDER_CONSTANT, borderValue=1))


def _sheet(bright: NDArray[np.bool_]) -> Grey | None:
    """Mark with 1 the largest bright part, if it has the shape of a sheet: (h, w)."""
    opened = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(largest)
    sheet = cv2.fillConvexPoly(np.zeros_like(opened), hull, 1)
    is_solid = cv2.contourArea(largest) >= SOLID * cv2.contourArea(hull)
    return np.asarray(sheet) if is_solid and LEAST <= sheet.mean() <= MOST else None
