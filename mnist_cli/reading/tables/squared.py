"""Squared paper: its squares are no cells; what is drawn on them may be a table."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.tables.rules import SHORTEST, Map, Rule, Ruling, merged, smoothed

LONG = 6.0  # heights of a digit: shorter rules are strokes, and of small boxes
COUNT = 14  # long rules each way, at the least: a sudoku has ten
SMALL = 1.5  # heights from rule to rule, in the median: in smaller squares nobody writes numbers
OBLONG = 1.3  # times as high as wide, or as wide as high, at the most
MOSTLY = 0.5  # of the squares
TWICE = 1.8  # times as dark as the squares, what is drawn on them
WHOLE, FEW = 0.9, 3  # of the longest rule: of what is drawn, no more are as long both ways
BESIDE = 1.0  # heights along a rule, within which its darkness is seen


def without_squares(ruling: Ruling, page: Grey, height: float, written: int) -> Ruling:
    """Return the rules of a page; if its paper is squared, what is clearly darker of them.

    Args:
        ruling: All that were found.
        page: (H, W) uint8, flat, dark where ink is.
        height: Of its digits, in pixels.
        written: How many digits and marks are on it: where most squares have one they are cells.
    """
    if not _is_squared(ruling, height, written):
        return ruling
    paper = cv2.morphologyEx(page, cv2.MORPH_CLOSE, np.ones((int(height) | 1,) * 2, np.uint8))
    ink = 1 - page / np.maximum(paper, np.float32(1))  # whatever the light
    ways = (ruling.across, ink), (ruling.down, ink.T)
    darker = [_darker(rules, own, height) for rules, own in ways]
    longest = [WHOLE * max(rule.length for rule in rules) for rules, _ in ways]
    drawn = [
        [part for part in own if part.length <= most]
        for own, most in zip(darker, longest, strict=True)
    ]
    if all(len(own) - len(left) > FEW for own, left in zip(darker, drawn, strict=True)):
        darker = drawn  # the others are of the paper itself: every fifth line or so
    across, down = map(tuple, darker)
    return replace(ruling, across=across, down=down)


def _is_squared(ruling: Ruling, height: float, written: int) -> bool:
    """Tell whether many rules both ways are equally near, and nearer than numbers have room."""
    steps, squares = [], 1
    for rules in (ruling.across, ruling.down):
        long = merged([rule for rule in rules if rule.length > LONG * height], height)
        if len(long) < COUNT:
            return False
        squares *= len(long) - 1
        steps.append(float(np.median(np.diff([rule.level for rule in long]))))
    is_small = max(steps) < min(SMALL * height, OBLONG * min(steps))
    return is_small and written < MOSTLY * squares


def _darker(rules: Sequence[Rule], ink: Map, height: float) -> list[Rule]:
    """Return the parts of rules that are much darker than most rules are."""
    profiles = [_darkness(rule, ink, height) for rule in rules]
    usual = float(np.median(np.concatenate(profiles)))
    parts = (
        Rule(rule.x[part], rule.y[part])
        for rule, profile in zip(rules, profiles, strict=True)
        for part in _runs(profile > TWICE * usual)
    )
    return [part for part in parts if part.length > SHORTEST * height]


def _darkness(rule: Rule, ink: Map, height: float) -> NDArray[np.float64]:
    """Return how dark a rule is at each of its places, in the mean of those around, (N,)."""
    rows = np.rint(rule.y).astype(int)[:, None] + np.arange(-1, 2)
    columns = rule.x.astype(int).clip(0, ink.shape[1] - 1)
    dark = ink[rows.clip(0, ink.shape[0] - 1), columns[:, None]].max(axis=1)
    return smoothed(dark, min(round(BESIDE * height / 2), (len(dark) - 1) // 2))


def _runs(flags: NDArray[np.bool_]) -> list[slice]:
    """Return where flags are set, as slices."""
    ends = np.flatnonzero(np.diff(np.r_[False, flags, False])).reshape(-1, 2)
    return [slice(begin, end) for begin, end in ends.tolist()]
