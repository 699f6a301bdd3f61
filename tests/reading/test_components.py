import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.components import Chosen, choose_digit

Box = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside
Boxes = list[Box]


def mask(boxes: Boxes, width: int = 100, height: int = 100) -> NDArray[np.bool_]:
    """Fill boxes with ink."""
    image = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in boxes:
        image[top:bottom, left:right] = True
    return image


def box(chosen: Chosen | None) -> Box:
    """Return the box around what was chosen."""
    assert chosen is not None
    rows, columns = np.nonzero(chosen.mask)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


DIGIT = (40, 30, 60, 70)


@pytest.mark.parametrize(
    ("others", "wanted"),
    [
        ([], DIGIT),
        ([(2, 2, 4, 4)], DIGIT),
        ([(62, 34, 63, 35)], DIGIT),
        ([(0, 0, 3, 100)], DIGIT),
        ([(0, 90, 100, 100)], DIGIT),
        ([(45, 20, 60, 26)], (40, 20, 60, 70)),
        ([(64, 30, 70, 50)], (40, 30, 70, 70)),
        ([(90, 30, 96, 50)], DIGIT),
    ],
    ids=[
        "alone",
        "a speck far off",
        "a speck beside it",
        "a margin line",
        "a dark edge of the photograph",
        "the bar of a five, set apart",
        "a stroke set apart",
        "a stroke too far away",
    ],
)
def test_the_digit_is_the_main_region_and_the_strokes_beside_it(others: Boxes, wanted: Box) -> None:
    chosen = choose_digit(mask([DIGIT, *others]))

    assert box(chosen) == wanted
    assert chosen is not None
    assert not chosen.touches_border
    assert not chosen.several


def test_no_ink_is_no_digit() -> None:
    assert choose_digit(mask([])) is None


def test_ink_everywhere_touches_the_border() -> None:
    chosen = choose_digit(mask([(0, 0, 100, 100)]))

    assert chosen is not None
    assert chosen.touches_border


@pytest.mark.parametrize(
    "digit",
    [(0, 30, 20, 70), (80, 30, 100, 70), (40, 0, 60, 40), (40, 60, 60, 100)],
    ids=["left", "right", "top", "bottom"],
)
def test_a_digit_at_the_border_is_taken_and_flagged_where_there_is_no_other(digit: Box) -> None:
    chosen = choose_digit(mask([digit]))

    assert box(chosen) == digit
    assert chosen is not None
    assert chosen.touches_border


def test_two_digits_are_said_and_the_larger_near_the_middle_is_taken() -> None:
    chosen = choose_digit(mask([(35, 30, 55, 70), (75, 30, 90, 70)]))

    assert box(chosen) == (35, 30, 55, 70)
    assert chosen is not None
    assert chosen.several


def test_the_mask_holds_the_ink_of_the_digit_alone() -> None:
    chosen = choose_digit(mask([DIGIT, (2, 2, 4, 4)]))

    assert chosen is not None
    np.testing.assert_array_equal(chosen.mask, mask([DIGIT]))


def test_diagonal_pixels_are_one_stroke() -> None:
    assert box(choose_digit(np.eye(20, dtype=np.bool_)[2:18])) == (2, 0, 18, 16)
