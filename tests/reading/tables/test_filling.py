"""What is told of cells whose ink nothing read."""

from dataclasses import replace

import cv2
import pytest

from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.tables.arrangement import Arrangement, Table
from mnist_cli.reading.tables.arranging import in_fields
from mnist_cli.reading.tables.filling import fillings_of, table_of
from mnist_cli.reading.tables.grid import Area
from tests.reading.looks import candidate, find_grids, finder
from tests.reading.sheets import MARGIN, PITCH, Texts, sheet

LONE = Area((2, 3), (1, 2))  # the cell with a stroke that nothing read


def box_in(row: int, column: int) -> tuple[int, int, int, int]:
    """Return where a digit stands in a cell; both from 0."""
    left, top = MARGIN + column * PITCH, MARGIN + row * PITCH
    return left + 20, top + 12, left + 40, top + 48


def table_with(read: Texts) -> Table:
    """Draw a table of 4×3 with a stroke alone in a cell, and fill it with what was read."""
    page = sheet(4, 3, {})
    x = MARGIN + PITCH + PITCH // 2
    cv2.line(page, (x, MARGIN + 2 * PITCH + 13), (x, MARGIN + 3 * PITCH - 13), 60, 3)
    digits = [candidate(box_in(row - 1, column - 1), text) for (row, column), text in read.items()]
    (grid,) = find_grids(page, finder().find(page).ruled_by, digits, dark=True)
    (filling,) = fillings_of([grid], digits, (), ())
    return table_of(filling)


@pytest.mark.parametrize(
    ("read", "is_told"),
    [
        ({(1, 2): "4", (2, 2): "5", (3, 1): "7"}, True),
        ({(1, 2): "4", (2, 2): "5", (4, 1): "7"}, False),  # its row may be one of words
        ({(1, 1): "4", (2, 1): "5", (3, 1): "7"}, False),  # its column may be one of ticks
    ],
)
def test_ink_that_was_not_read_amid_numbers_is_told(read: Texts, is_told: bool) -> None:
    (lone,) = [cell for cell in table_with(read).cells if cell.area == LONE]

    assert "not_a_digit" in lone.flags
    assert ("unread_ink" in lone.flags) is is_told


@pytest.mark.parametrize(
    ("in_line", "share", "count"), [(0.4, 0.1, 2), (0.4, 0.3, 1), (0.9, 0.1, 1)]
)
def test_a_letter_in_a_cell_is_of_no_number(in_line: float, share: float, count: int) -> None:
    page, (left, top, right, bottom) = sheet(3, 3, {}), box_in(1, 1)
    digits = [
        replace(candidate((left + at, top, right + at, bottom), "4"), in_line=one)
        for at, one in ((-14, 0.9), (10, in_line))
    ]
    (grid,) = find_grids(page, finder().find(page).ruled_by, digits, dark=True)
    (filling,) = fillings_of([grid], digits, (), (), joined=lambda *_: share)

    (cell,) = [cell for cell in table_of(filling).cells if cell.numbers]
    assert len(cell.numbers) == count


@pytest.mark.parametrize(
    ("is_letter", "is_beside", "doubt"), [(True, True, 0.0), (False, True, 0.5), (True, False, 0.5)]
)
def test_a_letter_beside_digits_makes_no_cell_unsure(
    doubt: float, *, is_letter: bool, is_beside: bool
) -> None:
    """Alone in a cell it may be a digit."""
    page, (left, top, right, bottom) = sheet(3, 3, {(2, 2): "8"}), box_in(1, 1)
    box = left, top, right, bottom
    seen = replace(candidate(box, "8"), score=0.5, is_letter=is_letter)
    digits = [candidate((left - 16, top, left - 2, bottom), "4")] if is_beside else []
    (grid,) = find_grids(page, finder().find(page).ruled_by, [candidate(box, "8")], dark=True)
    (filling,) = fillings_of([grid], digits, (), [seen])

    (cell,) = [cell for cell in table_of(filling).cells if cell.area == Area((1, 2), (1, 2))]
    assert bool(cell.numbers) == is_beside
    assert cell.doubt == doubt


