"""Strokes that nothing read, beside the digits of a line or cut out with one: 1s, missed digits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import (
    ANY_DIGIT,
    Candidate,
    Edges,
    Found,
    lie_in,
    median_height,
    middles_of,
)
from mnist_cli.reading.choosing import gaps_beside
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.normalise import Grey, Normalised
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.flattening import scaled_down
from mnist_cli.reading.tables.rules import INKED, contrast

NEAR = 0.8  # heights of a digit: a stroke that is farther away is of another number, or a word
LEVEL, ALIKE = 0.4, 1.7  # heights up or down; times as high or low: else it is not of the line
SECOND = 0.7  # heights: of 20,000 images of MNIST's 3 have two strokes as tall
INKED_STROKE = 110  # of 255: less ink is a stroke's edge
MOSTLY = 0.5  # of a stroke: what is left of one of which more was read is that digit's edge
WIDE = 1.0  # heights of a digit: what is wider is no stroke
BETWEEN = 0.5  # of how much darker it is than paper: so much darker than both sides a stroke is
RULED = 0.4  # probability that a place is of a ruled line, from which it is no stroke


def strokes_left(grey: Grey, found: Found, *, dark: bool) -> Edges:
    """Return the strokes that nothing read: (N, 4) left, top, right, bottom in pixels.

    Args:
        grey: (H, W) uint8, upright.
        found: What is seen on it.
        dark: Whether ink is darker than paper.
    """
    height = median_height(found.digits)
    if not height:
        return np.empty((0, 4))
    scaled, scale = scaled_down(grey, height)
    ink = contrast(scaled, np.ones(scaled.shape, np.bool_), scale * height, dark=dark) > INKED
    ink &= _between_paper(scaled if dark else 255 - scaled, scale * height)
    across, down = found.ruled_by.ruled(grey.shape, scaled.shape)
    ruled = ink & (np.maximum(across, down) >= RULED)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ruled.astype(np.uint8))
    # what is no longer than a digit may look like a ruled line, and be a 1
    long = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    is_line = long > ALIKE * scale * height
    ink &= ~(ruled & is_line[labels])
    left = ink.copy()
    for one in (*found.digits, *found.marks, *found.letters):
        x0, y0, x1, y1 = (round(edge * scale) for edge in one.edges.tolist())
        left[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1] = False
    return _mostly_left(ink, left) / scale


def _between_paper(page: Grey, height: float) -> NDArray[np.bool_]:
    """Tell where a page is darker than to the left and to the right; at a label's edge it is not.

    Args:
        page: (H, W) uint8, dark where ink is.
        height: Of its digits, in pixels.
    """
    wide, around = (np.ones((1, round(size) | 1)) for size in (WIDE * height, 2 * height))
    darker = cv2.morphologyEx(page, cv2.MORPH_BLACKHAT, wide)
    return np.asarray(darker > BETWEEN * (cv2.dilate(page, around) - page))


def _mostly_left(ink: NDArray[np.bool_], left: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the boxes of what is left of ink, (N, 4), without the edges of what was taken away."""
    areas = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(left.astype(np.uint8))
    whole = np.zeros(len(stats), np.int32)
    whole[labels[left]] = areas[1][left]
    of_whole = stats[:, cv2.CC_STAT_AREA] / areas[2][whole, cv2.CC_STAT_AREA]
    is_stroke = of_whole >= MOSTLY
    is_stroke[0] = False  # paper
    return _edges(stats[is_stroke])


def beside(digits: Sequence[Candidate], strokes: Edges) -> dict[Candidate, Edges]:
    """Return the strokes next to digits and about as tall as they, each with the nearest one."""
    near = dict[Candidate, list[Edges]]()
    for stroke, gaps in _next_to(digits, strokes):
        near.setdefault(digits[int(gaps.argmin())], []).append(stroke)
    return {digit: np.array(some) for digit, some in near.items()}


def beside_unread(arrangement: Arrangement, strokes: Edges) -> frozenset[Candidate]:
    """Return the digits next to a stroke about as tall as they, that nothing read.

    Those in tables are left out: their cells tell it.
    """
    in_tables = arrangement.in_tables
    loose = [number for number in arrangement.numbers if number not in in_tables]
    digits = [one for number in loose for one in number if one.is_digit]
    found = _next_to(digits, strokes)
    return frozenset(digits[at] for _, gaps in found for at in np.flatnonzero(gaps < NEAR))


def merged(cuts: Mapping[Candidate, Normalised]) -> dict[Candidate, Edges]:
    """Return what was cut out as one digit but has several strokes as tall as it, with these.

    Returns:
        Of each, (N, 4) left, top, right, bottom of those that are of no other digit, in pixels.
    """
    told, edges = {}, np.array([one.edges for one in cuts])
    for number, (one, digit) in enumerate(cuts.items()):
        pieces = _pieces(digit.strokes > INKED_STROKE)
        if len(pieces) < 2:
            continue
        tall = pieces[:, 3] - pieces[:, 1] > SECOND * np.ptp(pieces[:, [1, 3]])
        size = np.subtract(digit.box[2:], digit.box[:2]) / digit.strokes.shape[::-1]
        strokes = np.tile(digit.box[:2], 2) + pieces[tall] * np.tile(size, 2)
        of_others = lie_in(middles_of(strokes), np.delete(edges, number, axis=0)).any(axis=1)
        if (~of_others).sum() > 1:
            told[one] = strokes[~of_others]
    return told


def without_read(strokes: Edges, digits: Sequence[Candidate]) -> Edges:
    """Return the strokes, (N, 4), that none of some digits is."""
    edges = np.array([one.edges for one in digits]).reshape(-1, 4)
    return np.asarray(strokes[~lie_in(middles_of(strokes), edges).any(axis=1)])


def unnamed(strokes: Edges, digits: Sequence[Candidate]) -> list[Candidate]:
    """Return strokes, (N, 4), as digits that nobody named, seen as one of some digits."""
    digit = digits[0] if digits else None
    return [
        replace(digit, score=CONFIG.told, edges=edges, symbols=ANY_DIGIT)
        for edges in strokes
        if digit
    ]


def _next_to(digits: Sequence[Candidate], strokes: Edges) -> Iterator[tuple[Edges, Edges]]:
    """Yield strokes that stand next to digits, with how many heights each of these is away."""
    edges = np.array([one.edges for one in digits]).reshape(-1, 4)
    least = min((one.height for one in digits), default=np.inf) / ALIKE
    for stroke in strokes[strokes[:, 3] - strokes[:, 1] > least]:
        gaps = gaps_beside(stroke, edges, LEVEL, ALIKE)
        if gaps.min() < NEAR:
            yield stroke, gaps


def _pieces(ink: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return left, top, right, bottom of each connected component, (N, 4)."""
    return _edges(cv2.connectedComponentsWithStats(ink.astype(np.uint8))[2][1:])


def _edges(stats: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.concatenate([stats[:, :2], stats[:, :2] + stats[:, 2:4]], axis=1)
