"""Strokes of a pen, brought to the form of MNIST's digits: what letters and digits are drawn with.

A stroke is a list of points, x to the right and y down, in a square of side 1. One of two points is
straight; of more, its corners are rounded. A sharp corner is where two strokes meet.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.shapes import centre_of_mass

Images = NDArray[np.uint8]
Point = tuple[float, float]
Stroke = Sequence[Point]
Strokes = Sequence[Stroke]

SIDE, BOX, CENTRE = 28, 20, 14  # px of an image, of a digit's longer side, of its centre of mass
FINE = 4  # pixels that strokes are drawn in, for each pixel that is left
PART_BITS = 4
PART = 1 << PART_BITS  # of a pixel, in which ends of lines are told
PEN_PX = 1.4, 3.4  # MNIST's strokes: 2.4 to 3 px wide in most of its images


def written(strokes: Strokes, generator: np.random.Generator) -> Images:
    """Write strokes as a hand would: slanted, narrowed, a little crooked, with some pen.

    Returns:
        (28, 28) uint8, in the box and with the centre of mass of MNIST's digits.
    """
    slant, width = generator.uniform(-0.15, 0.4), generator.uniform(0.7, 1.1)
    waves = generator.normal(0, 2, (2, 2)), generator.uniform(0, 7, 2)
    away = generator.uniform(0, 0.07)
    pen = round(generator.uniform(*PEN_PX) * FINE)
    paths = [rounded(np.array(stroke, np.float64)) for stroke in strokes]
    paths = [path + away * np.sin(path @ waves[0] + waves[1]) for path in paths]  # meet still
    paths = [path @ np.array([[width, 0], [-slant, 1]]) for path in paths]
    corners = np.concatenate(paths).min(axis=0), np.concatenate(paths).max(axis=0)
    scale = (BOX * FINE - pen) / max(*(corners[1] - corners[0]), 1e-6)
    canvas = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
    for path in paths:
        at = np.rint(((path - corners[0]) * scale + (SIDE - BOX) / 2 * FINE) * PART)
        cv2.polylines(canvas, [at.astype(np.int32)], False, 255, pen, cv2.LINE_AA, PART_BITS)
    return fitted(canvas)


def rounded(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round the corners of an (N, 2) path, whose ends stay: Chaikin's corner cutting, 1974."""
    for _ in range(3):
        if len(path) == 2:
            break
        cut = np.stack([0.75 * path[:-1] + 0.25 * path[1:], 0.25 * path[:-1] + 0.75 * path[1:]], 1)
        path = np.concatenate([path[:1], cut.reshape(-1, 2)[1:-1], path[-1:]])
    return path


def fitted(image: Images) -> Images:
    """Crop to the ink and scale its longer side to 20 px, as pictures are on their way in."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(ink, (width, height), interpolation=way).astype(np.float32)
    placed = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    placed[top : top + height, left : left + width] = small * (255 / max(1.0, float(small.max())))
    return centred(placed)


def centred(image: Images) -> Images:
    """Shift an image so that its centre of mass falls on (14, 14), as MNIST's do."""
    row, column = centre_of_mass(image)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    down = int(np.clip(round(CENTRE - row), -rows[0], SIDE - 1 - rows[-1]))
    right = int(np.clip(round(CENTRE - column), -columns[0], SIDE - 1 - columns[-1]))
    return np.roll(image, (down, right), (0, 1))