@pytest.mark.parametrize("at", [0, 1])
def test_a_stroke_close_to_a_rule_is_seen_in_a_wide_cell(at: int) -> None:
    pitch = 200
    page, top = sheet(3, 2, {}, pitch=pitch), MARGIN + pitch + 80
    x = MARGIN + pitch + (pitch - 12 if at else 12)
    cv2.line(page, (x, top), (x, top + 36), 60, 3)
    digit = candidate((MARGIN + 280, top, MARGIN + 300, top + 36), "4")
    (grid,) = find_grids(page, finder().find(page).ruled_by, [digit], dark=True)

    told = table_of(fillings_of([grid], [digit], (), ())[0])

    assert [cell.flags for cell in told.cells if cell.numbers] == [("unread_ink",)]
    assert {cell.flags for cell in told.cells if not cell.numbers} == {("empty",)}


@pytest.mark.parametrize(("symbol", "is_read"), [("1", True), ("7", False)])
def test_of_what_was_doubted_a_1_alone_in_a_cell_is_read(symbol: str, is_read: bool) -> None:
    doubted = [candidate(box_in(2, 1), symbol)]
    table = table_with({(1, 2): "4"})

    assert Arrangement(tables=(table,)).unread(doubted) == (doubted if is_read else [])


@pytest.mark.parametrize("last", [4, 8])
def test_a_rule_that_ends_halfway_divides_its_rows_though_it_is_worn(last: int) -> None:
    rows, x, y = 20, MARGIN + 2 * PITCH, MARGIN + 2 * PITCH
    texts = {(row, column): "5" for row in range(1, rows + 1) for column in (1, 2, 4, 5)}
    texts |= {(row, 3): "7" for row in range(1, last + 1)}
    page = sheet(
        rows, 5, texts, without=tuple(f"down 3 row {r}" for r in range(last + 1, rows + 1))
    )
    page[y + 2 : y + 9, x - 4 : x + 5] = 225
    found = finder().find(page)

    (grid,) = find_grids(page, found.ruled_by, found.digits, dark=True)

    assert (grid.rows, grid.columns) == (rows, 5)
    assert len([area for area in grid.cells if area.rows[0] < last]) == 5 * last


@pytest.mark.parametrize(("shift", "is_told"), [(0, False), (24, False), (32, True), (46, False)])
def test_a_digit_that_lies_in_two_cells_makes_both_unsure(shift: int, is_told: bool) -> None:
    left, top, right, bottom = box_in(0, 1)
    page = sheet(4, 3, {})
    digit = candidate((left + shift, top, right + shift, bottom), "4")
    (grid,) = find_grids(page, finder().find(page).ruled_by, [digit], dark=True)

    told = table_of(fillings_of([grid], [digit], (), ())[0])

    flagged = [cell.area.columns for cell in told.cells if "between_cells" in cell.flags]
    assert flagged == ([(1, 2), (2, 3)] if is_told else [])


@pytest.mark.parametrize(
    ("across", "down", "is_told"),
    [(2, 0, True), (-9, 0, True), (14, 0, False), (2, 24, False), (2, -400, False)],
)
def test_a_number_that_goes_on_beyond_the_table_is_told(
    across: int, down: int, is_told: bool
) -> None:
    edge, (_, top, _, bottom) = MARGIN + 3 * PITCH, box_in(2, 2)
    inside = candidate((edge - 24, top, edge - 4, bottom), "4")
    beyond = candidate((edge + across, top + down, edge + across + 20, bottom + down), "2")
    page = sheet(4, 3, {})
    (grid,) = find_grids(page, finder().find(page).ruled_by, [inside], dark=True)

    told = table_of(fillings_of([grid], [inside, beyond], (), ())[0])

    flagged = [cell.area for cell in told.cells if "between_cells" in cell.flags]
    assert flagged == ([Area((2, 3), (2, 3))] if is_told else [])


def test_digits_of_a_merged_cell_that_stand_apart_are_two_numbers() -> None:
    page, (left, top, right, bottom) = sheet(4, 3, {}, without=("down 2 row 2",)), box_in(1, 0)
    digits = [candidate((left + x, top, right + x, bottom), "6") for x in (0, 46)]
    (grid,) = find_grids(page, finder().find(page).ruled_by, digits, dark=True)

    told = table_of(fillings_of([grid], digits, (), ())[0])

    (merged,) = [cell for cell in told.cells if cell.area.is_merged]
    assert merged.flags == ("merged", "several_numbers")


