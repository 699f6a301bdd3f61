import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.evaluation.sweeps import SWEEPS, swept


def one_dot(row: int, column: int) -> NDArray[np.uint8]:
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, row, column] = 255
    return images


@pytest.mark.parametrize("name", SWEEPS)
def test_each_strength_changes_digits_the_more_the_stronger_it_is(
    test_split: Dataset, name: str
) -> None:
    sweep, images = SWEEPS[name], test_split.images[:20]
    away = [abs(strength - sweep.neutral) for strength in sweep.strengths]
    changes = [
        np.abs(swept(images, name, strength, seed=0).astype(int) - images).mean()
        for strength in sweep.strengths
    ]

    assert list(sweep.strengths) == sorted(sweep.strengths)
    assert 0 not in away
    assert min(changes) > 1
    weaker, stronger = np.argmin(away), np.argmax(away)
    assert changes[weaker] < changes[stronger]


@pytest.mark.parametrize("name", SWEEPS)
def test_a_seed_repeats_a_sweep(test_split: Dataset, name: str) -> None:
    strength = SWEEPS[name].strengths[-1]
    first, second = (swept(test_split.images[:5], name, strength, seed=7) for _ in range(2))

    assert first.shape == (5, 28, 28)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)


def test_a_quarter_turn_goes_clockwise() -> None:
    # the centre is (13.5, 13.5): 0.5 px above it and 6.5 to its right comes to 6.5 below it
    # and 0.5 to its right
    assert swept(one_dot(13, 20), "rotation", 90, 0)[0, 20, 14] == 255


def test_half_the_size_brings_a_place_half_as_near_to_the_centre() -> None:
    block = np.zeros((1, 28, 28), np.uint8)
    block[0, 4:24, 4:24] = 255
    rows = np.flatnonzero((swept(block, "scale", 0.5, 0)[0] > 127).any(axis=1))

    assert (rows.min(), rows.max()) == (9, 18)  # ten of the twenty


def test_a_shift_goes_up_down_left_or_right_by_whole_pixels() -> None:
    images = np.repeat(one_dot(14, 14), 50, axis=0)
    places = {(int(r), int(c)) for _, r, c in np.argwhere(swept(images, "shift", 6, 0))}

    assert places == {(8, 14), (20, 14), (14, 8), (14, 20)}


@pytest.mark.parametrize(("wider", "width"), [(-2, 2), (-1, 3), (1, 5), (2, 6)])
def test_a_stroke_of_four_pixels_gets_as_much_wider_or_thinner_as_asked(
    wider: float, width: float
) -> None:
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, 2:26, 12:16] = 255
    middle = swept(images, "stroke_width", wider, 0)[0, 14].astype(float)

    assert middle.sum() / 255 == pytest.approx(width, abs=0.3)


def test_noise_has_the_deviation_that_it_says() -> None:
    grey = np.full((20, 28, 28), 128, np.uint8)
    noisy = swept(grey, "noise", 0.1, 0)

    assert noisy.std() == pytest.approx(0.1 * 255, rel=0.03)
    assert noisy.mean() == pytest.approx(128, abs=1)
