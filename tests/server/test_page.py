import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from mnist_cli.core.data.dataset import Dataset
from tests.conftest import DESK, PHONE, needs_chromium, render_digit
from tests.server.browser import Open, Point, draw, on_paper, payload, strokes_of
from tests.server.conftest import Server, png

SEVEN: list[list[Point]] = [[(0.2, 0.1), (0.5, 0.1), (0.8, 0.1), (0.6, 0.5), (0.4, 0.95)]]
SCRIBBLE: list[list[Point]] = [
    [(0.5 + 0.5 * np.cos(3 * t), 0.5 + 0.4 * np.sin(7 * t)) for t in np.arange(0, 6, 0.2)]
]
MIDDLES = """[...document.querySelectorAll("#boxes > div")].map(({style}) =>
    (parseFloat(style.left) + parseFloat(style.width) / 2) / 100)"""
SHARES = """[...document.querySelectorAll("#bars .bar")].map(({style}) =>
    Number(style.getPropertyValue("--share")))"""

pytestmark = needs_chromium


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


@pytest.fixture(scope="module")
def digits(test_split: Dataset) -> dict[int, list[list[Point]]]:
    """The strokes of the first MNIST test image of each class."""
    firsts = [int(np.argmax(test_split.labels == digit)) for digit in range(10)]
    return {digit: strokes_of(test_split.images[at]) for digit, at in enumerate(firsts)}


def number(page: Page) -> Any:
    return expect(page.locator("#number"))


def test_every_digit_drawn_along_a_real_ones_strokes_is_read_right(
    page: Page, digits: dict[int, list[list[Point]]]
) -> None:
    for digit, lines in digits.items():
        draw(page, lines)
        number(page).to_have_text(str(digit))
        page.get_by_role("button", name="Clear").click()


def test_the_answer_comes_while_the_pen_is_still_down(page: Page) -> None:
    draw(page, SEVEN, lift=False)

    number(page).to_have_text("7")
    page.mouse.up()


def test_the_bars_and_the_picture_show_what_the_network_saw(page: Page) -> None:
    draw(page, SEVEN)

    expect(page.locator("#verdict")).to_contain_text("sure")
    bars = page.locator("#bars li")
    expect(bars).to_have_count(10)
    expect(bars.nth(7)).to_have_class("best")
    assert 0.5 < sum(page.evaluate(SHARES)) <= 1.001  # less where there may be no digit at all
    assert page.locator("#seen").evaluate("e => [e.naturalWidth, e.naturalHeight]") == [28, 28]


def test_undo_redo_and_clear_work_by_button_and_by_key(
    page: Page, digits: dict[int, list[list[Point]]]
) -> None:
    draw(page, SEVEN, (0.3, 0.5, 0.5))
    draw(page, digits[0][:1], (0.7, 0.5, 0.5))
    number(page).to_have_text("70")

    page.get_by_role("button", name="Undo").click()
    number(page).to_have_text("7")
    page.get_by_role("button", name="Redo").click()
    number(page).to_have_text("70")
    page.keyboard.press("Control+z")
    number(page).to_have_text("7")
    page.keyboard.press("Control+y")
    number(page).to_have_text("70")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#verdict")).to_have_text("Nothing drawn yet")
    page.keyboard.press("Control+z")  # what was cleared by mistake comes back
    number(page).to_have_text("70")


def test_digits_side_by_side_are_a_number_with_a_box_each(
    page: Page, digits: dict[int, list[list[Point]]]
) -> None:
    for digit, x in ((4, 0.2), (0, 0.5), (7, 0.8)):
        draw(page, digits[digit], (x, 0.5, 0.5))

    number(page).to_have_text("407")
    assert page.evaluate(MIDDLES) == pytest.approx([0.2, 0.5, 0.8], abs=0.06)
    first = page.locator("#seen").get_attribute("src")
    page.get_by_role("radio", name="Digit 1: 4").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Digit 2: 0")).to_be_focused()
    expect(page.locator("#bars li").nth(0)).to_have_class("best")
    assert page.locator("#seen").get_attribute("src") != first


def test_a_scribble_is_no_digit_or_an_unsure_one(page: Page) -> None:
    draw(page, SCRIBBLE)

    expect(page.locator("#verdict")).to_contain_text(re.compile("No digit found|Not sure"))


