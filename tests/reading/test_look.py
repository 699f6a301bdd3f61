"""Where on the picture the ink is that the finder saw."""

import numpy as np
import pytest

from tests.reading.looks import look_at

SIDE = 128


@pytest.mark.parametrize("frame", [0, 8])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_ink_is_brought_to_the_pixels_of_the_picture(scale: float, frame: int) -> None:
    """A bar from (20, 12) to (28, 40) of the picture, which is seen larger or smaller."""
    seen = np.zeros((SIDE, SIDE), np.bool_)
    left, top, right, bottom = (round(edge * scale) + frame for edge in (20, 12, 28, 40))
    seen[top:bottom, left:right] = True

    ink = look_at(seen, scale, frame).told("ink", (10, 5, 40, 50), (45, 30))

    rows, columns = np.nonzero(ink > 0.5)
    assert ink.shape == (45, 30)
    found = columns.min() + 10, rows.min() + 5, columns.max() + 11, rows.max() + 6
    assert np.abs(np.subtract(found, (20, 12, 28, 40))).max() <= 1
    assert (ink > 0.5).sum() == pytest.approx(8 * 28, rel=0.15)


def test_ink_is_given_at_the_resolution_that_is_asked_for() -> None:
    seen = np.zeros((SIDE, SIDE), np.bool_)
    seen[40:80, 32:64] = True
    look = look_at(seen)

    whole, half = (
        look.told("ink", (0, 0, 96, 96), (96, 96)),
        look.told("ink", (0, 0, 96, 96), (48, 48)),
    )

    assert np.abs(whole.reshape(48, 2, 48, 2).mean(axis=(1, 3)) - half).mean() < 0.01


def test_ink_can_be_asked_for_to_the_very_border() -> None:
    look = look_at(np.ones((SIDE, SIDE), np.bool_))

    assert look.told("ink", (0, 0, SIDE, SIDE), (SIDE, SIDE)).min() > 0.99
