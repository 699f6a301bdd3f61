"""Places of pictures as a person left them in a file of results."""

import csv
import errno
import io
import json
import os
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.csv_rows import decoded, from_text, rows_in
from mnist_cli.core.errors import DatasetError, DatasetNotFoundError
from mnist_cli.core.files import read_regular
from mnist_cli.reading.documents import page_of
from mnist_cli.reading.output.rows import CELL_COLUMNS, COLUMNS, READ

MAX_BYTES = 256 << 20  # some three million cells


class Entry(NamedTuple):
    """What a person says of one place of a picture.

    Attributes:
        line: Of the file, from 1.
        path: Of the picture.
        text: What stands there.
        read: What was read there; None where the file does not say so.
        corners: (4, 2) of a table's cell, in the picture's pixels; None where the whole picture is
            meant.
        is_printed: Whether it is a cell of a form in which the same is printed on each sheet.
    """

    line: int
    path: str
    text: str
    read: str | None
    corners: NDArray[np.float32] | None
    is_printed: bool = False


def digits_of(text: str) -> str:
    """Return the digits of a text, without marks and spaces."""
    return "".join(sign for sign in text if sign in DIGITS)


def read_entries(path: Path) -> list[Entry]:
    """Read what stands in a file of `predict --cells`, or in one of `--output` without tables.

    Raises:
        DatasetNotFoundError: No file is there.
        DatasetError: It is another one, too large, or damaged.
    """
    try:
        content = read_regular(path, MAX_BYTES)
    except OSError as error:
        kind = DatasetError if error.errno == errno.EFBIG else DatasetNotFoundError
        raise kind(f"Can't read {str(path)!r}: {error.strerror or error}.") from error
    try:
        rows = rows_in(io.StringIO(decoded(content), newline=""), strict=True)
        return list(_entries(rows))
    except (csv.Error, ValueError, TypeError, RecursionError) as error:
        raise DatasetError(
            f"{path}: expected a .csv file of `mnist predict --cells`, or of `--output` without"
            f" tables ({error}).",
            hint="Save it as CSV UTF-8, and keep its columns and their names.",
        ) from error


def with_pictures(entries: Sequence[Entry], file: Path) -> list[Entry]:
    """Return the entries of a file with their pictures' paths as they are found.

    Paths are as `predict` got them. They are followed from the current folder, or from the file's,
    if more of them lead to a picture there.

    Raises:
        DatasetNotFoundError: None leads to one.
    """
    here = list(entries)
    beside = [one._replace(path=str(file.parent / one.path)) for one in entries]
    found, found_beside = (
        sum(map(_is_there, {one.path for one in some})) for some in (here, beside)
    )
    if found or found_beside or not entries:
        return here if found >= found_beside else beside
    piped = all(one.path == "-" for one in entries)
    raise DatasetNotFoundError(
        f"{file}: none of its pictures is found, neither from the current folder nor from that of"
        f" the file. The first is {entries[0].path!r:.200}.",
        hint="What was read from standard input is nowhere any more: give `predict` a file."
        if piped
        else "Run it in the folder where `mnist predict` ran.",
    )


def _is_there(path: str) -> bool:
    page = page_of(path)
    return os.path.exists(page[0] if page else path)  # noqa: PTH110  Path raises at a long name


def _entries(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Entry]:
    _, first = next(rows, (1, []))
    heads = [head.strip().lower() for head in first]
    needed = next((one for one in (CELL_COLUMNS, COLUMNS) if {*one} - {READ} <= {*heads}), None)
    if needed is None:
        raise ValueError(f"its columns are {', '.join(heads)[:100] or 'none'}")
    for line, row in rows:
        if any(row[len(heads) :]):
            raise ValueError(f"line {line} has {len(row)} columns")
        of = dict(zip_longest(heads, row, fillvalue=""))
        if of.get("error") or not of["path"]:  # a picture that was not read, or somebody's notes
            continue
        text, read = from_text(of["text"]), from_text(of[READ]) if READ in of else None
        if needed == CELL_COLUMNS:
            is_printed = "printed" in of["flags"].split()
            yield Entry(line, of["path"], text, read, _corners(of["box"], line), is_printed)
        else:  # of a picture put right on the page, it is not known what was read
            yield Entry(line, of["path"], text, read or (None if text else ""), None)


def _corners(box: str, line: int) -> NDArray[np.float32]:
    try:
        return np.array(json.loads(box), np.float32).reshape(4, 2)
    except ValueError as error:
        raise ValueError(f"line {line} has no box of four corners: {box!r:.60}") from error
