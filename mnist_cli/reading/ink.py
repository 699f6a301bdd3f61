"""Ink on paper that may be unevenly lit: the paper taken away, the ink marked."""

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Invert = Literal["auto", "yes", "no"]
Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]

BACKGROUND_SIDE = 64  # px; the background is estimated on a picture of this size
SURFACE_ROUNDS = 5  # of fitting the light and leaving out what does not fit
DIMMEST = 64  # of 255: in a deeper shadow than that, noise would pass for ink


def find_ink(grey: Grey, invert: Invert) -> tuple[Ink, bool, float]:
    """Take the paper away, and tell ink from paper.

    Light multiplies: in a shadow, ink is fewer grey levels darker than the paper around it. So ink
    is measured as a share of what the paper could lose (or, of light ink on dark, could gain).

    Returns:
        How much ink each pixel has, in [0, 1]; whether the ink is darker than the paper; and by
        how many grey levels they differ.
    """
    paper = _background(grey)
    difference = grey - paper
    dark = np.asarray(-difference / np.maximum(paper, DIMMEST), dtype=np.float32)
    light = np.asarray(difference / np.maximum(255 - paper, DIMMEST), dtype=np.float32)
    inverted = _weight(dark) >= _weight(light) if invert == "auto" else invert == "yes"
    contrast = quantile(-difference if inverted else difference, 0.999)
    return np.clip(dark if inverted else light, 0, 1), inverted, contrast


def _weight(ink: Ink) -> float:
    """Say how much speaks for this being the ink: how far it stands out, and how much of it."""
    peak = quantile(ink, 0.99)
    return peak * float(ink[ink > 0.3 * peak].sum()) if peak > 0 else 0.0


def _background(grey: Grey) -> Ink:
    """Estimate the paper under the ink, at low resolution: (H, W) float32, 0 to 255.

    A quadratic surface follows the light, and what a wide median still finds on top of it follows
    shadows with an edge.
    """
    height, width = grey.shape
    factor = min(1.0, BACKGROUND_SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    surface = _quadratic_surface(small)
    # wider than any stroke, so that ink is the minority of what it sees
    window = 2 * (max(small.shape) // 3) + 1
    margin = window // 2
    rest = np.clip(small - surface + 128, 0, 255).astype(np.uint8)
    padded = cv2.copyMakeBorder(rest, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
    median = cv2.medianBlur(padded, window)[margin:-margin, margin:-margin].astype(np.float32)
    paper = surface + _smoothed(median, window / 6) - 128
    return np.asarray(cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR))


def _smoothed(image: Ink, sigma: float) -> Ink:
    """Smooth a small image by a Gaussian; a product of matrices needs no thread pool to start."""
    rows, columns = (_gaussian_matrix(side, sigma) for side in image.shape)
    return np.asarray(rows @ image @ columns.T, dtype=np.float32)


def _gaussian_matrix(side: int, sigma: float) -> Ink:
    """Return (side, side) weights of each pixel for each; each row sums to 1."""
    offsets = np.arange(side, dtype=np.float32)
    weights = np.exp(-((offsets[:, None] - offsets) ** 2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def _quadratic_surface(image: Ink) -> Ink:
    """Fit a quadratic surface to most of an image, leaving out what lies far from it."""
    rows, columns = np.mgrid[-1 : 1 : 1j * image.shape[0], -1 : 1 : 1j * image.shape[1]]
    ones = np.ones_like(rows)
    terms = np.stack([ones, rows, columns, rows * columns, rows**2, columns**2]).reshape(6, -1)
    values = image.reshape(-1).astype(np.float64)
    surface = np.full_like(values, quantile(values, 0.5))
    for _ in range(SURFACE_ROUNDS):
        distance = np.abs(values - surface)
        near = distance <= max(2.0 * quantile(distance, 0.5), 4.0)
        kept = terms * near
        # the ridge keeps the fit defined where little but a corner of the paper is left
        surface = np.linalg.solve(kept @ terms.T + 1e-3 * np.eye(6), kept @ values) @ terms
    return np.clip(surface, 0, 255).reshape(image.shape).astype(np.float32)


def ink_mask(ink: Ink) -> NDArray[np.bool_]:
    """Mark the ink by Otsu's threshold on the picture with its paper taken away."""
    top = quantile(ink, 0.999)
    levels = np.clip(ink * (255 / top), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(levels > threshold)


def quantile(values: NDArray[Any], share: float) -> float:
    """Return the value that a share of all values lies under, by nearest rank.

    `np.percentile` and `np.median` would import numpy.ma for it, a thirtieth of `predict`.
    """
    flat = values.ravel()
    rank = min(int(share * flat.size), flat.size - 1)
    return float(np.partition(flat, rank)[rank])
