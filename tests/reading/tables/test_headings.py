"""Which rows and columns of a table are headings: a letter stands for a kind of cell."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.headings import with_headings
from mnist_cli.reading.tables.tables import CellRead, TableRead
from tests.reading.sheets import MARGIN, sheet

AREA = (0, 0), (9, 0), (9, 9), (0, 9)
KINDS = {
    "n": CellRead(1, 1, "12", "12", 0.9, AREA, ()),  # a number by hand
    "d": CellRead(1, 1, "12", "1?", 0.4, AREA, ("unsure",)),  # a doubtful one
    "b": CellRead(1, 1, "12", "??", 0.1, AREA, ("unread_ink", "unsure")),  # in a bad hand
    "s": CellRead(1, 1, "12", "??", 0.4, AREA, ("unsure", "crossed_out")),  # struck through
    "l": CellRead(1, 1, "6", "?", 0.1, AREA, ("not_a_digit", "unsure")),  # a letter as a digit
    "p": CellRead(1, 1, "12", "12", 0.9, AREA, (), is_print=True),
    "w": CellRead(1, 1, "", "", 0.3, AREA, ("not_a_digit", "unsure")),  # a word
    "e": CellRead(1, 1, "", "", 1.0, AREA, ("empty",)),
    "f": CellRead(1, 1, "", "", 1.0, AREA, ("printed",)),  # of a form
}


def table(rows: list[str]) -> TableRead:
    cells = tuple(
        KINDS[kind]._replace(row=y, column=x)
        for y, row in enumerate(rows, 1)
        for x, kind in enumerate(row, 1)
    )
    return TableRead(AREA, len(rows), len(rows[0]), cells)


@pytest.mark.parametrize(
    ("rows", "headings"),
    [
        (["ewpd", "ennn", "ennn"], [".HHH", "....", "...."]),  # a row in print and letters
        (["ppp", "www", "nnn", "nnn"], ["HHH", "HHH", "...", "..."]),  # two of them
        (["lwl", "nnn", "nnn"], ["HHH", "...", "..."]),
        (["wnn", "bnn", "wnd"], ["H..", "H..", "H.."]),  # names by hand
        (["pwww", "pwnn", "pbnn", "pbnd"], ["HHHH", "HH..", "HH..", "HH.."]),  # numbered
        (["bbb", "nnn", "nnn"], ["...", "...", "..."]),  # numbers in a bad hand
        (["snn", "snn", "dnn"], ["...", "...", "..."]),  # a column of numbers, two struck
        (["ppp", "ppp", "ppp"], ["...", "...", "..."]),  # all of it is print
        (["ddn", "nnn"], ["...", "..."]),
        (["nnn", "pww"], ["...", "..."]),  # at the end
        (["efw", "nnn", "nnn"], ["...", "...", "..."]),  # one cell tells too little
        (["w"], ["."]),
    ],
)
def test_headings_are_flagged_and_stay_as_sure_as_they_are(
    rows: list[str], headings: list[str]
) -> None:
    before = table(rows)

    (after,) = with_headings([before])

    found = ["H" if "heading" in cell.flags else "." for cell in after.cells]
    assert "".join(found) == "".join(headings)
    bare = [
        cell._replace(flags=tuple(flag for flag in cell.flags if flag != "heading"))
        for cell in after.cells
    ]
    assert tuple(bare) == before.cells


def test_the_headings_of_a_sheet_are_found() -> None:
    at = {(row, column): str(row + 2 * column) for row in (2, 3, 4) for column in (2, 3)}
    page = sheet(4, 3, at, pitch=90)
    for column, word in enumerate(("Name", "Task", "Sum")):
        _write(page, word, (MARGIN + 90 * column + 8, MARGIN + 55), cv2.FONT_HERSHEY_SIMPLEX)
    for row, word in enumerate(("Bob", "Ann", "Zoe"), 1):
        place = MARGIN + 10, MARGIN + 90 * row + 55
        _write(page, word, place, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)

    reading = Reader("bundled").read(page)

    headings = [
        (cell.row, cell.column) for cell in reading.tables[0].cells if "heading" in cell.flags
    ]
    assert headings == [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (4, 1)]


def _write(page: NDArray[np.uint8], word: str, place: tuple[int, int], font: int) -> None:
    cv2.putText(page, word, place, font, 0.9, 40, 2, cv2.LINE_AA)
