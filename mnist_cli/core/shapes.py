"""What is measured of a digit's shape, for reading and for training alike."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def stroke_width(mask: NDArray[np.bool_]) -> float:
    """Return the mean stroke width of (h, w) bool ink, in pixels; 0 without ink."""
    if not mask.any():
        return 0.0
    padded = np.pad(mask.astype(np.uint8), 1)  # beyond the border there is no ink
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return width_of_depth(float(distance[padded > 0].mean()))


def width_of_depth(depth: float) -> float:
    """Return how wide strokes are whose pixels are on average `depth` px from their edge.

    Across a stroke, the distance to its edge averages a quarter of the width.
    """
    return 4 * (depth - 0.25)


def centre_of_mass(image: NDArray[Any]) -> tuple[float, float]:
    """Return row and column of the centre of mass of (h, w) ink, in pixel indices."""
    rows, columns = image.sum(axis=1, dtype=np.float64), image.sum(axis=0, dtype=np.float64)
    total = max(float(rows.sum()), 1e-6)
    return (
        float(rows @ np.arange(len(rows))) / total,
        float(columns @ np.arange(len(columns))) / total,
    )
