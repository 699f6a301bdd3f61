"""Whether the ink is darker than the paper, or lighter."""

import cv2
import numpy as np

from mnist_cli.reading.ink import DIMMEST, FAINTEST_INK, GRAINS, Grey, Ink, quantile

CLEARLY = 4.0  # times as much ink: then there is no doubt which is the ink
POLARITY_SIDE = 256  # px; on a picture of this size, ink and paper are told apart
BACKGROUND_SIDE = 64  # px; the background is estimated on a picture of this size
BACKGROUND_SHORT_SIDE = 32  # px; of a strip, at least
SURFACE_ROUNDS = 5  # of fitting the light and leaving out what does not fit


def polarities(grey: Grey) -> tuple[bool, ...]:
    """Tell whether the ink is darker than the paper: both answers, the likelier first, in doubt.

    Ink is what there is less of.
    """
    longer = max(grey.shape)
    if longer > POLARITY_SIDE:
        factor = POLARITY_SIDE / longer
        size = max(4, round(grey.shape[1] * factor)), max(4, round(grey.shape[0] * factor))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    paper = _background(grey)
    difference = grey - paper
    dark = np.asarray(-difference / np.maximum(paper, DIMMEST), dtype=np.float32)
    light = np.asarray(difference / np.maximum(255 - paper, DIMMEST), dtype=np.float32)
    weights = _weight(dark), _weight(light)
    darker = weights[0] >= weights[1]
    return (darker, not darker) if CLEARLY * min(weights) >= max(weights) else (darker,)


def _weight(ink: Ink) -> float:
    """Say how much speaks for this being the ink: how much stands out from the grain."""
    grain = 1.5 * quantile(np.abs(ink), 0.5)
    beyond = ink[ink > max(GRAINS * grain, FAINTEST_INK)]
    return float(beyond.sum())


def _background(grey: Grey) -> Ink:
    """Estimate the paper under the ink, at low resolution: (H, W) float32, 0 to 255.

    A quadratic surface follows the light, and what a wide median still finds on top of it follows
    shadows with an edge.
    """
    height, width = grey.shape
    longer, shorter = max(height, width), min(height, width)
    factor = min(1.0, max(BACKGROUND_SIDE / longer, BACKGROUND_SHORT_SIDE / shorter))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    surface = _quadratic_surface(small)
    # wider than any stroke, so that ink is the minority of what it sees
    window = 2 * max(1, max(small.shape) // 3) + 1
    margin = window // 2
    rest = np.clip(np.rint(small - surface) + 128, 0, 255).astype(np.uint8)
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
