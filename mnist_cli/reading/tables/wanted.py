"""What tables are wanted of a page: found, and the page put in order by them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.reading.candidates import Candidate, Look, median_height
from mnist_cli.reading.forms.forms import FormField
from mnist_cli.reading.normalise import Grey, Normalised
from mnist_cli.reading.numbers import Joined, by_gap
from mnist_cli.reading.outline import Points
from mnist_cli.reading.tables.aligned import aligned_grids
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.arranging import arranged, in_fields
from mnist_cli.reading.tables.grid import SOMETHING, Grid
from mnist_cli.reading.tables.grid_of_size import fitted
from mnist_cli.reading.tables.grids import find_grids, given_grids

NOT_SEEN: Points = np.empty((0, 2))
OF_TABLE = 4  # digits on a picture: with fewer no table is looked for


class Wanted(NamedTuple):
    """What there may be on a page; and, once it was looked at, what was seen of that.

    Attributes:
        invert: Whether ink is darker than paper: `yes`, `no`; `auto` looks, digit by digit.
        layout: How many digits there may be: `single`, a `line`, a `page`; a `table`, ruled or
            aligned; `auto` looks.
        turn: By how many degrees clockwise the picture is turned before it is read; `auto` looks.
        grid: Rows and columns of the table; None where they are to be found out.
        fields: Of a form that the picture lies over; then nothing else is read.
        scale: Pixels of the picture for each of the form's.
        digits_only: Whether numbers are of digits alone, without their marks.
        known_marks: The marks that may be written, where that is known.
        is_expected: Whether it is known what is written: digits that the finder held for unlikely
            are cut out too, then, for that to decide.
        straighten: Whether a page that lies askew is straightened.
        outline: (4, 2) corners of the picture, clockwise, on the page as it is read.
        dark: Whether ink is darker than paper.
        joined: Tells how likely two neighbours are of one number.
    """

    invert: Invert = "auto"
    layout: Layout = "auto"
    turn: Turn = "auto"
    grid: tuple[int, int] | None = None
    fields: Sequence[FormField] = ()
    scale: float = 1.0
    digits_only: bool = False
    known_marks: str | None = None
    is_expected: bool = False
    straighten: bool = True
    outline: Points = NOT_SEEN
    dark: bool = True
    joined: Joined = by_gap

    @property
    def takes_spare(self) -> bool:
        """Whether unlikely digits may be needed: none where one is wanted alone."""
        return self.is_expected and self.layout != "single"


ANYTHING = Wanted()


def grids_wanted(
    grey: Grey,
    look: Look,
    digits: Collection[Candidate],
    others: Collection[Candidate],
    wanted: Wanted,
) -> list[Grid]:
    """Return the fields of a form, or find ruled tables where there may be some.

    Args:
        grey: (H, W) uint8, upright.
        look: The finder's that tells ruled lines.
        digits: What is written on it.
        others: The same, that is no digit: marks and letters.
        wanted: What there may be on it.
    """
    if wanted.fields:
        nodes = [field.nodes * wanted.scale for field in wanted.fields]
        return given_grids(grey, nodes, median_height(digits), dark=wanted.dark)
    asked = wanted.layout == "table" or wanted.grid is not None
    if not asked and (wanted.layout != "auto" or len(digits) < OF_TABLE):
        return []
    grids = find_grids(grey, look, (*digits, *others), dark=wanted.dark)
    if not wanted.grid:
        return grids
    fitting = fitted(grids, list(digits), wanted.grid)
    return [fitting] if fitting else []


def arranged_as(
    grey: Grey,
    cuts: Mapping[Candidate, Normalised],
    others: tuple[Sequence[Candidate], Sequence[Candidate]],
    grids: Sequence[Grid],
    wanted: Wanted,
) -> Arrangement:
    """Put digits, marks and what is doubtful in order: in tables, ruled or aligned, and lines.

    Args:
        grey: (H, W) uint8, upright.
        cuts: Its digits, as they were cut out.
        others: Its marks, and what may be a digit and was left out.
        grids: Ruled tables, or a form's fields.
        wanted: What there may be on it.
    """
    of_page = list(cuts), *others
    if wanted.fields:
        return in_fields(*of_page, grids, [field.printed for field in wanted.fields])
    layout = "table" if wanted.grid else wanted.layout
    made = arranged(*of_page, grids, layout, wanted.outline, wanted.joined)
    if made.tables or wanted.layout not in {"auto", "table"}:
        return made
    size = wanted.grid
    # single digits in rows are no number
    by_gaps = arranged(_without_specks(cuts), *others, grids, layout, wanted.outline)
    aligned = [
        one
        for one in aligned_grids(grey, by_gaps.lines, dark=wanted.dark)
        if size in {None, (one.rows, one.columns)}
    ]
    return arranged(*of_page, aligned, "table", wanted.outline, wanted.joined) if aligned else made


def _without_specks(cuts: Mapping[Candidate, Normalised]) -> list[Candidate]:
    """Return the digits that are more than dust: a speck would make a row or column of its own."""
    heights = np.array([digit.box[3] - digit.box[1] for digit in cuts.values()])
    is_more = heights > SOMETHING * np.median(heights) if len(cuts) else ()
    return list(compress(cuts, is_more))
