"""The digits of a picture as they were found, and why others were not taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from mnist_cli.core.errors import PictureError
from mnist_cli.core.finder_maps import channel, sigmoid
from mnist_cli.reading.candidates import Candidate, Found
from mnist_cli.reading.forms.alignment import Aligned
from mnist_cli.reading.neighbours import ALONE, Neighbours
from mnist_cli.reading.normalise import Box, Grey, Normalised
from mnist_cli.reading.numbers import Line, Number
from mnist_cli.reading.outline import Points, outline_of
from mnist_cli.reading.skew import Straightened
from mnist_cli.reading.tables.arrangement import Arrangement


class BlankPictureError(PictureError, code="blank"):
    """Nothing is written on the picture."""

    def __init__(self) -> None:
        super().__init__("the picture is blank.", hint="Is the pen dark enough, the digit in it?")


class NoDigitsError(PictureError, code="no_digits"):
    """Something is on the picture, and no digit."""

    def __init__(self) -> None:
        super().__init__(
            "no digit was found on the picture.",
            hint="Is the writing dark, sharp and large enough, and whole in the picture?",
        )


class NoTableError(PictureError, code="no_table"):
    """No table of the size that was asked for is on the picture."""

    def __init__(self, rows: int, columns: int, *, is_sudoku: bool = False) -> None:
        asked = "this form" if is_sudoku else "a size (grid)"
        count = "" if is_sudoku else " Did you count all of its rows, also a heading of words?"
        super().__init__(
            f"no table that could be {rows}×{columns} was found on the picture.",
            hint=f"Is it whole in the picture, sharp, and ruled?{count} Read without {asked}, it"
            " has the rows and columns that are seen.",
        )


@dataclass(frozen=True, eq=False)
class Take:
    """A digit that waits for its answer.

    Attributes:
        normalised: As the classifier sees it.
        candidate: As the finder saw it; None of an image that is taken as it is.
        line: The line that it stands on, from 0.
        number: The number of the page that it belongs to, from 0.
        usual_height: The median height of the page's digits, in pixels.
        neighbours: What stands next to it.
    """

    normalised: Normalised
    candidate: Candidate | None = None
    line: int = 0
    number: int = 0
    usual_height: float = 0.0
    neighbours: Neighbours = ALONE


@dataclass(frozen=True)
class LeftOut:
    """What the finder saw, and reading left out.

    Attributes:
        box: Left, top, right, bottom in pixels of the grey picture.
        symbol: What it looked like.
        score: How sure the finder was that something is there, in [0, 1].
        reason: `unlikely`; `hardly_a_digit`, at a number's end; `a_letter` or `a_mark`, which its
            line says that it is; `no_ink` of its own; `another_digit` where one alone was asked
            for, or in a cell of a sudoku; `beside_table`, of print or beside a sudoku; `cut_off`
            with its table, beside a whole one; `outside_fields` of a form; `printed_on_form`.
    """

    box: Box
    symbol: str
    score: float
    reason: str

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        return asdict(self) | {"box": list(self.box)}


@dataclass(frozen=True, eq=False)
class Page:
    """The digits of a picture, and how they were found.

    Attributes:
        takes: The digits in the order in which they are read; of a picture of 28×28 pixels also
            what it is as a whole, after them.
        as_it_is: How many of `takes`, the last ones, are the whole picture, for the classifier to
            choose from.
        marks: The marks that numbers are written with.
        left_out: What is no digit, or not asked for.
        turned: By how many quarters clockwise the picture was turned to stand upright.
        inverted: Whether the ink was darker than the paper.
        flags: What looks wrong: `low_contrast`, `several_digits`, `table_cut_off`, `no_table`,
            `beside_table` where print was left out there; and `sudoku`, if it was read as one, with
            `beside_sudoku` where digits were left out.
        grey: (H, W) uint8, the picture as it was looked at, upright.
        arrangement: How the digits stand.
        found: What the finder said; None of an MNIST image, which is left as it is.
        aligned: How it was laid over its form; None where there is no form.
        straightened: How it was straightened after it was turned; None if it did not lie askew.
        beside_unread: Digits of lines beside a stroke as tall as they, that nothing read.
        crossed_out: Digits that a stroke runs through, from one to the next.
        unlikely: Digits that the finder did not see, or held for unlikely and there is no other.
        doubted: Digits that a likely mark speaks against, which may not be written.
        spare: Digits that the finder held for unlikely, in numbers of `arrangement`: they count
            where what is expected needs them.
        shortened: Numbers that lost what is hardly a digit.
    """

    takes: tuple[Take, ...]
    as_it_is: int
    marks: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    turned: int
    inverted: bool
    flags: tuple[str, ...]
    grey: Grey
    arrangement: Arrangement = field(default_factory=Arrangement)
    found: Found | None = None
    aligned: Aligned | None = None
    straightened: Straightened | None = None
    beside_unread: frozenset[Candidate] = frozenset()
    crossed_out: frozenset[Candidate] = frozenset()
    unlikely: frozenset[Candidate] = frozenset()
    doubted: frozenset[Candidate] = frozenset()
    spare: frozenset[Candidate] = frozenset()
    shortened: frozenset[Number] = frozenset()

    @property
    def outline(self) -> Points:
        """The picture's corners, (4, 2), clockwise, in pixels of `grey`."""
        if self.straightened:
            return self.straightened.outline
        return outline_of(self.grey.shape)

    @property
    def stages(self) -> dict[str, Grey]:
        """Name and picture of each step, in order, for a person to look at."""
        stages = {"grey": self.grey}
        if self.found:
            finest = self.found.looks[0]
            height, width = self.grey.shape
            inked = finest.told("ink", (0, 0, width, height), (height, width))
            heat = sigmoid(finest.maps[..., channel("digit").start])
            stages["digits"] = np.rint(cv2.resize(heat, None, fx=4, fy=4) * 255).astype(np.uint8)
            stages["ink"] = np.rint(inked * 255).astype(np.uint8)
        return stages


def placed(lines: Sequence[Line], takes: Mapping[Candidate, Take]) -> Iterator[Take]:
    """Yield the digits of lines, each with its line and its number on the page."""
    count = 0
    for line_number, line in enumerate(lines):
        for number in line:
            for one in number:
                if one.is_digit:
                    yield replace(takes[one], line=line_number, number=count)
            count += 1


def left_out(candidate: Candidate, reason: str) -> LeftOut:
    """Return what is told of a digit that is left out."""
    return LeftOut(candidate.box, candidate.symbol, round(candidate.score, 4), reason)
