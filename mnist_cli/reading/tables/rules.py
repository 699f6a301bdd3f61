"""The rules of a flat page: long thin lines, told from strokes and from lines of print."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.normalise import Grey

Map = NDArray[np.float32]  # (H, W)

AROUND = 1.2  # heights of a digit: what is darker than what lies so near on all sides is ink
CONTRAST_IN = 3.0  # heights, within which contrast is measured: faint rules in faint parts count
FAINTEST = 2.0  # grey levels: less contrast is none
GRAIN = 4.5  # times the median step from a pixel to those around it: less contrast is grain
APART = 0.12  # heights: of two lines that are nearer the stronger one counts
LENGTH = 1.5  # heights of a digit that a rule must go on for, without a break
UNBROKEN = 0.4  # of these, at the least
SHORTEST = 1.5  # heights of what is seen of it: as much again is lost at its ends
FADED = 1.5  # heights at each end of a rule, where its ink alone may show that it goes on
BRIDGED = 1.2  # heights between two pieces of a rule
INKED = 1.2  # times the contrast around that ink is darker, at the least
WRITTEN = 0.5  # of what is seen of a rule: with more of it in strokes that were read, it is these
MOST = 200  # rules each way, the longest: a page of more is a weave, no table
SAME = 0.45  # heights: nearer rules are one, drawn double or broad


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule that runs across: for one that runs down, x and y change their places.

    Attributes:
        x: (N,) places along it, growing.
        y: (N,) how far down it is there, in pixels of the flat page.
        is_drawn: Whether it was seen; otherwise a table is open there, and it ends there.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    is_drawn: bool = True

    def __call__(self, x: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return how far down it is at x."""
        return np.asarray(np.interp(x, self.x, self.y))

    def goes_by(self, x: NDArray[np.float64], slack: float) -> NDArray[np.bool_]:
        """Tell whether it was seen at each x, or so near to it."""
        after = np.searchsorted(self.x, x).clip(1, len(self.x) - 1)
        nearest = np.minimum(np.abs(self.x[after] - x), np.abs(self.x[after - 1] - x))
        return np.asarray(nearest <= slack)

    @cached_property
    def level(self) -> float:
        """How far down it is in the mean."""
        return float(self.y.mean())

    @property
    def length(self) -> float:
        """Pixels from where it begins to where it ends."""
        return float(np.ptp(self.x))


@dataclass(frozen=True, eq=False)
class Ruling:
    """All rules of a page, and what shows them.

    Attributes:
        across: Those that run across.
        down: Those that run down.
        dark_across: (H, W) float32 in [0, 1], how much each place looks like one that runs across.
        dark_down: (W, H) the same of those that run down.
        ink: (H, W) float32, how much darker than what is around, by the contrast there.
    """

    across: tuple[Rule, ...]
    down: tuple[Rule, ...]
    dark_across: Map
    dark_down: Map
    ink: Map


def find_rules(
    seen: tuple[Map, Map], ink: Map, height: float, written: NDArray[np.uint8]
) -> Ruling:
    """Find the rules of a flat page.

    Args:
        seen: (H, W) how likely each place is of one that runs across, and of one that runs down.
        ink: (H, W) how much darker it is than what is around, as of `contrast`.
        height: Of its digits, in pixels.
        written: (H, W) 1 inside of what was read, else 0: what runs down mostly there is no rule.
    """
    near = np.ones((3, 1), np.uint8)
    maps = [cv2.dilate(one, near) for one in (seen[0], np.ascontiguousarray(seen[1].T))]
    across, down = (
        tuple(_up_to_its_ends(rule, inked, height) for rule in _traced(one, height))
        for one, inked in zip(maps, (ink, ink.T), strict=True)
    )
    down = tuple(rule for rule in down if not _is_written(rule, maps[1], written.T))
    return Ruling(across, down, maps[0], maps[1], ink)


def _is_written(rule: Rule, thin: Map, written: NDArray[np.uint8]) -> bool:
    """Tell whether most of what looks like a rule are strokes that were read."""
    rows = np.rint(rule.y).astype(int).clip(0, thin.shape[0] - 1)
    columns = rule.x.astype(int).clip(0, thin.shape[1] - 1)
    looks = thin[rows, columns]
    return float((looks * written[rows, columns]).sum()) > WRITTEN * float(looks.sum())


