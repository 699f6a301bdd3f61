"""The page's viewer: the picture at any size, what was read over it, and a digit opened."""

import base64
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from mnist_cli.core.data.dataset import Dataset
from tests.conftest import PHONE, needs_chromium
from tests.server.browser import Open, answered, payload
from tests.server.conftest import Server, png
from tests.server.sheet_pictures import MARGIN, ruled_sheet

pytestmark = needs_chromium

Sheet = tuple[NDArray[np.uint8], list[list[str]]]
CELL = (96, 44)  # px


@pytest.fixture
def page(open_page: Open, sheet: Sheet, sheet_read: bytes) -> Page:
    page = open_page("/#pictures")
    answered(page, sheet_read)
    return opened(page, sheet)


def opened(page: Page, sheet: Sheet) -> Page:
    """Open a sheet, and wait until it is read and shown."""
    page.set_input_files("#files", [payload("sheet.png", png(sheet[0]))])
    expect(page.locator("#sheets li.read")).to_have_count(1)
    expect(page.locator("#zoom")).to_have_text(re.compile(r"\d"))
    return page


def scale(page: Page) -> float:
    return float(page.locator("#zoom").inner_text().removesuffix(" %")) / 100


def shown(page: Page) -> NDArray[np.uint8]:
    """Return what the viewer shows: (H, W) uint8, the red channel."""
    # as base64: the browser takes seconds to hand over half a million numbers
    width, text = page.evaluate(
        """() => { const c = document.getElementById("viewer");
        const {data} = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        let red = "";
        for (let at = 0; at < data.length; at += 4) red += String.fromCharCode(data[at]);
        return [c.width, btoa(red)]; }"""
    )
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, width)


def middle(page: Page, sheet: Sheet, row: int, column: int) -> tuple[float, float]:
    """Return where the middle of a cell, counted from 0, is on the screen; all of it is shown."""
    box: Any = page.locator("#viewer").bounding_box()
    height, width = sheet[0].shape
    fit = min(box["width"] / width, box["height"] / height)
    x = (column + 0.5) * CELL[0] + MARGIN - width / 2
    y = (row + 0.5) * CELL[1] + MARGIN - height / 2
    return box["x"] + box["width"] / 2 + x * fit, box["y"] + box["height"] / 2 + y * fit


def test_at_one_to_one_its_pixels_are_shown_as_they_are(page: Page, sheet: Sheet) -> None:
    page.get_by_role("button", name="Boxes").click()
    page.get_by_role("button", name="1:1").click()

    assert scale(page) == 1
    digits = sheet[0][MARGIN + 6 * 44 + 4 :, MARGIN + 2 * 96 + 20 :][:36, :40]
    places = np.lib.stride_tricks.sliding_window_view(shown(page), digits.shape)
    assert (places == digits).all(axis=(2, 3)).any()


def test_wheel_keys_and_buttons_zoom_and_pan(page: Page) -> None:
    page.get_by_role("button", name="Boxes").click()
    viewer = page.locator("#viewer")
    whole, fit = shown(page), scale(page)
    viewer.hover()
    page.mouse.wheel(0, -100)
    assert scale(page) == pytest.approx(fit * 1.25, abs=0.02)
    viewer.focus()
    page.keyboard.press("+")
    assert scale(page) == pytest.approx(fit * 1.25**2, abs=0.02)
    before = shown(page)
    page.keyboard.press("ArrowRight")
    moved = shown(page)[:, :-60].astype(int)  # smoothed anew, it may differ by a shade
    assert np.abs(moved - before[:, 48:-12]).mean() < 1 < np.abs(moved - before[:, :-60]).mean()
    page.keyboard.press("-")
    page.get_by_role("button", name="Larger").click()
    page.keyboard.press("0")
    viewer.focus()
    page.keyboard.press("0")
    assert scale(page) == fit
    assert np.array_equal(shown(page), whole)


def test_dragging_pans(page: Page) -> None:
    page.get_by_role("button", name="Boxes").click()
    page.get_by_role("button", name="1:1").click()
    before = shown(page)
    page.locator("#viewer").hover()
    page.mouse.down()
    page.mouse.move(*(middle_of(page) + np.array([30, 0])))
    page.mouse.up()

    assert np.array_equal(shown(page)[:, 40:], before[:, 10:-30])
    expect(page.locator("#digit-panel")).to_be_hidden()  # it was no click


def middle_of(page: Page) -> NDArray[np.float64]:
    box: Any = page.locator("#viewer").bounding_box()
    return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


