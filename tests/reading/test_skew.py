"""Pages that lie askew by some degrees are straightened, and told where they are in the picture."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.candidates import Candidate, Found
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.outline import outline_of, room_in
from mnist_cli.reading.output.explain import explain
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.skew import straightened
from tests.reading.looks import BLANK, Knowing, candidate, find
from tests.reading.sheets import MARGIN, PITCH, sheet

ROWS, COLUMNS = 5, 6
TEXTS = {
    (row, column): str((3 * row + column) % 9 + 1)
    for row in range(1, ROWS + 1)
    for column in range(1, COLUMNS + 1)
}


def turned(page: Grey, degrees: float) -> tuple[Grey, NDArray[np.float64]]:
    """Turn a page clockwise on a larger table, and return where each point comes to lie, (2, 3)."""
    height, width = page.shape
    side = int(np.hypot(height, width)) + 2
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    matrix[:, 2] += [(side - width) / 2, (side - height) / 2]
    return np.asarray(cv2.warpAffine(page, matrix, (side, side), borderValue=120)), matrix


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader("bundled")


@pytest.mark.parametrize("degrees", [-20, -12, 10, 15, 20])
def test_a_table_that_lies_askew_is_read_where_it_is(reader: Reader, degrees: float) -> None:
    picture, matrix = turned(sheet(ROWS, COLUMNS, TEXTS), degrees)
    reading = reader.read(picture)

    (table,) = reading.tables
    assert {(cell.row, cell.column): cell.text for cell in table.cells} == TEXTS
    corners = np.array([table.cells[0].box]).reshape(4, 2)
    ends = np.array([[0, 0], [PITCH, 0], [PITCH, PITCH], [0, PITCH]]) + MARGIN
    np.testing.assert_allclose(corners, ends @ matrix[:, :2].T + matrix[:, 2], atol=4)
    boxes = np.array([digit.box for digit in reading.digits])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    places = np.array([(c - 0.5, r - 0.5) for r, c in sorted(TEXTS)]) * PITCH + MARGIN
    np.testing.assert_allclose(middles, places @ matrix[:, :2].T + matrix[:, 2], atol=12)
    assert reading.turned == 0
    assert "It lay askew, and was straightened" in explain(reading)


def test_a_page_that_lies_nearly_straight_stays(reader: Reader) -> None:
    picture, _ = turned(sheet(ROWS, COLUMNS, TEXTS), 6)

    assert find(picture).straightened is None


def askew(grey: Grey, count: int, slope: float) -> Found:
    """See digits on one line that goes down by so much for each pixel to the right."""
    boxes = [(20 + 30 * at, 60 + slope * 30 * at) for at in range(count)]
    digits = tuple(candidate((x, y, x + 20, y + 40), look=BLANK) for x, y in boxes)
    return Found(digits, (), (), (BLANK,))


@pytest.mark.parametrize(("better", "is_straightened"), [(True, True), (False, False)])
def test_it_is_straightened_unless_clearly_fewer_digits_stand_then(
    better: bool, is_straightened: bool
) -> None:
    page = np.full((300, 400), 200, np.uint8)
    found = askew(page, 8, 0.3)
    lying = np.array([-0.5, -2, -2, -2], np.float32)

    def lies(one: Candidate) -> Candidate:
        return replace(one, turns=lying)

    seen = askew(page, 8, 0.0)
    before = found if not better else replace(found, digits=tuple(map(lies, found.digits)))
    after = seen if better else replace(seen, digits=tuple(map(lies, seen.digits)))

    straight, _, how = straightened(page, before, Knowing(after))

    assert (how is not None) is is_straightened
    assert (straight.shape != page.shape) is is_straightened


def test_of_few_digits_no_line_is_told() -> None:
    page = np.full((300, 400), 200, np.uint8)

    assert straightened(page, askew(page, 5, 0.3), Knowing())[2] is None


def test_a_digit_at_the_edge_of_a_page_that_lies_askew_is_told(reader: Reader) -> None:
    picture, matrix = turned(sheet(ROWS, COLUMNS, TEXTS), -17)
    x, _ = np.array([MARGIN + 5.4 * PITCH, MARGIN + 2.5 * PITCH]) @ matrix[:, :2].T + matrix[:, 2]
    cut = np.ascontiguousarray(picture[:, : int(x)])

    reading = reader.read(cut)

    at_edge = [digit for digit in reading.digits if "touches_border" in digit.flags]
    assert at_edge
    assert all(digit.box[2] > cut.shape[1] - PITCH for digit in at_edge)
    assert any("cut_off" in cell.flags for cell in reading.tables[0].cells)


def test_room_is_that_to_the_nearest_side() -> None:
    diamond = np.array([[10.0, 0], [20, 10], [10, 20], [0, 10]])

    assert room_in(outline_of((20, 30)), np.array([[5.0, 9], [28, 9], [31, 9]])) == (
        pytest.approx([5, 2, -1])
    )
    assert room_in(diamond, np.array([[10.0, 10], [0, 0]])) == pytest.approx([50**0.5, -(50**0.5)])
