import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.page import find_digits
from mnist_cli.reading.sheet import without_surroundings
from tests.conftest import render_digit

Grey = NDArray[np.uint8]


def on_a_table(turn_deg: float) -> Grey:
    """Show three digits on a sheet on a rough dark table, (400, 700)."""
    draw = np.random.default_rng(0)
    rough = cv2.resize(draw.normal(60, 40, (50, 88)).astype(np.float32), (700, 400))
    picture = np.clip(rough, 0, 110).astype(np.uint8)
    picture[60:340, 60:640] = 200
    for number, digit in enumerate((5, 3, 8)):
        picture[150:250, 150 + 150 * number :][:, :100] = render_digit(digit, 100, 50, 200)
    turn = cv2.getRotationMatrix2D((350, 200), turn_deg, 1)
    return np.asarray(cv2.warpAffine(picture, turn, (700, 400), borderMode=cv2.BORDER_REPLICATE))


@pytest.mark.parametrize("turn_deg", [0, 5, -5])
def test_digits_on_a_sheet_are_found_and_nothing_beside_it(turn_deg: float) -> None:
    picture = on_a_table(turn_deg)
    sheet = without_surroundings(picture)

    assert sheet is not None
    assert sheet.min() >= 40
    assert sheet[[0, -1], :].min() > 150
    page = find_digits(picture)
    (line,) = page.lines
    assert len(line) == 3
    assert page.view == "without what lies beside the sheet of paper"


def test_paper_that_fills_the_picture_and_a_shadow_on_it_are_no_surroundings() -> None:
    paper = render_digit(3, 300, 50, 200)
    shadow = paper.copy()
    shadow[:, 180:] = shadow[:, 180:] * 0.6

    assert without_surroundings(paper) is None
    assert without_surroundings(shadow) is None
