import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.evaluation.corruptions import CORRUPTIONS, corrupted


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_changes_digits_and_a_seed_repeats_it(
    test_split: Dataset, name: str
) -> None:
    images = test_split.images[:10]
    changed = corrupted(images, name, seed=3)

    assert changed.shape == images.shape
    assert changed.dtype == np.uint8
    assert (np.abs(changed.astype(int) - images).max(axis=(1, 2)) > 30).all()
    np.testing.assert_array_equal(changed, corrupted(images, name, seed=3))


def test_there_are_fifteen() -> None:
    assert len(CORRUPTIONS) == 15


def one_dot(row: int, column: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, row, column] = 255
    return images


def test_translation_moves_by_three_pixels_on_each_axis() -> None:
    ((_, row, column),) = np.argwhere(corrupted(one_dot(14, 14), "translate", 0))

    assert {abs(row - 14), abs(column - 14)} == {3}


def test_brightness_adds_half_of_full_ink() -> None:
    bright = corrupted(one_dot(14, 14), "brightness", 0)[0]

    assert bright[14, 14] == 255
    assert (np.delete(bright.ravel(), 14 * 28 + 14) == 128).all()


def test_a_stripe_inverts_the_outer_quarters() -> None:
    striped = corrupted(one_dot(14, 2), "stripe", 0)[0]

    assert (striped[:, 7:21] == 0).all()
    assert striped[14, 2] == 0
    assert striped[:, 21:].min() == 255


def test_scaling_keeps_seven_tenths(test_split: Dataset) -> None:
    images = test_split.images[:50]
    small = corrupted(images, "scale", 0)

    def heights(images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
        return float((images > 60).any(axis=2).sum(axis=1).mean())

    assert heights(small) == pytest.approx(0.7 * heights(images), rel=0.08)


def test_impulse_noise_strikes_a_sixth_of_the_pixels() -> None:
    grey = np.full((20, 28, 28), 128, np.uint8)
    noisy = corrupted(grey, "impulse_noise", 0)

    assert (noisy != 128).mean() == pytest.approx(0.17, abs=0.01)
    assert set(np.unique(noisy)) == {0, 128, 255}
