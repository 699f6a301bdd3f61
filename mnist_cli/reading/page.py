"""A grey picture to the digits on it, each in MNIST's form."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.core.data.shapes import quantile
from mnist_cli.core.errors import PictureError, PictureTooCostlyError
from mnist_cli.core.finder_maps import channel, sigmoid
from mnist_cli.reading.candidates import Candidate, Found, Look, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.cutting import cut
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.alignment import Aligned
from mnist_cli.reading.known_marks import restricted
from mnist_cli.reading.line_network import Along
from mnist_cli.reading.normalise import SIDE, Box, Grey, Normalised, is_mnist
from mnist_cli.reading.numbers import Joined, Line
from mnist_cli.reading.tables.aligned import aligned_grids
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.arranging import arranged, in_fields
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grid_of_size import fitted
from mnist_cli.reading.tables.grids import find_grids, given_grids
from mnist_cli.reading.unread import beside_unread

if TYPE_CHECKING:  # it knows what is expected of a page
    from mnist_cli.reading.forms.forms import FormField

LOW_CONTRAST = 60  # grey levels of 255 between ink and paper
# Digits on a page, at most: with the start of the process they take about 4.5 s of one core. A page
# that may lie is looked at again.
MOST, MOST_LYING = 2_500, 1_000
MANY, ENOUGH = 400, 12  # digits: of so many on a page, so many in its middle tell how it lies
SIDES = 2  # that a page which may lie is looked at from, beside its own
OF_TABLE = 4  # digits on a picture: with fewer no table is looked for
BLANK = 12  # grey levels: where a hundredth of a picture does not differ more, nothing is on it


class BlankPictureError(PictureError):
    """Nothing is written on the picture."""

    code = "blank"

    def __init__(self) -> None:
        super().__init__("the picture is blank.", hint="Is the pen dark enough, the digit in it?")


class NoDigitsError(PictureError):
    """Something is on the picture, and no digit."""

    code = "no_digits"

    def __init__(self) -> None:
        super().__init__(
            "no digit was found on the picture.",
            hint="Is the writing dark, sharp and large enough, and whole in the picture?",
        )


class NoTableError(PictureError):
    """No table of the size that was asked for is on the picture."""

    code = "no_table"

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(
            f"no table that could be {rows}×{columns} was found on the picture.",
            hint="Is it whole in the picture, sharp, and ruled?",
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
    """

    normalised: Normalised
    candidate: Candidate | None = None
    line: int = 0
    number: int = 0
    usual_height: float = 0.0


