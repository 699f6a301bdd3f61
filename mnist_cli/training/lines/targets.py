"""What the line network should say of each column of a strip."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.core.strips import DIGIT, EDGE, HIGH, STRIDE, WIDE, Strip
from mnist_cli.synthesis.canvas import Area, Symbol

OPERATORS, OPERATOR_GAP = "+×÷=", 1.2  # heights: farther apart they are no sum
# two numbers that are not so many times as far from each other as digits in them, or, where a
# number has one digit, as so many heights, may be one
APART, LONELY = 1.3, 0.4
BEYOND = 6  # columns before a line's first and after its last symbol in which it is told that
# nothing is joined to them

COLUMNS = WIDE // STRIDE
LEAD = EDGE // STRIDE  # columns before a strip's own
# of each column: the mark, from 1, or 0; the digit, the same; whether two are joined over it; what
# of these three counts; the boxes of the mark and the digit
MARK, WHICH, JOINED, COUNTS, COUNTS_JOINED = range(5)
MARK_BOX, DIGIT_BOX, TARGETS = slice(5, 9), slice(9, 13), 13


def targets_of(
    strip: Strip, symbols: Sequence[Symbol], unclear: Sequence[Area]
) -> NDArray[np.float32]:
    """Return what a strip should say, from `LEAD` columns before its own.

    Args:
        strip: Of the line.
        symbols: The line's, from left to right.
        unclear: Areas of the page in which nobody could say what counts.

    Returns:
        (columns, TARGETS) float32.
    """
    count = (strip.starts[-1] + EDGE + WIDE) // STRIDE
    told = np.zeros((count, TARGETS), np.float32)
    told[:, COUNTS] = 1
    for area in unclear:
        (left, top), (right, bottom) = strip.seen_at(np.array(area).reshape(2, 2))
        if top < HIGH - STRIDE and bottom > STRIDE:
            first, last = max(0, int(left // STRIDE) + LEAD), int(right // STRIDE) + 1 + LEAD
            told[first : max(0, last), COUNTS] = 0
    boxes = np.array([symbol.box for symbol in symbols]).reshape(-1, 4)
    seen = np.concatenate([strip.seen_at(boxes[:, :2]), strip.seen_at(boxes[:, 2:])], 1)
    for symbol, (left, top, right, bottom) in zip(symbols, seen.tolist(), strict=True):
        at = (left + right) / 2 / STRIDE + LEAD
        if not 0 <= at < count or not 0 < (top + bottom) / 2 < HIGH:
            continue
        row = told[int(at)]
        sides = np.maximum([right - left, bottom - top], 1) / DIGIT
        box = [at - int(at) - 0.5, (top + bottom - HIGH) / 2 / DIGIT, *np.log(sides)]
        if symbol.text.isdigit():
            row[WHICH], row[DIGIT_BOX] = 1 + int(symbol.text), box
        else:
            row[MARK], row[MARK_BOX] = 1 + MARKS.index(symbol.text), box
    _tell_joined(told, symbols, seen)
    return told


def _tell_joined(
    told: NDArray[np.float32], symbols: Sequence[Symbol], seen: NDArray[np.float64]
) -> None:
    """Tell of the columns between each two neighbours whether they are of one number.

    Where two numbers stand nearer than digits of one of them do, nobody could say. Beside the first
    and the last one stands no other, but letters that a finder takes for digits.
    """
    told[:, COUNTS_JOINED] = _beside_all(told, seen)
    gaps = (seen[1:, 0] - seen[:-1, 2]) / DIGIT
    counts, widest = Counter(one.number for one in symbols), dict[int, float]()
    for gap, (one, other) in zip(gaps.tolist(), pairwise(symbols), strict=True):
        if one.number == other.number:
            widest[one.number] = max(gap, widest.get(one.number, LONELY))
    for before, after in pairwise(range(len(symbols))):
        pair, gap = (symbols[before], symbols[after]), gaps[before]
        alone = any(not one.text.isdigit() and counts[one.number] == 1 for one in pair)
        signs = alone or any(one.text in OPERATORS for one in pair)
        joined = pair[0].number == pair[1].number or (signs and gap < OPERATOR_GAP)
        if not joined and gap < APART * max(widest.get(one.number, LONELY) for one in pair):
            continue
        first, last = (seen[[before, after]][:, [0, 2]].mean(axis=1) // STRIDE).astype(int) + LEAD
        if first >= 0 and last < len(told):
            told[first : max(last, first + 1), JOINED] = joined
            told[first : max(last, first + 1), COUNTS_JOINED] = 1


def _beside_all(told: NDArray[np.float32], seen: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which columns lie next to a line's ends, (columns,), up to where it is unclear."""
    beside, clear = np.zeros(len(told), np.bool_), told[:, COUNTS] > 0
    if not len(seen):
        return beside
    middles = seen[:, [0, 2]].mean(axis=1) // STRIDE + LEAD
    first, last = (int(min(max(0, end), len(told))) for end in (middles[0], middles[-1]))
    before, after = slice(max(0, first - BEYOND), first), slice(last, last + BEYOND)
    beside[before] = np.logical_and.accumulate(clear[before][::-1])[::-1]
    beside[after] = np.logical_and.accumulate(clear[after])
    return beside
