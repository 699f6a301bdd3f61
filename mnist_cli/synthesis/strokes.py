"""Handwriting as lines without width, which any pen can follow anew.

A digit is kept as the distance of each pixel from its skeleton. Bent and scaled, and cut at half
the width of a pen, that is the digit as this pen would have written it.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator
Ink = NDArray[np.float32]  # (h, w), 0 paper to 1 ink
Mask = NDArray[np.bool_]
Distances = NDArray[np.uint8]  # (FIELD, FIELD), in eighths of a pixel
Path = NDArray[np.floating]  # (N, 2), x and y

FIELD = 96  # px of a side of the field of distances
TALL = 60  # px of the digit's longer side in it
INKED = 100  # of 255, over which a pixel of a digit's image is ink
PARTS = 8  # of a pixel, that a distance counts in
_NEIGHBOURS = np.array([[1, 2, 4], [128, 0, 8], [64, 32, 16]], np.float32)  # clockwise, as bits


def _deletable() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each pattern of eight neighbours whether thinning takes the pixel, by pass."""
    passes: tuple[list[bool], list[bool]] = ([], [])
    for code in range(256):
        ring = [bool(code >> bit & 1) for bit in range(8)]  # from the upper left, clockwise
        up, right, down, left = ring[1], ring[3], ring[5], ring[7]
        begins = sum(
            not here and there for here, there in zip(ring, ring[1:] + ring[:1], strict=True)
        )
        thin = 2 <= sum(ring) <= 6 and begins == 1
        passes[0].append(thin and not (up and right and down) and not (right and down and left))
        passes[1].append(thin and not (up and right and left) and not (up and down and left))
    return np.array(passes[0]), np.array(passes[1])


_DELETABLE = _deletable()


def thinned(ink: Mask) -> Mask:
    """Thin (h, w) bool ink to its skeleton. Source: Zhang and Suen 1984, CACM 27(3)."""
    image = ink.astype(np.uint8)
    while True:
        before = int(image.sum())
        for deletable in _DELETABLE:
            codes = cv2.filter2D(image, cv2.CV_8U, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
            image[deletable[codes]] = 0
        if int(image.sum()) == before:
            return image > 0


def distances(skeleton: Mask) -> Distances:
    """Return how far each pixel is from a skeleton: (h, w) uint8, in eighths of a pixel."""
    away = cv2.distanceTransform(1 - skeleton.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(PARTS * np.minimum(away, 255 / PARTS), np.uint8)


def traced(image: NDArray[np.uint8]) -> Distances:
    """Return the field of a digit's image, (h, w) uint8, 255 for ink: thinned, `TALL` px high."""
    left, top, width, height = cv2.boundingRect((image > INKED).astype(np.uint8))
    factor = TALL / max(width, height, 1)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    cut = cv2.resize(
        image[top : top + height, left : left + width], size, interpolation=cv2.INTER_CUBIC
    )
    x, y = (FIELD - size[0]) // 2, (FIELD - size[1]) // 2
    canvas = np.zeros((FIELD, FIELD), np.uint8)
    canvas[y : y + size[1], x : x + size[0]] = cut
    smooth = cv2.GaussianBlur(canvas, (0, 0), 1.2)
    return distances(thinned(smooth > min(105, smooth.max() // 2)))


def drawn(paths: Sequence[Path]) -> Distances:
    """Return the field of lines drawn in it, each (N, 2), x and y in pixels."""
    canvas = np.zeros((FIELD, FIELD), np.uint8)
    for path in paths:
        cv2.polylines(canvas, [np.rint(path * 8).astype(np.int32)], False, 1, 1, cv2.LINE_8, 3)
    return distances(canvas > 0)


def bowed(start: Path, end: Path, bow: float) -> Path:
    """Return a line from one point to another that swings out by a share of its length."""
    along = np.linspace(0, 1, 16)[:, None]
    way = end - start
    aside = np.array([-way[1], way[0]])
    return np.asarray(start + along * way + 4 * along * (1 - along) * bow * aside)


def arc(middle: Path, radii: Path, begin_deg: float, end_deg: float) -> Path:
    """Return a part of an ellipse; 0° is to the right, 90° down."""
    angles = np.deg2rad(np.linspace(begin_deg, end_deg, 32))[:, None]
    return np.asarray(middle + radii * np.hstack([np.cos(angles), np.sin(angles)]))


def penned(field: Distances, height: float, pen: float, matrix: NDArray[np.floating]) -> Ink:
    """Write what a field holds.

    Args:
        field: (FIELD, FIELD) distances, of something `TALL` px high.
        height: How high it is to be, in pixels.
        pen: How wide the pen is, in pixels.
        matrix: (2, 2), how it is bent: slant, squeeze, turn.

    Returns:
        (h, w) float32 ink, cut to it.
    """
    factor = height / TALL
    bent = factor * matrix
    reach = factor * FIELD / 2 * np.abs(matrix).sum(axis=1) + pen
    width_px, height_px = (max(3, int(np.ceil(2 * side))) for side in reach)
    to = np.array([(width_px - 1) / 2, (height_px - 1) / 2]) - bent @ np.full(2, (FIELD - 1) / 2)
    away = field.astype(np.float32)
    if height > TALL:  # the steps of a skeleton would show; a blurred valley has a higher floor,
        smooth = cv2.GaussianBlur(away, (0, 0), 1.5)  # and the same slopes
        away = np.sqrt(np.maximum(smooth**2 - (1.2 * PARTS) ** 2, 0))
    away = cv2.warpAffine(
        *(away, np.column_stack([bent, to]), (width_px, height_px)),
        flags=cv2.INTER_LINEAR,
        borderValue=255.0,
    )
    scale = factor * np.sqrt(abs(np.linalg.det(matrix))) / PARTS
    return cut(np.clip(pen / 2 + 0.5 - away * scale, 0, 1).astype(np.float32))


def cut(ink: Ink) -> Ink:
    """Cut ink to what is not paper; at least one pixel is left."""
    x, y, width, height = cv2.boundingRect((ink > 0.15).astype(np.uint8))
    return ink[y : y + max(1, height), x : x + max(1, width)]
