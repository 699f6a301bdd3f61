from dataclasses import replace

import cv2
import numpy as np
import pytest

from mnist_cli.core.errors import UsageError
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.tables.cells import drawn_sides, whole_of
from mnist_cli.reading.tables.grid import Area, Grid
from mnist_cli.reading.tables.grid_of_size import fitted, parse_size
from mnist_cli.reading.tables.grids import crossing
from mnist_cli.reading.tables.rules import Rule, Ruling
from tests.reading.looks import candidate, find_grids, finder
from tests.reading.sheets import MARGIN, PITCH, photographed, sheet

HEIGHT = 0.55 * PITCH  # of digits, about


def digits_of(height: float) -> list[Candidate]:
    """Return a digit of some height beside all that is on a page."""
    return [candidate((0, 0, height / 2, height), "0")] if height else []


def grids_of(page: Grey, height: float = HEIGHT, *, dark: bool = True) -> list[Grid]:
    return find_grids(page, finder().find(page).ruled_by, digits_of(height), dark=dark)


def only_grid(page: Grey, *, dark: bool = True) -> Grid:
    (grid,) = grids_of(page, HEIGHT, dark=dark)
    return grid


@pytest.mark.parametrize(("rows", "columns"), [(9, 9), (4, 7), (12, 3), (3, 3)])
def test_a_ruled_table_has_its_rows_and_columns(rows: int, columns: int) -> None:
    grid = only_grid(sheet(rows, columns, {}))

    assert (grid.rows, grid.columns) == (rows, columns)
    assert len(grid.cells) == rows * columns
    assert not any(cell.is_merged for cell in grid.cells)


@pytest.mark.parametrize("degrees", [-14, -5, 3, 11])
def test_a_table_that_was_photographed_from_aside_has_them_too(degrees: float) -> None:
    page = photographed(sheet(6, 5, {(2, 3): "4", (5, 1): "7"}), degrees)

    grid = only_grid(page)

    assert (grid.rows, grid.columns) == (6, 5)


