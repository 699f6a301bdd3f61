"""Readings to a .csv, .xlsx or .jsonl file, whole or not at all."""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mnist_cli.core.data.csv_rows import WriteRow, row_writer
from mnist_cli.core.errors import NotInstalledError, SpreadsheetError, UsageError
from mnist_cli.core.files import replacing
from mnist_cli.core.outputs import check_output
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.rows import CELL_COLUMNS, FormRows, Row, Sheet, cell_rows, rows_of

MOST_ROWS = 1_048_576  # of a spreadsheet's sheet

Write = Callable[[Reading], None]


@contextmanager
def writing_results(
    path: Path | None, *, force: bool, inputs: Sequence[str] = (), form: Form | None = None
) -> Iterator[Write]:
    """Yield what writes a reading to `path`; the file appears once all of them are in it.

    Where a table was read, a .csv or .xlsx file has the rows and columns that are on paper: `path`
    and the table's number, from 1, come first; of what stands in no table a row a line, and of a
    picture that was not read its error, have no number. Without a table, it has a row a picture.
    With a form, the fields of a sheet come before the rows of its tables, and an error last.

    Args:
        path: A `.csv`, `.xlsx` or `.jsonl` file, or None to write nothing.
        force: Whether an existing file is replaced.
        inputs: What is read, and never replaced.
        form: That the sheets are read by.

    Raises:
        UsageError: The suffix is another one.
        NotInstalledError: An `.xlsx` file needs a library that is not installed.
        ConflictError: The file exists, and `force` is off; or it is an input.
        StorageError: The disk is full, or the folder can't be written.
        SpreadsheetError: A sheet of an `.xlsx` file can't hold it.
    """
    if path is None:
        yield lambda _reading: None
        return
    kind = _kind_of(path)
    check_output(path, force=force, inputs=inputs)
    with replacing(path) as temporary:
        if kind == ".jsonl":
            with temporary.open("w", encoding="utf-8") as file:
                yield lambda reading: print(json.dumps(reading.to_record()), file=file)
            return
        with (
            (_csv if kind == ".csv" else _xlsx)(temporary) as write_row,
            _in_rows(write_row, form) as write,
        ):
            yield write


def _kind_of(path: Path) -> str:
    """Return a file's suffix, of those that can be written."""
    kind = path.suffix.lower()
    if kind not in {".csv", ".xlsx", ".jsonl"}:
        raise UsageError(f"--output must end in .csv, .xlsx or .jsonl. Received: {str(path)!r}.")
    if kind == ".xlsx":
        _check_for_xlsx()
    return kind


@contextmanager
def _in_rows(write_row: WriteRow, form: Form | None) -> Iterator[Write]:
    """Yield what turns readings to rows: of a form at once, else once all of them are there."""
    if form:
        sheets = FormRows(form)
        write_row(sheets.heads)
        yield lambda reading: _each(write_row, sheets.of(reading))
        return
    sheet = Sheet()
    yield sheet.add
    _each(write_row, sheet.rows())


@contextmanager
def writing_cells(path: Path | None, *, force: bool, inputs: Sequence[str] = ()) -> Iterator[Write]:
    """Yield what writes each cell of a reading's tables to a `.csv` file, a row each.

    Args:
        path: The file, or None to write nothing.
        force: Whether an existing file is replaced.
        inputs: What is read, and never replaced.

    Raises:
        UsageError: The suffix is another one.
        ConflictError: The file exists, and `force` is off; or it is an input.
        StorageError: The disk is full, or the folder can't be written.
    """
    if path is None:
        yield lambda _reading: None
        return
    if path.suffix.lower() != ".csv":
        raise UsageError(f"--cells must end in .csv. Received: {str(path)!r}.")
    check_output(path, force=force, inputs=inputs)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        write_row = row_writer(file)
        write_row(CELL_COLUMNS)
        yield lambda reading: _each(write_row, cell_rows(reading))


def as_csv(readings: Iterable[Reading], *, cells: bool = False, form: Form | None = None) -> str:
    """Return the `.csv` file that `writing_results` makes of readings, or `writing_cells`.

    Args:
        readings: All of them.
        cells: Whether each cell of their tables has a row.
        form: That they are read by.
    """
    text = io.StringIO(newline="")
    write_row = row_writer(text)
    if cells:
        write_row(CELL_COLUMNS)
        _each(write_row, (row for reading in readings for row in cell_rows(reading)))
        return text.getvalue()
    if form:
        sheets = FormRows(form)
        write_row(sheets.heads)
        _each(write_row, (row for reading in readings for row in sheets.of(reading)))
        return text.getvalue()
    _each(write_row, rows_of(readings))
    return text.getvalue()


def as_xlsx(readings: Iterable[Reading]) -> bytes:
    """Return the `.xlsx` file that `writing_results` makes of readings, without one on a disk.

    Raises:
        NotInstalledError: The library for it is not installed.
        SpreadsheetError: A sheet can't hold it.
    """
    _check_for_xlsx()
    file = io.BytesIO()
    with _xlsx(file) as write_row:
        _each(write_row, rows_of(readings))
    return file.getvalue()


def _each(write_row: WriteRow, rows: Iterable[Row]) -> None:
    for row in rows:
        write_row(row)


@contextmanager
def _csv(path: Path) -> Iterator[WriteRow]:
    """Yield what writes a row to a `.csv` file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        yield row_writer(file)


def _check_for_xlsx() -> None:
    try:
        import xlsxwriter  # noqa: F401
    except ImportError as error:
        raise NotInstalledError("An .xlsx file", "XlsxWriter", "xlsx") from error


@contextmanager
def _xlsx(place: Path | BinaryIO) -> Iterator[WriteRow]:
    """Yield what writes a row to a spreadsheet, the first one being the heads of columns.

    All of it is text: 008807 keeps its zeros, and nothing is a formula. What a sheet can't hold
    goes on in the next.

    Raises:
        SpreadsheetError: A row has too many columns, or a cell too many characters.
    """
    import xlsxwriter

    heads: Row = []
    at = MOST_ROWS  # of the sheet that is written
    kept = {"constant_memory": True} if isinstance(place, Path) else {"in_memory": True}
    with xlsxwriter.Workbook(place, kept) as book:

        def write_row(row: Iterable[object]) -> None:
            nonlocal at
            if at == MOST_ROWS:
                sheets = len(book.worksheets())
                book.add_worksheet(f"digits {sheets + 1}" if sheets else "digits")
                at = 0
                if heads:
                    write_row(heads)
                else:
                    heads[:] = row = list(row)
            sheet = book.worksheets()[-1]
            for column, value in enumerate(row):
                if value != "" and sheet.write_string(at, column, str(value)) != 0:
                    raise SpreadsheetError
            at += 1

        yield write_row
