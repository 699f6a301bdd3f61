"""Forms: what stands where on a sheet, with a picture of one.

`form_file.py` keeps them in a JSON file, `alignment.py` lays sheets over that picture, and
`form_page.py` reads their fields.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import FormError, PictureError
from mnist_cli.reading.expectations import Expectation, expectation_of
from mnist_cli.reading.image import decode
from mnist_cli.reading.normalise import Grey

VERSION = 1

Cell = tuple[int, int]  # row and column, from 1
Expected = str | tuple[str, ...] | None


@dataclass(frozen=True)
class FormField:
    """A box or a table of a form, in pixels of the form's picture.

    Attributes:
        name: As results call it.
        across: Where its rows begin and end, from top to bottom: two for a box.
        down: Where its columns do, from left to right.
        columns: What a table's columns are called; empty for a box.
        expect: What is written in it, as `parse_expectation` takes it; None if nothing is known.
        is_id: Whether what is expected are those who hand a sheet in, each one.
        printed: Rows and columns, from 1, of cells in which something is printed on each sheet.
    """

    name: str
    across: tuple[float, ...]
    down: tuple[float, ...]
    columns: tuple[str, ...] = ()
    expect: Expected = None
    is_id: bool = False
    printed: frozenset[Cell] = frozenset()

    @cached_property
    def expectation(self) -> Expectation | None:
        """What is known to be written in it; None if nothing is."""
        return None if self.expect is None else expectation_of(self.expect)

    @property
    def is_table(self) -> bool:
        """Whether it has rows and columns."""
        return bool(self.columns)

    @property
    def nodes(self) -> NDArray[np.float64]:
        """Where rules cross: (rows + 1, columns + 1, 2), x and y."""
        return np.stack(np.meshgrid(self.down, self.across), -1).astype(np.float64)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.down[0], self.across[0], self.down[-1], self.across[-1]

    @property
    def lines(self) -> list[tuple[float, float, float, float]]:
        """Its rules, if it is a table: left, top, right, bottom of each."""
        if not self.is_table:
            return []
        across = [(self.down[0], y, self.down[-1], y) for y in self.across]
        return across + [(x, self.across[0], x, self.across[-1]) for x in self.down]

    @property
    def cells(self) -> frozenset[Cell]:
        """Rows and columns, from 1, of all its cells."""
        rows, columns = range(1, len(self.across)), range(1, len(self.down))
        return frozenset((row, column) for row in rows for column in columns)

    def boxes_of(self, cells: frozenset[Cell]) -> list[tuple[float, float, float, float]]:
        """Return left, top, right, bottom of some of its cells, by row and column."""
        return [
            (self.down[c - 1], self.across[r - 1], self.down[c], self.across[r])
            for r, c in sorted(cells)
        ]

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the file."""
        expect = list(self.expect) if isinstance(self.expect, tuple) else self.expect
        record: dict[str, Any] = {
            "name": self.name,
            "box": list(self.box),
            "expect": expect,
        }
        if self.is_table:
            record |= {"columns": list(self.columns)}
            record |= {"across": list(self.across), "down": list(self.down)}
            record |= {"printed": sorted(map(list, self.printed))}
        return record | ({"id": True} if self.is_id else {})


@dataclass(frozen=True, eq=False)
class Form:
    """What stands where on sheets of one kind.

    Attributes:
        name: As messages call it.
        png: A picture of a sheet, lying flat, grey.
        fields: In the order in which results have them.
        checks: Sums that each of its tables must come to, as `parse_check` takes them.
        is_filled: Whether that sheet was filled in: then what counts as print in its cells may be
            handwriting, and other ink there tells no other form.
        is_blank: Whether that sheet is known to be blank, so that all ink in its tables is print.
    """

    name: str
    png: bytes
    fields: tuple[FormField, ...]
    checks: tuple[str, ...] = ()
    is_filled: bool = False
    is_blank: bool = False

    @cached_property
    def picture(self) -> Grey:
        """The picture, (H, W) uint8.

        Raises:
            FormError: It can't be decoded, or is too large.
        """
        try:
            picture = decode(self.png)
        except PictureError as error:
            raise FormError(f"the picture of form {self.name!r}: {error.message}") from error
        if picture.size != picture.grey.shape[::-1]:  # as it is read, it is smaller
            raise FormError(f"the picture of form {self.name!r} is too large.")
        return picture.grey

    @cached_property
    def sha256(self) -> str:
        """Digest of all that it says."""
        return hashlib.sha256(json.dumps(self.to_record()).encode()).hexdigest()

    @property
    def ids(self) -> tuple[str, ...]:
        """Who hands a sheet in; empty if that is not known."""
        own = [field.expect for field in self.fields if field.is_id]
        return own[0] if own and isinstance(own[0], tuple) else ()

    def to_record(self) -> dict[str, Any]:
        """Return what the file holds."""
        height, width = self.picture.shape
        told = {"filled": self.is_filled, "blank": self.is_blank}
        return {
            "form": VERSION,
            "name": self.name,
            "size": [width, height],
            "fields": [field.to_record() for field in self.fields],
            "checks": list(self.checks),
            "picture": base64.b64encode(self.png).decode(),
        } | {key: True for key, is_so in told.items() if is_so}