def test_curled_paper_is_made_flat() -> None:
    flat = sheet(6, 6, {})
    rows, columns = np.mgrid[: flat.shape[0], : flat.shape[1]].astype(np.float32)
    bow = 14 * ((columns / flat.shape[1] - 0.5) ** 2) * 4
    curled = cv2.remap(flat, columns, rows + bow, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    grid = only_grid(curled)

    assert (grid.rows, grid.columns) == (6, 6)


def test_light_rules_on_a_blackboard_are_rules() -> None:
    grid = only_grid(255 - sheet(5, 4, {}), dark=False)

    assert (grid.rows, grid.columns) == (5, 4)


def test_corners_and_places_are_of_the_picture() -> None:
    grid = only_grid(sheet(3, 4, {}))

    right, bottom = MARGIN + 4 * PITCH, MARGIN + 3 * PITCH
    expected = [[MARGIN, MARGIN], [right, MARGIN], [right, bottom], [MARGIN, bottom]]
    assert grid.corners() == pytest.approx(np.array(expected), abs=3)
    points = np.array(
        [
            [MARGIN + 2.5 * PITCH, MARGIN + 1.5 * PITCH],
            [MARGIN - 20, MARGIN + 20],
            [right + 20, 200],
        ]
    )
    assert grid.places(points).tolist() == [[1, 2], [-1, -1], [-1, -1]]


def test_a_cell_over_two_columns_is_merged() -> None:
    grid = only_grid(sheet(5, 4, {}, without=("down 3 row 1",)))

    assert Area((0, 1), (1, 3)) in grid.cells
    assert len(grid.cells) == 19
    assert (grid.rows, grid.columns) == (5, 4)


def test_two_tables_are_two() -> None:
    page = np.hstack([sheet(4, 3, {}), sheet(4, 3, {})])

    assert [(grid.rows, grid.columns) for grid in grids_of(page)] == [(4, 3)] * 2


def test_tables_that_share_a_rule_are_two() -> None:
    above, below = sheet(4, 6, {}), sheet(4, 9, {}, pitch=40)
    page = np.full((above.shape[0] + 160, above.shape[1]), 225, np.uint8)
    page[: above.shape[0]] = above
    begin = MARGIN + 4 * PITCH
    page[begin:] = below[MARGIN : MARGIN + page.shape[0] - begin, : page.shape[1]]

    assert [(grid.rows, grid.columns) for grid in grids_of(page)] == [(4, 6), (4, 9)]


def test_tables_side_by_side_on_the_rule_of_a_wide_one_are_three() -> None:
    """What is left of them when the wide one is set apart does not touch, and crashed."""
    page = np.full((MARGIN + 6 * PITCH + MARGIN, MARGIN + 8 * PITCH + MARGIN), 225, np.uint8)
    small, wide = sheet(3, 3, {}), sheet(3, 12, {}, pitch=40)
    inside = slice(MARGIN - 1, MARGIN + 3 * PITCH + 2)
    for left in (0, 5 * PITCH):
        page[inside, MARGIN + left - 1 : MARGIN + left + 3 * PITCH + 2] = small[inside, inside]
    begin = MARGIN + 3 * PITCH
    page[begin : begin + 122, MARGIN - 1 : MARGIN + 482] = wide[
        MARGIN : MARGIN + 122, MARGIN - 1 : MARGIN + 482
    ]

    sizes = sorted((grid.rows, grid.columns) for grid in grids_of(page))

    assert sizes == [(3, 3), (3, 3), (3, 12)]


def test_a_row_that_is_divided_otherwise_is_of_the_same_table() -> None:
    heads = tuple(f"down {column} row 1" for column in (2, 4, 5))

    grid = only_grid(sheet(5, 6, {}, without=heads))

    assert (grid.rows, grid.columns) == (5, 6)


def with_strokes(page: Grey, gap: int) -> list[Candidate]:
    """Draw an upright stroke in the middle of three cells of a column, and return their boxes."""
    x, strokes = MARGIN + PITCH + PITCH // 2, []
    for row in (1, 2, 3):
        top, bottom = MARGIN + row * PITCH + gap, MARGIN + (row + 1) * PITCH - gap
        cv2.line(page, (x, top), (x, bottom), 60, 3)
        strokes.append(candidate((x - 4, top, x + 4, bottom), "1"))
    return strokes


def test_upright_strokes_that_end_between_two_rules_are_no_rule() -> None:
    page = sheet(6, 4, {})
    with_strokes(page, gap=7)

    assert (only_grid(page).rows, only_grid(page).columns) == (6, 4)


def test_upright_strokes_that_were_read_are_no_rule_though_they_touch_others() -> None:
    page = sheet(6, 4, {})
    ones = with_strokes(page, gap=0)
    look = finder().find(page).ruled_by

    (unread,) = find_grids(page, look, digits_of(HEIGHT), dark=True)
    (read,) = find_grids(page, look, ones, dark=True)

    assert (unread.columns, read.columns) == (5, 4)


def test_tall_strokes_here_and_there_in_a_long_column_are_no_rule() -> None:
    page = sheet(36, 5, {})
    for row in (2, 3, 9, 15, 16, 17, 23, 30):
        x, top = MARGIN + PITCH + PITCH // 2 + row % 3, MARGIN + row * PITCH
        cv2.line(page, (x + 2, top + 5), (x - 2, top + PITCH - 5), 60, 3)

    assert (only_grid(page).rows, only_grid(page).columns) == (36, 5)


def test_a_rule_that_divides_one_cell_of_a_long_column_is_one() -> None:
    divided = tuple(f"down 3 row {row}" for row in range(1, 37) if row != 20)

    grid = only_grid(sheet(36, 5, {}, without=divided))

    assert (grid.rows, grid.columns) == (36, 5)


def test_a_rule_that_looks_like_none_where_a_digit_touches_it_is_drawn_by_its_ink() -> None:
    levels, ends = [0, 60, 120, 180, 240, 300], np.array([0.0, 300])
    across = tuple(Rule(ends, np.full(2, float(level))) for level in levels)
    down = tuple(Rule(ends, np.full(2, float(level))) for level in (50, 150, 250))
    looks, ink = np.ones((301, 301), np.float32), np.zeros((301, 301), np.float32)
    ink[:, [50, 150, 250]] = 2.0
    looks[145:156, 60:120] = 0.0  # in the second row it looks like none, though there is its ink
    looks[145:156, 180:240] = ink[182:239, 145:156] = 0.0  # in the fourth there is none
    nodes = np.array([[[x, y] for x in (50, 150, 250)] for y in levels], np.float64)

    _, sides = drawn_sides(Ruling(across, down, looks.T, looks, ink), nodes, 5.0)

    assert sides[:, 1].tolist() == [True, True, True, False, True]


def test_rules_between_digits_that_fill_their_cells_are_rules() -> None:
    page = sheet(6, 4, {})
    look, reach = finder().find(page).ruled_by, 4
    boxes = [
        (x - reach, y - reach, x + PITCH + reach, y + PITCH + reach)
        for x in range(MARGIN, MARGIN + 4 * PITCH, PITCH)
        for y in range(MARGIN, MARGIN + 6 * PITCH, PITCH)
    ]

    (grid,) = find_grids(page, look, [candidate(box, "8") for box in boxes], dark=True)

    assert (grid.rows, grid.columns) == (6, 4)


def test_rules_that_are_one_drawn_double_make_no_table() -> None:
    """OpenCV crashed on the table without rows that they made."""
    ends, none = np.array([0.0, 300]), np.zeros((301, 301), np.float32)

    def rules(*levels: int) -> tuple[Rule, ...]:
        return tuple(Rule(ends, np.full(2, float(level))) for level in levels)

    ruling = Ruling(rules(100, 104), rules(50, 150, 250), none, none.T, none)

    assert list(crossing(ruling, HEIGHT)) == []
    assert len(list(crossing(replace(ruling, across=rules(100, 200)), HEIGHT))) == 1


def test_lines_of_words_and_paper_are_no_tables() -> None:
    page = np.full((700, 600), 230, np.uint8)
    for line in range(12):
        cv2.putText(page, "the quick brown fox jumps", (40, 60 + 50 * line), 0, 1.1, 40, 2)
    noise = np.random.default_rng(0).normal(0, 6, page.shape)

    assert grids_of(page, 26) == []
    assert grids_of(np.clip(page * 0 + 200 + noise, 0, 255).astype(np.uint8), 26) == []


@pytest.mark.parametrize(
    ("drawn", "sort"), [("nothing", "empty"), ("cross", "not_a_digit"), ("blot", "crossed_out")]
)
def test_it_is_told_what_a_cell_without_a_digit_holds(drawn: str, sort: str) -> None:
    page = sheet(3, 3, {})
    left, top = MARGIN + PITCH, MARGIN + PITCH
    if drawn == "cross":
        cv2.line(page, (left + 15, top + 15), (left + 45, top + 45), 40, 3)
        cv2.line(page, (left + 45, top + 15), (left + 15, top + 45), 40, 3)
    elif drawn == "blot":
        cv2.rectangle(page, (left + 14, top + 14), (left + 46, top + 44), 50, -1)

    assert only_grid(page).sort_of_ink(Area((1, 2), (1, 2))) == sort


def test_a_stroke_as_tall_as_a_digit_is_unread_unless_it_was() -> None:
    page = sheet(3, 3, {})
    left, top = MARGIN + PITCH, MARGIN + PITCH
    cv2.line(page, (left + 20, top + 14), (left + 20, top + 46), 40, 3)
    cv2.line(page, (left + 34, top + 40), (left + 44, top + 40), 40, 3)
    grid, area = only_grid(page), Area((1, 2), (1, 2))
    box = np.array([left + 16.0, top + 12, left + 25, top + 48])

    ((x, y),) = grid.unread(area, []).tolist()

    assert (x, y) == (pytest.approx(left + 20, abs=3), pytest.approx(top + 30, abs=3))
    assert len(grid.unread(area, [box])) == 0
    assert len(grid.unread(Area((0, 1), (0, 1)), [])) == 0


def test_a_stroke_as_tall_as_its_cell_is_unread_and_a_rule_in_it_is_none() -> None:
    page = sheet(3, 3, {})
    x, top = MARGIN + 3 * PITCH // 2, MARGIN + PITCH
    cv2.line(page, (x, top + 5), (x, top + PITCH - 5), 40, 3)  # in the middle cell
    cv2.line(page, (x + PITCH, top), (x + PITCH, top + PITCH), 60, 2)  # in the one beside it
    bare = only_grid(sheet(3, 3, {}))
    grid = replace(only_grid(page), nodes=bare.nodes, cells=bare.cells)

    assert len(grid.unread(Area((1, 2), (1, 2)), [])) == 1
    assert len(grid.unread(Area((1, 2), (2, 3)), [])) == 0


@pytest.mark.parametrize("side", ["left", "top"])
def test_a_table_that_is_open_at_a_side_ends_where_its_rules_do(side: str) -> None:
    name = "down 1 row" if side == "left" else "across 1 column"
    page = sheet(5, 4, {}, without=tuple(f"{name} {at}" for at in range(1, 6)))

    grid = only_grid(page)

    assert (grid.rows, grid.columns) == (5, 4)
    assert len(grid.cells) == 20
    assert grid.corners()[0] == pytest.approx([MARGIN, MARGIN], abs=PITCH / 4)


def test_a_digit_that_reaches_over_its_cell_is_noticed() -> None:
    grid = only_grid(sheet(3, 3, {}))
    x, y = MARGIN + PITCH, MARGIN + PITCH
    area = Area((1, 2), (1, 2))

    boxes = np.array([[x + 10, y + 10, x + 40, y + 50], [x + 10, y + 10, x + 40, y + 70]], float)
    assert grid.reach_over(area, boxes, 0.04).tolist() == [False, True]


def test_a_size_that_is_asked_for_is_found_in_a_larger_table() -> None:
    grid = only_grid(sheet(6, 6, {}))
    digits = [
        candidate((x, y, x + 20, y + 30))
        for x in range(MARGIN + 15, MARGIN + 4 * PITCH, PITCH)
        for y in range(MARGIN + 15, MARGIN + 3 * PITCH, PITCH)
    ]

    found = fitted([grid], digits, (3, 4))

    assert found is not None
    assert (found.rows, found.columns) == (3, 4)
    assert found.corners()[0] == pytest.approx([MARGIN, MARGIN], abs=3)


def test_a_table_without_its_inner_rules_is_divided() -> None:
    gone = tuple(f"down {at} row {row}" for at in (2, 3) for row in (1, 2, 3))
    grid = only_grid(sheet(3, 3, {}, without=gone))
    assert grid.columns == 1

    found = fitted(
        [grid], [candidate((MARGIN + 20, MARGIN + 20, MARGIN + 40, MARGIN + 50))], (3, 3)
    )

    assert found is not None
    assert found.corners(Area((0, 1), (1, 2)))[0] == pytest.approx([MARGIN + PITCH, MARGIN], abs=4)


def test_a_box_around_few_of_the_digits_is_no_table_without_its_rules() -> None:
    box, rows, table = (only_grid(sheet(*size, {})) for size in ((1, 1), (3, 1), (3, 3)))
    x, y = MARGIN + 10, MARGIN + 10
    inside = candidate((x, y, x + 20, y + 30))
    beside = [candidate((x + 30 * at, 5, x + 30 * at + 20, 35)) for at in range(9)]

    assert fitted([box], [inside, *beside], (3, 11)) is None
    assert fitted([box], [inside, *beside], (2, 2)) is None
    assert fitted([rows], [inside, *beside], (3, 11)) is None
    assert fitted([box], [inside, *beside[:3]], (3, 11)) is not None
    assert fitted([rows], [inside, *beside], (3, 1)) is not None  # it is as it was seen
    assert fitted([table], [inside, *beside], (6, 6)) is not None


@pytest.mark.parametrize("size", [(20, 20), (7, 4), (6, 11)])
def test_a_table_of_another_size_is_not_divided_anew(size: tuple[int, int]) -> None:
    digit = candidate((MARGIN + 20, MARGIN + 20, MARGIN + 40, MARGIN + 50))

    assert fitted([only_grid(sheet(4, 3, {}))], [digit], size) is None


@pytest.mark.parametrize(
    ("text", "size"), [("9x9", (9, 9)), ("40X8", (40, 8)), (" 3×12 ", (3, 12))]
)
def test_a_size_is_rows_by_columns(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "9", "0x3", "9x", "201x2", "-3x3", "9x9x9"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="ROWSxCOLUMNS"):
        parse_size(text)


@pytest.mark.parametrize(
    ("drawn", "below"),
    [(0.5, [Area((1, 2), (0, 2))]), (0.9, [Area((1, 2), (0, 1)), Area((1, 2), (1, 2))])],
)
def test_what_is_left_below_a_box_in_a_corner_is_one_cell(drawn: float, below: list[Area]) -> None:
    """As on sheets of bowling; a rule that is drawn for the most part was only not seen there."""
    box = Area((0, 1), (1, 2))
    regions = np.array([[1, 2], [1, 1]])
    rules = [0, 1, 2]

    cells = whole_of([box], rules, rules, regions, np.array([1.0, drawn, 1.0]))

    assert list(cells) == [Area((0, 1), (0, 1)), box, *below]


@pytest.mark.parametrize(("begins", "top"), [(20, 140), (98, 132)])
def test_a_line_across_the_page_close_to_a_box_is_no_side_of_it(begins: int, top: int) -> None:
    """One as long as the box is its side drawn double, and lies between the two."""
    levels = (124, 140, 200)
    across = [
        Rule(np.arange(float(x0), x1), np.full(x1 - x0, float(y)))
        for y, x0, x1 in zip(levels, (begins, 98, 98), (400 - begins, 302, 302), strict=True)
    ]
    down = [Rule(np.arange(132.0, 203.0), np.full(71, x)) for x in (100.0, 200.0, 300.0)]
    blank = np.zeros((240, 420), np.float32)

    (group,) = crossing(Ruling(tuple(across), tuple(down), blank, blank.T, blank), 40.0)

    assert [round(rule(200.0).item()) for rule in group.across] == [top, 200]
