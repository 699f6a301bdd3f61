"""Which candidates of all looks are digits and marks."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import STRIDE
from mnist_cli.reading.candidates import Candidate, Found, Look
from mnist_cli.reading.config import CONFIG

Edges = NDArray[np.float64]  # left, top, right, bottom; (4,) or (N, 4)

AT_ONCE = 64  # boxes that are compared with all that are level with them

# A doubtful digit counts with so many sure ones in its line. On 260 synthetic pages held out 80 %
# of those with two are digits: F0.5 rises from 0.871 to 0.877.
NEIGHBOURS, IN_LINE, LAPPED = 2, 2.5, 0.2  # how many; heights beside it, and that they may overlap
ONE_INK = 0.8  # of the larger box around ink, that two digits with the same ink share
LEVEL, ALIKE = 0.3, 1.4  # heights up or down; times as high or low


def chosen(candidates: list[Candidate], looks: tuple[Look, ...]) -> Found:
    """Choose among candidates of all looks: of those that are the same thing, the likeliest."""
    order = sorted(candidates, key=_worth, reverse=True)
    edges = np.array([one.edges for one in order]).reshape(-1, 4)
    is_kept = np.zeros(len(order), np.bool_)
    for at, near in enumerate(_touching(edges)):
        is_kept[at] = not (
            _covers_several(at, near, order, edges)
            or _same(edges[at], edges[near[is_kept[near]]]).any()
        )
    kept = np.flatnonzero(is_kept).tolist()
    digits = [order[at] for at in kept if order[at].is_digit]
    sure = [one for one in digits if one.score >= CONFIG.digit]
    sure += _supported(
        [one for one in digits if CONFIG.supported <= one.score < CONFIG.digit], sure
    )
    taken = set(sure)
    doubtful = tuple(one for one in digits if one not in taken)
    marks = _apart([order[at] for at in kept if not order[at].is_digit])
    return Found(
        tuple(sure), tuple(one for one in marks if one.score >= CONFIG.mark), doubtful, looks
    )


def distinct(digits: Sequence[Candidate], inked: Edges) -> list[Candidate]:
    """Return the digits that have ink of their own: two boxes beside each other may hold one 1.

    Args:
        digits: N of them.
        inked: (N, 4), around the ink of each; of those with the same the likeliest stays.
    """
    edges = inked.astype(np.float64).reshape(-1, 4)
    touching, is_kept = _touching(edges), np.zeros(len(digits), np.bool_)
    for at in sorted(range(len(digits)), key=lambda at: -digits[at].score):
        near = edges[touching[at][is_kept[touching[at]]]]
        larger = np.maximum(_areas(near), _areas(edges[[at]]))
        is_kept[at] = not (_shared(edges[at], near) > ONE_INK * larger).any()
    return [digits[at] for at in np.flatnonzero(is_kept).tolist()]


def _supported(doubtful: list[Candidate], sure: list[Candidate]) -> list[Candidate]:
    """Return the doubtful digits that stand in a line with several sure ones of their height."""
    edges = np.array([one.edges for one in sure]).reshape(-1, 4)
    found = []
    for one in doubtful:
        gaps = gaps_beside(one.edges, edges, LEVEL, ALIKE)
        if ((gaps > -LAPPED) & (gaps < IN_LINE)).sum() >= NEIGHBOURS:
            found.append(one)
    return found


def gaps_beside(one: Edges, edges: Edges, level: float, alike: float) -> Edges:
    """Return how many of their heights digits stand beside one, (N,); infinity of some.

    Args:
        one: (4,) of what may be a digit of their line.
        edges: (N, 4) of digits.
        level: Heights that their middle may lie above or below, and count.
        alike: How many times as high or low as they it may be.
    """
    heights, middles = edges[:, 3] - edges[:, 1], (edges[:, 1] + edges[:, 3]) / 2
    heights = np.maximum(heights, 1.0)
    gaps = np.maximum(edges[:, 0] - one[2], one[0] - edges[:, 2]) / heights
    is_level = np.abs(middles - (one[1] + one[3]) / 2) < level * heights
    is_alike = np.abs(np.log(max(one[3] - one[1], 1.0) / heights)) < np.log(alike)
    return np.where(is_level & is_alike, gaps, np.inf)


def _apart(marks: list[Candidate]) -> list[Candidate]:
    """Drop marks that are nearer to a likelier one than that is long: two looks at the same."""
    middles = np.array([mark.middle for mark in marks]).reshape(-1, 2)
    sides = np.array([_side(mark) for mark in marks])
    kept: list[int] = []
    for at in range(len(marks)):
        away = np.hypot(*(middles[kept] - middles[at]).T)
        if (away > np.maximum(sides[kept], sides[at])).all():
            kept.append(at)
    return [marks[at] for at in kept]


def _side(mark: Candidate) -> float:
    """Return how long a mark is, at least a place of the finder's."""
    sides = mark.edges[2:] - mark.edges[:2]
    return max(float(sides.max()), STRIDE / mark.look.scale)


