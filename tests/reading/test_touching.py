import numpy as np
import pytest

from mnist_cli.reading.segment import Region
from mnist_cli.reading.touching import halves, is_too_wide


def region(*boxes: tuple[int, int, int, int], at: tuple[int, int] = (0, 0)) -> Region:
    """Fill boxes (left, top, right, bottom) with ink, and put the whole at a place (x, y)."""
    width, height = max(box[2] for box in boxes), max(box[3] for box in boxes)
    mask = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    x, y = at
    return Region(mask, (x, y, x + width, y + height))


def zero(left: int, top: int = 0) -> list[tuple[int, int, int, int]]:
    """Return the strokes of a 0 of 40 by 60 px."""
    right, bottom = left + 40, top + 60
    return [
        (left, top, left + 6, bottom),
        (right - 6, top, right, bottom),
        (left, top, right, top + 6),
        (left, bottom - 6, right, bottom),
    ]


def test_two_digits_that_a_stroke_joins_are_cut_at_the_stroke() -> None:
    joined = region(*zero(0), (40, 30, 50, 36), *zero(50, 4), at=(100, 200))
    left, right = halves(joined)

    assert is_too_wide(joined)
    assert left.box[:2] == (100, 200)
    assert 140 <= left.box[2] <= right.box[0] + 5 <= 155
    assert left.box[3] == 260
    assert right.box[1] in {204, 230}
    assert right.box[2:] == (190, 264)
    assert left.mask.sum() + right.mask.sum() == joined.mask.sum()


def test_one_digit_stays_one() -> None:
    assert halves(region(*zero(0))) == ()


@pytest.mark.parametrize("height", [30, 60])
def test_where_no_column_is_thin_nothing_is_cut(height: int) -> None:
    assert halves(region((0, 0, 60, height))) == ()
