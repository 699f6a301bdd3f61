"""Which cells are told to hold what is not expected of them."""

from pathlib import Path
from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.reading.expectations import parse_expectation
from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.tables import CellRead, TableRead
from mnist_cli.reading.tables.unexpected import with_unexpected
from tests.reading.sheets import MARGIN, sheet, write_text

AREA = (0, 0), (9, 0), (9, 9), (0, 9)
PITCH = 110  # px of a cell
SERIF = str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf")


@pytest.mark.parametrize(
    ("text", "flags", "told"),
    [
        ("7", (), ()),
        ("", ("empty",), ("empty",)),
        ("26", (), ("unsure", "unexpected")),  # in print, which is never read otherwise
        ("13 7", ("several_numbers",), ("several_numbers", "unsure", "unexpected")),
        ("3 7", ("several_numbers",), ("several_numbers",)),
        ("26", ("unsure", "unexpected"), ("unsure", "unexpected")),
        ("26", ("heading",), ("heading",)),
    ],
)
def test_a_cell_is_unsure_where_a_number_in_it_is_not_expected(
    text: str, flags: tuple[str, ...], told: tuple[str, ...]
) -> None:
    cell = CellRead(1, 1, text, text, 0.9, AREA, flags, is_print=True)

    tables = [TableRead(AREA, 1, 1, (cell,))] * 2
    asked, free = with_unexpected(tables, [parse_expectation("0..9"), None])

    assert asked.cells == (cell._replace(flags=told),)
    assert free.cells == (cell,)


def options(asked: str, across: list[float], down: list[float], blank: np.ndarray) -> Any:
    """Return how a reader is told that one digit is expected: of the page, or of a form's field."""
    if asked == "page":
        return {"expect": "0..9"}
    png = cv2.imencode(".png", blank)[1].tobytes()
    field = FormField("marks", tuple(across), tuple(down), tuple("abcd"), "0..9")
    return {"form": Form("report", png, (field,), is_blank=True)}


@pytest.mark.parametrize("asked", ["page", "form"])
def test_print_in_a_table_that_is_not_expected_is_unsure(asked: str) -> None:
    across, down = ([float(MARGIN + PITCH * at) for at in range(sides)] for sides in (7, 5))
    blank = np.array(sheet(6, 4, {}, pitch=PITCH))
    cv2.putText(blank, "School report form", (MARGIN, 60), 0, 1.2, 30, 2, cv2.LINE_AA)
    page = blank.copy()
    for row, column in np.ndindex(6, 4):
        x, y = MARGIN + column * PITCH, MARGIN + row * PITCH
        if (row, column) != (3, 2):
            write_text(page, str((row * 3 + column) % 10), x, y, PITCH)
    drawn = Image.fromarray(page)
    at = MARGIN + 2 * PITCH + 15, MARGIN + 3 * PITCH + 30
    ImageDraw.Draw(drawn).text(at, "26", 40, ImageFont.truetype(SERIF, 38))

    reading = Reader(turn=0, **options(asked, across, down, blank)).read(np.asarray(drawn))

    (cell,) = [one for table in reading.tables for one in table.cells if len(one.text) > 1]
    assert (cell.row, cell.column, cell.text) == (4, 3, "26")
    assert cell.is_print
    assert {"unsure", "unexpected"} <= set(cell.flags)
