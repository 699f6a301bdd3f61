"""Rows and columns at a table's beginning that hold words or print, not numbers by hand."""

from collections.abc import Sequence
from operator import attrgetter

from mnist_cli.reading.tables.tables import CellRead, TableRead

HEADING = "heading"
WORDS = frozenset({"not_a_digit", "crossed_out", "unread_ink"})  # flags that letters get
BARE = frozenset({"empty", "printed"})  # flags of cells in which nothing was to be read
FEWEST = 2  # cells with ink: one alone tells too little
MOSTLY = 0.5  # of a heading's cells, that look like words
ENOUGH = 1 / 3  # of the cells behind it, that are numbers: others may be headings, too


def with_headings(tables: Sequence[TableRead]) -> tuple[TableRead, ...]:
    """Return tables whose cells in headings are flagged; what is unsure in them stays so."""
    return tuple(map(_with_headings, tables))


def _with_headings(table: TableRead) -> TableRead:
    rows = _leading(table, "row", table.rows)
    columns = _leading(table, "column", table.columns)
    cells = (
        cell._replace(flags=(*cell.flags, HEADING))
        if (cell.row <= rows or cell.column <= columns) and _has_ink(cell)
        else cell
        for cell in table.cells
    )
    return table._replace(cells=tuple(cells))


def _leading(table: TableRead, kind: str, count: int) -> int:
    """Return how many rows, or columns, at the beginning are headings."""
    line_of = attrgetter(kind)
    inked = [cell for cell in table.cells if _has_ink(cell)]
    for line in range(1, count):
        own = [cell for cell in inked if line_of(cell) == line]
        behind = [cell for cell in inked if line_of(cell) > line]
        are_numbers = sum(map(_is_number, behind)) >= ENOUGH * len(behind) > 0
        if not (are_numbers and _are_words(own) and (kind == "column" or _are_no_numbers(own))):
            return line - 1
    return count - 1


def _are_words(cells: Sequence[CellRead]) -> bool:
    if len(cells) < FEWEST or any(map(_is_number, cells)):
        return False
    return sum(map(_is_word, cells)) >= MOSTLY * len(cells)


def _is_word(cell: CellRead) -> bool:
    told = WORDS & set(cell.flags)
    if cell.text:  # a number that is struck through is no word
        told -= {"crossed_out"}
    return cell.is_print or bool(told)


def _are_no_numbers(cells: Sequence[CellRead]) -> bool:
    """Tell words from a row of numbers in a bad hand, which look like words too."""
    are_letters = all("not_a_digit" in cell.flags for cell in cells if cell.text)
    return are_letters or any(cell.is_print for cell in cells)


def _has_ink(cell: CellRead) -> bool:
    return not BARE & set(cell.flags)


def _is_number(cell: CellRead) -> bool:
    """Tell whether a number by hand was surely read."""
    return bool(cell.text) and not cell.is_print and "unsure" not in cell.flags
