import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.rules import without_rules

Mask = NDArray[np.bool_]


@pytest.fixture
def digit() -> Mask:
    """Return a 1 and a half: an upright stroke of 6 by 80 px in 200×200."""
    mask = np.zeros((200, 200), np.bool_)
    mask[60:140, 97:103] = True
    return mask


def ruled(mask: Mask, rows: list[int], slope: float = 0.0) -> Mask:
    """Rule lines of 2 px from the left to the right."""
    ruled = mask.copy()
    columns = np.arange(mask.shape[1])
    for row in rows:
        at = np.rint(row + slope * columns).astype(int)
        ruled[at, columns] = ruled[at + 1, columns] = True
    return ruled


@pytest.mark.parametrize("slope", [0.0, 0.01, -0.01])
@pytest.mark.parametrize("way", ["across", "down"])
def test_ruled_lines_go_and_the_stroke_across_them_stays(
    digit: Mask, slope: float, way: str
) -> None:
    mask = ruled(digit, [30, 100, 170], slope)
    rest = without_rules(mask) if way == "across" else without_rules(mask.T).T

    assert (rest & digit).sum() > 0.97 * digit.sum()
    assert (rest & ~digit).sum() < 0.05 * (mask & ~digit).sum()


def test_a_box_around_a_digit_goes(digit: Mask) -> None:
    boxed = digit.copy()
    boxed[6:194, 6:194] |= ~np.pad(np.ones((184, 184), np.bool_), 2)

    np.testing.assert_array_equal(without_rules(boxed), digit)


def test_without_rules_nothing_changes(digit: Mask) -> None:
    np.testing.assert_array_equal(without_rules(digit), digit)


def test_the_bar_of_a_seven_is_no_rule() -> None:
    seven = np.zeros((200, 200), np.bool_)
    seven[60:66, 60:140] = True
    seven[60:140, 134:140] = True

    np.testing.assert_array_equal(without_rules(seven), seven)


def test_a_line_of_digits_is_no_rule() -> None:
    page = np.zeros((400, 800), np.bool_)
    for left in range(20, 780, 40):
        page[180:230, left : left + 16] = True

    np.testing.assert_array_equal(without_rules(page), page)


def test_a_line_longer_than_any_stroke_goes_wherever_it_begins(digit: Mask) -> None:
    wide = np.pad(digit, ((0, 0), (300, 300)))
    lined = wide.copy()
    lined[180:183, 60:700] = True

    np.testing.assert_array_equal(without_rules(lined), wide)


def test_the_stroke_of_a_one_in_a_narrow_picture_is_no_rule() -> None:
    narrow = np.zeros((240, 70), np.bool_)
    narrow[30:210, 34:44] = True

    np.testing.assert_array_equal(without_rules(narrow), narrow)


def test_ink_everywhere_is_looked_through_without_a_warning() -> None:
    assert without_rules(np.ones((200, 200), np.bool_)).shape == (200, 200)
