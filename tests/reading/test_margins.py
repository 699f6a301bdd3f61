import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.margins import within_margins
from mnist_cli.reading.page import find_digits
from tests.conftest import render_digit

Grey = NDArray[np.uint8]


@pytest.fixture
def photograph() -> Grey:
    """Return a digit on grainy grey paper, (200, 200)."""
    grain = np.random.default_rng(0).normal(0, 6, (200, 200))
    return np.clip(render_digit(3, ink=40, paper=170) + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [0, 90, 255])
def test_what_a_photograph_was_pasted_on_is_taken_off(photograph: Grey, colour: int) -> None:
    pasted = np.full((320, 420), colour, np.uint8)
    pasted[50:250, 120:320] = photograph

    assert within_margins(pasted) == (120, 50, 320, 250)
    (digit,) = find_digits(pasted).digits
    (alone,) = find_digits(photograph).digits
    np.testing.assert_array_equal(digit.image, alone.image)
    assert [at - by for at, by in zip(digit.box, (120, 50) * 2, strict=True)] == list(alone.box)


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_on_plain_paper_keeps_its_paper(digit: int) -> None:
    assert within_margins(render_digit(digit)) == (0, 0, 200, 200)


def test_a_plain_bar_is_a_digit_and_no_photograph() -> None:
    bar = np.full((100, 60), 255, np.uint8)
    bar[10:90, 18:42] = 0
    (digit,) = find_digits(bar).digits

    assert abs(digit.box[0] - 18) <= 2


def test_a_picture_of_one_colour_is_taken_whole() -> None:
    assert within_margins(np.full((30, 40), 7, np.uint8)) == (0, 0, 40, 30)
