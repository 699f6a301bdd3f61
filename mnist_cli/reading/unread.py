"""Strokes between the digits of a line that nothing read: a digit was missed there, it may be."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from mnist_cli.reading.candidates import Candidate, Look, median_height
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import Line
from mnist_cli.reading.tables.flattening import scaled_down
from mnist_cli.reading.tables.rules import INKED, contrast

NEAR = 1.5  # heights of a digit: two that are farther apart have nothing between them
TALL = 0.6  # heights: a lower stroke is no digit
RULED = 0.4  # probability that a place is of a ruled line, from which it is no stroke


def beside_unread(
    grey: Grey, look: Look, lines: Sequence[Line], marks: Sequence[Candidate], *, dark: bool
) -> frozenset[Candidate]:
    """Return the digits that stand beside a stroke as tall as they, that nothing read.

    Args:
        grey: (H, W) uint8, upright.
        look: The finder's finest one at it.
        lines: Of digits, and of marks that belong to numbers.
        marks: All of them.
        dark: Whether ink is darker than paper.
    """
    digits = [[one for number in line for one in number if one.is_digit] for line in lines]
    if not any(len(line) > 1 for line in digits):
        return frozenset()
    height = median_height(one for line in digits for one in line)
    scaled, scale = scaled_down(grey, height)
    ink = contrast(scaled, np.ones(scaled.shape, np.bool_), scale * height, dark=dark) > INKED
    across, down = look.ruled(grey.shape, scaled.shape)
    left_over = (ink & (np.maximum(across, down) < RULED)).astype(np.uint8)
    for one in (*(digit for line in digits for digit in line), *marks):
        left, top, right, bottom = (round(edge * scale) for edge in one.edges.tolist())
        left_over[max(0, top) : bottom + 1, max(0, left) : right + 1] = 0
    found = set[Candidate]()
    for line in digits:
        for one, other in pairwise(sorted(line, key=lambda digit: digit.middle[0])):
            if _is_stroke_between(left_over, one.edges * scale, other.edges * scale):
                found |= {one, other}
    return frozenset(found)


def _is_stroke_between(ink: Grey, one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether a stroke as tall as two digits is between their boxes, (4,) each."""
    height = (one[3] - one[1] + other[3] - other[1]) / 2
    if other[0] - one[2] > NEAR * height:
        return False
    top, bottom = max(0, int(min(one[1], other[1]))), int(max(one[3], other[3])) + 1
    left, right = max(0, int(min(one[2], other[0]))), int(max(one[2], other[0])) + 2
    window = ink[top:bottom, left:right]
    if not window.size:
        return False
    stats = cv2.connectedComponentsWithStats(window)[2]
    return bool((stats[1:, cv2.CC_STAT_HEIGHT] > TALL * height).any())
