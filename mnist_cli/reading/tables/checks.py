"""Sums that a table must come to, and what would make one right that does not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from mnist_cli.core.errors import UsageError
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.tables.tables import CellRead, TableRead, digits_in

FAILED = "sum_fails"
HINT = 'A check is as "sum(1..7) = 8", of columns; down a column it is "sum(rows 2..9) = row 10".'


class Check(NamedTuple):
    """A sum of cells that must be what another one says.

    Attributes:
        down: Whether it goes down each column; otherwise it goes along each row.
        first, last: The columns, or rows, that are summed, from 1.
        total: The column, or row, of the sum.
        text: As it was given.
    """

    down: bool
    first: int
    last: int
    total: int
    text: str


class Failure(NamedTuple):
    """A row or column whose sum is not what is written.

    Attributes:
        table: Which table of the page, from 1; 0 where none has the columns or rows of the check.
        where: `row 3`, `column 2`; empty where there is no such table.
        check: As it was given.
        expected: What the cells come to; empty where one of them is no number.
        written: What stands in the cell of the sum.
        suggestion: The one reading that is unsure and would make it right; empty if there is none.
    """

    table: int
    where: str
    check: str
    expected: str
    written: str
    suggestion: str

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        return self._asdict()


def parse_check(text: str) -> Check:
    """Return a check.

    Raises:
        UsageError: It is none.
    """
    found = re.fullmatch(r"sum\((rows )?(\d{1,3})\.\.(\d{1,3})\)=(row )?(\d{1,3})", _tight(text))
    if not found:
        raise UsageError(f"This check is not a sum. Received: {text!r}.", hint=HINT)
    down, first, last, of_row, total = found.groups()
    check = Check(bool(down), int(first), int(last), int(total), text)
    if wrong := _wrong(check, bool(of_row)):
        raise UsageError(f"{wrong} Received: {text!r}.", hint=HINT)
    return check


def _wrong(check: Check, of_row: bool) -> str:
    """Say what is wrong with a check; empty if nothing is."""
    kind, first, last, total = "row" if check.down else "column", *check[1:4]
    if check.down != of_row:
        return "A check is of columns or of rows, not of both."
    if not min(first, last, total):
        return f"The first {kind} is 1, not 0."
    if first > last:
        return f"The range of a check goes up: {last}..{first}, not {first}..{last}."
    if first <= total <= last:
        return f"The sum can't stand in {kind} {total}, which is one of those summed."
    return ""


def _tight(text: str) -> str:
    """Take out the room around signs."""
    return re.sub(r"\s*([()=]|\.\.)\s*", r"\1", " ".join(text.split()))


def failures(
    tables: Sequence[TableRead], checks: Sequence[Check], digits: Sequence[Digit]
) -> list[Failure]:
    """Return where sums are not what is written; a line without any number is left alone.

    A check is of the tables that have its rows or columns; where none has, that is told.
    """
    found = []
    for check in checks:
        own = [(at, one) for at, one in enumerate(tables, 1) if _has(one, check)]
        if not own:
            found.append(Failure(0, "", check.text, "", "", ""))
        for number, table in own:
            found += _failures(table, number, check, digits)
    return sorted(found, key=lambda failure: failure.table)


def _has(table: TableRead, check: Check) -> bool:
    return max(check.last, check.total) <= (table.rows if check.down else table.columns)


def _failures(
    table: TableRead, number: int, check: Check, digits: Sequence[Digit]
) -> Iterator[Failure]:
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    for line in range(1, (table.columns if check.down else table.rows) + 1):
        own = {at: cells.get((at, line) if check.down else (line, at)) for at in _places(check)}
        if failure := _failure(check, number, line, own, digits):
            yield failure


def marked(tables: Sequence[TableRead], failed: Sequence[Failure]) -> tuple[TableRead, ...]:
    """Return tables whose cells of sums that fail are unsure, with the flag `sum_fails`."""
    return tuple(
        _marked(table, [one for one in failed if one.table == number])
        for number, table in enumerate(tables, 1)
    )


def _marked(table: TableRead, failed: Sequence[Failure]) -> TableRead:
    wrong = set[tuple[int, int]]()
    for failure in failed:
        check, line = parse_check(failure.check), int(failure.where.rpartition(" ")[2])
        wrong |= {(at, line) if check.down else (line, at) for at in _places(check)}
    cells = tuple(
        cell._replace(flags=tuple(dict.fromkeys((*cell.flags, "unsure", FAILED))))
        if (cell.row, cell.column) in wrong
        else cell
        for cell in table.cells
    )
    return table._replace(cells=cells)


def _places(check: Check) -> list[int]:
    return [*range(check.first, check.last + 1), check.total]


def _failure(
    check: Check,
    table: int,
    line: int,
    cells: Mapping[int, CellRead | None],
    digits: Sequence[Digit],
) -> Failure | None:
    *parts, total = (cells[at].text if cells[at] else "" for at in _places(check))  # type: ignore[union-attr]
    if not total and not any(parts):
        return None
    values = [_value(text or "0") for text in parts]
    expected = sum(value for value in values if value is not None) if None not in values else None
    if expected is not None and expected == _value(total):
        return None
    return Failure(
        table=table,
        where=f"{'column' if check.down else 'row'} {line}",
        check=check.text,
        expected="" if expected is None else str(expected),
        written=total,
        suggestion=_suggestion(check, cells, digits),
    )


def _value(text: str) -> Decimal | None:
    """Return what a cell's text says; a comma is the decimal's, or parts thousands."""
    plain = text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def _suggestion(check: Check, cells: Mapping[int, CellRead | None], digits: Sequence[Digit]) -> str:
    """Return the only second answer of an unsure digit with which the sum is right."""
    found = []
    texts = {at: cell.text if (cell := cells[at]) else "" for at in _places(check)}
    for at in _places(check):
        cell = cells[at]
        own = digits_in(cell.area, digits) if cell else []
        for number, digit in enumerate(own):
            if digit.unsure and len(digit.top) > 1:
                other = _exchanged(texts[at], number, str(digit.top[1][0]))
                if _is_right(check, texts | {at: other}):
                    found.append(f"{'row' if check.down else 'column'} {at}: {other}")
    return found[0] if len(found) == 1 else ""


def _exchanged(text: str, number: int, digit: str) -> str:
    """Put another digit in the place of a text's `number`th one."""
    places = [at for at, character in enumerate(text) if character.isdigit()]
    if number >= len(places):
        return text
    return text[: places[number]] + digit + text[places[number] + 1 :]


def _is_right(check: Check, texts: Mapping[int, str]) -> bool:
    *parts, total = (_value(texts[at] or "0") for at in _places(check))
    known = [part for part in parts if part is not None]
    return total is not None and len(known) == len(parts) and sum(known) == total
