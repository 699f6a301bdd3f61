"""Tables whose rules run one way alone: across, or down."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.numbers import by_gap, numbers_of
from mnist_cli.reading.outline import outline_of
from mnist_cli.reading.tables.aligned import aligned_grids
from mnist_cli.reading.tables.column_rules import column_rules, off_rules, parted_by
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grids import RuledPage, find_ruled
from mnist_cli.reading.tables.wanted import ANYTHING, arranged_as
from tests.reading.looks import candidate, finder
from tests.reading.sheets import sheet
from tests.reading.tables.test_aligned import HEIGHT, PITCH, cut, digits

TEXTS = ["12 7 340", "5 61 2", "90 8 77", "104 3 9", "6 55 128"]
TOP, BOTTOM = 80 - (PITCH - HEIGHT) // 2, 80 - (PITCH - HEIGHT) // 2 + PITCH * len(TEXTS)
SIDES = 20, 500


def page(
    across: Iterable[float] = (), down: Iterable[float] = (), slope: float = 0.0, low: int = BOTTOM
) -> Grey:
    """Draw rules on paper; those that run across go down by a slope."""
    drawn = np.full((700, 700), 225, np.uint8)
    for y in across:
        begin, end = ((x, round(y + slope * x)) for x in SIDES)
        cv2.line(drawn, begin, end, 60, 2)
    for x in down:
        cv2.line(drawn, (round(x), TOP), (round(x), low), 60, 2)
    return drawn


def write(drawn: Grey, text: str, x: int, y: int) -> None:
    cv2.putText(drawn, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 40, 2)


def ruled(drawn: Grey, some: Sequence[Candidate]) -> RuledPage:
    return find_ruled(drawn, finder().find(drawn).ruled_by, some, dark=True)


def only_grid(drawn: Grey, some: Sequence[Candidate]) -> Grid:
    (grid,), *_ = aligned_grids(drawn, numbers_of(some), dark=True, ruled=ruled(drawn, some))
    return grid


def places(grid: Grid, some: Sequence[Candidate]) -> list[list[int]]:
    found = grid.places(np.array([one.middle for one in some]))
    return [list(place) for place in sorted(set(map(tuple, found.tolist())))]


ROWS = np.arange(TOP, BOTTOM + 1, PITCH).tolist()


@pytest.mark.parametrize("slope", [-0.08, 0.0, 0.1])
def test_rules_across_part_rows_and_tell_where_they_end(slope: float) -> None:
    title = [candidate((x, 20 + slope * x, x + 14, 20 + HEIGHT + slope * x)) for x in (90, 108)]
    some = [*digits(TEXTS, slope), *title]

    grid = only_grid(page(ROWS, slope=slope), some)

    assert (grid.rows, grid.columns) == (5, 3)
    assert places(grid, some) == [[-1, -1], *([row, at] for row in range(5) for at in range(3))]
    level = grid.corners()[0, 1] - slope * grid.corners()[0, 0]
    assert level == pytest.approx(TOP, abs=4)


def test_lines_between_rules_far_apart_are_of_no_table() -> None:
    above = [  # two long numbers, over several columns
        candidate((x, 20 + PITCH * line, x + 14, 20 + PITCH * line + HEIGHT))
        for line in (0, 1)
        for x in range(100, 380, 18)
    ]
    down = np.array([0, 3 * PITCH, 0, 3 * PITCH])
    some = [*above, *(replace(one, edges=one.edges + down) for one in digits(TEXTS[:4]))]

    grid = only_grid(page([5, *(y + 3 * PITCH for y in ROWS[:5])]), some)

    assert (grid.rows, grid.columns) == (4, 3)
    assert places(grid, above) == [[-1, -1]]


def test_an_empty_row_between_rules_is_a_row() -> None:
    texts = [*TEXTS[:2], "- - -", *TEXTS[2:4]]
    some = digits(texts)

    grid = only_grid(page(ROWS), some)

    assert grid.rows == 5
    assert {row for row, _ in places(grid, some)} == {0, 1, 3, 4}


def test_a_heading_of_words_is_a_row() -> None:
    drawn, some = page([TOP - PITCH, *ROWS]), digits(TEXTS)
    for x in (70, 210, 340):
        write(drawn, "Sum", x, TOP - 25)

    with_words = only_grid(drawn, some)
    without = only_grid(page([TOP - PITCH, *ROWS]), some)

    assert (with_words.rows, without.rows) == (6, 5)
    assert [0, 0] not in places(with_words, some)


@pytest.mark.parametrize("is_ruled", [True, False])
def test_words_between_numbers_are_a_column(is_ruled: bool) -> None:
    texts = [text.replace(" ", " - ", 1) for text in TEXTS]
    some, drawn = digits(texts, apart=140), page(ROWS if is_ruled else ())
    for row in range(len(texts)):
        write(drawn, "milk", 210, 102 + row * PITCH)

    grid = only_grid(drawn, some)

    assert grid.columns == 4
    assert {column for _, column in places(grid, some)} == {0, 2, 3}
    words = [area for area in grid.cells if area.columns == (1, 2)]
    assert {grid.sort_of_ink(area) for area in words} == {"not_a_digit"}


def test_rules_down_part_columns_though_numbers_touch_over_them() -> None:
    counts = [(3, 1), (2, 2), (1, 3), (3, 2), (2, 3)]
    some = [
        candidate((x, 80 + row * PITCH, x + 14, 80 + row * PITCH + HEIGHT))
        for row, (left, right) in enumerate(counts)
        for x in (*(180 - 18 * at for at in range(left)), *(204 + 18 * at for at in range(right)))
    ]
    drawn = page(down=(100, 201, 330))
    wanted = ANYTHING._replace(outline=outline_of(drawn.shape), ruled=ruled(drawn, some))

    (table,) = arranged_as(drawn, cut(some), ((), ()), wanted).tables

    assert (table.grid.rows, table.grid.columns) == (5, 2)
    assert [len(cell.numbers) for cell in table.cells] == 10 * [1]
    assert [len(cell.numbers[0]) for cell in table.cells] == [own for row in counts for own in row]


def test_an_empty_column_between_rules_is_a_column() -> None:
    some = digits(TEXTS, apart=140)
    between = [55, 160, 300, 365, 430]

    grid = only_grid(page(down=between), some)

    assert (grid.rows, grid.columns) == (5, 4)
    assert {column for _, column in places(grid, some)} == {0, 1, 3}


def test_rules_of_squared_paper_part_no_number() -> None:
    some = digits(TEXTS)
    drawn = page(down=np.arange(40, 460, 1.3 * HEIGHT), low=600)
    one, other = numbers_of(some)[0][0][:2]

    found = ruled(drawn, some)

    assert len(found.ruling.down) > 8
    assert column_rules(found) == []
    assert parted_by(found, by_gap)(one, other) is None


def test_what_is_ruled_in_part_is_a_part_of_the_whole_table() -> None:
    drawn, some = page(), digits(TEXTS)
    for x in (40, 150, 280):
        cv2.line(drawn, (x, TOP), (x, TOP + 2 * PITCH), 60, 2)
    for y in ROWS[:3]:
        cv2.line(drawn, (40, y), (280, y), 60, 2)
    found = ruled(drawn, some)
    assert [(grid.rows, grid.columns) for grid in found.grids] == [(2, 2)]
    wanted = ANYTHING._replace(
        outline=outline_of(drawn.shape), ruled=found, grids=tuple(found.grids)
    )

    (table,) = arranged_as(drawn, cut(some), ((), ()), wanted).tables

    assert (table.grid.rows, table.grid.columns) == (5, 3)


def test_tall_cells_in_a_row_are_no_boxes_for_a_digit_each() -> None:
    drawn, some = page((TOP, BOTTOM), (20, 150, 280, 500)), digits(TEXTS)
    found = ruled(drawn, some)
    assert [(grid.rows, grid.columns) for grid in found.grids] == [(1, 3)]
    wanted = ANYTHING._replace(
        outline=outline_of(drawn.shape), ruled=found, grids=tuple(found.grids)
    )

    (table,) = arranged_as(drawn, cut(some), ((), ()), wanted).tables

    assert (table.grid.rows, table.grid.columns) == (5, 3)
    counts = [len(text) for row in TEXTS for text in row.split()]
    assert [len(cell.numbers[0]) for cell in table.cells] == counts


def test_a_rule_between_boxes_is_no_stroke() -> None:
    drawn = sheet(1, 6, {})
    (grid,) = ruled(drawn, [candidate((0, 0, 16, 33))]).grids
    rule, one = grid.nodes[:, 2].mean(axis=0), grid.nodes[:, 2:4].mean(axis=(0, 1))
    points = grid.flattening.to_picture(np.array([rule, one]))
    half = np.array([2, 15])
    strokes = np.concatenate([points - half, points + half], 1)

    assert off_rules(strokes, [grid]).tolist() == [strokes[1].tolist()]
    assert off_rules(strokes, [replace(grid, nodes=grid.nodes + 900)]).tolist() == strokes.tolist()
