"""Where a picture ends on a page that was turned: its corners, and how far they leave room."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (N, 2), x and y


def outline_of(shape: tuple[int, ...]) -> Points:
    """Return the corners of a picture of (H, W), (4, 2), clockwise."""
    height, width = shape
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def room_in(outline: Points, points: Points) -> NDArray[np.float64]:
    """Return how far points, (N, 2), are from the nearest side of an outline, in pixels.

    Outside it is negative.
    """
    along = np.roll(outline, -1, axis=0) - outline
    inward = np.stack([-along[:, 1], along[:, 0]], 1) / np.linalg.norm(along, axis=1)[:, None]
    return np.asarray(((points[:, None] - outline) * inward).sum(axis=2).min(axis=1))