def _worth(candidate: Candidate) -> float:
    """Return its score, less where it is lower or higher than the finder learned."""
    height = candidate.height * candidate.look.scale
    if not candidate.is_digit:
        return candidate.score
    fits = min(1.0, height / CONFIG.low, CONFIG.high / max(height, 1.0))
    return candidate.score * math.sqrt(fits)


def _touching(edges: Edges) -> list[NDArray[np.int64]]:
    """Return of each box which others have something in common with it, itself among them.

    Boxes of about one height are looked at together, from the top to the bottom: so few others are
    level with them, and a page of thousands of digits takes no longer than each with its own.
    """
    found: list[NDArray[np.int64]] = [np.empty(0, np.int64)] * len(edges)
    heights = np.maximum(edges[:, 3] - edges[:, 1], 1)
    order = np.lexsort((edges[:, 1], np.rint(np.log2(heights))))
    for begin in range(0, len(order), AT_ONCE):
        some = order[begin : begin + AT_ONCE]
        part = edges[some]
        level = (edges[:, 1] < part[:, 3].max()) & (edges[:, 3] > part[:, 1].min())
        others = np.flatnonzero(level)
        before = part[:, None, :2] < edges[others, 2:]
        after = part[:, None, 2:] > edges[others, :2]
        touch: NDArray[np.bool_] = np.all(before & after, axis=2)
        for at, row in zip(some.tolist(), touch, strict=True):
            found[at] = others[row]
    return found


def _covers_several(at: int, near: NDArray[np.int64], order: list[Candidate], edges: Edges) -> bool:
    """Tell whether one candidate is taken for a digit where there are several, side by side."""
    if not order[at].is_digit:
        return False
    least = max(CONFIG.digit, CONFIG.swallowed * _worth(order[at]))
    areas, area = _areas(edges[near]), float(_areas(edges[[at]])[0])
    inside = _shared(edges[at], edges[near]) > CONFIG.overlap * areas
    apart: list[int] = []
    for other in near[inside & (areas < CONFIG.smaller * area)].tolist():
        good = order[other].is_digit and _worth(order[other]) >= least
        if good and not _same(edges[other], edges[apart]).any():
            apart.append(other)
    return len(apart) > 1


def _same(one: Edges, others: Edges) -> NDArray[np.bool_]:
    """Tell which of others lie so much over one that they are the same thing."""
    return lapped(one, others, CONFIG.overlap)


def lapped(one: Edges, others: Edges, least: float) -> NDArray[np.bool_]:
    """Tell which of others have more than a share of the smaller box in common with one."""
    smaller = np.minimum(_areas(others), _areas(one[None]))
    return np.asarray(_shared(one, others) > least * smaller)


def _areas(edges: Edges) -> Edges:
    sides = np.maximum(edges[:, 2:] - edges[:, :2], 0.5)
    return np.asarray(sides.prod(axis=1))


def _shared(one: Edges, others: Edges) -> Edges:
    """Return the area that one box has in common with each of others."""
    lower = np.maximum(one[:2], others[:, :2])
    upper = np.minimum(one[2:], others[:, 2:])
    return np.asarray(np.maximum(upper - lower, 0).prod(axis=1))
