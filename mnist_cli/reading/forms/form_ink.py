"""What stands in the fields of the sheet that a form is made from: print, and handwriting."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.forms import FormField
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grids import given_grids

CELLS = 4  # with digits by hand, that a sheet must have: else it is a blank one

Place = tuple[int, int]  # row and column, from 1


class Written(NamedTuple):
    """Something that is written in a field of the sheet.

    Attributes:
        field: Its name.
        row: From 1.
        column: From 1.
        text: What its digits look like.
        in_table: Whether the field is a table.
    """

    field: str
    row: int
    column: int
    text: str
    in_table: bool

    @property
    def place(self) -> str:
        """Where it is, for people."""
        cell = f", row {self.row}, column {self.column}" if self.in_table else ""
        return f"{self.field}{cell}"

    def to_record(self) -> dict[str, Any]:
        """Return its entry in what the command prints."""
        return {
            "field": self.field,
            "row": self.row,
            "column": self.column,
            "text": self.text,
        }


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet that lies flat.

    Attributes:
        flat: (H, W) uint8.
        finder: Looks at it.
        height: Of its digits, in pixels; 0 of a blank one.
        dark: Whether its ink is darker than its paper.
        is_blank: Whether all its ink is known to be print.
    """

    flat: Grey
    finder: Finder
    height: float
    dark: bool
    is_blank: bool = False

    @cached_property
    def digits(self) -> tuple[Candidate, ...]:
        """What looks like digits by hand."""
        if self.is_blank:
            return ()
        return tuple(one for one in self.finder.find(self.flat).digits if not one.is_printed)

    def grids(self, fields: Sequence[FormField]) -> list[Grid]:
        """Return its fields as they are ruled."""
        nodes = [field.nodes for field in fields]
        return given_grids(self.flat, nodes, self.height, dark=self.dark)

    def by_hand(self, grid: Grid) -> dict[Place, list[Candidate]]:
        """Return the cells that have digits by hand in them, with these digits."""
        middles = np.array([one.middle for one in self.digits]).reshape(-1, 2)
        held: dict[Place, list[Candidate]] = {}
        for one, (row, column) in zip(self.digits, grid.places(middles).tolist(), strict=True):
            if row >= 0:
                held.setdefault((row + 1, column + 1), []).append(one)
        return held


def with_printed(fields: Sequence[FormField], sheet: Sheet) -> tuple[FormField, ...]:
    """Note the cells of tables that have ink in them, and no digits that were written by hand.

    On a sheet where other ink stands in such a cell, it is read all the same.
    """
    grids = sheet.grids(fields)
    noted = []
    for field, grid in zip(fields, grids, strict=True):
        held = sheet.by_hand(grid)
        inked = {
            (area.rows[1], area.columns[1])
            for area in grid.cells
            if (area.rows[1], area.columns[1]) not in held and grid.sort_of_ink(area) != "empty"
        }
        noted.append(replace(field, printed=frozenset(inked if field.is_table else ())))
    return tuple(noted)


def written_in(fields: Sequence[FormField], sheet: Sheet) -> list[Written]:
    """Return what looks like digits by hand in fields of the sheet, in their order."""
    return [
        Written(field.name, *place, _text(own), field.is_table)
        for field, grid in zip(fields, sheet.grids(fields), strict=True)
        for place, own in sorted(sheet.by_hand(grid).items())
    ]


def is_filled(written: Sequence[Written]) -> bool:
    """Tell whether a sheet counts as filled in by what is written on it.

    Where fewer than `CELLS` hold something it does not: on a blank one print may look like it.
    """
    return len(written) >= CELLS


def _text(digits: Sequence[Candidate]) -> str:
    return "".join(one.symbol for one in sorted(digits, key=lambda one: float(one.edges[0])))
