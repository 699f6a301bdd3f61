"""The page's grid: what was read is put right with the keyboard alone."""

import json
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import FloatRect, Locator, Page, Route, expect

from mnist_cli.core.data.dataset import Dataset
from tests.conftest import needs_chromium, render_digit
from tests.server.browser import Open, answered, payload
from tests.server.conftest import png
from tests.server.sheet_pictures import ruled_sheet

pytestmark = needs_chromium

Sheet = tuple[NDArray[np.uint8], list[list[str]]]
TEXTS = """[...document.querySelectorAll("#grid tbody tr")].map((row) =>
    [...row.querySelectorAll("td")].map(({firstChild}) =>
        firstChild?.nodeType === Node.TEXT_NODE ? firstChild.data : ""))"""
FOCUSED = """[document.activeElement.closest("tr")?.rowIndex,
    document.activeElement.closest("td")?.cellIndex]"""


@pytest.fixture
def page(open_page: Open, sheet: Sheet, sheet_read: bytes) -> Page:
    page = open_page("/#pictures")
    answered(page, sheet_read)
    read(page, png(sheet[0]))
    return page


def read(page: Page, content: bytes, name: str = "sheet.png") -> None:
    page.set_input_files("#files", [payload(name, content)])
    expect(page.locator("#sheets li.read").filter(has_text=name)).to_have_count(1)


def focused(page: Page) -> list[int]:
    """Return row and column of the cell that has the keys, from 1."""
    place: list[int] = page.evaluate(FOCUSED)
    return place


def doubtful(page: Page) -> list[list[int]]:
    places: list[list[int]] = page.locator("#grid td.unsure").evaluate_all(
        "all => all.map((td) => [td.parentElement.rowIndex, td.cellIndex])"
    )
    return places


def test_a_sheet_of_320_cells_is_put_right_with_three_keys_a_doubtful_cell(
    open_page: Open, test_split: Dataset
) -> None:
    paper, truth = ruled_sheet(test_split, 40, 8)
    page = open_page("/#pictures")
    content = payload("sheet.png", png(paper))
    page.on("filechooser", lambda chooser: chooser.set_files([content]))
    while page.evaluate("document.activeElement.id") != "add":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#check")).to_be_visible(timeout=30_000)
    texts = page.evaluate(TEXTS)
    assert [len(row) for row in texts] == [8] * 40
    places = doubtful(page)
    wrong = (np.argwhere(np.array(texts) != np.array(truth)) + 1).tolist()
    missed = [place for place in wrong if place not in places]  # no doubt told of them

    while page.evaluate("document.activeElement.id") != "check":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    keys = []
    while page.locator("#check").is_visible():
        row, column = focused(page)
        right = truth[row - 1][column - 1]
        pressed = [*(right if texts[row - 1][column - 1] != right else ""), "Enter"]
        for key in pressed:
            page.keyboard.press(key)
        keys.append(len(pressed))

    assert len(keys) == len(places) > 5
    assert max(keys) <= 3
    expect(page.locator("#sheet-state")).to_have_text("✓ nothing to check")
    done = page.evaluate(TEXTS)
    assert sum(
        a != b for x, y in zip(done, truth, strict=True) for a, b in zip(x, y, strict=True)
    ) == len(missed)


def test_tab_steps_through_the_doubtful_ones_in_reading_order_and_out_of_the_grid(
    page: Page,
) -> None:
    places = doubtful(page)
    assert len(places) > 1
    page.locator("#check").click()
    seen = [focused(page)]
    for _ in places[1:]:
        page.keyboard.press("Tab")
        seen.append(focused(page))

    assert seen == places == sorted(places)
    page.keyboard.press("Shift+Tab")
    assert focused(page) == places[-2]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#copy")).to_be_focused()  # no trap


