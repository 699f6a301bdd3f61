"""Digits to lines: which stand beside each other, and in which order they are read."""

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.normalise import Box

ASIDE = 0.55  # of their height: middles that lie farther apart are of two lines
NEAR = 4.0  # heights: neighbours within it tell how far lines slant
STEEPEST = 0.35  # of a slanting line, in pixels down for each to the right


def find_lines(boxes: list[Box], *, are_level: bool = False) -> list[list[int]]:
    """Return the lines, top to bottom, each the numbers of its boxes from left to right.

    Each box joins the line whose last box lies most nearly beside it, along the slant that most
    neighbours have; none if lines are level.
    """
    if len(boxes) < 2:
        return [[at] for at in range(len(boxes))]
    edges = np.array(boxes, np.float64)
    middles, heights = _sizes(edges)
    level = middles[:, 1] - (0 if are_level else slant(edges)) * middles[:, 0]
    lines: list[list[int]] = []
    # of each line, level and height of its last boxes, in the mean
    ends = np.empty((len(boxes), 2))
    for at in np.argsort(middles[:, 0], kind="stable").tolist():
        own = ends[: len(lines)]
        away = np.abs(own[:, 0] - level[at]) / ((own[:, 1] + heights[at]) / 2)
        best = int(away.argmin()) if lines else 0
        if not lines or away[best] >= ASIDE:
            best = len(lines)
            lines.append([])
        lines[best].append(at)
        last = lines[best][-3:]
        ends[best] = level[last].mean(), heights[last].mean()
    return sorted(lines, key=lambda line: float(level[line].mean()))


def _sizes(edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middles of boxes, (N, 2), and how high a digit of their size is, (N,)."""
    middles = np.stack([edges[:, 0] + edges[:, 2], edges[:, 1] + edges[:, 3]], 1) / 2
    return middles, np.maximum(edges[:, 3] - edges[:, 1], 0.6 * (edges[:, 2] - edges[:, 0]))


def slant(edges: NDArray[np.float64]) -> float:
    """Return how far lines go down for each pixel to the right: the median over neighbours.

    Args:
        edges: (N, 4) of digits: left, top, right, bottom.
    """
    middles, heights = _sizes(edges)
    order = np.argsort(middles[:, 1], kind="stable")
    reach = STEEPEST * NEAR * heights[:, None] * [-1, 1]
    levels = np.searchsorted(middles[order, 1], middles[:, 1:] + reach).tolist()
    slopes = []
    for middle, height, (first, end) in zip(middles, heights, levels, strict=True):
        level = np.sort(order[first:end])
        across, down = (middles[level] - middle).T
        near = (
            (across > 0.3 * height) & (across < NEAR * height) & (np.abs(down) < STEEPEST * across)
        )
        similar = near & (np.abs(heights[level] - height) < 0.5 * height)
        if similar.any():
            nearest = np.flatnonzero(similar)[across[similar].argmin()]
            slopes.append(down[nearest] / across[nearest])
    return float(np.median(slopes)) if slopes else 0.0
