"""A form made from a sheet: laid flat by its rules, with the tables and boxes that it has."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import cv2
import numpy as np

from mnist_cli.core.choices import Turn
from mnist_cli.core.errors import FormError, PictureError
from mnist_cli.reading.candidates import Candidate, Found, median_height
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.form_file import parse_form
from mnist_cli.reading.forms.form_ink import Sheet, is_filled, with_printed, written_in
from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.forms.given_fields import numbered, parse_given, rounded
from mnist_cli.reading.forms.laid import Laid
from mnist_cli.reading.image import Picture
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.tables.flattening import lying_flat, scaled_down
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.ruled_page import find_ruled
from mnist_cli.reading.tables.wanted import Wanted

NARROWEST = 0.012  # of the sheet's longer side: nobody writes into a narrower box
WHOLE = 0.9  # of the sheet's area: a larger box is its frame
SURE, DIGITS = 0.5, 5  # score of a digit, and how many there must be to tell their height
OFF = 0.04  # of where it ends: a table that is given may lie so far off the one that is ruled
ALIKE = 0.02  # of the sheet's height: boxes whose tops differ less stand side by side


@dataclass(frozen=True, eq=False)
class Made:
    """A form, and the sheet that it was made from.

    Attributes:
        form: As its file has it.
        sheet: As it lies on the form.
        laid: What lies where on the sheet's picture.
    """

    form: Form
    sheet: Sheet
    laid: Laid


class _LooksOnce(Finder):
    """A finder that remembers what it saw: of one sheet, several things are asked."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: list[tuple[Grey, Found]] = []

    def find(self, grey: Grey) -> Found:
        """Look at a picture, (H, W) uint8, unless it was seen before."""
        for before, found in self._seen:
            if np.array_equal(before, grey):
                return found
        found = super().find(grey)
        self._seen.append((grey, found))
        return found


def make_form(
    name: str,
    picture: Picture,
    turn: Turn = "auto",
    fields: Sequence[str] = (),
    *,
    is_blank: bool = False,
) -> Made:
    """Make a form from the picture of a sheet, blank or filled in.

    Args:
        name: Of the form.
        picture: Of the sheet.
        turn: By how many degrees clockwise it is turned to stand upright; `auto` looks, which
            needs some digits on it.
        fields: Each `NAME=LEFT,TOP,RIGHT,BOTTOM` in pixels of the picture, where the middles of
            its sides are, with `:ROWSxCOLUMNS` after it if it is a table; without any, the tables
            and boxes that are ruled are taken.
        is_blank: Whether nothing is filled in, so that all ink in tables is print.

    Raises:
        UsageError: A field makes no sense; most are found out before the picture is looked at.
        FormError: Nothing on the sheet is ruled and no field is given, or one lies beyond it.
    """
    given = [parse_given(field, picture.size) for field in fields]
    finder = _LooksOnce()
    upright, quarters, digits, dark = _upright(picture.grey, finder, turn)
    grids = find_ruled(upright, finder.find(upright).looks[0], digits, dark=dark).tables()
    height = median_height(digits)
    scaled, scale = scaled_down(upright, height)
    flattening = grids[0].flattening if grids else lying_flat(scaled.shape, scale)
    flat = flattening.flat(scaled)
    laid = Laid(picture.size, upright.shape, quarters, flattening)
    found = [_snapped(one.on_form(laid, flat.shape), grids) for one in given]
    found = found or _ruled(grids, flat.shape)
    sheet = Sheet(flat, finder, height * scale, dark=dark, is_blank=is_blank)
    printed, png = with_printed(found, sheet), cv2.imencode(".png", flat)[1].tobytes()
    filled = is_filled(written_in(printed, sheet))
    form = Form(name, png, printed, is_filled=filled, is_blank=is_blank)
    return Made(parse_form(form.to_record()), sheet, laid)


def with_print(form: Form) -> Form:
    """Note anew what is printed and written in a form's fields, as after these were moved.

    Its picture shows the sheet that its fields are drawn on.
    """
    finder = _LooksOnce()
    _, _, digits, dark = _upright(form.picture, finder, 0)
    height = median_height(digits)
    sheet = Sheet(form.picture, finder, height, dark=dark, is_blank=form.is_blank)
    fields = tuple(with_printed(form.fields, sheet))
    return replace(form, fields=fields, is_filled=is_filled(written_in(fields, sheet)))


