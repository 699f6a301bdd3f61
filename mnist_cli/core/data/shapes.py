"""What is measured of a digit's shape, for reading and for training alike."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_ENOUGH = 20_000  # values for a quantile


def stroke_width(mask: NDArray[np.bool_]) -> float:
    """Return the mean stroke width of (h, w) bool ink, in pixels; 0 without ink."""
    if not mask.any():
        return 0.0
    padded = cv2.copyMakeBorder(  # beyond the border there is no ink
        mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
    )
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


def edge_tone(grey: NDArray[np.uint8]) -> int:
    """Return the grey that most of a picture's border has: the median of its outermost pixels."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return int(np.sort(border)[len(border) // 2])


def quantile(values: NDArray[Any], share: float) -> float:
    """Return the value that a share of all values lies under, by nearest rank.

    Of very many values a part is looked at. `np.percentile` and `np.median` would import numpy.ma
    for it, a thirtieth of `predict`.
    """
    flat = values.ravel()
    flat = flat[:: flat.size // _ENOUGH | 1]
    rank = min(int(share * flat.size), flat.size - 1)
    return float(np.sort(flat)[rank])  # np.partition takes 16 times as long where most are equal
