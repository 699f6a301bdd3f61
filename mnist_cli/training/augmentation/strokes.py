"""Strokes of a pen, brought to the form of MNIST's digits: what letters and digits are drawn with.

A stroke is a list of points, x to the right and y down, in a square of side 1. One of two points is
straight; of more, its corners are rounded. A sharp corner is where two strokes meet.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Images
from mnist_cli.core.data.digit_form import DIGIT_SIDE, SIDE, ink_box, placed

Point = tuple[float, float]
Stroke = Sequence[Point]
Strokes = Sequence[Stroke]

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
    scale = (DIGIT_SIDE * FINE - pen) / max(*(corners[1] - corners[0]), 1e-6)
    canvas = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
    for path in paths:
        at = np.rint(((path - corners[0]) * scale + (SIDE - DIGIT_SIDE) / 2 * FINE) * PART)
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
    """Crop (h, w) uint8 to its ink, and bring it to the form of MNIST's digits."""
    return placed(image[ink_box(image)].astype(np.float32))
