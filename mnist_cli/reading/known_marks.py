"""Marks beside digits: which of the two it is, and which count where it is known what may be."""

from dataclasses import replace

import numpy as np

from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.reading.candidates import Candidate, Found
from mnist_cli.reading.config import CONFIG

STROKES = "/()"  # marks that a 1 may be taken for
STOPS = frozenset(".,:")  # marks beside which nothing but digits stands
LOW = 0.8  # of a digit's height: higher ones are none
CORNER = 0.25  # of a digit's width, at each side, where one of these that is beside it may lie
LEAST_MARK = 0.05  # probability of a mark that may be written, of all symbols
BESIDE_MARK = 0.8  # heights of a digit from a mark's middle to its own, across


def restricted(found: Found, marks: str) -> tuple[Found, frozenset[Candidate]]:
    """Return what is found where it is known which marks may be written.

    A slash or a bracket that may not be is taken for a 1; of the others the likeliest that may be
    counts.

    Returns:
        It, and the digits that a mark speaks against which is likely, and may not be written.
    """
    digits, kept, doubted = list(found.digits), [], set[Candidate]()
    for mark in found.marks:
        is_sure = mark.score >= CONFIG.sure_mark and mark.symbol not in marks
        if mark.symbol in STROKES and mark.symbol not in marks:
            one = as_digit(mark)
            digits.append(one)
            doubted |= {one} if is_sure else set()
            continue
        shares = mark.symbols * [symbol in marks for symbol in SYMBOLS]
        if shares.sum() >= LEAST_MARK:
            kept.append(replace(mark, symbols=(shares / shares.sum()).astype(np.float32)))
        elif is_sure:
            doubted |= {digit for digit in found.digits if _is_beside(digit, mark)}
    return replace(found, digits=tuple(digits), marks=tuple(kept)), frozenset(doubted)


def as_digit(mark: Candidate) -> Candidate:
    """Take a stroke for a digit: for a 1, if nothing says which."""
    shares = np.zeros_like(mark.symbols)
    shares[:10] = mark.symbols[:10]
    shares[1] += LEAST_MARK
    return replace(mark, is_digit=True, symbols=(shares / shares.sum()).astype(np.float32))


def is_inside(one: Candidate, other: Candidate) -> bool:
    """Tell whether the middle of one lies in the box of another."""
    (x, y), (left, top, right, bottom) = one.middle, other.edges
    return bool(left < x < right and top < y < bottom)


def is_over(mark: Candidate, digit: Candidate) -> bool:
    """Tell whether a mark and a digit are the same; a point may lie in a corner of its box."""
    left, _, right, _ = digit.edges.tolist()
    is_small = mark.symbol in STOPS and mark.height < LOW * digit.height
    corner = CORNER * (right - left) if is_small else 0.0
    return is_inside(mark, digit) and left + corner < mark.middle[0] < right - corner


def _is_beside(digit: Candidate, mark: Candidate) -> bool:
    across, down = np.abs(np.subtract(digit.middle, mark.middle)) / max(digit.height, 1.0)
    return bool(across < BESIDE_MARK and down < 1)
