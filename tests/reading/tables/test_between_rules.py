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
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.column_rules import off_rules, parted_by
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.ruled_page import RuledPage, find_ruled
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


def ruled(drawn: Grey, some: Sequence[Candidate], *, dark: bool = True) -> RuledPage:
    return find_ruled(drawn, finder().find(drawn).ruled_by, some, dark=dark)


def grid_drawn(drawn: Grey, across: Sequence[int], down: Sequence[int]) -> None:
    """Draw rules that close cells."""
    for x in down:
        cv2.line(drawn, (x, across[0]), (x, across[-1]), 60, 2)
    for y in across:
        cv2.line(drawn, (down[0], y), (down[-1], y), 60, 2)


def arrangement_of(drawn: Grey, some: list[Candidate], found: RuledPage) -> Arrangement:
    """Put digits in order, by the rules of their page, and by its tables whose cells are closed."""
    outline, grids = outline_of(drawn.shape), tuple(found.tables())
    wanted = ANYTHING._replace(outline=outline, ruled=found, grids=grids)
    return arranged_as(drawn, cut(some), ((), ()), wanted)


def moved(some: Iterable[Candidate], down: float) -> list[Candidate]:
    return [replace(one, edges=one.edges + down * np.array([0, 1, 0, 1])) for one in some]


def long_number(y: float) -> list[Candidate]:
    """Return the digits of a number that lies over several columns."""
    return [candidate((x, y, x + 14, y + HEIGHT)) for x in range(100, 380, 18)]


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
    above = [*long_number(20), *long_number(20 + PITCH)]
    some = [*above, *moved(digits(TEXTS[:4]), 3 * PITCH)]

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

    (table,) = arrangement_of(drawn, some, ruled(drawn, some)).tables

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
    one, other = (candidate((x, 80, x + 14, 80 + HEIGHT)) for x in (112, 142))  # a rule between

    found = ruled(drawn, some)

    assert len(found.ruling.down) > 8
    assert found.between_columns == ()
    assert parted_by(found, by_gap)(one, other) is None


def test_what_is_ruled_in_part_is_a_part_of_the_whole_table() -> None:
    drawn, some = page(), digits(TEXTS)
    grid_drawn(drawn, ROWS[:3], (40, 150, 280))
    found = ruled(drawn, some)
    assert [(grid.rows, grid.columns) for grid in found.tables()] == [(2, 2)]

    (table,) = arrangement_of(drawn, some, found).tables

    assert (table.grid.rows, table.grid.columns) == (5, 3)


def test_a_closed_table_amid_other_numbers_is_no_part_of_them() -> None:
    drawn, some = page(), digits([*TEXTS, "3 70 81"])
    grid_drawn(drawn, ROWS, (10, 150, 280, 420))
    aside = [candidate((500, one.edges[1], 514, one.edges[3])) for one in some[::2]]
    found = ruled(drawn, some)

    (table,) = arrangement_of(drawn, [*some, *aside], found).tables

    assert (table.grid.rows, table.grid.columns) == (5, 3)
    assert table.grid.is_ruled


def test_tall_cells_in_a_row_are_no_boxes_for_a_digit_each() -> None:
    drawn, some = page((TOP, BOTTOM), (20, 150, 280, 500)), digits(TEXTS)
    found = ruled(drawn, some)
    assert [(grid.rows, grid.columns) for grid in found.tables()] == [(1, 3)]

    (table,) = arrangement_of(drawn, some, found).tables

    assert (table.grid.rows, table.grid.columns) == (5, 3)
    counts = [len(text) for row in TEXTS for text in row.split()]
    assert [len(cell.numbers[0]) for cell in table.cells] == counts


def test_a_rule_between_boxes_is_no_stroke() -> None:
    drawn = sheet(1, 6, {})
    (grid,) = ruled(drawn, [candidate((0, 0, 16, 33))]).tables()
    rule, one = grid.nodes[:, 2].mean(axis=0), grid.nodes[:, 2:4].mean(axis=(0, 1))
    points = grid.flattening.to_picture(np.array([rule, one]))
    half = np.array([2, 15])
    strokes = np.concatenate([points - half, points + half], 1)

    assert off_rules(strokes, [grid]).tolist() == [strokes[1].tolist()]
    assert off_rules(strokes, [replace(grid, nodes=grid.nodes + 900)]).tolist() == strokes.tolist()