@dataclass(frozen=True)
class LeftOut:
    """What the finder saw, and reading left out.

    Attributes:
        box: Left, top, right, bottom in pixels of the grey picture.
        symbol: What it looked like.
        score: How sure the finder was that something is there, in [0, 1].
        reason: `unlikely`; `a_mark`, which its line says that it is; `no_ink`; `another_digit`
            where one alone was asked for, or in a cell of a sudoku; `beside_table`, of print or
            beside a sudoku; `cut_off` with its table, beside a whole one; `outside_fields` of a
            form; `printed_on_form`.
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
        flags: What looks wrong: `low_contrast`, `several_digits`, `table_cut_off`, `no_table`; and
            `sudoku`, if it was read as one, with `beside_sudoku` where digits were left out.
        grey: (H, W) uint8, the picture as it was looked at, upright.
        arrangement: How the digits stand.
        found: What the finder said; None of an MNIST image, which is left as it is.
        aligned: How it was laid over its form; None where there is no form.
        beside_unread: Digits of lines beside a stroke as tall as they, that nothing read.
        doubted: Digits that a likely mark speaks against, which may not be written.
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
    beside_unread: frozenset[Candidate] = frozenset()
    doubted: frozenset[Candidate] = frozenset()

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


def find_page(
    grey: Grey,
    finder: Finder,
    invert: Invert = "auto",
    layout: Layout = "auto",
    turn: Turn = "auto",
    grid: tuple[int, int] | None = None,
    *,
    fields: Sequence["FormField"] = (),
    scale: float = 1.0,
    digits_only: bool = False,
    known_marks: str | None = None,
) -> Page:
    """Find the digits of a picture, and bring each to MNIST's form.

    Args:
        grey: (H, W) uint8 luminance, at least 4×4.
        finder: Finds them.
        invert: Whether ink is darker than paper: `yes`, `no`; `auto` looks, digit by digit.
        layout: How many digits there may be: `single`, a `line`, a `page`; a `table`, ruled or
            aligned; `auto` looks.
        turn: By how many degrees clockwise the picture is turned before it is read; `auto` looks.
        grid: Rows and columns of the table; None where they are to be found out.
        fields: Of a form that the picture lies over; then nothing else is read.
        scale: Pixels of the picture for each of the form's.
        digits_only: Whether numbers are of digits alone, without their marks.
        known_marks: The marks that may be written, where that is known.

    Raises:
        BlankPictureError: There is no ink.
        NoDigitsError: There is none of a digit.
    """
    if image := _mnist_image(grey, invert):
        return Page((image,), 0, (), (), 0, invert == "yes", (), grey)
    quarters, upright, found = _found(grey, finder, turn)
    along = Along(found) if layout == "single" else finder.lines.look(upright, found)
    found, doubted = along.found, frozenset[Candidate]()
    if known_marks is not None:
        found, doubted = restricted(found, known_marks)
    if layout == "single" and not found.digits:  # there is one, if that is said
        found = replace(found, digits=found.left_out, left_out=())
        check_cost(len(found.digits))
    cuts, contrasts = _cut(upright, found.digits, found.looks, invert)
    without = [
        left_out(one, "a_mark" if one in along.replaced else "unlikely") for one in found.left_out
    ]
    without += [left_out(digit, "no_ink") for digit in found.digits if digit not in cuts]
    flags = ["several_digits"] if layout == "single" and len(cuts) > 1 else []
    if flags:
        main = max(cuts, key=lambda digit: _importance(digit, upright.shape))
        without += [left_out(digit, "another_digit") for digit in cuts if digit is not main]
        cuts = {main: cuts[main]}
    if contrasts and abs(float(np.median(contrasts))) < LOW_CONTRAST:
        flags.append("low_contrast")
    inverted = float(np.sum(contrasts)) >= 0
    wanted = _Wanted(layout, grid, fields, scale, inverted, along.joined)
    grids = _grids(upright, found.looks[0], cuts, wanted)
    arrangement = _arranged(upright, (list(cuts), found.marks, found.left_out), grids, wanted)
    if unread := arrangement.unread(found.left_out):
        cuts |= _cut(upright, unread, found.looks, invert)[0]
        gone = {digit.box for digit in cuts}
        without = [one for one in without if one.box not in gone]
        arrangement = _arranged(upright, (list(cuts), found.marks, found.left_out), grids, wanted)
    beside = _beside_unread(upright, found, arrangement, dark=inverted)
    if digits_only:
        beside |= arrangement.beside_doubtful_strokes
        arrangement = arrangement.without_marks()
    without += _not_arranged(arrangement, "outside_fields" if fields else "beside_table")
    flags += _of_tables(arrangement, layout)
    takes = tuple(_takes(arrangement, cuts))
    if not takes and _is_blank(grey):
        raise BlankPictureError
    wholes = _as_it_is(grey, invert) if len(takes) < 2 else ()
    if not takes and not wholes and not arrangement.tables:  # an empty table is an answer
        raise NoDigitsError
    every = (*takes, *wholes)
    return Page(
        *(every, len(wholes), found.marks, tuple(without), quarters, inverted),
        *(tuple(flags), upright, arrangement, found),
        beside_unread=beside,
        doubted=doubted,
    )


def _not_arranged(arrangement: Arrangement, beside: str) -> Iterator[LeftOut]:
    """Yield the digits that stand in no line, each with the reason; `beside` is that of those."""
    reasons = (
        (beside, arrangement.beside),
        ("printed_on_form", arrangement.printed),
        ("cut_off", arrangement.cut_off),
    )
    return (left_out(digit, reason) for reason, digits in reasons for digit in digits)


def _of_tables(arrangement: Arrangement, layout: Layout) -> list[str]:
    """Return the picture's flags that tell of tables."""
    flags = ["table_cut_off"] if arrangement.cut_off else []
    return [*flags, "no_table"] if layout == "table" and not arrangement.tables else flags


