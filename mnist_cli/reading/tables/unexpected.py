"""Cells that hold what is not expected of them, though it was read as it stands."""

from collections.abc import Iterable

from mnist_cli.reading.expectations import Fits
from mnist_cli.reading.tables.headings import HEADING
from mnist_cli.reading.tables.tables import CellRead, TableRead


def with_unexpected(
    tables: Iterable[TableRead], expected: Iterable[Fits | None]
) -> tuple[TableRead, ...]:
    """Return tables whose cells are unsure where a number in them is not as expected.

    No reading of print in a table is exchanged for what is expected: a form prints other numbers
    than people write. Behind the headings it may be one by hand that looks printed.

    Args:
        tables: With their headings.
        expected: Tells of each whether a number in it is expected; None where any may be.
    """
    return tuple(
        table._replace(cells=tuple(_told(cell, fits) for cell in table.cells)) if fits else table
        for table, fits in zip(tables, expected, strict=True)
    )


def _told(cell: CellRead, fits: Fits) -> CellRead:
    if HEADING in cell.flags or all(map(fits, cell.text.split())):
        return cell
    return cell._replace(flags=tuple(dict.fromkeys([*cell.flags, "unsure", "unexpected"])))