def test_rows_run_as_bent_rules_do() -> None:
    drawn, x = page(), np.arange(*SIDES)
    bend = 16 * np.sin(x / 90)
    for y in ROWS:
        line = np.stack([x, y + bend], 1).round().astype(np.int32)
        cv2.polylines(drawn, [line], isClosed=False, color=60, thickness=2)
    some = [moved([one], 16 * np.sin(one.middle[0] / 90))[0] for one in digits(TEXTS)]

    grid = only_grid(drawn, some)

    assert (grid.rows, grid.columns) == (5, 3)
    counts = [len(text) for row in TEXTS for text in row.split()]
    wanted = np.repeat([[row, at] for row in range(5) for at in range(3)], counts, axis=0)
    assert grid.places(np.array([one.middle for one in some])).tolist() == wanted.tolist()


def test_a_title_and_a_note_are_of_no_table() -> None:
    texts = [*TEXTS, *TEXTS[:4]]
    table, title, note = digits(texts), long_number(20), long_number(80 + 9 * PITCH)

    grid = only_grid(page(), [*table, *title, *note])

    assert (grid.rows, grid.columns) == (9, 3)
    assert places(grid, [*title, *note]) == [[-1, -1]]


def test_underlined_numbers_are_parted_by_no_rules() -> None:
    drawn = page()
    for y in ROWS:
        cv2.line(drawn, (230, y), (270, y), 60, 2)
    some = digits([*TEXTS[:2], "- - -", *TEXTS[2:4]])

    grid = only_grid(drawn, some)

    assert grid.rows == 4  # between long rules the empty one is a row


@pytest.mark.parametrize("between", [[PITCH / 3, 2 * PITCH / 3], [PITCH / 5]])
def test_lines_of_paper_that_are_nearer_than_rows_are_not_rows(between: list[float]) -> None:
    near = [y + more for y in ROWS[:-1] for more in between]

    assert only_grid(page([*ROWS, *near]), digits(TEXTS)).rows == 5