@pytest.mark.parametrize(
    ("across", "score", "high", "is_doubted"),
    [(-18, 0.25, 36, True), (-18, 0.15, 36, False), (-18, 0.25, 20, False), (4, 0.25, 36, False)],
)
def test_what_was_left_out_beside_a_digit_makes_its_cell_unsure(
    across: int, score: float, high: int, is_doubted: bool
) -> None:
    (left, top, right, bottom), page = box_in(1, 1), sheet(4, 3, {(2, 2): "8"})
    digit = candidate((left, top, right, bottom), "8")
    doubted = candidate((left + across, bottom - high, right + across, bottom), "1", score)
    (grid,) = find_grids(page, finder().find(page).ruled_by, [digit], dark=True)

    told = table_of(fillings_of([grid], [digit], (), [doubted])[0])

    (cell,) = [cell for cell in told.cells if cell.numbers]
    assert cell.doubt == (score if is_doubted else 0)


@pytest.mark.parametrize("is_printed", [False, True])
def test_print_beside_a_box_of_a_form_is_not_of_its_number(is_printed: bool) -> None:
    edge, (_, top, _, bottom) = MARGIN + 3 * PITCH, box_in(2, 2)
    inside = candidate((edge - 24, top, edge - 4, bottom), "4")
    beyond = candidate((edge + 2, top, edge + 22, bottom), "2")
    beyond = replace(beyond, printed=0.9 if is_printed else 0.1)
    page = sheet(4, 3, {})
    (grid,) = find_grids(page, finder().find(page).ruled_by, [inside], dark=True)

    (filling,) = fillings_of([grid], [inside, beyond], (), (), is_form=True)

    assert bool(filling.shared) is not is_printed


def test_what_is_printed_in_a_cell_of_a_form_does_not_go_on_beyond_it() -> None:
    edge, (_, top, _, bottom) = MARGIN + 3 * PITCH, box_in(2, 2)
    inside = candidate((edge - 24, top, edge - 4, bottom), "4")
    beyond = candidate((edge + 2, top, edge + 22, bottom), "2")
    page = sheet(4, 3, {})
    (grid,) = find_grids(page, finder().find(page).ruled_by, [inside], dark=True)

    form = in_fields([inside, beyond], (), (), [grid], [frozenset({(3, 3)})])

    (cell,) = [cell for cell in form.tables[0].cells if "printed" in cell.flags]
    assert cell.flags == ("printed",)


def digits_in_row(row: int, first: int, count: int, pitch: int) -> list[Candidate]:
    """Return digits of a number that begins at a column of pixels."""
    top = MARGIN + row * pitch + 80
    places = [first + 44 * at for at in range(count)]
    return [candidate((x, top, x + 28, top + 40), "4") for x in places]


@pytest.mark.parametrize(
    ("left", "right", "begin", "is_told"),
    [
        ((-116, [3, 3, 2, 3, 3]), (70, [3, 3, 3, 3, 3]), -2, True),
        ((-190, [2, 2, 2, 2, 2]), (66, [3, 3, 2, 3, 3]), -24, True),  # it went to the left
        # as 1000 behind 99: it is nearer to its own number
        ((-116, [3, 3, 2, 3, 3]), (70, [3, 3, 3, 3, 3]), 22, False),
        # who knows how many there ought to be?
        ((-116, [3, 1, 2, 1, 3]), (70, [3, 3, 3, 3, 3]), -2, False),
        ((-116, [3, 3, 3, 3, 3]), (70, [3, 3, 3, 3, 3]), -2, False),  # nothing is wanting
    ],
)
def test_a_digit_that_went_over_the_rule_whole_is_told_by_both_columns(
    left: tuple[int, list[int]], right: tuple[int, list[int]], begin: int, *, is_told: bool
) -> None:
    pitch = 200
    page, rule = sheet(5, 2, {}, pitch=pitch), MARGIN + pitch
    found = [
        one
        for first, counts in (left, right)
        for row, count in enumerate(counts)
        for one in digits_in_row(row, rule + first, count, pitch)
    ]
    found += digits_in_row(2, rule + begin, 1, pitch)
    (grid,) = find_grids(page, finder().find(page).ruled_by, found, dark=True)

    told = table_of(fillings_of([grid], found, (), ())[0])

    over = {cell.area for cell in told.cells if "between_cells" in cell.flags}
    assert over == ({Area((2, 3), (0, 1)), Area((2, 3), (1, 2))} if is_told else set())
