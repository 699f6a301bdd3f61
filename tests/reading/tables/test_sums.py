import numpy as np
import pytest

from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.tables.checks import parse_check
from mnist_cli.reading.tables.sums import failures, marked
from mnist_cli.reading.tables.tables import CellRead, TableRead

NO_IMAGE = np.zeros((28, 28), np.uint8)


def table(*rows: list[str]) -> TableRead:
    """Return a table whose cells are 10 px wide and high."""
    cells = tuple(
        CellRead(y + 1, x + 1, text, text, 1.0, corners(x, y), () if text else ("empty",))
        for y, row in enumerate(rows)
        for x, text in enumerate(row)
    )
    return TableRead(((0, 0),) * 4, len(rows), len(rows[0]), cells)


def corners(x: int, y: int) -> tuple[tuple[int, int], ...]:
    left, top = 10 * x, 10 * y
    return (left, top), (left + 10, top), (left + 10, top + 10), (left, top + 10)


def digit(x: int, y: int, best: int, second: int) -> Digit:
    """Return an unsure digit in the middle of a cell."""
    box = 10 * x + 4, 10 * y + 2, 10 * x + 7, 10 * y + 8
    top = ((best, 0.5), (second, 0.4))
    return Digit(best, 0.5, top, box, True, (), NO_IMAGE)


def unread(one: TableRead, *places: tuple[int, int]) -> TableRead:
    """Return a table with ink in some of its cells, by row and column, that was not read."""
    cells = tuple(
        cell._replace(text="", flags=("not_a_digit",))
        if (cell.row, cell.column) in places
        else cell
        for cell in one.cells
    )
    return one._replace(cells=cells)


ROWS = parse_check("sum(1..2) = 3")


def test_what_comes_to_its_sum_is_right() -> None:
    right = table(["1", "2", "3"], ["", "4", "4"], ["1.5", "2,5", "4"], ["", "", ""])

    assert failures([right], [ROWS], []) == []


def test_a_row_that_does_not_is_told_with_what_is_expected() -> None:
    (failure,) = failures([table(["1", "2", "3"], ["5", "4", "8"])], [ROWS], [])

    assert (failure.where, failure.expected, failure.written) == ("row 2", "9", "8")
    assert failure.suggestion == ""


def test_the_one_second_answer_that_fits_is_suggested_and_not_taken() -> None:
    wrong = table(["5", "1", "12"])
    unsure = [digit(0, 0, 5, 6), digit(1, 0, 1, 7)]

    (failure,) = failures([wrong], [ROWS], unsure)

    assert failure.suggestion == "column 2: 7"
    assert [cell.text for cell in wrong.cells] == ["5", "1", "12"]


def test_a_decimal_mark_that_was_not_seen_is_suggested_as_the_others_have_it() -> None:
    (lost,) = failures([table(["85", "3,5", "12,0"])], [ROWS], [])
    (several,) = failures([table(["85", "3,50", "1,5"])], [ROWS], [])
    (thousands,) = failures([table(["1", "1,234", "2,235"])], [ROWS], [])

    assert (lost.expected, lost.suggestion) == ("88.5", "column 1: 8,5")
    assert (several.expected, several.suggestion) == ("88.50", "")
    assert (thousands.expected, thousands.suggestion) == ("1235", "")


def test_the_second_answer_is_of_the_cells_own_digit_where_the_table_lies_askew() -> None:
    straight = table(["5", "1", "12"], ["1", "1", "2"])
    turned = np.array([[0.8, -0.6], [0.6, 0.8]])  # by 37 degrees
    cells = tuple(
        cell._replace(
            box=tuple((round(x), round(y)) for x, y in np.array(cell.box) * [30, 10] @ turned)
        )
        for cell in straight.cells
    )
    digits = [
        one._replace(box=tuple(np.rint([x - 9, y - 9, x + 9, y + 9]).astype(int).tolist()))
        for one in (digit(1, 1, 1, 3), digit(0, 0, 5, 6), digit(1, 0, 1, 7))
        for x, y in [np.array(one.middle) * [30, 10] @ turned]
    ]

    (failure,) = failures([straight._replace(cells=cells)], [ROWS], digits)

    assert failure.suggestion == "column 2: 7"


def test_of_two_that_fit_none_is_suggested() -> None:
    unsure = [digit(0, 0, 5, 6), digit(1, 0, 1, 2)]

    (failure,) = failures([table(["5", "1", "7"])], [ROWS], unsure)

    assert failure.suggestion == ""


def test_sums_go_down_columns_too() -> None:
    down = parse_check("sum(rows 1..2) = row 3")

    (failure,) = failures([table(["1", "2"], ["3", "4"], ["4", "7"])], [down], [])

    assert (failure.where, failure.expected) == ("column 2", "6")


