"""What a person put right in a file of results, as images of digits with their labels."""

import csv
import errno
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.csv_rows import from_text
from mnist_cli.core.errors import DatasetError, DatasetNotFoundError, UsageError
from mnist_cli.core.files import read_regular
from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.reading.documents import page_of
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.output.rows import CELL_COLUMNS, COLUMNS
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.tables import lies_in

MAX_BYTES = 256 << 20  # some three million cells
MANY = 10  # places of a picture with something in them: most of so many are not put right by hand
KNOWN = {*SYMBOLS, *" \n"}  # signs that a text of digits may have

ANOTHER = (
    "most of it reads otherwise now: is it that picture, and was it read with this model, and"
    " without a form?"
)


class Entry(NamedTuple):
    """What a person says of one place of a picture.

    Attributes:
        line: Of the file, from 1.
        path: Of the picture.
        text: What stands there.
        corners: (4, 2) of a table's cell, in the picture's pixels; None where the whole picture is
            meant.
    """

    line: int
    path: str
    text: str
    corners: NDArray[np.float32] | None

    @property
    def digits(self) -> str:
        """The digits of its text, without marks and spaces."""
        return "".join(sign for sign in self.text if sign in DIGITS)


class LabelledDigit(NamedTuple):
    """A digit with what a person says that it is.

    Attributes:
        digit: Which, 0-9.
        name: Of its image's file, unique among those of one file of results.
        image: (28, 28) uint8, as the classifier sees it.
    """

    digit: int
    name: str
    image: NDArray[np.uint8]


@dataclass
class Corrections:
    """What comes of a file.

    Attributes:
        digits: Those of the places that were changed.
        places: How many these are.
        left_out: Of each place or picture that could not be used: line, picture and reason.
    """

    digits: list[LabelledDigit] = field(default_factory=list)
    places: int = 0
    left_out: list[tuple[int, str, str]] = field(default_factory=list)


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
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        return list(_entries(rows, tuple(next(rows, ()))))
    except (csv.Error, ValueError, TypeError, RecursionError) as error:
        raise DatasetError(
            f"{path}: expected a .csv file of `mnist predict --cells`, or of `--output` without"
            f" tables ({error}).",
            hint="Save it as CSV UTF-8 with commas; its columns must be there, in their order.",
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


def _entries(rows: Iterator[list[str]], heads: tuple[str, ...]) -> Iterator[Entry]:
    if heads not in {CELL_COLUMNS, COLUMNS}:
        raise ValueError(f"its columns are {', '.join(heads)[:100] or 'none'}")
    after = 1
    for row in rows:
        line, after = after + 1, rows.line_num  # type: ignore[attr-defined]  # of a csv.reader
        if not row:
            continue
        if len(row) != len(heads):
            raise ValueError(f"line {line} has {len(row)} columns")
        of = dict(zip(heads, row, strict=True))
        if of.get("ok", "").lower() == "false":  # a picture that was not read
            continue
        corners = _corners(of["box"]) if "box" in of else None
        yield Entry(line, of["path"], from_text(of["text"]), corners)


def _corners(box: str) -> NDArray[np.float32]:
    return np.array(json.loads(box), np.float32).reshape(4, 2)


def corrections(entries: Sequence[Entry], reader: Reader) -> Corrections:
    """Read the pictures again; what a person wrote differently is what stands there.

    A place that has another number of digits than were found can't be used.

    Args:
        entries: As of `read_entries`.
        reader: Reads with the model that read them before.

    Raises:
        UsageError: The model's classes are no digits.
    """
    if reader.class_names:
        raise UsageError("The model's classes have names; digits alone can be put right.")
    found = Corrections()
    for path, own in groupby(sorted(entries, key=lambda one: one.path), lambda one: one.path):
        places = list(own)
        reading = reader.read(path, errors="record")
        if reading.error:
            found.left_out.append((places[0].line, path, reading.error.message))
            continue
        if _is_another(places, reading):
            found.left_out.append((places[0].line, path, ANOTHER))
            continue
        for place in places:
            _add(found, place, reading)
    return found


def _is_another(places: Sequence[Entry], reading: Reading) -> bool:
    """Tell whether a file's places are of another picture of that name, or read in another way."""
    texts = [
        (entry.digits, "".join(str(one.digit) for one in _there(entry, reading)))
        for entry in places
    ]
    filled = [pair for pair in texts if any(pair)]
    return len(filled) >= MANY and sum(a != b for a, b in filled) > len(filled) / 2


def _there(entry: Entry, reading: Reading) -> list[Digit]:
    return [one for one in reading.digits if _is_inside(one, entry.corners)]


def _add(found: Corrections, entry: Entry, reading: Reading) -> None:
    there = _there(entry, reading)
    if entry.digits == "".join(str(one.digit) for one in there):
        return
    reason = ""
    if not set(entry.text) <= KNOWN:
        reason = f"{entry.text!r:.40} is no text of digits"
    elif len(there) != len(entry.digits):
        reason = f"{len(entry.digits)} written, {len(there)} found"
    if reason:
        found.left_out.append((entry.line, entry.path, reason))
        return
    found.places += 1
    for digit, one in zip(entry.digits, there, strict=True):
        name = f"{reading.stem}-{len(found.digits):05}"
        found.digits.append(LabelledDigit(int(digit), name, one.image))


def _is_inside(digit: Digit, corners: NDArray[np.float32] | None) -> bool:
    return corners is None or lies_in(corners, digit)
