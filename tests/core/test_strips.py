import numpy as np
import pytest

from mnist_cli.core.strips import (
    COUNT,
    DIGIT,
    EDGE,
    HIGH,
    STRIDE,
    WIDE,
    Halved,
    Strip,
    columns_of,
    strips_of,
)


def row(count: int, height: float = 40, apart: float = 10, slope: float = 0.0) -> np.ndarray:
    """Boxes of digits in a row, half as wide as high, from x = 100 on."""
    left = 100 + np.arange(count) * (height / 2 + apart)
    top = 200 + slope * (left - 100)
    return np.stack([left, top, left + height / 2, top + height], 1)


def test_points_come_back_from_the_strip_to_where_they_are() -> None:
    strip = Strip.of(row(6, slope=0.1))
    points = np.array([[100, 200], [170, 230], [250.5, 216.25]])

    assert strip.stands_at(strip.seen_at(points)) == pytest.approx(points)


def test_digits_are_of_one_height_and_level_in_it_whatever_the_line_is_like() -> None:
    for height, slope in ((12, 0.0), (40, 0.2), (333, -0.1)):
        edges = row(8, height, slope=slope)
        strip = Strip.of(edges)
        upper, lower = strip.seen_at(edges[:, :2]), strip.seen_at(edges[:, 2:])

        assert (lower - upper)[:, 1] == pytest.approx(DIGIT, rel=0.15)
        assert ((upper + lower) / 2)[:, 1] == pytest.approx(HIGH / 2, abs=2)


def test_a_line_that_bends_is_followed() -> None:
    edges = row(12)
    edges[:, [1, 3]] += (15 * np.sin(np.arange(12) / 4))[:, None]
    strip = Strip.of(edges)
    middles = (edges[:, :2] + edges[:, 2:]) / 2

    assert strip.seen_at(middles)[1:-1, 1] == pytest.approx(HIGH / 2, abs=2.5)


def test_a_tile_shows_the_line_and_where_digits_were_found() -> None:
    picture = np.full((400, 600), 220, np.uint8)
    picture[200:240, 105:115] = 20
    strip = Strip.of(row(1))
    (tile,) = strip.tiles(Halved(picture))
    (x, y), (right, bottom) = strip.seen_at(np.array([[105, 200], [115, 240]])).tolist()
    rows, columns = (
        slice(round(y) + 2, round(bottom) - 2),
        slice(EDGE + round(x), EDGE + round(right)),
    )

    assert tile.shape == (HIGH, WIDE, 2)
    assert tile[rows, columns, 0].max() < 60
    assert np.median(tile[..., 0]) >= 254
    assert tile[HIGH // 2, columns, 1].min() > 150
    assert not tile[..., :EDGE, 1].any()


def test_each_column_is_answered_by_one_tile_in_their_order() -> None:
    strip = Strip.of(row(30))
    numbered = np.array(
        [[[start + STRIDE * at] for at in range(WIDE // STRIDE)] for start in strip.starts]
    )
    columns = columns_of(strip, numbered)[:, 0]

    assert len(strip.starts) > 2
    assert columns.tolist() == list(range(0, len(columns) * STRIDE, STRIDE))
    assert len(columns) == -(-strip.width // STRIDE)


def test_a_wide_gap_parts_a_line_in_two_strips() -> None:
    farther = row(2) + np.array([600, 0, 600, 0])
    edges = np.concatenate([row(3), farther])
    laid = strips_of(edges, [range(5)])

    assert [members for _, members in laid] == [[0, 1, 2], [3, 4]]


def test_half_a_picture_is_made_once_and_never_too_small() -> None:
    halved = Halved(np.zeros((101, 57), np.uint8))
    grey, divided = halved.at_least(0.3)

    assert (grey.shape, divided) == ((51, 29), 2)
    assert halved.at_least(0.3)[0] is grey
    assert halved.at_least(3)[1] == 1
    assert COUNT == 12 + 1 + 1 + 4 + 4 + 10
