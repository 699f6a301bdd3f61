import numpy as np
import pytest

from mnist_cli.reading.layout import find_lines
from mnist_cli.reading.normalise import Box


def at(x: float, y: float, height: float = 40) -> Box:
    """Return the box of a digit around a place."""
    return (
        *(round(x - 0.3 * height), round(y - height / 2)),
        *(round(x + 0.3 * height), round(y + height / 2)),
    )


def shuffled(lines: list[list[Box]]) -> tuple[list[Box], list[list[Box]]]:
    """Return the boxes as a finder gives them, and the lines that it has to come to."""
    boxes = [box for line in lines for box in line]
    order = np.random.default_rng(0).permutation(len(boxes))
    return [boxes[number] for number in order], lines


def check(lines: list[list[Box]]) -> None:
    boxes, expected = shuffled(lines)
    assert [[boxes[number] for number in line] for line in find_lines(boxes)] == expected


def test_without_digits_there_are_no_lines() -> None:
    assert find_lines([]) == []


def test_one_digit_is_a_line() -> None:
    assert find_lines([at(50, 50)]) == [[0]]


def test_rows_are_read_from_left_to_right_and_top_to_bottom() -> None:
    check([[at(30 + 40 * x, 40 + 60 * y) for x in range(5)] for y in range(4)])


def test_digits_of_a_line_may_stand_unevenly_and_be_of_other_sizes() -> None:
    heights, shifts = [40, 30, 52, 44, 36], [0, 8, -6, 5, -9]
    check(
        [[at(30 + 45 * x, 60 + 90 * y + shifts[x], heights[x]) for x in range(5)] for y in range(3)]
    )


@pytest.mark.parametrize("slant", [-0.15, -0.05, 0.05, 0.15])
def test_slanting_rows_stay_rows(slant: float) -> None:
    """Of 9° at most, over a line that rises or falls by more than its distance from the next."""
    check([[at(40 * x, 200 + 60 * y + 40 * slant * x) for x in range(12)] for y in range(3)])


def test_numbers_in_far_columns_of_a_table_stand_on_one_line() -> None:
    columns = [30, 60, 90, 600, 630, 1_200]
    check([[at(x, 50 + 70 * y) for x in columns] for y in range(4)])


def test_a_digit_far_below_is_a_line_of_its_own() -> None:
    check([[at(50, 40), at(90, 42)], [at(70, 300)]])


def test_a_flat_one_counts_by_its_width() -> None:
    """Nobody writes a digit of 40 by 4 px, yet a finder may take a dash for one."""
    check([[at(40, 100), (70, 98, 110, 102), at(140, 100)]])
