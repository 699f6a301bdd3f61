import numpy as np
import pytest

from mnist_cli.core.dataset import Dataset
from mnist_cli.training.variants import with_variants


def test_ones_sevens_and_zeros_are_added_in_the_asked_share(test_split: Dataset) -> None:
    images, labels = test_split.images[:1_000], test_split.labels[:1_000]
    more, of_classes = with_variants(images, labels, 0.5, seed=0)
    added = of_classes[1_000:]

    np.testing.assert_array_equal(more[:1_000], images)
    for digit in (0, 1, 7):
        assert (added == digit).sum() == pytest.approx(0.5 * (labels == digit).sum(), abs=1)
    assert set(added) == {0, 1, 7}


def test_a_variant_has_more_ink_and_stays_centred(test_split: Dataset) -> None:
    ones = test_split.images[test_split.labels == 1][:100]
    more, _ = with_variants(ones, np.ones(100, np.uint8), 1.0, seed=0)
    variants = more[100:].astype(float)

    assert variants.sum() > 1.2 * ones.sum()
    rows = (variants.sum(axis=2) @ np.arange(28)) / variants.sum(axis=(1, 2))
    assert np.abs(rows - 14).max() < 0.6


def test_a_share_of_nothing_adds_nothing(test_split: Dataset) -> None:
    images, _ = with_variants(test_split.images[:50], test_split.labels[:50], 0.0, seed=0)

    assert len(images) == 50
