from collections.abc import Callable

import numpy as np
import pytest

from mnist_cli.core.data.shapes import centre_of_mass
from mnist_cli.training.augmentation.hands import flagged_one, four, looped_two, nine
from mnist_cli.training.augmentation.letters import LETTERS, SIGNS
from mnist_cli.training.augmentation.strokes import Strokes, fitted, rounded, written


def test_two_points_stay_a_line_and_of_more_the_ends_stay() -> None:
    line = np.array([[0.0, 0.0], [1.0, 1.0]])
    corner = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    path = rounded(corner)

    np.testing.assert_array_equal(rounded(line), line)
    np.testing.assert_array_equal(path[[0, -1]], corner[[0, -1]])
    assert np.hypot(*(path - corner[1]).T).min() > 0.15  # the corner is cut off


def test_ink_of_any_size_fills_the_box_and_lies_on_the_centre() -> None:
    image = np.zeros((60, 90), np.uint8)
    image[3:43, 50:70] = 200
    ink = fitted(image) > 0

    assert (ink.any(axis=1).sum(), ink.any(axis=0).sum()) == (20, 10)
    assert fitted(image).max() == 255
    assert centre_of_mass(fitted(image)) == pytest.approx((14, 14), abs=0.51)


@pytest.mark.parametrize("strokes", [*LETTERS.values(), *SIGNS.values()], ids=[*LETTERS, *SIGNS])
def test_letters_and_signs_are_written_with_a_pen_like_mnists(strokes: Strokes) -> None:
    image = written(strokes, np.random.default_rng(0))
    rows, columns = np.nonzero(image)

    assert max(np.ptp(rows), np.ptp(columns)) + 1 in {19, 20}
    assert 0.04 < (image > 127).mean() < 0.35
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.51)


@pytest.mark.parametrize("draw", [flagged_one, looped_two, four, nine])
def test_drawn_digits_differ_from_each_other(
    draw: Callable[[np.random.Generator], Strokes],
) -> None:
    generator = np.random.default_rng(0)
    images = {written(draw(generator), generator).tobytes() for _ in range(50)}

    assert len(images) == 50
