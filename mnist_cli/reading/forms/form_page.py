"""A sheet read by its form: laid over it, each field's digits by what is expected there."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mnist_cli.core.choices import Invert
from mnist_cli.reading.deciding import Deciding
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.alignment import Aligned, Aligner
from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.page import Page
from mnist_cli.reading.tables.arrangement import Table
from mnist_cli.reading.tables.tables import TableRead
from mnist_cli.reading.tables.wanted import Wanted


def find_sheet(
    grey: Grey,
    finder: Finder,
    form: tuple[Form, Aligner],
    invert: Invert = "auto",
    *,
    digits_only: bool = False,
) -> Page:
    """Lay a sheet over its form, and find the digits in its fields.

    Args:
        grey: (H, W) uint8, the picture of the sheet, lying anyhow.
        finder: Finds them.
        form: What the sheet should be of, and what lays it over that.
        invert: As of `Wanted`.
        digits_only: As of `Wanted`.

    Raises:
        DoesNotFitError: The sheet is not of that form.
        BlankPictureError: There is no ink.
    """
    said, aligner = form
    aligned = aligner.align(grey)
    wanted = Wanted(
        *(invert, "page", 0),
        fields=_as_printed(said, aligned),
        scale=aligned.scale,
        digits_only=digits_only,
        known_marks=_known_marks(said),
        is_expected=any(field.expect is not None for field in said.fields),
    )
    page = find_page(aligned.page, finder, wanted)
    tables = tuple(_flagged(table, aligned, grey.shape) for table in page.arrangement.tables)
    return replace(
        page,
        arrangement=replace(page.arrangement, tables=tables),
        aligned=aligned,
        turned=aligned.turned,
    )


def aligner_of(form: Form) -> Aligner:
    """Return what lays sheets over a form."""
    ruled = [line for field in form.fields for line in field.lines]
    printed = [box for field in form.fields for box in field.boxes_of(field.printed)]
    written = [box for f in form.fields for box in f.boxes_of(f.cells - f.printed)]
    return Aligner(
        *(form.name, form.picture),
        *(np.array(boxes).reshape(-1, 4) for boxes in (ruled, printed, written)),
        is_filled=form.is_filled,
    )


def _as_printed(form: Form, aligned: Aligned) -> tuple[FormField, ...]:
    """Return the fields with those cells as printed that have the same print on the sheet."""
    cells = [(field.name, cell) for field in form.fields for cell in sorted(field.printed)]
    same = {cell for cell, is_same in zip(cells, aligned.same_print, strict=True) if is_same}
    return tuple(
        replace(field, printed=frozenset(c for c in field.printed if (field.name, c) in same))
        for field in form.fields
    )


def _known_marks(form: Form) -> str | None:
    """Return the marks that may be written in some field; None where one may hold anything."""
    every = [field.expectation for field in form.fields]
    known = [expectation.marks for expectation in every if expectation]
    return "".join(sorted(set("".join(known)))) if len(known) == len(every) else None


def _flagged(table: Table, aligned: Aligned, shape: tuple[int, ...]) -> Table:
    """Flag the cells that reach beyond a picture of some shape: what stands there is not known."""
    cells = tuple(
        replace(cell, flags=(*cell.flags, "cut_off"), doubt=1.0)
        if aligned.is_cut_off(table.grid.corners(cell.area), shape)
        else cell
        for cell in table.cells
    )
    return replace(table, cells=cells)


def decide_fields(deciding: Deciding, page: Page, form: Form) -> None:
    """Decide what is written in each field by what the form says of it; in tables, print stays.

    Args:
        deciding: Of the page.
        page: Of the form.
        form: With as many fields as the page has tables.
    """
    for field, table in zip(form.fields, page.arrangement.tables, strict=True):
        if field.expectation:
            deciding.decide(table.numbers, field.expectation, prints=not field.is_table)


def named(tables: Sequence[TableRead], form: Form) -> tuple[TableRead, ...]:
    """Call tables and their columns as the form does."""
    return tuple(
        table._replace(name=field.name, names=field.columns)
        for table, field in zip(tables, form.fields, strict=True)
    )
