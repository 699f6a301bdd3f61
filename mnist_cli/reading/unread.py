"""Strokes beside the digits of a line that nothing read: a 1, or a digit that was missed."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import Candidate, Found, median_height
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import Line
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.flattening import scaled_down
from mnist_cli.reading.tables.rules import INKED, contrast

NEAR = 0.8  # heights of a digit: a stroke that is farther away is of another number, or a word
TALL, HIGHEST = 0.6, 1.7  # heights: a lower or higher stroke is no digit of the line
RULED = 0.4  # probability that a place is of a ruled line, from which it is no stroke


def loose_lines(arrangement: Arrangement) -> list[Line]:
    """Return the lines without the numbers in tables, whose cells tell what is unread in them."""
    in_tables = arrangement.in_tables
    return [
        tuple(number for number in line if number not in in_tables) for line in arrangement.lines
    ]


def strokes_left(
    grey: Grey, found: Found, lines: Sequence[Line], *, dark: bool
) -> NDArray[np.float64]:
    """Return the strokes that nothing read, (N, 4) left, top, right, bottom in pixels.

    Args:
        grey: (H, W) uint8, upright.
        found: What the finder saw on it.
        lines: Of digits, and of marks that belong to numbers.
        dark: Whether ink is darker than paper.
    """
    digits = _digits_of(lines)
    if not digits:
        return np.empty((0, 4))
    height = median_height(digits)
    scaled, scale = scaled_down(grey, height)
    ink = contrast(scaled, np.ones(scaled.shape, np.bool_), scale * height, dark=dark) > INKED
    across, down = found.ruled_by.ruled(grey.shape, scaled.shape)
    for one in (*digits, *found.marks):
        left, top, right, bottom = (round(edge * scale) for edge in one.edges.tolist())
        ink[max(0, top) : bottom + 1, max(0, left) : right + 1] = False
    is_ruled = np.maximum(across, down) >= RULED
    ruled = _pieces(ink & is_ruled)
    is_form = ((ruled[:, 2:] - ruled[:, :2]).max(axis=1) > HIGHEST * scale * height).any()
    # where no line is longer than a digit, what looks like a ruled one is a 1 as well
    return _pieces(ink & ~is_ruled if is_form else ink) / scale


def beside_strokes(lines: Sequence[Line], strokes: NDArray[np.float64]) -> frozenset[Candidate]:
    """Return the digits that stand beside a stroke about as tall as they."""
    near = _next_to(_digits_of(lines), strokes)
    return frozenset(one for one, beside in near if beside.any())


def _digits_of(lines: Sequence[Line]) -> list[Candidate]:
    return [one for line in lines for number in line for one in number if one.is_digit]


def _next_to(
    digits: Sequence[Candidate], strokes: NDArray[np.float64]
) -> Iterator[tuple[Candidate, NDArray[np.bool_]]]:
    """Yield each digit, and which of (N, 4) strokes stand next to it, (N,)."""
    tall = strokes[:, 3] - strokes[:, 1]
    for one in digits:
        left, top, right, bottom = one.edges.tolist()
        level = np.minimum(strokes[:, 3], bottom) - np.maximum(strokes[:, 1], top)
        apart = np.maximum(strokes[:, 0] - right, left - strokes[:, 2])
        alike = (tall > TALL * one.height) & (tall < HIGHEST * one.height)
        yield one, alike & (level > TALL * one.height) & (apart < NEAR * one.height)


def ones_alone(found: Found) -> tuple[Candidate, ...]:
    """Return what the finder doubted, where it found no digit and all that it doubted are 1s."""
    alone = not found.digits and all(one.symbol == "1" for one in found.left_out)
    return found.left_out if alone else ()


def _pieces(ink: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return left, top, right, bottom of each connected component, (N, 4)."""
    stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8))[2][1:]
    return np.concatenate([stats[:, :2], stats[:, :2] + stats[:, 2:4]], axis=1)