def test_a_picture_is_opened_with_the_keyboard_alone(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "three.png"
    path.write_bytes(png(render_digit(3)))

    page.on("filechooser", lambda chooser: chooser.set_files(path))

    page.get_by_role("button", name="Open").focus()
    page.keyboard.press("Enter")

    number(page).to_have_text("3")
    expect(page.locator("#spoken")).to_contain_text("3. ")
    expect(page.get_by_role("img", name="Paper: 3")).to_be_visible()


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_a_picture_is_pasted_and_dropped(page: Page, event: str) -> None:
    content = list(png(render_digit(5)))
    page.evaluate(
        """([event, content]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(content)], "five.png", {type: "image/png"}));
            const about = {bubbles: true, cancelable: true};
            document.body.dispatchEvent(event === "drop"
                ? new DragEvent("drop", {...about, dataTransfer: data})
                : new ClipboardEvent("paste", {...about, clipboardData: data}));
        }""",
        [event, content],
    )

    number(page).to_have_text("5")


def test_what_can_not_be_read_is_said(page: Page, tmp_path: Path) -> None:
    (tmp_path / "letter.png").write_text("<html>no picture</html>")
    (tmp_path / "blank.png").write_bytes(png(np.full((40, 40), 255, np.uint8)))

    page.set_input_files("#file", tmp_path / "letter.png")
    expect(page.locator("#verdict")).to_contain_text("it looks like HTML")
    page.set_input_files("#file", tmp_path / "blank.png")
    expect(page.locator("#verdict")).to_have_text("Nothing to read on it")


def test_the_drawing_is_downloaded_in_black_on_white(page: Page, server: Server) -> None:
    draw(page, SEVEN)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()

    content = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename == "drawing.png"
    assert server.read(content).json()["text"] == "7"


def test_a_picture_that_no_browser_shows_is_saved_as_it_was_opened(page: Page) -> None:
    buffer = io.BytesIO()
    Image.fromarray(render_digit(5)).save(buffer, "TIFF")
    page.set_input_files("#file", payload("scan.tif", buffer.getvalue(), "image/tiff"))
    number(page).to_have_text("5")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()

    assert download.value.suggested_filename == "scan.tif"
    assert Path(download.value.path()).read_bytes() == buffer.getvalue()


def test_a_file_of_several_pages_is_sent_to_the_view_that_shows_them(page: Page) -> None:
    first, second = (Image.fromarray(render_digit(digit)) for digit in (3, 7))
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=[second])
    page.set_input_files("#file", payload("scan.tif", buffer.getvalue(), "image/tiff"))

    expect(page.locator("#verdict")).to_have_text("It has several pages: open it under Pictures.")


def test_the_pen_gets_broader(page: Page) -> None:
    def width(pen: str) -> float:
        page.get_by_role("radio", name=pen).check(force=True)
        draw(page, [[(0.1, 0.5), (0.9, 0.5)]])
        ink = page.evaluate(
            """() => { const c = document.getElementById("canvas"), x = c.getContext("2d");
            const column = x.getImageData(c.width / 2, 0, 1, c.height).data;
            return column.filter((v, i) => i % 4 === 3 && v > 128).length; }"""
        )
        page.get_by_role("button", name="Clear").click()
        return float(ink)

    assert 0 < width("Fine pen") < width("Medium pen") < width("Broad pen")


def test_fingers_draw_on_a_phone(open_page: Open) -> None:
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=3)
    fingers = page.context.new_cdp_session(page)
    for at, (x, y) in enumerate(on_paper(page, SEVEN[0], (0.5, 0.5, 0.7))):
        kind = "touchMove" if at else "touchStart"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    number(page).to_have_text("7")
    assert page.evaluate("canvas.width === Math.round(canvas.clientWidth * 3)")


@pytest.mark.parametrize("path", ["/", "/docs"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    open_page: Open, path: str, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_page(path, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    if path == "/":
        draw(page, SEVEN, (0.3, 0.5, 0.5))
        draw(page, SEVEN, (0.7, 0.5, 0.4))
        expect(page.locator("#digits")).to_be_visible()
    else:
        expect(page.get_by_text("/v1/predict", exact=True).first).to_be_visible()

    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_without_javascript_the_page_says_so(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)

    expect(page.get_by_text("needs JavaScript")).to_be_visible()
