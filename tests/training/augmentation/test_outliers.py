import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.training.augmentation.outliers import KINDS, outliers


def test_they_have_the_form_of_mnists_digits(test_split: Dataset) -> None:
    made = outliers(test_split.images, test_split.labels, 3 * len(KINDS), seed=1)

    assert made.shape == (3 * len(KINDS), 28, 28)
    assert made.dtype == np.uint8
    for image in made:
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
        mass = image.astype(float)
        row = (mass.sum(axis=1) @ np.arange(28)) / mass.sum()
        column = (mass.sum(axis=0) @ np.arange(28)) / mass.sum()
        assert (row, column) == pytest.approx((14, 14), abs=0.51)


def test_a_seed_repeats_them_and_another_makes_others(test_split: Dataset) -> None:
    images, labels = test_split.images, test_split.labels
    first = outliers(images, labels, 24, seed=1)

    np.testing.assert_array_equal(first, outliers(images, labels, 24, seed=1))
    assert (first != outliers(images, labels, 24, seed=2)).any(axis=(1, 2)).mean() > 0.9


def test_none_can_be_asked_for(test_split: Dataset) -> None:
    assert outliers(test_split.images, test_split.labels, 0, seed=1).shape == (0, 28, 28)


def test_no_image_is_a_digit_of_the_data(test_split: Dataset) -> None:
    made = outliers(test_split.images, test_split.labels, 120, seed=1)
    known = {image.tobytes() for image in test_split.images}

    assert not any(image.tobytes() in known for image in made)