def test_what_is_no_number_can_not_come_to_a_sum() -> None:
    (failure,) = failures([table(["1", "2/3", "3"])], [ROWS], [])

    assert failure.expected == ""


def test_what_is_no_number_is_named() -> None:
    page = unread(table(["1", "2/3", "3"], ["4)", "2:5", "3"], ["2/3", "1", "3"]), (3, 2))

    one, two, beside_unread = found = failures([page], [ROWS], [])
    cells = marked([page], found)[0].cells

    assert one.reason == "row 1, column 2 is no number: 2/3"
    assert two.reason == "row 2, columns 1, 2 are no number: 4) 2:5"
    assert beside_unread.reason == ("row 3, column 2 was not read, and column 1 is no number: 2/3")
    assert [cell.flags for cell in cells[:3]] == [(), ("unsure",), ()]


def test_what_begins_with_a_mark_that_may_be_none_is_named_unless_its_sum_is_right() -> None:
    page = table([",145", "61", "206"], [".5", "1", "1.5"], [".5", "1", "1.4"])
    cells = [
        one._replace(doubtful_text="?" + one.text[1:], flags=("unsure",))
        if (one.row, one.column) in {(1, 1), (2, 1)}
        else one
        for one in page.cells
    ]

    doubtful, sure = failures([page._replace(cells=tuple(cells))], [ROWS], [])

    assert doubtful.reason == "row 1, column 1 is no number: ,145"
    assert (sure.where, sure.expected, sure.written) == ("row 3", "1.5", "1.4")


def test_a_sign_that_may_be_none_is_part_of_a_number() -> None:
    cell, *others = table(["-5", "1", "-3"]).cells
    cells = cell._replace(doubtful_text="?5", flags=("unsure",)), *others

    (failure,) = failures([table(["-5", "1", "-3"])._replace(cells=cells)], [ROWS], [])

    assert (failure.expected, failure.reason) == ("-4", "")


def test_a_sum_that_is_no_number_is_told_beside_what_is_expected() -> None:
    (failure,) = failures([table(["1", "2", "3)"])], [ROWS], [])

    assert (failure.expected, failure.written, failure.reason) == ("3", "3)", "")


def test_cells_of_a_sum_that_fails_are_unsure() -> None:
    wrong = table(["1", "2", "3"], ["5", "", "8"])

    cells = marked([wrong], failures([wrong], [ROWS], []))[0].cells

    assert [cell.flags for cell in cells[:3]] == [(), (), ()]
    assert cells[3].flags == ("unsure", "sum_fails")
    assert cells[4].flags == ("empty", "unsure", "sum_fails")


def test_a_row_with_a_cell_that_was_not_read_can_not_be_checked() -> None:
    of_three = parse_check("sum(1..3) = 4")
    page = unread(table(["1", "2", "3", "6"], ["5", "4", "1", "9"]), (1, 2), (2, 1), (2, 4))

    first, second = found = failures([page], [of_three], [])
    cells = marked([page], found)[0].cells

    assert first.reason == "row 1, column 2 was not read"
    assert second.reason == "row 2, columns 1, 4 were not read"
    assert (first.expected, first.written, first.suggestion) == ("", "", "")
    assert first.to_record()["cells"] == [[1, 2]]
    assert [cell.flags for cell in cells[:4]] == [(), ("not_a_digit", "unsure"), (), ()]


def test_a_column_with_a_cell_that_was_not_read_can_not_be_checked() -> None:
    down = parse_check("sum(rows 1..2) = row 3")

    (failure,) = failures([unread(table(["1", "2"], ["3", "4"], ["4", "6"]), (2, 1))], [down], [])

    assert failure.reason == "column 1, row 2 was not read"
    assert failure.cells == ((2, 1),)


def test_what_looks_like_no_digit_was_not_read_unless_its_second_answer_fits() -> None:
    page = table(["5", "1", "12"], ["5", "1", "13"])
    cells = [
        one._replace(flags=("unsure", "not_a_digit")) if one.column == 2 else one
        for one in page.cells
    ]
    page = page._replace(cells=tuple(cells))

    first, second = failures([page], [ROWS], [digit(1, 0, 1, 7), digit(1, 1, 1, 7)])

    assert (first.suggestion, first.reason) == ("column 2: 7", "")
    assert (second.suggestion, second.reason) == ("", "row 2, column 2 was not read")


def test_a_dash_beside_a_sum_that_is_right_without_it_is_nothing() -> None:
    assert failures([unread(table(["4", "9", "4"]), (1, 2))], [ROWS], []) == []


