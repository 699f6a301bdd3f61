"""Where a table's sums fail or can't be checked, and what would make one right."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.tables.amounts import value_of, with_decimals
from mnist_cli.reading.tables.checks import Check
from mnist_cli.reading.tables.headings import BARE, HEADING
from mnist_cli.reading.tables.tables import CellRead, TableRead, digits_in

FAILED = "sum_fails"
NO_TABLE = "no table has these rows or columns"
NO_NUMBER = "no number was read there"


class Failure(NamedTuple):
    """A row or column whose sum is not what was read, or that can't be checked.

    Attributes:
        table: Which table of the page, from 1; 0 where none has what the check is of.
        where: `row 3`, `column 2`; empty where there is no such table.
        check: As it was given.
        expected: What the cells come to; empty where it can't be checked.
        written: What was read in the cell of the sum.
        suggestion: The one other reading that would make it right, with another answer for an
            unsure digit, or with the decimal mark of the others; empty if there is none.
        reason: Why it can't be checked; empty where the sum fails.
        cells: Row and column, from 1, of each cell that is to be looked at.
    """

    table: int
    where: str
    check: str
    expected: str = ""
    written: str = ""
    suggestion: str = ""
    reason: str = ""
    cells: tuple[tuple[int, int], ...] = ()

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        return self._asdict() | {"cells": [list(place) for place in self.cells]}


def failures(
    tables: Sequence[TableRead], checks: Sequence[Check], digits: Sequence[Digit]
) -> list[Failure]:
    """Return where sums are not what was read, or can't be checked; an empty line is left alone.

    A check is of the tables that have its rows or columns; where none has, or none has cells for
    numbers and their sum there, that is told.
    """
    found = []
    for check in checks:
        own = [(at, one) for at, one in enumerate(tables, 1) if check.fits(one.rows, one.columns)]
        told = [one for number, table in own for one in _failures(table, number, check, digits)]
        if not own:
            told = [Failure(0, "", check.text, reason=NO_TABLE)]
        elif not told and not any(_has_sums(table, check) for _, table in own):
            reason = f"no {check.kind} has cells for numbers and one for their sum"
            told = [Failure(0, "", check.text, reason=reason)]
        found += told
    return sorted(found, key=lambda failure: failure.table)


def _failures(
    table: TableRead, number: int, check: Check, digits: Sequence[Digit]
) -> Iterator[Failure]:
    for line, own in enumerate(_lines(table, check), 1):
        told = Failure(number, f"{check.kind} {line}", check.text)
        if failure := _failure(told, check, own, digits):
            yield failure


def _lines(table: TableRead, check: Check) -> Iterator[dict[int, CellRead | None]]:
    """Yield what a check needs of each row, or column: its cells by their place in it."""
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    for line in range(1, (table.columns if check.down else table.rows) + 1):
        yield {at: cells.get((at, line) if check.down else (line, at)) for at in _places(check)}


def _has_sums(table: TableRead, check: Check) -> bool:
    """Tell whether some row, or column, has cells without the form's print for numbers and sum."""
    for own in _lines(table, check):
        open_ones = {at for at, cell in own.items() if cell and "printed" not in cell.flags}
        if check.total in open_ones and len(open_ones) > 1:
            return True
    return False


def marked(tables: Sequence[TableRead], failed: Sequence[Failure]) -> tuple[TableRead, ...]:
    """Return tables whose cells to be looked at are unsure; those of sums that fail are flagged."""
    return tuple(
        _marked(table, [one for one in failed if one.table == number])
        for number, table in enumerate(tables, 1)
    )


def _marked(table: TableRead, failed: Sequence[Failure]) -> TableRead:
    told: dict[tuple[int, int], list[str]] = {}
    for failure in failed:
        for place in failure.cells:
            told.setdefault(place, []).extend(["unsure"] if failure.reason else ["unsure", FAILED])
    cells = (
        cell._replace(flags=tuple(dict.fromkeys((*cell.flags, *flags))))
        if (flags := told.get((cell.row, cell.column)))
        else cell
        for cell in table.cells
    )
    return table._replace(cells=tuple(cells))


def _places(check: Check) -> list[int]:
    return [*range(check.first, check.last + 1), check.total]


