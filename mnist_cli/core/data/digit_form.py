"""The form of MNIST's digits: 20 px on the longer side, the centre of mass on (14, 14) of 28×28.

The one way to it, for pictures that are read and for what training draws.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section
III-A; the conventions of the pixels were measured on the 70,000 images.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.shapes import centre_of_mass

SIDE, DIGIT_SIDE, CENTRE = 28, 20, 14


def ink_box(ink: NDArray[Any]) -> tuple[slice, slice]:
    """Return the rows and columns of (h, w) that have ink; there must be some."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def placed(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Shrink a digit by area to 20 px on the longer side, scale its peak to 255, centre by mass.

    Args:
        ink: (h, w) float32 of any scale, cut to its ink.

    Returns:
        (28, 28) uint8, 0 paper to 255 ink.
    """
    height, width = ink.shape
    factor = DIGIT_SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(ink, size, interpolation=how), dtype=np.float32)
    small = small * (np.float32(255) / max(float(small.max()), 1e-6))
    row, column = centre_of_mass(small)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    top = _inside(CENTRE - row, small.shape[0])
    left = _inside(CENTRE - column, small.shape[1])
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = np.rint(small)
    return canvas


def _inside(wanted: float, extent: int) -> int:
    """Round a position to whole pixels, so that the digit stays on the canvas."""
    return min(max(round(wanted), 0), SIDE - extent)
