"""What is hardly a digit, at the ends of numbers."""

from typing import cast

import numpy as np
import pytest

from mnist_cli.reading.answers import Answer
from mnist_cli.reading.normalise import Normalised
from mnist_cli.reading.numbers import Number
from mnist_cli.reading.page import Page, Take
from mnist_cli.reading.tables.arrangement import Arrangement, Cell, Table
from mnist_cli.reading.tables.grid import Area, Grid
from mnist_cli.reading.trimming import trimmed
from tests.reading.looks import candidate

BLANK = Normalised(np.zeros((28, 28), np.uint8), (0, 0, 9, 9), (), np.zeros((9, 9), np.uint8))


def signs(text: str, y: int = 10) -> Number:
    return tuple(
        candidate((x, y, x + 14, y + 24), sign)
        for x, sign in zip(range(10, 400, 18), text, strict=False)
    )


def read(*numbers: tuple[str, str], in_cell: bool = False) -> tuple[Page, list[str]]:
    """Return a page of a number a line, after trimming, and its numbers.

    Args:
        numbers: The signs of each, and below each digit how likely it is, in tenths.
        in_cell: Whether all stand in one cell of a table.
    """
    lines = [signs(text, 10 + 40 * row) for row, (text, _) in enumerate(numbers)]
    pairs = [
        (Take(BLANK, one, row), Answer(((int(one.symbol), int(share) / 10),), False, (), ()))
        for row, (line, (_, shares)) in enumerate(zip(lines, numbers, strict=True))
        for one, share in zip(line, shares, strict=True)
        if one.is_digit
    ]
    cell = Cell(Area((0, 1), (0, 1)), tuple(lines), ("several_numbers",), 0.0)
    tables = (Table(cast("Grid", None), (cell,)),) if in_cell else ()
    arrangement = Arrangement(tuple((line,) for line in lines), tables)
    takes = tuple(take for take, _ in pairs)
    grey = np.zeros((100, 200), np.uint8)
    page = Page(takes, 0, (), (), 0, True, (), grey, arrangement)
    page, left = trimmed(page, pairs)
    assert [take.candidate for take, _ in left] == [
        one for number in page.arrangement.numbers for one in number if one.is_digit
    ]
    return page, ["".join(one.symbol for one in number) for number in page.arrangement.numbers]


@pytest.mark.parametrize(
    ("text", "shares", "left"),
    [
        ("429", "199", "29"),
        ("294", "991", "29"),
        ("29", "29", "29"),  # it may be one
        ("4-29", "1.99", "29"),  # a mark beyond it stood between two digits
        ("-29", ".99", "-29"),
        ("29.59", "99.91", "29.5"),
        ("219", "919", "219"),  # 29 would look like one number
    ],
)
def test_what_is_hardly_a_digit_goes_at_the_ends_of_a_number(
    text: str, shares: str, left: str
) -> None:
    page, numbers = read((text, shares), ("7", "9"))

    assert numbers == [left, "7"]
    lost = sum(map(str.isdigit, text)) - sum(map(str.isdigit, left))
    assert [one.reason for one in page.left_out] == ["hardly_a_digit"] * lost
    assert len(page.shortened) == bool(lost)


def test_a_number_of_nothing_else_goes_and_the_line_with_it() -> None:
    page, numbers = read(("44", "11"), ("7", "9"))

    assert numbers == ["7"]
    assert len(page.left_out) == 2
    assert not page.shortened


def test_where_nothing_would_be_left_all_stays() -> None:
    page, numbers = read(("44", "11"))

    assert numbers == ["44"]
    assert not page.left_out


def test_a_cell_that_loses_its_number_holds_no_digit_and_is_doubted() -> None:
    page, numbers = read(("44", "11"), in_cell=True)
    (cell,) = page.arrangement.tables[0].cells

    assert numbers == []
    assert (cell.numbers, cell.flags) == ((), ("not_a_digit",))
    assert cell.doubt == pytest.approx(0.1)


def test_of_two_numbers_in_a_cell_one_is_left() -> None:
    page, _ = read(("44", "11"), ("7", "9"), in_cell=True)
    (cell,) = page.arrangement.tables[0].cells

    assert [len(number) for number in cell.numbers] == [1]
    assert cell.flags == ()
