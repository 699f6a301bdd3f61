import pytest

from mnist_cli.reading.lines import find_lines
from mnist_cli.reading.pieces import Group

Places = list[list[tuple[int, int]]]


def groups(places: Places) -> list[Group]:
    """Make groups of 24 by 40 px, by left and top."""
    return [
        Group((number,), left, top, left + 24, top + 40, 400, 1_000.0)
        for number, (left, top) in enumerate(place for line in places for place in line)
    ]


@pytest.mark.parametrize("slope", [-0.13, 0.0, 0.13])
def test_lines_are_found_however_they_slant(slope: float) -> None:
    lines = [
        [(60 * column, 150 + 60 * row + round(60 * slope * column)) for column in range(8)]
        for row in range(3)
    ]

    found = find_lines(groups(lines)[::-1])

    assert [[(group.left, group.top) for group in line] for line in found] == lines


@pytest.mark.parametrize(
    "lines",
    [
        [[(840, 20), (870, 20)], [(20, 100), (50, 100)]],
        [[(20, 20), (50, 20)], [(430, 80), (460, 80)], [(840, 140), (870, 140)]],
    ],
    ids=["two", "stairs"],
)
def test_lines_that_begin_far_apart_are_not_one_slanting_line(lines: Places) -> None:
    found = find_lines(groups(lines))

    assert [[(group.left, group.top) for group in line] for line in found] == lines


def test_no_digits_are_in_no_lines() -> None:
    assert find_lines([]) == []
