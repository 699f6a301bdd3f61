"""What the finder saw in its looks at a picture."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import MASK, STRIDE, SYMBOLS, channel, sigmoid
from mnist_cli.reading.config import CONFIG

Maps = NDArray[np.float32]  # (H, W, C)
Edges = NDArray[np.float64]  # (N, 4), left, top, right, bottom
Box = tuple[int, int, int, int]  # left, top, right, bottom in whole pixels, the last two outside

ANY_DIGIT = np.repeat(np.array([0.1, 0], np.float32), [10, len(SYMBOLS) - 10])  # nobody says which


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
        return sigmoid(np.asarray(seen, np.float32))

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
        in_line: How likely the network along lines holds a digit to be one, in [0, 1]; 0.5 where
            it did not look.
        mark_after: How likely that network holds a mark to be between it and the next digit of its
            line, in [0, 1], whether one was found or not.
        is_letter: Whether that network holds it for none, and for a part of no number: it is a
            letter or another drawing, and nothing that was not read.
    """

    score: float
    edges: NDArray[np.float64]
    symbols: NDArray[np.float32]
    is_digit: bool
    printed: float
    turns: NDArray[np.float32]
    look: Look
    in_line: float = 0.5
    mark_after: float = 0.0
    is_letter: bool = False

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
    def upright(self) -> float:
        """Probability that it stands upright; on its head many a digit looks so."""
        return math.exp(float(self.turns[0]))

    @property
    def lies(self) -> bool:
        """Whether it is more likely turned than upright."""
        return self.upright < CONFIG.stands

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


def middles_of(edges: Edges) -> NDArray[np.float64]:
    """Return the middles, x and y, of (N, 4) boxes: (N, 2)."""
    return np.asarray((edges[:, :2] + edges[:, 2:]) / 2)


def lie_in(points: NDArray[np.float64], boxes: Edges) -> NDArray[np.bool_]:
    """Tell which of (N, 2) points, x and y, lie in which of (M, 4) boxes: (N, M)."""
    x, y = points.T[:, :, None]
    left, top, right, bottom = boxes.T
    return np.asarray((left <= x) & (x <= right) & (top <= y) & (y <= bottom))


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
    def lone_ones(self) -> tuple[Candidate, ...]:
        """What it doubted, where it found no digit and all that it doubted are 1s."""
        alone = not self.digits and all(one.symbol == "1" for one in self.left_out)
        return self.left_out if alone else ()

    @property
    def letters(self) -> tuple[Candidate, ...]:
        """What was left out and is surely no digit."""
        return tuple(one for one in self.left_out if one.is_letter)

    @property
    def standing(self) -> float:
        """How many digits stand upright, each counted by how sure that is, and which it is.

        What lies looks like other digits, and like print that looks like digits.
        """
        return sum(
            digit.score**2 * digit.upright * float(digit.symbols[:10].max())
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
        stand = [digit.upright for digit in self.digits]
        return len(stand) > 2 and sum(stand) < CONFIG.upright * len(stand)