def test_arrows_and_home_and_end_move_and_the_picture_follows(page: Page) -> None:
    page.locator("#grid td[data-place]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert focused(page) == [2, 2]
    expect(page.locator("#place-name")).to_have_text("row 2, column 2")
    assert float(page.locator("#zoom").inner_text().removesuffix(" %")) * 44 >= 2999  # 30 px high
    page.keyboard.press("End")
    assert focused(page) == [2, 5]
    page.keyboard.press("Home")
    assert focused(page) == [2, 1]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == [1, 1]  # it stops at the edge
    assert page.locator("#grid [tabindex='0']").count() == 1


def test_what_is_typed_replaces_escape_leaves_and_undo_takes_back(page: Page, sheet: Sheet) -> None:
    cell = page.locator("#grid td[data-place]").nth(6)
    before = cell.inner_text()
    cell.focus()
    page.keyboard.type("90")
    page.keyboard.press("Escape")
    expect(cell).to_be_focused()
    assert cell.inner_text() == before
    page.keyboard.type("90")
    page.keyboard.press("ArrowDown")
    assert focused(page) == [3, 2]
    expect(cell).to_have_text(re.compile("^90"))
    expect(cell).to_have_class(re.compile("checked"))
    page.keyboard.press("Control+z")
    expect(cell).to_be_focused()
    assert cell.inner_text() == before
    page.keyboard.press("Control+y")
    expect(cell).to_have_text(re.compile("^90"))
    page.keyboard.press("F2")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(cell).to_have_text(re.compile("^901"))
    cell.focus()
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(cell).to_have_text(re.compile("^empty, checked"))


@pytest.fixture
def with_unread(open_page: Open, sheet: Sheet, sheet_read: bytes) -> Page:
    """A page with a sheet, of which ink in one cell was not read."""
    record = json.loads(sheet_read)
    cell = record["tables"][0]["cells"][6]  # row 2, column 2
    cell |= {"text": "", "flags": ["not_a_digit", "unsure"], "confidence": 0.3}
    page = open_page("/#pictures")
    answered(page, json.dumps(record).encode())
    read(page, png(sheet[0]))
    return page


def test_enter_does_not_confirm_that_ink_which_was_not_read_is_nothing(with_unread: Page) -> None:
    page = with_unread
    cell = page.locator("#grid td[data-place]").nth(6)
    left = len(doubtful(page))
    cell.focus()
    for keys in (["Enter"], ["F2", "Enter"], ["Escape", "5", "Backspace", "Enter"]):
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator("#grid-said")).to_have_text(
            "What stands here was not read (row 2, column 2): type it. If nothing does, press"
            " Delete, then Enter."
        )
        assert focused(page) == [2, 2]
        expect(cell).to_have_class(re.compile("unsure"))
    assert len(doubtful(page)) == left

    page.keyboard.press("Delete")  # in the field, where nothing is left
    page.keyboard.press("Enter")
    expect(cell).to_have_text("empty, checked")
    assert focused(page) != [2, 2]
    expect(page.locator("#grid-said")).to_have_text("")


def test_what_was_not_read_is_typed_or_said_to_be_empty(with_unread: Page) -> None:
    page = with_unread
    cell = page.locator("#grid td[data-place]").nth(6)
    expect(cell).to_have_text("not read, not sure")
    cell.focus()
    page.keyboard.type("42")
    page.keyboard.press("Enter")
    expect(cell).to_have_text("42, checked")
    page.keyboard.press("Control+z")
    for key in ("Delete", "Enter"):
        page.keyboard.press(key)
    expect(cell).to_have_text("empty, checked")
    page.keyboard.press("Control+z")

    page.get_by_role("button", name="It is empty").click()  # a phone has no Delete
    expect(cell).to_have_text("empty, checked")
    assert focused(page) != [2, 2]
    expect(page.get_by_role("button", name="It is empty")).to_be_hidden()


def test_a_second_click_writes_into_a_cell(page: Page) -> None:
    cell = page.locator("#grid td[data-place]").nth(6)
    cell.click()
    cell.click()

    expect(page.get_by_label("What stands here")).to_be_focused()
    page.keyboard.type("5")
    page.locator("#grid td[data-place]").nth(7).click()
    expect(cell).to_have_text(re.compile(r"^\d\d5"))


