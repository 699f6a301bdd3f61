"""Readings to the rows of a spreadsheet."""

import json
from collections.abc import Iterable, Iterator

from mnist_cli.core.data.csv_rows import as_path
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.tables.tables import by_line

READ = "read"  # the text once more: a person changes the other one
COLUMNS = ("path", "ok", "text", "confidence", "unsure", "flags", "error", READ)
CELL_COLUMNS = ("path", "table", "row", "column", "text", "confidence", "flags", "box", READ)

Row = list[object]


def rows_of(readings: Iterable[Reading]) -> Iterator[Row]:
    """Return the heads of columns, and the rows of readings."""
    sheet = Sheet()
    for reading in readings:
        sheet.add(reading)
    return sheet.rows()


def cell_rows(reading: Reading) -> Iterator[Row]:
    """Yield a row for each cell of a reading's tables, as `CELL_COLUMNS` has it."""
    name = as_path(reading.path)
    for number, table in enumerate(reading.tables, 1):
        for cell in table.cells:
            corners = json.dumps([list(corner) for corner in cell.box])
            told = cell.text, cell.confidence, " ".join(cell.flags), corners, cell.text
            yield [name, number, cell.row, cell.column, *told]


class Sheet:
    """The rows of a spreadsheet; whether it shows tables is known at its end."""

    def __init__(self) -> None:
        self._pictures: list[Row] = []
        self._papers: list[Row] = []
        self._has_tables = False

    def add(self, reading: Reading) -> None:
        """Take a reading in."""
        self._has_tables |= bool(reading.tables)
        self._pictures.append(_of_picture(reading))
        self._papers += _of_paper(reading)

    def rows(self) -> Iterator[Row]:
        """Yield the heads of columns, and the rows."""
        if not self._has_tables:
            yield list(COLUMNS)
            yield from self._pictures
            return
        columns = max(map(len, self._papers)) - 2
        yield ["path", "table", *map(str, range(1, columns + 1))]
        for row in self._papers:
            yield row + [""] * (columns + 2 - len(row))


class FormRows:
    """The rows of sheets of one form: a row a sheet, or a row for each of its tables' rows.

    Args:
        form: That they are read by.

    Attributes:
        heads: Of the columns.
    """

    def __init__(self, form: Form) -> None:
        tables = [field.columns for field in form.fields if field.is_table]
        names = max((list(columns) for columns in tables), key=len, default=[])
        if len(tables) > 1:  # that have columns of their own
            names = [str(column) for column in range(1, len(names) + 1)]
        self._columns = len(names)
        boxes = [field.name for field in form.fields if not field.is_table]
        self.heads: Row = ["path", *boxes, *(["table"] if tables else []), *names, "error"]

    def of(self, reading: Reading) -> Iterator[Row]:
        """Yield the rows of a sheet, with `?` for what is unsure; of one not read, its error."""
        name = as_path(reading.path)
        if reading.error:
            yield [name, *[""] * (len(self.heads) - 2), reading.error.message]
            return
        begin = [name, *(cell.shown for _, cell in reading.fields)]
        if not self._columns:
            yield [*begin, ""]
        for table in reading.tables:
            for line in () if table.is_box else table.lines():
                yield [*begin, table.name, *line, *[""] * (self._columns - len(line)), ""]


def _of_picture(reading: Reading) -> Row:
    flags = (*reading.flags, *(flag for digit in reading.digits for flag in digit.flags))
    is_corrected = "corrected" in flags  # on the page: the record has what a person wrote
    return [
        as_path(reading.path),
        reading.error is None,
        reading.text,
        min((digit.confidence for digit in reading.digits), default=""),
        any(digit.unsure for digit in reading.digits)
        or any(number.unsure for number in reading.numbers),
        " ".join(dict.fromkeys(flags)),
        reading.error.message if reading.error else "",
        "" if is_corrected else reading.text,
    ]


def _of_paper(reading: Reading) -> Iterator[Row]:
    """Yield the rows of a reading's tables, then its other lines, with `?` for what is unsure."""
    name = as_path(reading.path)
    if reading.error:
        yield [name, "", f"error: {reading.error.message}"]
    for number, table in enumerate(reading.tables, 1):
        for line in table.lines():
            yield [name, number, *line]
    for loose in by_line(one for one in reading.numbers if not one.in_table):
        yield [name, "", *(one.shown for one in loose)]
