"""Ruled lines, boxes and the edges of the paper: out of a mask, but for the strokes across them."""

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

LONG = 0.95  # of the picture: so long a straight run that begins at the border is no stroke
LONGER = 1.2  # times the picture's height: no stroke runs so far across, wherever it begins
THICK = 0.1  # of its length: a rule within the picture is no thicker
SLIM = 0.03  # of its length: a rule that ends short of the border is no wider
# of the picture's shorter side:
SHORT = 0.5  # a run is no shorter
WANDER = 0.015  # how far a run strays from its row in that length
BROKEN = 0.08  # a gap in a run is no longer
FILLED = 0.7  # of a run is ink: of a line of digits less is
GRID = 0.5  # of the picture's height: no line of digits is higher
REACH = 4  # px: what is nearer than that touches
ENOUGH = 800  # px; rules are looked for in a picture no larger


def without_rules(mask: Mask) -> Mask:
    """Take out what runs straight across the picture, or from one such run to another.

    Args:
        mask: (H, W) bool, where there is ink.

    Returns:
        The mask without them; where a stroke crosses a rule, it stays whole.
    """
    factor = -(-max(mask.shape) // ENOUGH)
    small = _reduced(mask, factor)
    across = down = np.zeros_like(small)
    for _ in range(2):  # a rule may end on another, so each kind is looked for without the other
        across = across | _confirmed(_runs(small & ~down), down, longer=LONGER * len(small))
        down = down | _confirmed(_runs((small & ~across).T), across.T).T
    if not (across | down).any():
        return mask
    across, down = (_enlarged(rules, factor, mask.shape) for rules in (across, down))
    rest = _without_specks(mask & ~(across | down))
    kept = _bridges(rest, across & mask) | _bridges(rest.T, (down & mask).T).T
    return rest | kept


def _reduced(mask: Mask, factor: int) -> Mask:
    """Let one pixel stand for a square of them: ink, if there is any in it."""
    height, width = (-side % factor for side in mask.shape)
    padded = np.pad(mask, ((0, height), (0, width)))
    rows = np.logical_or.reduceat(padded, np.arange(0, padded.shape[0], factor), axis=0)
    return np.asarray(np.logical_or.reduceat(rows, np.arange(0, rows.shape[1], factor), axis=1))


def _enlarged(mask: Mask, factor: int, shape: tuple[int, ...]) -> Mask:
    return mask.repeat(factor, axis=0).repeat(factor, axis=1)[: shape[0], : shape[1]]


def _runs(mask: Mask) -> Mask:
    """Mark horizontal runs, also slanted ones and broken ones."""
    wander, gap, length = (
        max(1, round(share * min(mask.shape))) for share in (WANDER, BROKEN, SHORT)
    )
    inked = cv2.dilate(mask.astype(np.uint8), np.ones((wander, 1), np.uint8))
    closed = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    runs = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(runs)
    areas = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)  # of the rest too, which may be nothing
    filled = np.bincount(labels.ravel(), inked.ravel(), count) / areas
    is_grid = stats[:, cv2.CC_STAT_HEIGHT] > GRID * len(mask)  # its upright rules close all gaps
    return np.asarray((runs > 0) & ((filled >= FILLED) | is_grid)[labels])


def _confirmed(runs: Mask, rules: Mask, longer: float = np.inf) -> Mask:
    """Return the horizontal runs that are long enough, or whose ends rest on something.

    Args:
        runs: (H, W), where there may be rules.
        rules: (H, W), upright rules, on which others may end.
        longer: Pixels: a longer run is a rule, wherever it ends.
    """
    height, width = runs.shape
    near = cv2.dilate(rules.astype(np.uint8), np.ones((1, 2 * REACH + 1), np.uint8)) > 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(runs.astype(np.uint8))
    kept = np.zeros(count, np.bool_)
    for label in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[label])
        right, rows = left + wide, slice(top, top + high)
        ends = [
            left <= REACH or bool(near[rows, left : left + REACH].any()),
            right >= width - REACH or bool(near[rows, right - REACH : right].any()),
        ]
        at_edge = top == 0 or top + high == height
        slim = at_edge or (high < 0.2 * wide and area < THICK * wide * wide)
        long = wide >= LONG * width and (any(ends) or high < SLIM * wide)
        kept[label] = slim and (all(ends) or long or wide >= longer)
    return np.asarray(kept[labels])


def _bridges(rest: Mask, rules: Mask) -> Mask:
    """Mark where horizontal rules lie between ink above and ink below."""
    kept = np.zeros_like(rules)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rules.astype(np.uint8))
    for label in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[label])
        reach = 2 + round(area / wide)
        window = slice(max(0, top - reach), top + high + reach), slice(left, left + wide)
        ink = rest[window].astype(np.uint8)
        closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((reach + 1, 1), np.uint8))
        kept[window] |= (closed > 0) & (labels[window] == label)
    return kept


def _without_specks(mask: Mask) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    longer = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    large = longer >= max(2.0, 0.03 * min(mask.shape))
    large[0] = False
    return np.asarray(large[labels])