@pytest.mark.parametrize(("above", "rows"), [(PITCH, 6), (3 * PITCH, 5)])
def test_words_far_above_are_no_heading(above: int, rows: int) -> None:
    down = 2 * PITCH
    drawn, some = page([TOP + down - above, *(y + down for y in ROWS)]), moved(digits(TEXTS), down)
    for x in (70, 210, 340):
        write(drawn, "Sum", x, TOP + down - above // 2 + 8)

    assert only_grid(drawn, some).rows == rows


def test_a_letter_that_was_taken_for_a_number_makes_no_column() -> None:
    texts = [text.replace(" ", " - ", 1) for text in (*TEXTS, *TEXTS)][:9]
    some, drawn = digits(texts, apart=140), page()
    for row in range(9):
        write(drawn, "small", 190, 102 + row * PITCH)
    letters = [candidate((x, 80, x + 14, 80 + HEIGHT)) for x in (192, 240)]

    assert only_grid(drawn, [*some, *letters]).columns == 4


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_column_of_few_numbers_is_one(at: int) -> None:
    texts = [text.split() for text in (*TEXTS, *TEXTS)][:9]
    for row, own in enumerate(texts):
        own.insert(at, "5" if row in {2, 6} else "-")
    some = digits([" ".join(own) for own in texts])

    grid = only_grid(page(), some)

    assert (grid.rows, grid.columns) == (9, 4)
    assert [row for row, column in places(grid, some) if column == at] == [2, 6]


def test_short_rules_part_no_columns() -> None:
    drawn = page(down=(20, 150, 280, 500))
    for y in (ROWS[1], ROWS[3]):
        cv2.line(drawn, (90, y), (90, y + 3 * HEIGHT), 60, 2)

    assert len(ruled(drawn, digits(TEXTS)).between_columns) == 4


def test_a_double_rule_is_one() -> None:
    across = page([*ROWS, ROWS[3] + 6])
    down = page(down=(20, 150, 156, 280, 500))

    assert only_grid(across, digits(TEXTS)).rows == 5
    assert only_grid(down, digits(TEXTS)).columns == 3
    assert len(ruled(down, digits(TEXTS)).between_columns) == 4


def test_one_rule_between_two_columns_is_enough() -> None:
    some = digits(["12 7", "5 61", "90 8", "104 3", "6 55"], apart=90)
    whole = [candidate((x, y, x + 14, y + HEIGHT)) for y in (140, 260) for x in (100, 118, 136)]

    grid = only_grid(page(down=(117,)), some)

    assert (grid.rows, grid.columns) == (5, 2)
    assert parted_by(ruled(page(down=(117,)), some), by_gap)(*whole[:2]) == 0.0


@pytest.mark.parametrize(("end", "is_parted"), [(400, True), (130, False)])
def test_a_rule_parts_digits_where_it_is(end: int, is_parted: bool) -> None:
    drawn = page()
    cv2.line(drawn, (200, 40), (200, end), 60, 2)
    one, other = (candidate((x, 200, x + 14, 200 + HEIGHT)) for x in (182, 204))

    told = parted_by(ruled(drawn, [one, other]), by_gap)(one, other)

    assert told == (0.0 if is_parted else None)


def test_a_ruled_table_above_others_numbers_stays_as_it_is() -> None:
    drawn = np.full((900, 700), 225, np.uint8)
    grid_drawn(drawn, range(60, 301, 60), range(60, 301, 60))
    inside = [
        candidate((x, y, x + 14, y + HEIGHT))
        for y in range(78, 300, 60)
        for x in range(83, 300, 60)
    ]
    below = moved(digits(["34 1 562", "27 3 418", "90 5 123", "68 7 951"]), 350)
    some = [*inside, *below]
    found = ruled(drawn, some)

    arrangement = arrangement_of(drawn, some, found)

    assert [(one.grid.rows, one.grid.columns) for one in arrangement.tables] == [(4, 4)]
    assert arrangement.tables[0].grid.is_ruled
    lines = [[len(number) for number in line] for line in arrangement.lines]
    assert lines == [*4 * [[1, 1, 1, 1]], *4 * [[2, 1, 3]]]


def test_numbers_that_begin_with_a_point_stand_on_their_line() -> None:
    some = digits(TEXTS)
    points = [
        candidate((one.edges[0] - 8, one.edges[3] - 4, one.edges[0] - 4, one.edges[3]), ".")
        for one in (number[0] for line in numbers_of(some)[::2] for number in line[1:2])
    ]
    points = [replace(one, is_digit=False) for one in points]
    lines = numbers_of(some, points)
    assert [number[0].symbol for line in lines for number in line[1:2]].count(".") == 3
    drawn = page(ROWS)

    (grid,), *_ = aligned_grids(drawn, lines, dark=True, ruled=ruled(drawn, some))

    assert (grid.rows, grid.columns) == (5, 3)


def test_columns_of_several_numbers_between_rules_are_none() -> None:
    texts = ["8 12 27 42", "9 10 31 52", "10 11 26 41", "11 14 33 57", "12 13 29 45"]
    some = digits(texts, apart=60)  # the hour, and the minutes
    drawn = page(down=(55, 98, 300))

    tables = arrangement_of(drawn, some, ruled(drawn, some)).tables

    assert all(len(cell.numbers) <= 1 for table in tables for cell in table.cells)


def test_a_row_of_boxes_with_two_digits_each_holds_one_number() -> None:
    drawn = page((TOP, TOP + PITCH), (60, 130, 200, 270), low=TOP + PITCH)
    some = [candidate((x, 80, x + 14, 80 + HEIGHT)) for at in (80, 150, 220) for x in (at, at + 20)]
    found = ruled(drawn, some)
    assert [grid.rows for grid in found.tables()] == [1]

    ((number,),) = arrangement_of(drawn, some, found).lines

    assert len(number) == 6
