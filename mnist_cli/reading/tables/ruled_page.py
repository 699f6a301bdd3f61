"""A page laid flat along its rules, and what is ruled on it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import Candidate, Look, median_height
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.tables.flattening import Flattening, find_flattening, scaled_down
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grids import NO_HEIGHT, tables_in
from mnist_cli.reading.tables.rules import Rule, Ruling, contrast, find_rules, merged
from mnist_cli.reading.tables.squared import without_squares

UPRIGHT = frozenset("1/()")  # what is one stroke, and as narrow as its box
OFF_SIDES = 0.2  # of a broad digit's width, that is left out at each side
LEAST = 4.0  # heights of a digit: a shorter rule is of a box around one, or a stroke
SHORT = 0.3  # of the longest rule: a shorter one is of something else
WIDE = 2.0  # heights between two rules, in the median: nearer ones are of squared paper, or boxes


@dataclass(frozen=True, eq=False)
class RuledPage:
    """A page laid flat, and what is ruled on it.

    Attributes:
        flattening: How it lies.
        ruling: Its rules, without those of squared paper.
        height: Of its digits, in pixels of the flat page.
        every: All of its rules.
    """

    flattening: Flattening
    ruling: Ruling
    height: float
    every: Ruling

    def tables(self) -> list[Grid]:
        """Find its tables whose cells are closed."""
        return tables_in(self.ruling, self.flattening, self.height)

    def squares(self, size: tuple[int, int]) -> list[Grid]:
        """Find tables of just so many rows and columns, of which squares of the paper are cells."""
        if self.every is self.ruling:
            return []
        every = tables_in(self.every, self.flattening, self.height)
        return [grid for grid in every if (grid.rows, grid.columns) == size]

    def across(self, least: float) -> tuple[Rule, ...]:
        """Return its rules that run across, from top to bottom, if so long, in pixels."""
        long = [rule for rule in self.ruling.across if rule.length > least]
        return merged(long, self.height)

    @cached_property
    def between_columns(self) -> tuple[Rule, ...]:
        """Its rules that run down between columns of numbers, from left to right."""
        long = [rule for rule in self.ruling.down if rule.length > LEAST * self.height]
        down = merged(long, self.height)
        lengths = np.array([rule.length for rule in down])
        is_long = lengths > SHORT * lengths.max(initial=0)
        kept = tuple(rule for rule, one in zip(down, is_long, strict=True) if one)
        steps = np.diff([rule.level for rule in kept])
        return kept if not len(steps) or np.median(steps) > WIDE * self.height else ()


def find_ruled(grey: Grey, look: Look, written: Collection[Candidate], *, dark: bool) -> RuledPage:
    """Lay a page flat, and find what is ruled on it.

    Args:
        grey: (H, W) uint8, upright.
        look: The finder's finest one at it.
        written: Its digits and marks.
        dark: Whether ink is darker than paper.
    """
    height = median_height(one for one in written if one.is_digit)
    scaled, scale = scaled_down(grey, height)
    seen = look.ruled(grey.shape, scaled.shape)
    flattening = find_flattening(seen, scale)
    height = height * scale or NO_HEIGHT
    page, inside = flattening.flat(scaled), flattening.inside(scaled.shape)
    ink = contrast(page, inside, height, dark=dark)
    across, down = (flattening.flat(one) * inside for one in seen)
    ruling = find_rules((across, down), ink, height, _strokes(written, flattening))
    drawn = without_squares(ruling, page if dark else 255 - page, height, len(written))
    return RuledPage(flattening, drawn, height, ruling)


def _strokes(written: Collection[Candidate], flattening: Flattening) -> NDArray[np.uint8]:
    """Return where digits and marks were read on the flat page: (H, W) 0 or 1.

    Broad ones may fill their cells, and their boxes then cover the rules: the sides don't count.
    """
    strokes = np.zeros(flattening.shape, np.uint8)
    for one in written:
        off = 0.0 if one.symbol in UPRIGHT else OFF_SIDES * (one.edges[2] - one.edges[0])
        inner = one.edges + np.array([off, 0, -off, 0])
        corners = np.rint(flattening.box_on_page(inner)).astype(np.int32)
        cv2.fillConvexPoly(strokes, corners, 1)
    return strokes