def test_a_row_without_any_number_is_told() -> None:
    page = unread(table(["0", "0", "0"], ["1", "2", "3"]), (1, 1), (1, 2), (1, 3))

    (failure,) = failures([page], [ROWS], [])

    assert (failure.where, failure.reason) == ("row 1", "no number was read there")
    assert marked([page], [failure]) == (page,)


@pytest.mark.parametrize(
    ("flags", "where"), [(("not_a_digit", "unsure"), ["row 2"]), (("unsure",), ["row 1", "row 2"])]
)
def test_words_in_a_heading_are_passed_over_and_numbers_are_not(
    flags: tuple[str, ...], where: list[str]
) -> None:
    page = table(["1", "", "9"], ["1", "2", "8"])
    cells = [
        cell._replace(flags=(*flags, "heading")) if cell.row == 1 and cell.text else cell
        for cell in page.cells
    ]

    found = failures([page._replace(cells=tuple(cells))], [ROWS], [])

    assert [(one.where, one.reason) for one in found] == [(one, "") for one in where]


def test_a_check_is_of_the_tables_that_have_its_columns() -> None:
    narrow, wrong = table(["1", "2"]), table(["1", "2", "4"])

    (failure,) = failures([narrow, wrong], [ROWS], [])
    (without,) = failures([narrow], [ROWS], [])

    assert (failure.table, failure.where) == (2, "row 1")
    assert [len(cell.flags) for cell in marked([narrow, wrong], [failure])[0].cells] == [0, 0]
    assert (without.table, without.where, without.check) == (0, "", "sum(1..2) = 3")
    assert without.reason == "no table has these rows or columns"


@pytest.mark.parametrize(
    ("text", "doubtful", "flags", "shown"),
    [
        ("15", "15", (), "15"),
        ("15", "1?", ("unsure",), "1?"),
        ("15", "15", ("unsure", "sum_fails"), "15 ?"),
        ("", "", ("empty", "cut_off", "unsure"), "?"),
        ("", "", ("empty",), ""),
    ],
)
def test_what_is_unsure_is_shown_with_a_question_mark(
    text: str, doubtful: str, flags: tuple[str, ...], shown: str
) -> None:
    assert CellRead(1, 1, text, doubtful, 0.9, corners(0, 0), flags).shown == shown


@pytest.mark.parametrize(
    ("total", "is_print", "fails"),
    [
        ("empty", True, False),  # printed row numbers
        ("empty", False, True),  # a sum that was forgotten
        ("printed", False, False),
        ("not_a_digit", True, True),
    ],
)
def test_a_column_that_is_not_meant_to_have_a_sum_is_passed_over(
    total: str, is_print: bool, fails: bool
) -> None:
    page = table(["1", "5"], ["2", "4"], ["", "9"])
    cells = tuple(
        cell._replace(flags=(total,), is_print=False)
        if not cell.text
        else cell._replace(is_print=is_print and cell.column == 1)
        for cell in page.cells
    )
    down = parse_check("sum(rows 1..2) = row 3")

    found = failures([page._replace(cells=cells)], [down], [])

    assert [one.where for one in found] == (["column 1"] if fails else [])


@pytest.mark.parametrize(
    ("check", "places", "reason"),
    [
        ("sum(2..3) = 1", {(1, 2), (1, 3), (2, 1), (3, 1)}, "row"),  # labels, and a bare corner
        ("sum(2..3) = 1", {(1, 2), (1, 3), (2, 1)}, ""),
        ("sum(rows 2..3) = row 1", {(2, 1), (3, 1), (1, 2), (1, 3)}, "column"),
        ("sum(rows 1..2) = row 3", {(2, 1), (1, 2), (1, 3)}, ""),
    ],
)
def test_a_check_for_which_a_form_has_no_cells_is_told(
    check: str, places: set[tuple[int, int]], reason: str
) -> None:
    page = table(["", "", ""], ["", "5", "4"], ["", "", ""])
    cells = tuple(
        cell._replace(flags=("printed",)) if (cell.row, cell.column) in places else cell
        for cell in page.cells
    )
    cells = tuple(  # of a blank sheet
        cell._replace(text="", flags=cell.flags or ("empty",)) for cell in cells
    )
    blank = page._replace(cells=cells)

    found = failures([blank], [parse_check(check)], [])
    beside = failures([blank, table(["9", "5", "4"])], [parse_check("sum(2..3) = 1")], [])

    expected = [(0, "", f"no {reason} has cells for numbers and one for their sum")]
    assert [(one.table, one.where, one.reason) for one in found] == (expected if reason else [])
    assert beside == []  # a check is of the tables that it fits
