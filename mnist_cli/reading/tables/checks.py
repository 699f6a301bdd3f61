"""Sums that a table must come to, as a person writes them."""

import re
from typing import NamedTuple

from mnist_cli.core.errors import UsageError

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

    @property
    def kind(self) -> str:
        """Of what each has its sum: `row` or `column`."""
        return "column" if self.down else "row"

    def fits(self, rows: int, columns: int) -> bool:
        """Tell whether a table of so many rows and columns has those of the check."""
        return max(self.last, self.total) <= (rows if self.down else columns)


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