def test_two_fingers_pinch_and_one_taps_on_a_phone(
    open_page: Open, sheet: Sheet, sheet_read: bytes
) -> None:
    page = open_page("/#pictures", viewport=PHONE, has_touch=True, is_mobile=True)
    answered(page, sheet_read)
    opened(page, sheet)
    page.locator("#viewer").scroll_into_view_if_needed()
    x, y = middle_of(page)
    fit = scale(page)
    fingers = page.context.new_cdp_session(page)
    for apart in (40, 60, 80):
        kind = "touchStart" if apart == 40 else "touchMove"
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    assert scale(page) == pytest.approx(2 * fit, rel=0.1)
    before, at = scale(page), page.evaluate("scrollY")
    page.touchscreen.tap(x, y)
    expect(page.locator("#digit-panel")).to_be_visible()
    assert (scale(page), page.evaluate("scrollY")) == (before, at)  # what was pointed at stays


def test_a_click_on_a_digit_opens_it_and_its_cell(page: Page, sheet: Sheet) -> None:
    x, y = middle(page, sheet, 4, 2)
    page.mouse.click(x, y)

    expect(page.locator("#place-name")).to_have_text("row 5, column 3")
    expect(page.get_by_role("gridcell").nth(0)).to_be_visible()
    expect(page.locator("#grid td:focus")).to_have_text(re.compile(f"^{sheet[1][4][2]}"))
    assert page.locator("#digit-seen").evaluate("e => [e.naturalWidth, e.naturalHeight]") == [
        28,
        28,
    ]
    assert page.locator("#next-best button").count() == 4
    assert page.locator("#crop").evaluate("c => c.width > 50 && c.height > 20")
    expect(page.locator("#place-digits button")).to_have_count(2)


def test_the_right_digit_is_chosen_or_typed(page: Page, sheet: Sheet) -> None:
    page.mouse.click(*middle(page, sheet, 4, 2))
    read = sheet[1][4][2]
    cell = page.locator("#grid td.current")
    expect(cell).to_have_text(re.compile(f"^{read}"))

    page.get_by_role("button", name=f"Digit 2: {read[1]}").click()
    page.get_by_label("The right digit").fill("0")
    expect(cell).to_have_text(re.compile(f"^{read[0]}0"))
    page.get_by_role("button", name="Digit 1:").click()
    second = page.locator("#next-best button").nth(1)
    other = second.locator("b").inner_text()
    second.click()
    expect(cell).to_have_text(re.compile(f"^{other}0"))
    expect(page.get_by_role("button", name=f"Digit 1: {other}")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shade", [0, 128])
def test_a_label_stands_out_on_any_picture(
    open_page: Open, sheet: Sheet, scheme: str, shade: int
) -> None:
    """Its plate has one colour, whatever is under it."""
    paper = np.maximum(sheet[0], 255 - shade) if shade else 255 - sheet[0]
    page = opened(open_page("/#pictures", color_scheme=scheme), (paper, sheet[1]))
    page.locator("#grid td").nth(8).click()
    page.keyboard.press("ArrowRight")
    plate = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')")
    rgb = [int(plate[at : at + 2], 16) for at in (1, 3, 5)]
    share = page.evaluate(
        """([red, green, blue]) => { const c = document.getElementById("viewer");
        const {data} = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        let found = 0;
        for (let at = 0; at < data.length; at += 4)
            found += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
        return found; }""",
        rgb,
    )
    assert share > 150  # of the plate of the chosen place alone there are some 25 by 16


@pytest.mark.parametrize("rows", [12, 30])
def test_no_answer_hides_a_digit(open_page: Open, test_split: Dataset, rows: int) -> None:
    """What is inside of digits looks the same with answers and without."""
    dense = ruled_sheet(test_split, rows, 10, seed=3, cell=CELL)
    page = opened(open_page("/#pictures"), dense)
    expect(page.locator("#grid td.unsure")).not_to_have_count(0)
    with_answers = shown(page)
    page.get_by_role("button", name="Boxes").click()
    without = shown(page)
    fit = min(np.divide(without.shape, dense[0].shape))
    top, left = (np.subtract(without.shape, np.multiply(dense[0].shape, fit)) / 2).tolist()
    changed = np.abs(with_answers.astype(int) - without) > 100

    assert changed.any()
    for row in range(rows):
        for column in range(10):
            y = top + (MARGIN + row * CELL[1] + np.array([14, 30])) * fit
            x = left + (MARGIN + column * CELL[0] + np.array([24, 64])) * fit
            inside = changed[slice(*y.round().astype(int)), slice(*x.round().astype(int))]
            assert inside.mean() < 0.2, (row, column)


def test_what_is_unsure_is_marked_by_more_than_colour(page: Page) -> None:
    unsure = page.locator("#grid td.unsure")

    assert unsure.count() > 0
    expect(unsure.first).to_contain_text("not sure")
    assert unsure.first.evaluate("e => getComputedStyle(e, '::after').content") == '"?"'
    assert unsure.first.evaluate("e => getComputedStyle(e).outlineStyle") == "dashed"


def test_the_picture_stays_where_it_is_when_the_window_changes(page: Page, server: Server) -> None:
    before = scale(page)
    page.set_viewport_size({"width": 900, "height": 500})
    expect(page.locator("#zoom")).not_to_have_text(f"{100 * before:.0f} %")  # it fits again

    assert shown(page).min() < 100
