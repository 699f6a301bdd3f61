"""What the finder saw in its looks at a picture, and which of it are digits and marks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import MASK, STRIDE, SYMBOLS, channel
from mnist_cli.reading.config import CONFIG

Maps = NDArray[np.float32]  # (H, W, C)
Edges = NDArray[np.float64]  # left, top, right, bottom; (4,) or (N, 4)
Box = tuple[int, int, int, int]  # the same in whole pixels; right and bottom are outside

AT_ONCE = 64  # boxes that are compared with all that are level with them


@dataclass(frozen=True, eq=False)
class Look:
    """A picture as the finder saw it once.

    Attributes:
        maps: (H, W, C) float32, as `core/finder_maps.py` lists them.
        scale: Pixels of this look for each pixel of the picture.
        frame: Pixels of paper that were put around.
    """

    maps: Maps
    scale: float
    frame: int

    def told(
        self, what: Literal["ink", "across", "down"], box: Box, shape: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return how likely pixels of the picture are of a digit's ink, or of a ruled line.

        Args:
            what: Ink, or a line that runs across or down.
            box: Which part of the picture.
            shape: Rows and columns to return.

        Returns:
            (rows, columns) float32 in [0, 1].
        """
        fine = STRIDE // MASK
        left, top, right, bottom = ((edge * self.scale + self.frame) / MASK for edge in box)
        rows = slice(max(0, int(top) // fine - 1), int(bottom) // fine + 2)
        columns = slice(max(0, int(left) // fine - 1), int(right) // fine + 2)
        logits = self.maps[rows, columns, channel(what)]
        high, wide = logits.shape[:2]
        flat = logits.reshape(high, wide, fine, fine).transpose(0, 2, 1, 3)
        flat = np.ascontiguousarray(flat.reshape(fine * high, fine * wide))
        step = (right - left) / shape[1], (bottom - top) / shape[0]
        x, y = left - fine * columns.start - 0.5, top - fine * rows.start - 0.5
        matrix = np.array([[step[0], 0, x + step[0] / 2], [0, step[1], y + step[1] / 2]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(flat, matrix, shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(1 / (1 + np.exp(-seen)), np.float32)

    def ruled(
        self, picture: tuple[int, ...], shape: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return how likely pixels of the whole picture are of lines that run across, and down.

        Args:
            picture: Its rows and columns.
            shape: Rows and columns to return.
        """
        whole, size = (0, 0, picture[1], picture[0]), (shape[0], shape[1])
        return self.told("across", whole, size), self.told("down", whole, size)


@dataclass(frozen=True, eq=False)
class Candidate:
    """What may be a digit or a mark.

    Attributes:
        score: How sure the finder is that something is there, in [0, 1].
        edges: (4,) float64, left, top, right, bottom in pixels of the picture.
        symbols: (len(SYMBOLS),) float32, probability of each symbol.
        is_digit: Whether it is found as a digit, not as a mark.
        printed: Probability that it is printed.
        turns: (4,) float32, logarithms of the probabilities that it is turned by so many
            quarters counterclockwise.
        look: Where it was seen.
    """

    score: float
    edges: NDArray[np.float64]
    symbols: NDArray[np.float32]
    is_digit: bool
    printed: float
    turns: NDArray[np.float32]
    look: Look

    @property
    def symbol(self) -> str:
        """The likeliest symbol of its kind."""
        if self.is_digit:
            return SYMBOLS[int(self.symbols[:10].argmax())]
        return SYMBOLS[10 + int(self.symbols[10:].argmax())]

    @property
    def is_printed(self) -> bool:
        """Whether it is more likely printed than written by hand."""
        return self.printed > 0.5

    @property
    def box(self) -> Box:
        """Whole pixels around it."""
        left, top, right, bottom = self.edges
        return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle, x and y in pixels of the picture."""
        left, top, right, bottom = self.edges.tolist()
        return (left + right) / 2, (top + bottom) / 2

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return float(self.edges[3] - self.edges[1])


def median_height(digits: Iterable[Candidate]) -> float:
    """Return the median height of digits, in pixels; 0 of none."""
    heights = sorted(digit.height for digit in digits)
    return heights[len(heights) // 2] if heights else 0.0


@dataclass(frozen=True)
class Found:
    """What the finder sees on a picture.

    Attributes:
        digits: As they come, the surest first.
        marks: The same.
        left_out: What may be one, but too unlikely, or the same as another.
        looks: Each way that the picture was looked at.
    """

    digits: tuple[Candidate, ...]
    marks: tuple[Candidate, ...]
    left_out: tuple[Candidate, ...]
    looks: tuple[Look, ...]

    @property
    def ruled_by(self) -> Look:
        """The look that tells ruled lines: one of an enlarged picture shows them less sharply."""
        return next(look for look in self.looks if look.scale <= 1 or look is self.looks[-1])

    @property
    def standing(self) -> float:
        """How many digits stand upright, each counted by how sure that is, and which it is.

        What lies looks like other digits, and like print that looks like digits.
        """
        return sum(
            digit.score**2 * math.exp(float(digit.turns[0])) * float(digit.symbols[:10].max())
            for digit in self.digits
        )

    @property
    def likely_turns(self) -> list[int]:
        """By how many quarters counterclockwise the page may be turned, the likeliest first."""
        told = sum(digit.score * digit.turns[1:] for digit in self.digits)
        return [1 + int(at) for at in np.argsort(-told, kind="stable")]

    @property
    def may_lie(self) -> bool:
        """Whether the page may lie on its side or its head: several digits don't stand clearly."""
        stand = [math.exp(float(digit.turns[0])) for digit in self.digits]
        return len(stand) > 2 and sum(stand) < CONFIG.upright * len(stand)


# A doubtful digit counts with so many sure ones in its line. On 260 synthetic pages held out 80 %
# of those with two are digits: F0.5 rises from 0.871 to 0.877.
NEIGHBOURS, IN_LINE, LAPPED = 2, 2.5, 0.2  # how many; heights beside it, and that they may overlap
LEVEL, ALIKE = 0.3, 1.4  # heights up or down; times as high or low

STROKES = "/()"  # marks that a 1 may be taken for
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


def _is_beside(digit: Candidate, mark: Candidate) -> bool:
    across, down = np.abs(np.subtract(digit.middle, mark.middle)) / max(digit.height, 1.0)
    return bool(across < BESIDE_MARK and down < 1)


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


def _supported(doubtful: list[Candidate], sure: list[Candidate]) -> list[Candidate]:
    """Return the doubtful digits that stand in a line with several sure ones of their height."""
    edges = np.array([one.edges for one in sure]).reshape(-1, 4)
    heights, middles = edges[:, 3] - edges[:, 1], (edges[:, 1] + edges[:, 3]) / 2
    found = []
    for one in doubtful:
        gaps = np.maximum(edges[:, 0] - one.edges[2], one.edges[0] - edges[:, 2]) / heights
        beside = (gaps > -LAPPED) & (gaps < IN_LINE)
        alike = np.abs(np.log(one.height / heights)) < np.log(ALIKE)
        level = np.abs(middles - one.middle[1]) < LEVEL * heights
        if (beside & alike & level).sum() >= NEIGHBOURS:
            found.append(one)
    return found


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
    smaller = np.minimum(_areas(others), _areas(one[None]))
    return np.asarray(_shared(one, others) > CONFIG.overlap * smaller)


def _areas(edges: Edges) -> Edges:
    sides = np.maximum(edges[:, 2:] - edges[:, :2], 0.5)
    return np.asarray(sides.prod(axis=1))


def _shared(one: Edges, others: Edges) -> Edges:
    """Return the area that one box has in common with each of others."""
    lower = np.maximum(one[:2], others[:, :2])
    upper = np.minimum(one[2:], others[:, 2:])
    return np.asarray(np.maximum(upper - lower, 0).prod(axis=1))