def _failure(
    told: Failure,
    check: Check,
    cells: Mapping[int, CellRead | None],
    digits: Sequence[Digit],
) -> Failure | None:
    """Return what is wrong with a line, added to what is told of it; None if nothing is."""
    texts = {at: cell.text if cell else "" for at, cell in cells.items()}
    unread = {at: cell for at, cell in cells.items() if cell and _is_unread(cell)}
    if all(cell is None or _is_bare(cell) for cell in cells.values()):
        return None
    if _has_no_sum(check, cells):
        return None
    if not any(text for at, text in texts.items() if at not in unread):
        return told._replace(reason=NO_NUMBER)
    if _is_right(check, texts):
        return None
    suggestion = _suggestion(check, cells, digits) if all(texts[at] for at in unread) else ""
    odd = {
        at: cell
        for at, cell in cells.items()
        if cell and at not in {check.total, *unread} and _is_no_number(cell)
    }
    if (unread or odd) and not suggestion:
        return told._replace(
            reason=f"{told.where}, {_reason('row' if check.down else 'column', unread, odd)}",
            cells=tuple((cell.row, cell.column) for cell in (unread | odd).values()),
        )
    expected = _sum(check, texts)
    return told._replace(
        expected="" if expected is None else str(expected),
        written=texts[check.total],
        suggestion=suggestion,
        cells=tuple((cell.row, cell.column) for cell in cells.values() if cell),
    )


def _has_no_sum(check: Check, cells: Mapping[int, CellRead | None]) -> bool:
    """Tell whether a line is not meant to have a sum: its form has print there, or it is all print.

    An empty cell below numbers by hand may be a sum that was forgotten.
    """
    total = cells[check.total]
    if total and "printed" in total.flags:
        return True
    is_empty = total is None or "empty" in total.flags
    return is_empty and all(
        cell is None or cell.is_print or _is_bare(cell) for cell in cells.values()
    )


def _reason(kind: str, unread: Mapping[int, CellRead], odd: Mapping[int, CellRead]) -> str:
    """Say of which cells of a line nothing was read, and what was of those that are no number."""
    said = []
    if unread:
        said.append(f"{_named(kind, unread, 'was', 'were')} not read")
    if odd:
        texts = " ".join(cell.text for cell in odd.values())
        said.append(f"{_named(kind, odd, 'is', 'are')} no number: {texts}")
    return ", and ".join(said)


def _named(kind: str, places: Mapping[int, CellRead], one: str, several: str) -> str:
    """Return `column 3 was`, or `columns 3, 4 were`."""
    at = ", ".join(map(str, places))
    return f"{kind} {at} {one}" if len(places) == 1 else f"{kind}s {at} {several}"


def _is_bare(cell: CellRead) -> bool:
    """Tell whether a cell has nothing to add up: no ink, or a word or print in a heading."""
    is_number = cell.text and not cell.is_print and "not_a_digit" not in cell.flags
    return bool(BARE & set(cell.flags)) or (HEADING in cell.flags and not is_number)


def _is_unread(cell: CellRead) -> bool:
    """Tell whether a cell has ink of its own that was read as nothing, or that looks like none."""
    return "not_a_digit" in cell.flags or not (cell.text or BARE & set(cell.flags))


def _is_no_number(cell: CellRead) -> bool:
    """Tell whether a text can't be added up, also as it may begin with a mark that is no sign."""
    text = cell.text
    may_be_none = cell.doubtful_text.startswith("?") and text[:1] not in "+-0123456789"
    return bool(text) and (may_be_none or value_of(text) is None)


def _suggestion(check: Check, cells: Mapping[int, CellRead | None], digits: Sequence[Digit]) -> str:
    """Return the only other reading of one cell with which the sum is right."""
    texts = {at: cell.text if (cell := cells[at]) else "" for at in _places(check)}
    found = [
        f"{'row' if check.down else 'column'} {at}: {other}"
        for at, cell in cells.items()
        if cell
        for other in _others(cell, texts, digits)
        if _is_right(check, texts | {at: other})
    ]
    return found[0] if len(found) == 1 else ""


def _others(cell: CellRead, texts: Mapping[int, str], digits: Sequence[Digit]) -> Iterator[str]:
    """Yield what a cell may say too: a digit's second answer, or a mark that was not seen."""
    for number, digit in enumerate(digits_in(cell.box, digits)):
        if digit.unsure and len(digit.top) > 1:
            yield _exchanged(cell.text, number, str(digit.top[1][0]))
    if other := with_decimals(cell.text, texts.values()):
        yield other


def _exchanged(text: str, number: int, digit: str) -> str:
    """Put another digit in the place of a text's `number`th one."""
    places = [at for at, character in enumerate(text) if character.isdigit()]
    if number >= len(places):
        return text
    return text[: places[number]] + digit + text[places[number] + 1 :]


def _is_right(check: Check, texts: Mapping[int, str]) -> bool:
    expected = _sum(check, texts)
    return expected is not None and expected == value_of(texts[check.total])


def _sum(check: Check, texts: Mapping[int, str]) -> Decimal | None:
    """Add up; None where something is no number. What is empty counts as nothing."""
    values = [value_of(texts[at] or "0") for at in range(check.first, check.last + 1)]
    known = [value for value in values if value is not None]
    return sum(known, Decimal()) if len(known) == len(values) else None
