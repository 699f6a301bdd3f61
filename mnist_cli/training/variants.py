"""Digits as other hands write them, made of MNIST's: a flagged 1, a crossed 7, a slashed 0.

MNIST was written in the United States; elsewhere a 1 begins with an upstroke, often a long one, and
a network that never saw it reads a 7.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.shapes import centre_of_mass, stroke_width

Images = NDArray[np.uint8]
Point = tuple[float, float]  # row, column, in pixels

SIDE, CENTRE = 28, 14
FINE = 16  # parts of a pixel in which lines are drawn


def with_variants(images: Images, labels: Images, share: float, seed: int) -> tuple[Images, Images]:
    """Add variants of a share of the 1s, 7s and 0s.

    Args:
        images: (N, 28, 28) uint8.
        labels: (N,) uint8.
        share: How many variants there are for each image of these classes, in [0, 1].
        seed: Decides which images and how they are changed.

    Returns:
        Images and labels, the given ones first.
    """
    generator = np.random.default_rng([seed, SIDE])
    made: list[Images] = []
    classes: list[int] = []
    for digit, change in {1: _flagged, 7: _crossed, 0: _slashed}.items():
        own = np.flatnonzero(labels == digit)
        for index in generator.choice(own, round(share * len(own)), replace=False):
            made.append(centred(change(images[index], generator)))
            classes.append(digit)
    if not made:
        return images, labels
    return np.concatenate([images, made]), np.concatenate([labels, np.array(classes, np.uint8)])


def _flagged(image: Images, generator: np.random.Generator) -> Images:
    """Give a 1 its upstroke, and sometimes its foot."""
    rows, columns = np.nonzero(image > 127)
    top, bottom = int(rows.min()), int(rows.max())
    height = bottom - top
    head = top + 0.5, float(columns[rows <= top + 1].mean())
    angle = np.deg2rad(generator.uniform(28, 65))  # from the horizontal
    length = generator.uniform(0.25, 0.75) * height
    tip = head[0] + length * np.sin(angle), head[1] - length * np.cos(angle)
    width = max(1.0, stroke_width(image > 127))
    drawn = _line(image, head, tip, width)
    if generator.random() < 0.4:
        foot = bottom - 0.5, float(columns[rows >= bottom - 1].mean())
        reach = generator.uniform(0.15, 0.4) * height
        tilt = generator.uniform(-0.1, 0.1) * reach
        left, right = (foot[0] + tilt, foot[1] - reach), (foot[0] - tilt, foot[1] + reach)
        drawn = _line(drawn, left, right, width)
    return drawn


def _crossed(image: Images, generator: np.random.Generator) -> Images:
    """Put a bar across the stem of a 7."""
    rows, columns = np.nonzero(image > 127)
    height, width = int(np.ptp(rows)), int(np.ptp(columns))
    row = rows.min() + round(generator.uniform(0.4, 0.6) * height)
    at = columns[rows == row] if (rows == row).any() else columns
    reach = generator.uniform(0.25, 0.45) * max(width, height / 2)
    tilt = generator.uniform(-0.2, 0.3) * reach
    middle = float(row), float(at.mean())
    ends = (middle[0] + tilt, middle[1] - reach), (middle[0] - tilt, middle[1] + reach)
    return _line(image, *ends, stroke_width(image > 127))


def _slashed(image: Images, generator: np.random.Generator) -> Images:
    """Put a slash through a 0."""
    rows, columns = np.nonzero(image > 127)
    middle = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
    down = generator.uniform(0.3, 0.55) * np.ptp(rows)
    across = generator.uniform(0.3, 0.6) * np.ptp(columns)
    ends = (middle[0] + down, middle[1] - across), (middle[0] - down, middle[1] + across)
    return _line(image, *ends, stroke_width(image > 127))


def _line(image: Images, start: Point, end: Point, width: float) -> Images:
    """Draw a line with soft edges over an image."""
    scale = 4
    canvas = np.zeros((SIDE * scale, SIDE * scale), np.uint8)
    first, last = (
        (round((column + 0.5) * scale * FINE), round((row + 0.5) * scale * FINE))
        for row, column in (start, end)
    )
    thickness = max(1, round(width * scale))
    cv2.line(canvas, first, last, 255, thickness, cv2.LINE_AA, int(np.log2(FINE)))
    small = cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(np.maximum(image, small), dtype=np.uint8)


def centred(image: Images) -> Images:
    """Shift an image so that its centre of mass falls on (14, 14), as MNIST's do."""
    row, column = centre_of_mass(image)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    down = int(np.clip(round(CENTRE - row), -rows[0], SIDE - 1 - rows[-1]))
    right = int(np.clip(round(CENTRE - column), -columns[0], SIDE - 1 - columns[-1]))
    return np.roll(image, (down, right), (0, 1))