def _beside_unread(
    grey: Grey, found: Found, arrangement: Arrangement, *, dark: bool
) -> frozenset[Candidate]:
    """Return the digits that stand beside a stroke that nothing read; in tables, cells tell it."""
    in_tables = arrangement.in_tables
    loose = [
        tuple(number for number in line if number not in in_tables) for line in arrangement.lines
    ]
    return beside_unread(grey, found.looks[0], loose, found.marks, dark=dark)


def _cut(
    grey: Grey, digits: Sequence[Candidate], looks: Sequence[Look], invert: Invert
) -> tuple[dict[Candidate, Normalised], list[float]]:
    """Cut digits out: those that have ink, and by how many grey levels it differs from paper."""
    made = [(digit, cut(grey, digit, looks, invert)) for digit in digits]
    there = {digit: one[0] for digit, one in made if one}
    return there, [one[1] for _, one in made if one]


def _found(grey: Grey, finder: Finder, turn: Turn) -> tuple[int, Grey, Found]:
    """Return by how many quarters clockwise a page is turned, the page, what is seen on it."""
    quarters = 0 if turn == "auto" else turn // 90
    upright = np.ascontiguousarray(np.rot90(grey, -quarters))
    found = finder.find(upright)
    may_lie = turn == "auto" and found.may_lie
    check_cost(len(found.digits), MOST_LYING if may_lie else MOST)
    return _stood_up(upright, finder, found) if may_lie else (quarters, upright, found)


def check_cost(count: int, most: int = MOST) -> None:
    """Refuse a page of more digits than are read in a few seconds.

    Raises:
        PictureTooCostlyError: It has more than `most`.
    """
    if count > most:
        raise PictureTooCostlyError(
            f"the picture would take too long: {count:,} digits, over {most:,}.",
            hint="Cut it into several pictures.",
        )