def _upright(grey: Grey, finder: Finder, turn: Turn) -> tuple[Grey, int, list[Candidate], bool]:
    """Return a sheet as it stands, by how many quarters clockwise it was turned for that, ...

    A few things that look like digits tell neither how a sheet stands nor what its ink is: on a
    dark desk, the sheet itself looks like a light 0.

    Returns:
        …, its digits, none of a blank sheet, and whether its ink is dark.
    """
    with suppress(PictureError):  # nothing is on it
        page = find_page(grey, finder, Wanted(layout="page", turn=turn, straighten=False))
        seen = [take.candidate for take in page.takes if take.candidate]
        sure = [one for one in seen if one.score > SURE]
        if len(sure) >= DIGITS:
            return page.grey, page.turned, sure, page.inverted
    quarters = 0 if turn == "auto" else turn // 90
    return np.ascontiguousarray(np.rot90(grey, -quarters)), quarters, [], True


def _snapped(field: FormField, grids: Sequence[Grid]) -> FormField:
    """Return a table along its rules, if there is one of its size at about its place."""
    for grid in grids if field.is_table else ():
        edges = _edges(grid)
        same_size = (grid.rows, grid.columns) == (len(field.across) - 1, len(field.down) - 1)
        if same_size and np.abs(np.subtract(field.box, edges)).max() < OFF * max(edges):
            across, down = grid.nodes[..., 1].mean(axis=1), grid.nodes[..., 0].mean(axis=0)
            return replace(field, across=rounded(across), down=rounded(down))
    return field


def _ruled(grids: Sequence[Grid], shape: tuple[int, ...]) -> list[FormField]:
    """Return the tables and boxes that are ruled, from top to bottom, then from left to right.

    Raises:
        FormError: There is none.
    """
    own = [_field(grid, shape) for grid in grids if _is_field(grid, grids, shape)]
    if not own:
        raise FormError(
            "no table and no box is ruled on the sheet.",
            hint="Say where to read: --field NAME=LEFT,TOP,RIGHT,BOTTOM, in pixels.",
        )
    own.sort(key=lambda field: (round(field.across[0] / (ALIKE * shape[0])), field.down[0]))
    named = []
    for kind, is_table in (("table", True), ("field", False)):
        alike = [field for field in own if field.is_table == is_table]
        for number, field in enumerate(alike, 1):
            name = kind if len(alike) == 1 else f"{kind} {number}"
            named.append((own.index(field), replace(field, name=name)))
    return [field for _, field in sorted(named, key=lambda pair: pair[0])]


def _is_field(grid: Grid, grids: Sequence[Grid], shape: tuple[int, ...]) -> bool:
    """Tell whether people write into a grid: it is no frame, and not too narrow."""
    x0, y0, x1, y1 = _edges(grid)
    if min(x1 - x0, y1 - y0) < NARROWEST * max(shape):
        return False
    if len(grid.cells) > 1:
        return True
    if grid.area > WHOLE * shape[0] * shape[1]:
        return False
    return not any(
        other is not grid
        and x0 <= (edges := _edges(other))[0]
        and y0 <= edges[1]
        and edges[2] <= x1
        and edges[3] <= y1
        for other in grids
    )


def _edges(grid: Grid) -> tuple[float, float, float, float]:
    (x0, y0), (x1, y1) = grid.nodes[0, 0].tolist(), grid.nodes[-1, -1].tolist()
    return x0, y0, x1, y1


def _field(grid: Grid, shape: tuple[int, ...]) -> FormField:
    """Return the field of a grid; a single row of boxes is for one number."""
    across = grid.nodes[..., 1].mean(axis=1).clip(0, shape[0])
    down = grid.nodes[..., 0].mean(axis=0).clip(0, shape[1])
    if grid.rows == 1:
        return FormField("field", rounded(across), rounded(down[[0, -1]]))
    return FormField("table", rounded(across), rounded(down), numbered(grid.columns))