def test_numbers_without_a_table_are_a_list_edited_alike(open_page: Open) -> None:
    page = open_page("/#pictures")
    paper = np.full((500, 700), 255, np.uint8)
    for row, digits in enumerate(([1, 2], [3, 4])):
        for column, digit in enumerate(digits):
            top, left = 60 + 220 * row, 80 + 300 * column
            paper[top : top + 120, left : left + 120] = render_digit(digit, 120)
    read(page, png(paper))

    assert page.evaluate(TEXTS) == [["1", "2"], ["3", "4"]]
    expect(page.get_by_role("grid", name="Numbers")).to_be_visible()
    expect(page.get_by_role("rowheader", name="line 2")).to_have_count(1)
    page.locator("#grid td[data-place]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    assert page.evaluate(TEXTS) == [["1", "2"], ["3", "8"]]


def test_on_a_phone_the_heads_of_rows_and_columns_stay_in_sight(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    cell = page.locator("#grid td[data-place]").last
    cell.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")

    box, column, row = (
        box_of(page.locator(name).last) for name in ("#grid", "#grid thead th", "#grid tbody th")
    )
    assert (column["y"], row["x"]) == (box["y"], box["x"])
    assert box_of(cell)["y"] >= column["y"] + column["height"]
    page.keyboard.press("Home")
    assert box_of(page.locator("#grid td.current"))["x"] >= row["x"] + row["width"]


def test_on_a_phone_it_is_said_that_more_columns_are_there(page: Page) -> None:
    hint = page.locator("#grid-wide")
    expect(hint).to_be_hidden()
    page.set_viewport_size({"width": 300, "height": 640})

    expect(hint).to_have_text("More columns to the right: scroll sideways →")
    page.locator("#grid td[data-place]").first.focus()
    page.keyboard.press("End")
    expect(hint).to_have_text("← More columns to the left")


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box
    return box


def test_print_beside_a_table_is_counted_apart_and_comes_last(open_page: Open) -> None:
    page = open_page("/#pictures")
    page.route("**/v1/predict*", with_a_heading)
    page.set_input_files("#files", [payload("7.png", png(render_digit(7)))])

    expect(page.get_by_role("grid").nth(0)).to_have_accessible_name("Table 1, 1 row, 1 column")
    expect(page.get_by_role("grid").nth(1)).to_have_accessible_name("Outside of tables")
    assert page.evaluate(TEXTS) == [["5"], ["1", "0"]]
    told = "? 3 places to check, 2 of them in headings or outside of tables"
    expect(page.locator("#sheet-state")).to_have_text(told)
    page.locator("#check").click()
    assert focused(page) == [1, 1]
    for left in ("? 2 places to check, all in headings", "? 1 place to check, in a heading"):
        page.keyboard.press("Enter")
        expect(page.locator("#sheet-state")).to_have_text(f"{left} or outside of tables")


def with_a_heading(route: Route) -> None:
    """Answer with a table of one cell below a heading that was taken for two numbers."""
    record = route.fetch().json()
    digit = record["digits"][0] | {"unsure": True}
    boxes = [[0, 0, 20, 20], [30, 0, 50, 20], [0, 40, 40, 80]]
    record["digits"] = [digit | {"box": box, "number": at} for at, box in enumerate(boxes)]
    record["numbers"] = [
        {"text": text, "box": box, "confidence": 0.4, "unsure": True, "line": line}
        for text, box, line in zip("105", boxes, (0, 0, 1), strict=True)
    ]
    corners = [[0, 40], [40, 40], [40, 80], [0, 80]]
    cell = {"row": 1, "column": 1, "text": "5", "confidence": 0.6, "box": corners}
    table = {"corners": corners, "rows": 1, "columns": 1, "name": ""}
    record["tables"] = [table | {"cells": [cell | {"flags": ["unsure"]}]}]
    record["explanation"]["images"] *= 3
    route.fulfill(json=record)


def test_enter_goes_on_to_the_next_sheet(page: Page, test_split: Dataset) -> None:
    read(page, png(ruled_sheet(test_split, 12, 5, seed=2)[0]), "next.png")
    page.locator("#sheets button").first.click()
    for _ in doubtful(page):
        page.locator("#check").click()
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    expect(page.locator("#sheets [aria-current]")).to_contain_text("next.png")
    place: Any = page.locator("#grid td.unsure").first
    expect(place).to_be_focused()


def test_headings_of_a_table_come_last(open_page: Open, sheet: Sheet) -> None:
    def answer(route: Route) -> None:
        record = route.fetch().json()
        for cell in record["tables"][0]["cells"][:5]:
            cell |= {"text": "", "flags": ["not_a_digit", "unsure", "heading"]}
        route.fulfill(json=record)

    page = open_page("/#pictures")
    page.route("**/v1/predict*", answer)
    read(page, png(sheet[0]))
    places = doubtful(page)
    expect(page.locator("#sheet-state")).to_have_text(
        re.compile(r"5 of them in headings or outside of tables$")
    )
    page.locator("#check").click()
    seen = [focused(page)]
    for _ in places[1:]:
        page.keyboard.press("Tab")
        seen.append(focused(page))

    assert seen == [*places[5:], *places[:5]]
    page.keyboard.press("Shift+Tab")
    assert focused(page) == places[3]


def test_with_buttons_alone_a_place_is_confirmed_and_the_next_one_comes(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    places = doubtful(page)
    page.locator("#check").click()
    assert focused(page) == places[0]

    page.locator("#is-right").click()

    assert (focused(page), doubtful(page)) == (places[1], places[1:])
    page.locator("#write").click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert doubtful(page) == places[2:]


@pytest.mark.parametrize(("mark", "keys"), [("", "numeric"), (".", "text")])
def test_the_keys_of_a_phone_have_marks_where_some_are_written(
    open_page: Open, sheet_read: bytes, sheet: Sheet, mark: str, keys: str
) -> None:
    record = json.loads(sheet_read)
    record["tables"][0]["cells"][0]["text"] += mark
    page = open_page("/#pictures")
    answered(page, json.dumps(record).encode())
    read(page, png(sheet[0]))

    page.locator("#check").click()
    page.keyboard.press("F2")

    expect(page.locator("#grid input")).to_have_attribute("inputmode", keys)
