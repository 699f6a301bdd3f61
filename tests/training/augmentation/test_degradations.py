import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.config import DegradationConfig
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.tensorflow import tf
from mnist_cli.training.augmentation.degradations import KINDS, degrade

Floats = NDArray[np.float32]

PROBABILITY = DegradationConfig().probability


@pytest.fixture(scope="module")
def digits(test_split: Dataset) -> Floats:
    """Return (2000, 28, 28, 1) in [0, 1]."""
    return as_input(test_split.images[:2_000])


def worn(digits: Floats, draw: int = 0, **strengths: float) -> Floats:
    batch = degrade(
        tf.constant(digits), tf.constant([1, draw], tf.int64), DegradationConfig(**strengths)
    )
    return np.asarray(batch)


def share_changed(before: Floats, after: Floats) -> float:
    return float((np.abs(after - before).max(axis=(1, 2, 3)) > 1e-3).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_strikes_its_share_and_stays_in_range(digits: Floats, kind: str) -> None:
    after = worn(digits, 0, **{kind: 1.0})

    assert after.shape == digits.shape
    assert after.min() >= 0
    assert after.max() <= 1
    # a small wiped square or faint spot may hit no ink
    assert 0.2 * PROBABILITY < share_changed(digits, after) <= 1.15 * PROBABILITY


def test_every_kind_of_the_config_is_there() -> None:
    assert {*KINDS, "probability"} == set(vars(DegradationConfig()))


def test_kinds_strike_as_many_as_they_are_told_to(digits: Floats) -> None:
    assert share_changed(digits, worn(digits, haze=1, probability=0.5)) == pytest.approx(
        0.5, abs=0.04
    )


def test_without_wear_images_stay(digits: Floats) -> None:
    np.testing.assert_array_equal(worn(digits), digits)


def test_a_seed_repeats_the_wear_and_another_changes_it(digits: Floats) -> None:
    first = worn(digits, 5, haze=1, noise=1)

    np.testing.assert_array_equal(first, worn(digits, 5, haze=1, noise=1))
    assert share_changed(first, worn(digits, 6, haze=1, noise=1)) > 1.5 * PROBABILITY


def test_kinds_strike_different_images(digits: Floats) -> None:
    hazy = np.abs(worn(digits, haze=1.0) - digits).max(axis=(1, 2, 3)) > 1e-3
    bordered = np.abs(worn(digits, borders=1.0) - digits).max(axis=(1, 2, 3)) > 1e-3

    assert (hazy & bordered).mean() == pytest.approx(PROBABILITY**2, abs=0.02)


def test_borders_invert_opposite_edges_alone(digits: Floats) -> None:
    difference = np.abs(worn(digits, borders=1.0) - digits)

    assert difference[:, 9:19, 9:19].max() == 0
    assert difference.max() == 1


def test_clutter_stays_at_the_edges(digits: Floats) -> None:
    assert np.abs(worn(digits, clutter=1.0) - digits)[:, 8:20, 8:20].max() == 0


def test_strokes_are_widened_in_some_and_thinned_in_others(digits: Floats) -> None:
    grown = (worn(digits, stroke=1.0) - digits).sum(axis=(1, 2, 3))

    assert (grown > 1).mean() == pytest.approx(PROBABILITY / 2, abs=0.03)
    assert (grown < -1).mean() == pytest.approx(PROBABILITY / 2, abs=0.03)
