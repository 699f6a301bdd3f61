import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.dataset import Dataset
from mnist_cli.reading.page import find_digits
from mnist_cli.reading.room import is_filled, with_room
from tests.conftest import render_digit

Grey = NDArray[np.uint8]


def cropped(grey: Grey) -> Grey:
    """Cut (H, W) dark ink on white to its digit."""
    x, y, width, height = cv2.boundingRect(255 - grey)
    return grey[y : y + height, x : x + width]


@pytest.mark.parametrize("digit", [0, 2, 3, 4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_digit_that_fills_its_picture_comes_out_as_one_with_paper_around_it(
    digit: int, light_on_dark: bool
) -> None:
    whole = render_digit(digit)
    tight = cropped(whole)
    if light_on_dark:
        whole, tight = 255 - whole, 255 - tight

    page = find_digits(tight)
    (expected,) = find_digits(whole).digits

    (found,) = page.digits
    assert page.inverted is not light_on_dark
    np.testing.assert_array_equal(found.image, expected.image)
    assert np.abs(np.subtract(found.box, (0, 0, *tight.shape[::-1]))).max() <= 1
    assert found.flags == ()


def test_a_picture_of_eight_pixels_is_read_like_the_large_one(test_split: Dataset) -> None:
    image = test_split.images[test_split.labels == 0][0]
    x, y, width, height = cv2.boundingRect(image)
    tiny = cv2.resize(image[y : y + height, x : x + width], (7, 8), interpolation=cv2.INTER_AREA)

    (found,) = find_digits(tiny).digits

    assert (
        np.corrcoef(cv2.blur(found.image, (3, 3)).ravel(), cv2.blur(image, (3, 3)).ravel())[0, 1]
        > 0.8
    )
    assert found.box == (0, 0, 7, 8)


def test_what_is_asked_for_decides_the_polarity() -> None:
    tight = cropped(render_digit(3))

    assert [roomy.inverted for roomy in with_room(tight, "yes")] == [True]
    assert [roomy.inverted for roomy in with_room(255 - tight, "no")] == [False]
    assert next(with_room(tight, "auto")).inverted


def test_a_photograph_and_a_digit_with_paper_around_it_get_no_room() -> None:
    grain = np.random.default_rng(0).normal(0, 6, (120, 120))
    photograph = np.clip(render_digit(3, 120, 60, 190, 0.95) + grain, 0, 255).astype(np.uint8)

    assert list(with_room(photograph, "auto")) == []
    assert list(with_room(render_digit(3), "auto")) == []


def test_two_digits_a_blot_and_nothing_fill_no_picture() -> None:
    two, blot = np.zeros((60, 60), np.bool_), np.zeros((60, 60), np.bool_)
    two[:, 10:16] = two[:, 40:46] = True
    blot[:, 10:50] = True

    assert not is_filled(two)
    assert not is_filled(blot)
    assert not is_filled(np.zeros((60, 60), np.bool_))
    assert is_filled(two & (np.arange(60) < 20))


def test_a_strip_is_no_digit() -> None:
    strip = np.full((20, 400), 255, np.uint8)
    strip[8:11] = 0

    assert list(with_room(strip, "auto")) == []
