"""Digits that stand beside a stroke about as tall, which was not read: perhaps a missed digit."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import Candidate, Look, median_height
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import Line
from mnist_cli.reading.tables.flattening import scaled_down
from mnist_cli.reading.tables.rules import INKED, contrast

NEAR = 0.8  # heights of a digit: a stroke that is farther away is of another number, or a word
TALL, HIGHEST = 0.6, 1.7  # heights: a lower or higher stroke is no digit of the line
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
    if not any(digits):
        return frozenset()
    height = median_height(one for line in digits for one in line)
    scaled, scale = scaled_down(grey, height)
    ink = contrast(scaled, np.ones(scaled.shape, np.bool_), scale * height, dark=dark) > INKED
    across, down = look.ruled(grey.shape, scaled.shape)
    for one in (*(digit for line in digits for digit in line), *marks):
        left, top, right, bottom = (round(edge * scale) for edge in one.edges.tolist())
        ink[max(0, top) : bottom + 1, max(0, left) : right + 1] = False
    is_ruled = np.maximum(across, down) >= RULED
    ruled = _pieces(ink & is_ruled)
    is_form = ((ruled[:, 2:] - ruled[:, :2]).max(axis=1) > HIGHEST * scale * height).any()
    # where no line is longer than a digit, what looks like a ruled one is a 1 as well
    strokes = _pieces(ink & ~is_ruled if is_form else ink)
    return frozenset(one for line in digits for one in _beside(line, strokes / scale))


def _pieces(ink: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return left, top, right, bottom of each connected component, (N, 4)."""
    stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8))[2][1:]
    return np.concatenate([stats[:, :2], stats[:, :2] + stats[:, 2:4]], axis=1)


def _beside(line: Sequence[Candidate], strokes: NDArray[np.float64]) -> Iterator[Candidate]:
    """Yield the digits of a line with a stroke about as high as they next to them.

    Args:
        line: From left to right.
        strokes: (N, 4) left, top, right, bottom in pixels of the picture.
    """
    if not line:
        return
    edges = np.array([digit.edges for digit in line])
    heights = edges[:, 3] - edges[:, 1]
    tall = strokes[:, 3] - strokes[:, 1]
    for one, (left, top, right, bottom), height in zip(line, edges.tolist(), heights, strict=True):
        level = np.minimum(strokes[:, 3], bottom) - np.maximum(strokes[:, 1], top)
        apart = np.maximum(strokes[:, 0] - right, left - strokes[:, 2])
        alike = (tall > TALL * height) & (tall < HIGHEST * height) & (level > TALL * height)
        if (alike & (apart < NEAR * height)).any():
            yield one
