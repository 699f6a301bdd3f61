"""Words of a table whose cells no rules close: between its numbers, and over them."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mnist_cli.reading.tables.alignment import Alignment, Columns
from mnist_cli.reading.tables.leaning import Between, Lean, Levels
from mnist_cli.reading.tables.rules import INKED, Map

Span = tuple[float, float]

OFTEN = 0.5  # of the rows have words in a column of words
SPARSE = 0.25  # of the rows have numbers: with fewer they may be letters taken for digits
BESIDE = 0.4  # heights of a digit beside numbers, that may be theirs
REACH = 0.5  # heights above and below a row's middle, where its words are
STROKE = 0.2  # heights: ink that is lower is of dots, and of rules
WIDE = 0.3  # heights of such strokes beside each other: with fewer it is no word


class Inked(NamedTuple):
    """What is written on a flat page.

    Attributes:
        ink: (H, W) how much darker it is than what is around, as of `contrast`.
        levels: How rows run.
        height: Of a digit, in pixels.
    """

    ink: Map
    levels: Levels
    height: float

    def words(self, lean: Lean | Between, level: float, begin: float, end: float) -> Span | None:
        """Return where words of a row begin and end between two places; None if there are none."""
        upright = np.arange(begin, end)
        if len(upright) < WIDE * self.height:
            return None
        x = lean.lying(upright, np.full_like(upright, level))
        y = np.interp(x, x[[0, -1]], self.levels.lying(x[[0, -1]], np.full(2, level)))
        down = np.arange(-REACH * self.height, REACH * self.height)[:, None]
        rows, columns = np.rint(y + down).astype(int), np.rint(x).astype(int)
        inside = (columns >= 0) & (columns < self.ink.shape[1])
        rows, columns = (
            np.clip(at, 0, size - 1)
            for at, size in zip((rows, columns), self.ink.shape, strict=True)
        )
        inked = (self.ink[rows, columns] > INKED).sum(axis=0)
        strokes = upright[(inked > STROKE * self.height) & inside]
        if len(strokes) < WIDE * self.height:
            return None
        return float(strokes[0]), float(strokes[-1])


def with_words(found: Alignment, inked: Inked) -> Columns:
    """Return the columns of a table with those of words, which go no farther than its rules."""
    rules, numbers = inked.levels.rules, found.columns[[0, -1], [0, 1]].tolist()
    drawn = [float(np.median([rule.x[end] for rule in rules])) for end in (0, -1) if rules]
    ends = drawn or numbers
    beside = BESIDE * inked.height
    is_dense = found.filled >= SPARSE * len(found.rows)
    dense, sparse = found.columns[is_dense].tolist(), found.columns[~is_dense].tolist()
    sides = [(ends[0] - beside, ends[0]), *dense, (ends[1], ends[1] + beside)]
    of_words = list[list[float]]()
    for (_, left), (right, _) in pairwise(sides):
        rows = (
            inked.words(found.lean, level, left + beside, right - beside)
            for level in found.rows.tolist()
        )
        words = [own for own in rows if own]
        if len(words) >= OFTEN * len(found.rows):
            of_words.append([min(begin for begin, _ in words), max(end for _, end in words)])
    others = (
        [begin, end]
        for begin, end in sparse
        if not any(begin < right and end > left for left, right in of_words)
    )
    return np.array(sorted([*dense, *of_words, *others]))


def is_heading(found: Alignment, columns: Columns, inked: Inked, level: float) -> bool:
    """Tell whether most columns have words at a level."""
    beside = BESIDE * inked.height
    words = [inked.words(found.lean, level, begin - beside, end + beside) for begin, end in columns]
    return sum(map(bool, words)) > OFTEN * len(columns)
