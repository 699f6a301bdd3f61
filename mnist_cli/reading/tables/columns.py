"""What is odd in its column: 5557 below 70.34 and 19.41, 29/5 among 2915, two numbers among one.

Without a table, numbers that stand below each other are a column.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from mnist_cli.reading.tables.headings import HEADING
from mnist_cli.reading.tables.tables import CellRead, NumberRead, TableRead

SEVERAL = "several_numbers"
LEAST = 3  # numbers of a column with the same marks, or alone: two may be alike by chance
MOST = 0.75  # of those of a column that are long enough for them have these marks
MOST_SEVERAL = 0.5  # the same, where they are several: a date's points do not stand by chance
# Of a column, where one is alone in its cell. On drawn pictures of five people 6 sure cells of
# several numbers stood in such columns, each a number cut in two, and 20 right ones in others.
MOST_ALONE = 0.5
RIGHT = 0.1  # of the numbers with odd marks: 52 of 54 in 24 synthetic ledgers are wrong
ALIGNED = 0.5  # heights: numbers without a table whose edges are no farther apart are a column
POINTS = ".,'"  # marks between thousands
DECIMAL = re.compile(r"[+-]?(\d+)[.,]\d{1,2}")

Read = TypeVar("Read", CellRead, NumberRead)
Marks = frozenset[int]  # how many digits stand to the right of each


def with_odd_cells(tables: Iterable[TableRead]) -> tuple[TableRead, ...]:
    """Return tables whose cells are unsure where they hold what their column does not."""
    return tuple(
        table._replace(cells=tuple(_told(cell, odd) for cell in table.cells))
        for table in tables
        for odd in [odd_marks(table.cells) | odd_several(table.cells)]
    )


def odd_marks(cells: Iterable[CellRead]) -> dict[CellRead, str]:
    """Return the cells whose number has other marks than most numbers of their column.

    Returns:
        Of each the flag: `lacks_mark` where they have one, `odd_mark` where they have none.
    """
    single = (cell for cell in cells if SEVERAL not in cell.flags)
    return {cell: flag for column in _columns(single) for cell, flag in _odd(column)}


def with_odd_numbers(numbers: Sequence[NumberRead]) -> tuple[NumberRead, ...]:
    """Return numbers without a table, unsure where they lack a mark that others of a list have."""
    odd = {
        one
        for side in (0, 2)
        for column in _lists([one for one in numbers if not one.in_table], side)
        for one, flag in _odd(column)
        if flag == "lacks_mark"
    }
    return tuple(
        one._replace(unsure=True, confidence=round(one.confidence * RIGHT, 4))
        if one in odd
        else one
        for one in numbers
    )


def _lists(numbers: Sequence[NumberRead], side: int) -> Iterator[list[NumberRead]]:
    """Yield numbers below each other whose left edges, with 0, or right ones, with 2, align."""
    if len(numbers) <= LEAST:
        return
    order = sorted(numbers, key=lambda one: one.box[side])
    heights = sorted(one.box[3] - one.box[1] for one in numbers)
    apart = ALIGNED * heights[len(heights) // 2]
    begin = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or order[end].box[side] - order[end - 1].box[side] > apart:
            some = order[begin:end]
            if len({one.line for one in some}) == len(some):
                yield some
            begin = end


def odd_several(cells: Iterable[CellRead]) -> dict[CellRead, str]:
    """Return the cells of several numbers where most of their column hold one: one may be struck.

    Returns:
        Of each the flag that it has.
    """
    told: dict[CellRead, str] = {}
    for column in _columns(cells):
        several = [cell for cell in column if SEVERAL in cell.flags]
        alone = len(column) - len(several)
        if alone >= LEAST and alone > MOST_ALONE * len(column):
            told |= dict.fromkeys(several, SEVERAL)
    return told


def _columns(cells: Iterable[CellRead]) -> Iterable[list[CellRead]]:
    """Return the cells of each column that hold numbers, but for headings."""
    columns: dict[int, list[CellRead]] = {}
    for cell in cells:
        if cell.text and HEADING not in cell.flags:
            columns.setdefault(cell.column, []).append(cell)
    return columns.values()


def _told(cell: CellRead, odd: dict[CellRead, str]) -> CellRead:
    if cell not in odd:
        return cell
    flags = tuple(dict.fromkeys([*cell.flags, "unsure", odd[cell]]))
    right = 1.0 if odd[cell] == SEVERAL else RIGHT
    return cell._replace(flags=flags, confidence=round(cell.confidence * right, 4))


def _odd(column: Sequence[Read]) -> Iterator[tuple[Read, str]]:
    marks = {cell: _marks(cell.text) for cell in column}
    for usual, count in Counter(marks.values()).most_common():
        long = [cell for cell in marks if _count(cell.text) > max(usual, default=-1)]
        if not _are_most(count, long, len(usual)):
            continue
        whole = set() if usual else {_count(cell.text) for cell in marks if not marks[cell]}
        for cell in long:
            if marks[cell] < usual:
                yield cell, "lacks_mark"
            elif (
                marks[cell] - usual - _thousands(cell.text, usual)
                and not _are_both_dates(usual, marks[cell])
                and not _is_half(cell, whole)
            ):
                yield cell, "odd_mark"
        return
    for cell in _with_fewer(marks):
        yield cell, "lacks_mark"


def _are_most(count: int, long: Sequence[Read], marks: int) -> bool:
    """Tell whether enough of the numbers that are long enough for some marks have them."""
    return count >= max(LEAST, (MOST_SEVERAL if marks > 1 else MOST) * len(long))


def _are_both_dates(usual: Marks, marks: Marks) -> bool:
    """Tell whether there are as many marks, the last one at the same place: 23.1. and 12.11."""
    return len(usual) == len(marks) > 1 and min(usual) == min(marks)


def _with_fewer(marks: Mapping[Read, Marks]) -> Iterator[Read]:
    """Yield what has fewer marks than most of a column, wherever they stand: 775 below 8.5."""
    for usual, count in Counter(map(len, marks.values())).most_common():
        ends = (max(own) for own in marks.values() if len(own) == usual > 0)
        least = min(ends, default=-1)  # digits behind the first mark of the shortest one
        long = [cell for cell in marks if _count(cell.text) > least]
        if usual and _are_most(count, long, usual):
            yield from (cell for cell in long if len(marks[cell]) < usual)
            return


def _is_half(cell: Read, whole: set[int]) -> bool:
    """Tell whether a cell holds a decimal, as 7.5 among marks from 1 to 9.

    Args:
        cell: Whose marks are not those of its column.
        whole: How many digits the numbers of a column of whole ones have, and none of any other: if
            the point were a digit, or dust, it had as many.
    """
    decimal, count = DECIMAL.fullmatch(cell.text), _count(cell.text)
    return decimal is not None and len(decimal[1]) in whole and not {count, count + 1} & whole


def _thousands(text: str, usual: Marks) -> Marks:
    """Return where a text has marks that may stand between thousands: no slash is one."""
    units = min(usual, default=0)
    points = _marks("".join(sign for sign in text if sign.isdigit() or sign in POINTS))
    return frozenset(at for at in points if at > units and (at - units) % 3 == 0)


def _count(text: str) -> int:
    """Count the digits of a text."""
    return sum(character.isdigit() for character in text)


def _marks(text: str) -> Marks:
    """Return where the marks of a number are, but for its sign: {0, 2} of -19.03."""
    inner = text.lstrip("+-")
    return frozenset(_count(inner[at:]) for at, mark in enumerate(inner) if not mark.isdigit())
