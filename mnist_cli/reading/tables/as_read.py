"""What is told of numbers and tables, by how they stand and what each digit was read as."""

import math
from collections.abc import Collection, Mapping, Sequence

from mnist_cli.reading.candidates import Candidate, median_height
from mnist_cli.reading.numbers import Number, doubtful_marks, text_of
from mnist_cli.reading.output.results import Digit, Place
from mnist_cli.reading.tables.arrangement import Cell, Table
from mnist_cli.reading.tables.tables import (
    CellRead,
    Corners,
    NumberRead,
    TableRead,
    least_of_whole,
)

Digits = Mapping[Candidate, Digit]
UNREAD = 0.15  # of what has an unread stroke beside it, is right: 39 of 261 cells of MNIST digits
# Times that a cell's number is as high as another. Of two that one hand wrote on synthetic pages
# 0.4 % differ by more, three times as many at 1.4.
MUCH_HIGHER = 1.6
# flags of cells that are unsure for it alone
DOUBTS = frozenset({"between_cells", "cut_off", "unread_ink"})
# flags of digits that their cell gets too
FROM_DIGITS = "not_a_digit", "crossed_out", "lies", "unexpected", "contradicts"


def alone(digit: Digit) -> NumberRead:
    """Return what is told of a number of one digit."""
    text, doubtful = digit.names[0], "?" if digit.unsure else digit.names[0]
    told = digit.confidence, digit.unsure, digit.line
    return NumberRead(text, digit.box, *told, doubtful, in_table=False)


def number_read(
    number: Number, line: int, digits: Digits, place: Place, *, in_table: bool
) -> NumberRead:
    """Return what is told of a number.

    Args:
        number: Its digits, and marks as far as they are wanted.
        line: Which it stands on.
        digits: What each digit was read as.
        place: Where the picture lies that was read.
        in_table: Whether it stands in a table.
    """
    own = [digits[one] for one in number if one.is_digit]
    boxes = [digit.box for digit in own]
    boxes += [place.box(one.box) for one in number if not one.is_digit]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    text, doubtful = _texts([number], digits)
    return NumberRead(
        text=text,
        box=(min(lefts), min(tops), max(rights), max(bottoms)),
        confidence=_confidence(own, 0.0, _flags_of(own)),
        unsure=any(digit.unsure for digit in own) or bool(doubtful_marks(number)),
        line=line,
        doubtful_text=doubtful,
        in_table=in_table,
    )


def table_read(
    table: Table,
    digits: Digits,
    place: Place,
    min_confidence: float,
    doubted: Collection[Number],
) -> TableRead:
    """Return what is told of a table.

    Unsure are cells with a number that is hardly right whole, or that is doubted.
    """
    every = table.grid.corners_of([cell.area for cell in table.cells])
    return TableRead(
        place.corners(table.grid.corners()),
        table.grid.rows,
        table.grid.columns,
        tuple(
            _cell(cell, place.corners(corners), digits, min_confidence, doubted)
            for cell, corners in zip(table.cells, every, strict=True)
        ),
    )


def _cell(
    cell: Cell,
    corners: Corners,
    digits: Digits,
    min_confidence: float,
    doubted: Collection[Number],
) -> CellRead:
    own = [digits[one] for number in cell.numbers for one in number if one.is_digit]
    flags, told = list(cell.flags), _flags_of(own)
    unsure = any(digit.unsure for digit in own) or any(map(doubtful_marks, cell.numbers))
    least = least_of_whole(min_confidence)
    unsure |= any(_whole(one, digits) < least or one in doubted for one in cell.numbers)
    may_be_two = {"merged", "several_numbers"} <= set(flags) or _are_unlike(cell.numbers)
    if unsure or may_be_two or cell.doubt or DOUBTS & set(flags):
        flags.append("unsure")
    flags += [flag for flag in FROM_DIGITS if flag in told]
    text, doubtful = _texts(cell.numbers, digits)
    return CellRead(
        row=cell.area.rows[0] + 1,
        column=cell.area.columns[0] + 1,
        text=text,
        doubtful_text=doubtful,
        confidence=_confidence(own, cell.doubt, {*told, *flags}),
        box=corners,
        flags=tuple(flags),
        is_print=sum(digit.printed for digit in own) > len(own) / 2,
    )


def _whole(number: Number, digits: Digits) -> float:
    """Return how likely all of several digits of a number are right; 1 of one: it tells itself."""
    own = [digits[one].confidence for one in number if one.is_digit]
    return math.prod(own) if len(own) > 1 else 1.0


def _are_unlike(numbers: Sequence[Number]) -> bool:
    """Tell whether numbers of a cell differ much in height: one may be a clue that is printed."""
    heights = [median_height(one for one in number if one.is_digit) for number in numbers]
    return bool(heights) and max(heights) > MUCH_HIGHER * min(heights)


def _texts(numbers: Sequence[Number], digits: Digits) -> tuple[str, str]:
    """Return the text of numbers, and the same with `?` for each sign that is unsure."""
    names = {one: digits[one].names[0] for number in numbers for one in number if one.is_digit}
    doubtful = {one: "?" if digits[one].unsure else name for one, name in names.items()}
    doubtful |= {one: "?" for number in numbers for one in doubtful_marks(number)}
    text, other = (
        " ".join(text_of(number, some) for number in numbers) for some in (names, doubtful)
    )
    return text, other


def _flags_of(digits: Sequence[Digit]) -> set[str]:
    return {flag for digit in digits for flag in digit.flags}


def _confidence(digits: Sequence[Digit], doubt: float, flags: set[str]) -> float:
    """Return how likely all digits of a cell are right, or that there are none."""
    whole = math.prod(digit.confidence for digit in digits) if digits else 1 - doubt
    return round(whole * UNREAD if "unread_ink" in flags else whole, 4)
