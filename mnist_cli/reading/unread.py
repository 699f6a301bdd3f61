"""Strokes that nothing read, beside the digits of a line or cut out with one: 1s, missed digits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import ANY_DIGIT, Candidate, Found, lie_in, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.normalise import Grey, Normalised
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.flattening import scaled_down
from mnist_cli.reading.tables.rules import INKED, contrast

NEAR = 0.8  # heights of a digit: a stroke that is farther away is of another number, or a word
TALL, HIGHEST = 0.6, 1.7  # heights: a lower or higher stroke is no digit of the line
SECOND = 0.7  # heights: of 20,000 images of MNIST's 3 have two strokes as tall
INKED_STROKE = 110  # of 255: less ink is a stroke's edge
RULED = 0.4  # probability that a place is of a ruled line, from which it is no stroke


def beside_unread(
    grey: Grey, found: Found, arrangement: Arrangement, *, dark: bool
) -> frozenset[Candidate]:
    """Return the digits beside a stroke about as tall as they, that nothing read.

    Those in tables are left out: their cells tell it.

    Args:
        grey: (H, W) uint8, upright.
        found: What the finder saw on it.
        arrangement: How its digits stand.
        dark: Whether ink is darker than paper.
    """
    in_tables = arrangement.in_tables
    loose = [number for number in arrangement.numbers if number not in in_tables]
    digits = [one for number in loose for one in number if one.is_digit]
    if not digits:
        return frozenset()
    strokes = _strokes_left(grey, found, digits, dark=dark)
    return frozenset(one for one in digits if _is_beside(one, strokes))


def unread_digits(
    grey: Grey, found: Found, arrangement: Arrangement, *, dark: bool
) -> list[Candidate]:
    """Return each stroke that nothing read as a digit that nobody named; takes the same."""
    digits = [one for number in arrangement.numbers for one in number if one.is_digit]
    if not digits:
        return []
    return [
        replace(digits[0], score=CONFIG.told, edges=edges, symbols=ANY_DIGIT)
        for edges in _strokes_left(grey, found, digits, dark=dark)
    ]


def cut_with_another(cuts: Mapping[Candidate, Normalised]) -> frozenset[Candidate]:
    """Return the digits that two strokes as tall as they were cut out with, neither of another."""
    told, edges = set(), np.array([one.edges for one in cuts])
    for number, (one, digit) in enumerate(cuts.items()):
        pieces = _pieces(digit.strokes > INKED_STROKE)
        if len(pieces) < 2:
            continue
        tall = pieces[:, 3] - pieces[:, 1] > SECOND * np.ptp(pieces[:, [1, 3]])
        size = np.subtract(digit.box[2:], digit.box[:2]) / digit.strokes.shape[::-1]
        middles = digit.box[:2] + (pieces[tall, :2] + pieces[tall, 2:]) / 2 * size
        of_others = lie_in(middles, np.delete(edges, number, axis=0)).any(axis=1)
        if (~of_others).sum() > 1:
            told.add(one)
    return frozenset(told)


def _strokes_left(
    grey: Grey, found: Found, digits: Sequence[Candidate], *, dark: bool
) -> NDArray[np.float64]:
    """Return the strokes that nothing read, (N, 4) left, top, right, bottom in pixels."""
    height = median_height(digits)
    scaled, scale = scaled_down(grey, height)
    ink = contrast(scaled, np.ones(scaled.shape, np.bool_), scale * height, dark=dark) > INKED
    across, down = found.ruled_by.ruled(grey.shape, scaled.shape)
    for one in (*digits, *found.marks):
        left, top, right, bottom = (round(edge * scale) for edge in one.edges.tolist())
        ink[max(0, top) : bottom + 1, max(0, left) : right + 1] = False
    ruled = ink & (np.maximum(across, down) >= RULED)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ruled.astype(np.uint8))
    # what is no longer than a digit may look like a ruled line, and be a 1
    long = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    is_line = long > HIGHEST * scale * height
    return _pieces(ink & ~(ruled & is_line[labels])) / scale


def _is_beside(digit: Candidate, strokes: NDArray[np.float64]) -> bool:
    """Tell whether one of (N, 4) strokes stands next to a digit, about as tall as it."""
    left, top, right, bottom = digit.edges.tolist()
    tall = strokes[:, 3] - strokes[:, 1]
    level = np.minimum(strokes[:, 3], bottom) - np.maximum(strokes[:, 1], top)
    apart = np.maximum(strokes[:, 0] - right, left - strokes[:, 2])
    alike = (tall > TALL * digit.height) & (tall < HIGHEST * digit.height)
    near = (level > TALL * digit.height) & (apart < NEAR * digit.height)
    return bool((alike & near).any())


def _pieces(ink: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return left, top, right, bottom of each connected component, (N, 4)."""
    stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8))[2][1:]
    return np.concatenate([stats[:, :2], stats[:, :2] + stats[:, 2:4]], axis=1)
