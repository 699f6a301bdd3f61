from dataclasses import replace

import numpy as np
import pytest

from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.normalise import Normalised
from mnist_cli.reading.numbers import numbers_of
from mnist_cli.reading.outline import outline_of
from mnist_cli.reading.tables.aligned import aligned_grids
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.wanted import ANYTHING, arranged_as
from tests.reading.looks import candidate

GREY = np.full((700, 700), 255, np.uint8)
HEIGHT, PITCH = 24, 60


def digits(rows: list[str], slope: float = 0.0, apart: float = 130) -> list[Candidate]:
    """Return the digits of numbers that stand in columns, aligned right; `-` is an empty cell."""
    found = []
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts.split()):
            for at in range(len(text) if text != "-" else 0):
                x = 60 + (column + 0.6) * apart - 18 * (len(text) - at)
                y = 80 + row * PITCH + slope * x
                found.append(candidate((x, y, x + 14, y + HEIGHT)))
    return found


def cut(some: list[Candidate]) -> dict[Candidate, Normalised]:
    image = np.zeros((28, 28), np.uint8)
    return {one: Normalised(image, one.box, (), image) for one in some}


def grid_of(some: list[Candidate]) -> Grid | None:
    ways = list(aligned_grids(GREY, numbers_of(some), dark=True))
    assert len(ways) < 2
    if not ways:
        return None
    ((grid,),) = ways
    return grid


@pytest.mark.parametrize("slope", [-0.12, 0.0, 0.08])
def test_numbers_in_rows_and_columns_are_a_table(slope: float) -> None:
    some = digits(["12 7 340", "5 61 2", "- 8 77", "104 3 9"], slope)

    grid = grid_of(some)

    assert grid is not None
    assert (grid.rows, grid.columns) == (4, 3)
    places = grid.places(np.array([one.middle for one in some])).tolist()
    assert places[:3] == [[0, 0], [0, 0], [0, 1]]
    assert places[-1] == [3, 2]
    assert [-1, -1] not in places
    assert not grid.is_ruled


@pytest.mark.parametrize(("left", "right"), [(0.18, 0.18), (-0.2, -0.2), (0.2, -0.2), (0.0, 0.15)])
def test_columns_may_lean_each_as_much_as_it_does(left: float, right: float) -> None:
    texts = ["12 734 340 5", "5 61 2 104", "88 8 77 12", "104 3 912 41", "6 55 31 780", "7 250 6 3"]
    some = []
    for one in digits(texts, apart=110):
        (x, y), (begin, end) = one.middle, (60, 480)
        lean = left + (right - left) * (x - begin) / (end - begin)
        some.append(replace(one, edges=one.edges + lean * (y - 230) * np.array([1, 0, 1, 0])))

    grid = grid_of(some)

    assert grid is not None
    assert (grid.rows, grid.columns) == (6, 4)
    counts = [len(text) for row in texts for text in row.split()]
    places = np.repeat([[row, column] for row in range(6) for column in range(4)], counts, axis=0)
    assert grid.places(np.array([one.middle for one in some])).tolist() == places.tolist()


def test_two_columns_lean_by_chance() -> None:
    some = digits(["12 734", "5 61", "88 8", "104 3", "6 55"], apart=90)
    moved = [
        replace(one, edges=one.edges + 0.2 * one.middle[1] * np.array([1, 0, 1, 0])) for one in some
    ]

    assert grid_of(some) is not None
    assert grid_of(moved) is None


def test_a_number_across_two_columns_is_never_cut() -> None:
    rows = ["12 734 3", "5 61 20", "88 8 7", "104 3 5", "6 55 1", "7 20 88", "3 40 6", "5 12 2"]
    some = digits([*rows, "- 20265741 2"], apart=90)
    whole = max(numbers_of(some)[-1], key=len)

    grid = grid_of(some)

    assert len(whole) == 8
    assert (
        grid is None
        or len(
            {
                tuple(place)
                for place in grid.places(np.array([one.middle for one in whole])).tolist()
            }
        )
        == 1
    )


@pytest.mark.parametrize(
    "rows",
    [
        ["12 7", "5 61"],  # two rows
        ["12", "5", "8", "104"],  # one column
        ["12 - - -", "- 61 - -", "- - 8 -", "- - - 7"],  # hardly filled
    ],
)
def test_other_numbers_are_none(rows: list[str]) -> None:
    assert grid_of(digits(rows)) is None


def test_lines_of_words_apart_are_none() -> None:
    generator = np.random.default_rng(0)
    some = []
    for row in range(6):
        x = 40.0
        while x < 600:
            for _ in range(int(generator.integers(1, 5))):
                some.append(candidate((x, 60 + row * PITCH, x + 14, 84 + row * PITCH)))
                x += 18
            x += generator.uniform(20, 60)

    assert grid_of(some) is None


def test_a_line_far_below_is_of_no_table() -> None:
    some = digits(["12 7", "5 61", "8 9"])
    some += [candidate((100, 600, 114, 624)), candidate((240, 600, 254, 624))]

    grid = grid_of(some)

    assert grid is not None
    assert (grid.rows, grid.columns) == (3, 2)


@pytest.mark.parametrize(("high", "columns"), [(3, 3), (16, 4)])
def test_a_speck_makes_no_column_and_is_told_in_its_cell(high: int, columns: int) -> None:
    some = digits(["12 7 340", "5 61 2", "- 8 77", "104 3 9"])
    speck = candidate((206, 80, 220, 80 + HEIGHT))  # it was taken for a digit as tall as others
    cuts = cut([*some, speck])
    cuts[speck] = replace(cuts[speck], box=(206, 80, 220, 80 + high))

    wanted = ANYTHING._replace(outline=outline_of(GREY.shape))
    (table,) = arranged_as(GREY, cuts, ((), ()), wanted).tables

    assert (table.grid.rows, table.grid.columns) == (4, columns)
    held = [number for cell in table.cells for number in cell.numbers]
    assert sum(speck in number for number in held) == 1


def test_beside_numbers_without_rules_no_stroke_is_taken_up() -> None:
    wanted = ANYTHING._replace(outline=outline_of(GREY.shape))
    some = digits(["12 7 340", "5 61 2", "- 8 77", "104 3 9"])
    arrangement = arranged_as(GREY, cut(some), ((), ()), wanted)
    (table,) = arrangement.tables
    stroke = candidate((120, 170, 134, 170 + HEIGHT))
    cells = (replace(table.cells[0], unread=(stroke.middle,)), *table.cells[1:])

    one = replace(arrangement, tables=(replace(table, cells=cells),))

    assert one.unread([stroke]) == []


def test_a_page_without_digits_has_no_table() -> None:
    wanted = ANYTHING._replace(outline=outline_of(GREY.shape))

    assert arranged_as(GREY, {}, ((), ()), wanted).tables == ()
