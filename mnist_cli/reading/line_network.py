"""A closer look along each line: its marks, its missed digits, and which digits are one number.

The finder sees a page at a few scales; this network sees each line at one height, with the digits
that were found. It is in the package; `mnist train-lines` makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.strips import HIGH, WIDE, Grey, Halved, columns_of, strips_of
from mnist_cli.reading.candidates import Candidate, Found
from mnist_cli.reading.known_marks import STROKES, as_digit
from mnist_cli.reading.layout import find_lines
from mnist_cli.reading.packaged import Packaged
from mnist_cli.reading.seen_line import SeenLine

Place = tuple[int, float]  # of a strip, by its number, and of a column in it

ASSET = Packaged(Path(__file__).parent.parent / "assets" / "lines", "lines")
OF_PAGE = 3  # digits: with fewer what is seen may be all there is, and none is a letter
AT_ONCE = 32  # tiles that the network sees at a time: more take memory, and no less time


@dataclass(frozen=True, eq=False)
class Along:
    """What is seen along the lines of a page.

    Attributes:
        found: What the finder saw, put right.
        places: Of each digit and mark, by its middle on the page, its strip and its column there.
        lines: Each strip.
        replaced: Digits that are marks.
        doubted: Digits that the finder did not see, or not apart.
        unlikely: Digits that it held for unlikely, and that are all there is.
    """

    found: Found
    places: dict[tuple[float, float], Place] = field(default_factory=dict)
    lines: Sequence[SeenLine] = ()
    replaced: frozenset[Candidate] = frozenset()
    doubted: frozenset[Candidate] = frozenset()
    unlikely: frozenset[Candidate] = frozenset()

    def place_of(self, one: Candidate) -> Place:
        """Return strip and column of a digit or mark; a strip of -1 where nothing was seen."""
        return self.places.get(one.middle, (-1, 0.0))

    def joined(self, one: Candidate, other: Candidate) -> float | None:
        """Return how likely two neighbours are of one number, in [0, 1]; None where not seen."""
        (strip, first), (other_strip, last) = self.place_of(one), self.place_of(other)
        if strip < 0 or strip != other_strip:
            return None
        return self.lines[strip].joined(first, last)


class LineNetwork:
    """Looks along lines; the network is opened when it is first needed.

    Args:
        threads: How many to work with; all cores, if left out.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads

    @cached_property
    def _model(self) -> LiteRTModel:
        return LiteRTModel(ASSET.content(), self._threads, (HIGH, WIDE, 2))

    def look(self, grey: Grey, found: Found) -> Along:
        """Look along the lines of digits that the finder found on an upright page.

        Args:
            grey: (H, W) uint8.
            found: What the finder sees on it.

        Raises:
            ModelError: The network in the package is missing or damaged.
        """
        if not found.digits:
            return Along(found)
        lines = self._seen(grey, found.digits)
        letters = _letters(lines, found)
        as_digits = (as_digit(mark) for mark in found.marks if mark.symbol in STROKES)
        doubtful = (*found.left_out, *as_digits, *found.marks)
        middles = np.array([one.middle for one in doubtful]).reshape(-1, 2)
        kept, replaced = dict[Candidate, None](), set[Candidate]()  # the first is in an order
        places: dict[tuple[float, float], Place] = {}
        names: dict[Candidate, Candidate] = {}
        for number, line in enumerate(lines):
            near = [doubtful[at] for at in np.flatnonzero(line.covers(middles))]
            seen = line.put_right([one for one in near if one not in kept], grey.shape)
            own = [one for one in seen if one not in letters]
            replaced |= set(line.digits).difference(seen)
            where = zip(own, line.columns_at(own), strict=True)
            places |= {one.middle: (number, column) for one, column in where}
            kept |= dict.fromkeys(own)
            some = [one for one in own if one.is_digit and one not in names]
            names |= zip(some, line.named(some), strict=True)
        rest = [one for one in (*found.digits, *found.left_out) if one not in kept]
        put_right = replace(
            found,
            digits=tuple(sorted(names.values(), key=lambda one: -one.score)),
            marks=tuple(one for one in kept if not one.is_digit),
            left_out=tuple(one if one in replaced else letters.get(one, one) for one in rest),
        )
        new = frozenset(names[one] for one in {*names}.difference(found.digits, doubtful))
        return Along(put_right, places, lines, frozenset(replaced), new)

    def _seen(self, grey: Grey, digits: Sequence[Candidate]) -> list[SeenLine]:
        """Cut the lines out, and ask the network of each tile."""
        edges = np.array([digit.edges for digit in digits])
        laid = strips_of(edges, find_lines([digit.box for digit in digits]))
        picture = Halved(grey)
        tiles = [tile for strip, _ in laid for tile in strip.tiles(picture)]
        parts = (tiles[at : at + AT_ONCE] for at in range(0, len(tiles), AT_ONCE))
        said = np.concatenate([self._model.run(_pixels(part)) for part in parts])
        lines, at = [], 0
        for strip, members in laid:
            columns = columns_of(strip, said[at : at + len(strip.starts)])
            lines.append(SeenLine(strip, columns, [digits[member] for member in members]))
            at += len(strip.starts)
        return lines


def _letters(lines: Sequence[SeenLine], found: Found) -> dict[Candidate, Candidate]:
    """Return what the finder took for digits and is none, each as it is told then.

    It is not all that there is, and on a page of few digits nothing is.
    """
    letters = {one: replace(one, is_letter=True) for line in lines for one in line.letters()}
    return letters if OF_PAGE <= len(found.digits) > len(letters) else {}


def _pixels(tiles: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    return np.multiply(np.stack(tiles), np.float32(1 / 255), dtype=np.float32)
