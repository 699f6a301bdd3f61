import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.reading.occlusion import log_odds, occlusion


def by_two_dots(images: AnyImages) -> NDArray[np.float32]:
    """Take an image for a 1; the dot at (5, 5) is for it, the one at (21, 21) against it."""
    odds = 1.0 + 2 * (images[:, 5, 5] > 0) - 3 * (images[:, 21, 21] > 0)
    chance = 1 / (1 + np.exp(-odds))
    answers = np.repeat((1 - chance)[:, None] / 9, 10, axis=1)
    answers[:, 1] = chance
    return answers.astype(np.float32)


def test_ink_gets_what_is_lost_where_it_is_covered() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[5, 5] = image[21, 21] = image[13, 13] = 255

    values = occlusion(by_two_dots, image, 1)

    assert values[5, 5] == pytest.approx(2, abs=1e-4)
    assert values[21, 21] == pytest.approx(-3, abs=1e-4)
    assert np.abs(values).sum() == pytest.approx(5, abs=1e-3)  # nothing elsewhere


def test_a_blank_image_says_nothing() -> None:
    assert not occlusion(by_two_dots, np.zeros((28, 28), np.uint8), 1).any()


def test_log_odds_of_what_is_nearly_certain_are_finite() -> None:
    certain = np.eye(10, dtype=np.float32)[[3]]

    assert np.isfinite(log_odds(certain, 3)).all()
    assert log_odds(certain, 3) > 50
    assert log_odds(np.full((1, 10), 0.1, np.float32), 3) == pytest.approx(np.log(1 / 9))
