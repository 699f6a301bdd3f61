"""Corners of boxes, and of a picture on a page that was turned; how far these leave room."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (N, 2), x and y


def corners_of(box: Sequence[float] | NDArray[np.float64]) -> Points:
    """Return the corners of left, top, right, bottom, (4, 2), clockwise from the first."""
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def outline_of(shape: tuple[int, ...]) -> Points:
    """Return the corners of a picture of (H, W), (4, 2), clockwise."""
    height, width = shape
    return corners_of((0, 0, width, height))


def room_in(outline: Points, points: Points) -> NDArray[np.float64]:
    """Return how far points, (N, 2), are from the nearest side of an outline, in pixels.

    Outside it is negative.
    """
    along = np.roll(outline, -1, axis=0) - outline
    inward = np.stack([-along[:, 1], along[:, 0]], 1) / np.linalg.norm(along, axis=1)[:, None]
    return np.asarray(((points[:, None] - outline) * inward).sum(axis=2).min(axis=1))
