"""Strokes beside the digits of a line that nothing read: a 1, or a digit that was missed."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.reading.candidates import Candidate, Found, Look, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import Line
from mnist_cli.reading.seen_line import UPRIGHT
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.flattening import scaled_down
from mnist_cli.reading.tables.rules import INKED, contrast

NEAR = 0.8  # heights of a digit: a stroke that is farther away is of another number, or a word
TALL, HIGHEST = 0.6, 1.7  # heights: a lower or higher stroke is no digit of the line
SLENDER, ALIKE = 0.4, 1.4  # width of a bar in its heights; times as high or low as its neighbour
ONE = np.eye(len(SYMBOLS), dtype=np.float32)[1]
RULED = 0.4  # probability that a place is of a ruled line, from which it is no stroke


def loose_lines(arrangement: Arrangement) -> list[Line]:
    """Return the lines without the numbers in tables, whose cells tell what is unread in them."""
    in_tables = arrangement.in_tables
    return [
        tuple(number for number in line if number not in in_tables) for line in arrangement.lines
    ]


class Strokes(NamedTuple):
    """Ink that nothing read.

    Attributes:
        edges: (N, 4) left, top, right, bottom in pixels of the picture.
        is_whole: (N,) bool, whether it is no rest of what was read.
    """

    edges: NDArray[np.float64]
    is_whole: NDArray[np.bool_]


def strokes_left(grey: Grey, found: Found, lines: Sequence[Line], *, dark: bool) -> Strokes:
    """Return the strokes that nothing read.

    Args:
        grey: (H, W) uint8, upright.
        found: What the finder saw on it.
        lines: Of digits, and of marks that belong to numbers.
        dark: Whether ink is darker than paper.
    """
    digits = _digits_of(lines)
    if not digits:
        return Strokes(np.empty((0, 4)), np.empty(0, np.bool_))
    height = median_height(digits)
    scaled, scale = scaled_down(grey, height)
    ink = contrast(scaled, np.ones(scaled.shape, np.bool_), scale * height, dark=dark) > INKED
    across, down = found.ruled_by.ruled(grey.shape, scaled.shape)
    pieces = set(map(tuple, _pieces(ink).tolist()))
    for one in (*digits, *found.marks):
        left, top, right, bottom = (round(edge * scale) for edge in one.edges.tolist())
        ink[max(0, top) : bottom + 1, max(0, left) : right + 1] = False
    is_ruled = np.maximum(across, down) >= RULED
    ruled = _pieces(ink & is_ruled)
    is_form = ((ruled[:, 2:] - ruled[:, :2]).max(axis=1) > HIGHEST * scale * height).any()
    # where no line is longer than a digit, what looks like a ruled one is a 1 as well
    strokes = _pieces(ink & ~is_ruled if is_form else ink)
    is_whole = np.array([tuple(stroke) in pieces for stroke in strokes.tolist()], np.bool_)
    return Strokes(strokes / scale, is_whole)


def beside_strokes(lines: Sequence[Line], strokes: Strokes) -> frozenset[Candidate]:
    """Return the digits that stand beside a stroke about as tall as they."""
    near = _next_to(_digits_of(lines), strokes.edges)
    return frozenset(one for one, beside in near if beside.any())


def bars(lines: Sequence[Line], strokes: Strokes, look: Look) -> list[Candidate]:
    """Return the strokes in a line of digits that are upright bars: 1s, and no sure ones.

    Args:
        lines: Of digits.
        strokes: What nothing read; the rest of a digit is no 1.
        look: Where they are seen.
    """
    edges = strokes.edges[strokes.is_whole]
    wide, tall = (edges[:, 2:] - edges[:, :2]).T
    is_bar = wide < SLENDER * tall
    found = dict[int, Candidate]()
    fresh = _digits_of(lines)
    while fresh:  # beside a bar there may be another
        known, fresh = fresh, []
        for one, near in _next_to(known, edges):
            alike = np.abs(np.log(np.maximum(tall, 1) / one.height)) < np.log(ALIKE)
            for at in np.flatnonzero(near & is_bar & alike).tolist():
                if at not in found:
                    told = ONE, True, one.printed, UPRIGHT, look
                    found[at] = Candidate(CONFIG.told, edges[at], *told)
                    fresh.append(found[at])
    return list(found.values())


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
