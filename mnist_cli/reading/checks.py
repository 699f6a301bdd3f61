"""Sums that a table must come to, and what would make one right that does not."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from mnist_cli.core.errors import UsageError
from mnist_cli.reading.results import Digit
from mnist_cli.reading.tables import CellRead, TableRead, digits_in

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
        where: `row 3`, `column 2`.
        check: As it was given.
        expected: What the cells come to; empty where one of them is no number.
        written: What stands in the cell of the sum.
        suggestion: The one reading that is unsure and would make it right; empty if there is none.
    """

    where: str
    check: str
    expected: str
    written: str
    suggestion: str

    def to_record(self) -> dict[str, str]:
        """Return its entry in the record of a reading."""
        return self._asdict()


def parse_check(text: str) -> Check:
    """Return a check.

    Raises:
        UsageError: It is none.
    """
    found = re.fullmatch(r"sum\((rows )?(\d{1,3})\.\.(\d{1,3})\)=(row )?(\d{1,3})", _tight(text))
    if found:
        down, first, last, of_row, total = found.groups()
        check = Check(bool(down), int(first), int(last), int(total), text)
        fits = 0 < check.first <= check.last and not check.first <= check.total <= check.last
        if bool(down) == bool(of_row) and fits and check.total:
            return check
    raise UsageError(f"What is checked makes no sense. Received: {text!r}.", hint=HINT)


def _tight(text: str) -> str:
    """Take out the room around signs."""
    return re.sub(r"\s*([()=]|\.\.)\s*", r"\1", " ".join(text.split()))


def failures(table: TableRead, checks: Sequence[Check], digits: Sequence[Digit]) -> list[Failure]:
    """Return where sums are not what is written; a line without any number is left alone."""
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    found = []
    for check in checks:
        for line in range(1, (table.columns if check.down else table.rows) + 1):
            own = {at: cells.get((at, line) if check.down else (line, at)) for at in _places(check)}
            if failure := _failure(check, line, own, digits):
                found.append(failure)
    return found


def marked(table: TableRead, failed: Sequence[Failure]) -> TableRead:
    """Return a table whose cells of sums that fail are unsure, with the flag `sum_fails`."""
    rows = {int(one.where[4:]) for one in failed if one.where.startswith("row ")}
    columns = {int(one.where[7:]) for one in failed if one.where.startswith("column ")}
    cells = tuple(
        cell._replace(flags=tuple(dict.fromkeys((*cell.flags, "unsure", FAILED))))
        if cell.text and (cell.row in rows or cell.column in columns)
        else cell
        for cell in table.cells
    )
    return table._replace(cells=cells)


def _places(check: Check) -> list[int]:
    return [*range(check.first, check.last + 1), check.total]


def _failure(
    check: Check, line: int, cells: Mapping[int, CellRead | None], digits: Sequence[Digit]
) -> Failure | None:
    *parts, total = (cells[at].text if cells[at] else "" for at in _places(check))  # type: ignore[union-attr]
    if not total and not any(parts):
        return None
    values = [_value(text or "0") for text in parts]
    expected = sum(value for value in values if value is not None) if None not in values else None
    if expected is not None and expected == _value(total):
        return None
    return Failure(
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