def contrast(page: Grey, inside: NDArray[np.bool_], height: float, *, dark: bool) -> Map:
    """Return how much each place looks like ink: differs from what is around, by its contrast.

    Args:
        page: (H, W) uint8.
        inside: (H, W) bool, where the picture is.
        height: Of its digits, in pixels.
        dark: Whether ink is darker than paper.
    """
    page = page if dark else 255 - page
    near, far = 2 * int(AROUND * height) + 1, 2 * int(CONTRAST_IN * height) + 1
    seen = inside.astype(np.float32)
    grey = page.astype(np.float32)
    paper = cv2.blur(grey * seen, (near, near)) / np.maximum(cv2.blur(seen, (near, near)), 1e-3)
    seen = cv2.erode(seen, np.ones((9, 9), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    darker = (paper - grey) * seen
    share = np.maximum(cv2.blur(seen, (far, far)), 1e-3)
    usual = np.sqrt(cv2.blur(darker * darker, (far, far)).clip(0) / share)
    grain = np.sort(np.abs(grey - cv2.blur(grey, (3, 3)))[seen > 0][::41])
    floor = max(FAINTEST, GRAIN * float(grain[len(grain) // 2])) if len(grain) else FAINTEST
    return np.asarray(darker / np.maximum(usual, floor), np.float32)


def _traced(thin: Map, height: float) -> list[Rule]:
    """Return the lines that go on across, each by its places."""
    longer = cv2.blur(thin, (int(LENGTH * height) | 1, 1))
    apart = 2 * max(1, round(APART * height)) + 1
    peak = (longer >= cv2.dilate(longer, np.ones((apart, 1), np.uint8))) & (longer > UNBROKEN)
    bridge = np.ones((1, int(BRIDGED * height) | 1), np.uint8)
    joined = cv2.dilate(peak.astype(np.uint8), np.ones((3, 1), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, bridge)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    rows, columns = np.nonzero(peak)
    own = labels[rows, columns]
    order = np.argsort(own, kind="stable")
    begins = np.searchsorted(own[order], np.arange(count + 1))
    rules = []
    for number in range(1, count):
        if stats[number, cv2.CC_STAT_WIDTH] < SHORTEST * height:
            continue
        at = order[begins[number] : begins[number + 1]]
        rules.append(_rule(columns[at], rows[at], longer[rows[at], columns[at]], height))
    return sorted(rules, key=lambda rule: rule.x[0] - rule.x[-1])[:MOST]


def _rule(columns: NDArray[np.int64], rows: NDArray[np.int64], weights: Map, height: float) -> Rule:
    """Return a rule out of its pixels: their mean level, smoothed over two heights of a digit."""
    first = int(columns.min())
    total = np.bincount(columns - first, weights)
    level = np.bincount(columns - first, weights * rows)
    x = np.flatnonzero(total > 0)
    y = level[x] / total[x]
    reach = min(int(height), (len(x) - 1) // 2)
    y = smoothed(y, reach)
    # a mean over `LENGTH` heights falls under `UNBROKEN` before a rule's ends, or after them
    lost = round((UNBROKEN - 0.5) * LENGTH * height)
    if lost < 0:
        kept = slice(-lost, lost) if len(x) + 2 * lost > 2 else slice(None)
        return Rule((x[kept] + first).astype(np.float64), y[kept])
    more = np.arange(1, lost + 1)
    x = np.concatenate([x[0] - more[::-1], x, x[-1] + more]) + first
    return Rule(x.astype(np.float64), np.pad(y, lost, mode="edge"))


def smoothed(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Return the mean of each value and so many on both sides of it, (N,)."""
    around = np.ones(2 * reach + 1) / (2 * reach + 1)
    return np.asarray(np.convolve(np.pad(values, reach, mode="edge"), around, "valid"))


def _up_to_its_ends(rule: Rule, ink: Map, height: float) -> Rule:
    """Return a rule as far as its ink goes on: beside print its ends look less like a rule."""
    x, y = rule.x, rule.y
    for end, step in ((0, -1), (-1, 1)):
        beyond = rule.x[end] + step * np.arange(1, round(FADED * height) + 1)
        beyond = beyond[(beyond >= 0) & (beyond < ink.shape[1])]
        rows = np.clip(round(rule.y[end]) + np.arange(-1, 2), 0, ink.shape[0] - 1)
        inked = ink[np.ix_(rows, beyond.astype(int))].max(axis=0) > INKED
        more = beyond[np.logical_and.accumulate(inked)][::step]
        parts = [(more, np.full(len(more), rule.y[end])), (x, y)][::-step]
        x, y = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Rule(x, y)


def merged(rules: Sequence[Rule], height: float) -> tuple[Rule, ...]:
    """Make one rule of all that lie at about the same level: pieces, or the two of a double one.

    Returns:
        From top to bottom.
    """
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.level):
        if groups and rule.level - np.mean([one.level for one in groups[-1]]) < SAME * height:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return tuple(map(_one_of, groups))


def _one_of(rules: list[Rule]) -> Rule:
    if len(rules) == 1:
        return rules[0]
    x, y = (np.concatenate(parts) for parts in ([r.x for r in rules], [r.y for r in rules]))
    places, at = np.unique(x, return_inverse=True)
    return Rule(places, np.bincount(at, y) / np.bincount(at))
