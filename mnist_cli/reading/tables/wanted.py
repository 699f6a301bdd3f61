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
from mnist_cli.reading.tables.arrangement import Arrangement, Table
from mnist_cli.reading.tables.arranging import arranged, in_fields
from mnist_cli.reading.tables.column_rules import parted_by
from mnist_cli.reading.tables.grid import SOMETHING, Grid
from mnist_cli.reading.tables.grid_of_size import fitted
from mnist_cli.reading.tables.grids import given_grids
from mnist_cli.reading.tables.ruled_page import RuledPage, find_ruled

NOT_SEEN: Points = np.empty((0, 2))
FEW = 0.7  # of a page's digits: where its ruled tables hold fewer, they may be parts of one
PART = 0.5  # of a table's digits, that a part of it has whose cells alone are closed
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
        ruled: What is ruled on it; None where no table is looked for.
        grids: Its ruled tables, or the form's fields.
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
    ruled: RuledPage | None = None
    grids: tuple[Grid, ...] = ()

    @property
    def takes_spare(self) -> bool:
        """Whether unlikely digits may be needed: none where one is wanted alone."""
        return self.is_expected and self.layout != "single"


ANYTHING = Wanted()


def with_ruled(
    grey: Grey,
    look: Look,
    digits: Collection[Candidate],
    others: Collection[Candidate],
    wanted: Wanted,
) -> Wanted:
    """Return what is wanted of a page with what is ruled on it, where there may be a table.

    Args:
        grey: (H, W) uint8, upright.
        look: The finder's that tells ruled lines.
        digits: What is written on it.
        others: The same, that is no digit: marks and letters.
        wanted: What there may be on it.
    """
    if wanted.fields:
        nodes = [field.nodes * wanted.scale for field in wanted.fields]
        grids = given_grids(grey, nodes, median_height(digits), dark=wanted.dark)
        return wanted._replace(grids=tuple(grids))
    asked = wanted.layout == "table" or wanted.grid is not None
    if not asked and (wanted.layout != "auto" or len(digits) < OF_TABLE):
        return wanted
    ruled = find_ruled(grey, look, (*digits, *others), dark=wanted.dark)
    grids = ruled.tables()
    if wanted.grid:
        fitting = fitted(grids, list(digits), wanted.grid)
        grids = [fitting] if fitting else ruled.squares(wanted.grid)[:1]
    return wanted._replace(ruled=ruled, grids=tuple(grids))


def arranged_as(
    grey: Grey,
    cuts: Mapping[Candidate, Normalised],
    others: tuple[Sequence[Candidate], Sequence[Candidate]],
    wanted: Wanted,
) -> Arrangement:
    """Put digits, marks and what is doubtful in order: in tables, ruled or aligned, and lines.

    Args:
        grey: (H, W) uint8, upright.
        cuts: Its digits, as they were cut out.
        others: Its marks, and what may be a digit and was left out.
        wanted: What there may be on it, and is ruled.
    """
    of_page = list(cuts), *others
    if wanted.fields:
        return in_fields(*of_page, wanted.grids, [field.printed for field in wanted.fields])
    layout = "table" if wanted.grid else wanted.layout
    joined, gaps = (parted_by(wanted.ruled, one) for one in (wanted.joined, by_gap))
    made = arranged(*of_page, wanted.grids, layout, wanted.outline, joined)
    inside = sum(len(table.digits) for table in made.tables)
    if wanted.layout not in {"auto", "table"} or inside > FEW * len(cuts):
        return made
    # single digits in rows are no number, unless they stand in boxes
    boxes = [one for one in wanted.grids if one.rows == 1]
    by_gaps = arranged(_without_specks(cuts), *others, boxes, "auto", wanted.outline, gaps)
    for grids in aligned_grids(grey, by_gaps.lines, dark=wanted.dark, ruled=wanted.ruled):
        fitting = [one for one in grids if wanted.grid in {None, (one.rows, one.columns)}]
        if fitting:
            other = arranged(*of_page, fitting, "table", wanted.outline, joined)
            if all(_is_part(one, other.tables) for one in made.tables):
                return other
    return made


def _is_part(table: Table, others: Sequence[Table]) -> bool:
    """Tell whether a table is a part of another, which has more rows, columns and digits."""
    grid, digits = table.grid, table.digits
    return any(
        one.grid.rows > grid.rows
        and one.grid.columns > grid.columns
        and digits <= (whole := one.digits)
        and len(digits) <= PART * len(whole)
        for one in others
    )


def _without_specks(cuts: Mapping[Candidate, Normalised]) -> list[Candidate]:
    """Return the digits that are more than dust: a speck would make a row or column of its own."""
    heights = np.array([digit.box[3] - digit.box[1] for digit in cuts.values()])
    is_more = heights > SOMETHING * np.median(heights) if len(cuts) else ()
    return list(compress(cuts, is_more))