def _stood_up(grey: Grey, finder: Finder, found: Found) -> tuple[int, Grey, Found]:
    """Look at a page from other sides too, and take one where clearly more digits stand.

    Returns:
        By how many quarters it was turned clockwise, the page, and what the finder sees on it.
    """
    if len(found.digits) <= MANY:
        return _best_side(grey, finder, found)
    high, wide = (3 * extent // 8 for extent in grey.shape)
    middle = grey[high:-high, wide:-wide]
    seen = finder.find(middle)
    if len(seen.digits) < ENOUGH:  # it is no such page
        return _best_side(grey, finder, found)
    quarters = _best_side(middle, finder, seen)[0]
    if not quarters:
        return 0, grey, found
    upright = np.ascontiguousarray(np.rot90(grey, -quarters))
    return quarters, upright, finder.find(upright)


def _best_side(grey: Grey, finder: Finder, found: Found) -> tuple[int, Grey, Found]:
    """Look at a page from the likeliest other sides too; returns as `_stood_up`."""
    best = 0, grey, found
    least = CONFIG.turned * found.standing
    for quarters in found.likely_turns[:SIDES]:
        turned = np.ascontiguousarray(np.rot90(grey, -quarters))
        seen = finder.find(turned)
        if len(seen.digits) > 2 and seen.standing > max(least, best[2].standing):
            best = quarters, turned, seen
    return best


class _Wanted(NamedTuple):
    """What tables there may be: as of `find_page`; whether ink is darker than paper, and joined."""

    layout: Layout
    grid: tuple[int, int] | None
    fields: Sequence["FormField"]
    scale: float
    dark: bool
    joined: Joined


def _grids(grey: Grey, look: Look, digits: Collection[Candidate], wanted: _Wanted) -> list[Grid]:
    """Return the fields of a form, or find ruled tables where there may be some."""
    height = median_height(digits)
    if wanted.fields:
        nodes = [field.nodes * wanted.scale for field in wanted.fields]
        return given_grids(grey, nodes, height, dark=wanted.dark)
    asked = wanted.layout == "table" or wanted.grid is not None
    if not asked and (wanted.layout != "auto" or len(digits) < OF_TABLE):
        return []
    grids = find_grids(grey, look, height, dark=wanted.dark)
    if not wanted.grid:
        return grids
    fitting = fitted(grids, list(digits), wanted.grid)
    return [fitting] if fitting else []


def _arranged(
    grey: Grey,
    of_page: tuple[Sequence[Candidate], Sequence[Candidate], Sequence[Candidate]],
    grids: Sequence[Grid],
    wanted: _Wanted,
) -> Arrangement:
    """Put digits, marks and what is doubtful in order: in tables, ruled or aligned, and lines."""
    if wanted.fields:
        return in_fields(*of_page, grids, [field.printed for field in wanted.fields])
    layout = "table" if wanted.grid else wanted.layout
    made = arranged(*of_page, grids, layout, grey.shape, wanted.joined)
    if made.tables or wanted.layout not in {"auto", "table"}:
        return made
    size = wanted.grid
    by_gaps = arranged(*of_page, grids, layout, grey.shape)  # single digits in rows are no number
    aligned = [
        one
        for one in aligned_grids(grey, by_gaps.lines, dark=wanted.dark)
        if size in {None, (one.rows, one.columns)}
    ]
    return arranged(*of_page, aligned, "table", grey.shape, wanted.joined) if aligned else made


def _takes(arrangement: Arrangement, cuts: Mapping[Candidate, Normalised]) -> Iterator[Take]:
    """Yield the digits in the order in which they are read."""
    digits = [one for line in arrangement.lines for number in line for one in number]
    usual = median_height(one for one in digits if one.is_digit)
    takes = {one: Take(cut_out, one, usual_height=usual) for one, cut_out in cuts.items()}
    return placed(arrangement.lines, takes)


def placed(lines: Sequence[Line], takes: Mapping[Candidate, Take]) -> Iterator[Take]:
    """Yield the digits of lines, each with its line and its number on the page."""
    count = 0
    for line_number, line in enumerate(lines):
        for number in line:
            for one in number:
                if one.is_digit:
                    yield replace(takes[one], line=line_number, number=count)
            count += 1


def _mnist_image(grey: Grey, invert: Invert) -> Take | None:
    """Return a picture that is an MNIST image already, as it is."""
    return next((take for take in _as_it_is(grey, invert) if is_mnist(take.normalised.image)), None)


def _as_it_is(grey: Grey, invert: Invert) -> tuple[Take, ...]:
    """Return a picture of 28×28 as it is, in each polarity that it may have."""
    if grey.shape != (SIDE, SIDE):
        return ()
    box = 0, 0, SIDE, SIDE
    polarities = {"no": (False,), "yes": (True,), "auto": (False, True)}[invert]
    images = [255 - grey if inverted else grey for inverted in polarities]
    return tuple(Take(Normalised(image, box, (), image)) for image in images)


def _importance(candidate: Candidate, shape: tuple[int, ...]) -> float:
    """Say how much speaks for this being what the picture is of: sure, large, in the middle."""
    left, top, right, bottom = candidate.edges
    across, down = (left + right) / shape[1] - 1, (top + bottom) / shape[0] - 1
    return candidate.score * candidate.height * float(np.exp(-(across**2 + down**2)))


def left_out(candidate: Candidate, reason: str) -> LeftOut:
    """Return what is told of a digit that is left out."""
    return LeftOut(candidate.box, candidate.symbol, round(candidate.score, 4), reason)


def _is_blank(grey: Grey) -> bool:
    return quantile(grey, 0.99) - quantile(grey, 0.01) < BLANK
