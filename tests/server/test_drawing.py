"""The paper and its answer: what is shown belongs to what is drawn, on any screen, by any hand."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from mnist_cli.reading.image import decode
from tests.conftest import DESK, PHONE, needs_chromium, render_digit
from tests.server.browser import Open, Point, draw, on_paper
from tests.server.conftest import png, serving
from tests.server.looks import check_looks

SEVEN: list[list[Point]] = [[(0.2, 0.1), (0.5, 0.1), (0.8, 0.1), (0.6, 0.5), (0.4, 0.95)]]
ONE: list[list[Point]] = [[(0.5, 0.05), (0.5, 0.5), (0.5, 0.95)]]
ON_ITS_SIDE = {"width": 740, "height": 360}
MIDDLES = """[...document.querySelectorAll("#boxes > div")].map(({style}) =>
    (parseFloat(style.left) + parseFloat(style.width) / 2) / 100)"""
INK = """() => { const c = document.getElementById("canvas");
    const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
    return data.filter((v, at) => at % 4 === 3 && v > 128).length / (c.width * c.height); }"""
WATCH_SHIFTS = """window.shifts = []; new PerformanceObserver((list) => {
    for (const {value, sources} of list.getEntries()) window.shifts.push(
        [value, ...sources.map(({node}) => node?.id || node?.className || node?.nodeName)]);
}).observe({type: "layout-shift", buffered: true});"""

pytestmark = needs_chromium


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


def number(page: Page) -> Any:
    return expect(page.locator("#number"))


def verdict(page: Page) -> Any:
    return expect(page.locator("#verdict"))


def open_file(page: Page, picture: bytes, name: str = "picture.png") -> None:
    file: Any = {"name": name, "mimeType": "image/png", "buffer": picture}
    page.set_input_files("#file", file)


def hold(held: list[Route], route: Route) -> None:
    """Let a question wait until the test answers it."""
    held.append(route)


def digit_of(digit: int, *, unsure: bool = False, flags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "digit": digit,
        "confidence": 0.4 if unsure else 0.99,
        "top": [[digit, 0.4], [(digit + 1) % 10, 0.3]],
        "unsure": unsure,
        "flags": list(flags),
    }


def answer_with(page: Page, digits: list[dict[str, Any]], text: str) -> None:
    """Have it answered that what is drawn is these digits, side by side."""
    placed = [digit | {"box": [27 * at, 9, 27 * at + 20, 60]} for at, digit in enumerate(digits)]
    record = {
        "text": text,
        "digits": placed,
        "model": {"version": "bundled"},
        "explanation": {"warnings": [], "size": [560, 420], "images": [""] * len(digits)},
    }
    page.route("**/v1/predict*", lambda route: route.fulfill(json=record))


class TestWhatIsShownBelongsToWhatIsDrawn:
    def test_an_answer_that_comes_late_is_dropped(self, page: Page) -> None:
        held: list[Route] = []
        page.route("**/v1/predict*", lambda route: hold(held, route), times=1)
        open_file(page, png(render_digit(3)))
        expect(page.locator(".answer")).to_have_attribute("aria-busy", "true")
        page.get_by_role("button", name="Clear").click()
        draw(page, SEVEN)
        number(page).to_have_text("7")

        assert len(held) == 1  # the page gave it up: there is nobody to answer
        page.wait_for_timeout(200)
        number(page).to_have_text("7")

    def test_of_two_pictures_that_are_opened_quickly_the_second_is_shown(self, page: Page) -> None:
        """Even if the first one is read, and decoded, more slowly."""

        def slowly(route: Route) -> None:
            time.sleep(0.5)
            route.continue_()

        page.route("**/v1/predict*", slowly, times=1)
        content = [list(png(render_digit(digit))) for digit in (3, 5)]
        page.evaluate(
            """(contents) => { for (const content of contents) {
                const data = new DataTransfer();
                const file = new File([new Uint8Array(content)], "a.png", {type: "image/png"});
                data.items.add(file);
                const about = {bubbles: true, cancelable: true, clipboardData: data};
                document.body.dispatchEvent(new ClipboardEvent("paste", about));
            } }""",
            content,
        )

        number(page).to_have_text("5")
        page.wait_for_timeout(700)
        number(page).to_have_text("5")

    def test_what_was_read_of_a_picture_goes_with_it(self, page: Page) -> None:
        draw(page, SEVEN)
        number(page).to_have_text("7")
        page.route("**/v1/predict*", lambda _: None)
        open_file(page, png(render_digit(3)))

        verdict(page).to_have_text("Not read yet")
        assert page.evaluate(MIDDLES) == []

    def test_a_busy_state_is_shown_while_an_answer_is_to_come(self, page: Page) -> None:
        held: list[Route] = []
        page.route("**/v1/predict*", lambda route: hold(held, route), times=1)
        open_file(page, png(render_digit(7)))

        expect(page.locator(".answer")).to_have_attribute("aria-busy", "true")
        expect(page.locator("#busy")).to_be_visible()
        held[0].continue_()
        number(page).to_have_text("7")
        expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#busy")).to_be_hidden()

    def test_errors_go_when_the_picture_goes(self, page: Page) -> None:
        open_file(page, b"<html>no picture</html>", "letter.png")
        verdict(page).to_contain_text("it looks like HTML")
        page.get_by_role("button", name="Clear").click()
        verdict(page).to_have_text("Nothing drawn yet")

        open_file(page, b"<html>no picture</html>", "letter.png")
        verdict(page).to_contain_text("it looks like HTML")
        draw(page, SEVEN)  # on what could not be shown
        number(page).to_have_text("7")

    def test_a_server_that_is_gone_is_not_missed_for_an_empty_paper(
        self, open_page: Open, tmp_path: Path
    ) -> None:
        with serving(tmp_path) as gone:
            page = open_page(address=gone.address)
            gone.stop()
            draw(page, SEVEN)
            expect(page.get_by_text("The server does not answer")).to_be_visible()
            page.get_by_role("button", name="Clear").click()
            expect(page.locator("#connection")).to_have_text("")
            verdict(page).to_have_text("Nothing drawn yet")


class TestScreens:
    def test_turning_the_device_keeps_the_drawing_and_its_boxes(self, open_page: Open) -> None:
        page = open_page(viewport=PHONE)
        draw(page, SEVEN, (0.25, 0.7, 0.5))
        draw(page, SEVEN, (0.75, 0.7, 0.5))
        number(page).to_have_text("77")
        middles, ink = page.evaluate(MIDDLES), page.evaluate(INK)

        for viewport in (ON_ITS_SIDE, DESK, PHONE):
            page.set_viewport_size({**viewport})  # type: ignore[typeddict-item]
            page.wait_for_timeout(100)
            assert page.evaluate(MIDDLES) == middles
            assert page.evaluate(INK) == pytest.approx(ink, rel=0.1)
            number(page).to_have_text("77")

    def test_on_a_phone_on_its_side_the_answer_is_in_view_and_the_page_scrolls(
        self, open_page: Open
    ) -> None:
        page = open_page(viewport=ON_ITS_SIDE, has_touch=True, is_mobile=True)
        draw(page, SEVEN)
        number(page).to_have_text("7")

        for part in ("#number", "#verdict", "#bars"):
            box = page.locator(part).bounding_box()
            assert box
            assert 0 <= box["y"] <= box["y"] + box["height"] <= 360
            assert box["x"] + box["width"] <= 740
        fingers = page.context.new_cdp_session(page)
        touch: list[dict[str, int]] = [{"x": 600, "y": y} for y in (330, 250, 150, 60)]
        for at, point in enumerate(touch):
            kind = "touchMove" if at else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_function("() => scrollY > 50")

    @pytest.mark.parametrize("viewport", [PHONE, ON_ITS_SIDE, DESK], ids=["phone", "side", "desk"])
    def test_nothing_jumps_while_answers_change(
        self, open_page: Open, viewport: dict[str, int]
    ) -> None:
        page = open_page(viewport=viewport)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        page.evaluate(WATCH_SHIFTS)
        page.evaluate("shifts.length = 0")
        draw(page, SEVEN, (0.2, 0.5, 0.4))
        number(page).to_have_text("7")
        for at in (0.4, 0.6, 0.8):
            draw(page, SEVEN, (at, 0.5, 0.4))
        number(page).to_have_text("7777")
        open_file(page, b"<html>no picture, and nothing that could be one</html>")
        verdict(page).to_contain_text("looks like")
        page.get_by_role("button", name="Clear").click()
        page.wait_for_timeout(300)

        assert page.evaluate("shifts") == []


class TestHands:
    """Pointers as a tablet sends them."""

    @pytest.fixture
    def point(self, page: Page) -> Callable[..., None]:
        page.evaluate("HTMLElement.prototype.setPointerCapture = () => {}")  # none is real

        def send(kind: str, hand: str, x: float, y: float, button: int = 0) -> None:
            ((left, top),) = on_paper(page, [(x, y)], (0.5, 0.5, 1))
            page.evaluate(
                """([kind, type, x, y, button]) => canvas.dispatchEvent(new PointerEvent(kind, {
                    bubbles: true, pointerId: {pen: 1, touch: 2, palm: 3}[type], button,
                    pointerType: type === "palm" ? "touch" : type, clientX: x, clientY: y}))""",
                [kind, hand, left, top, button],
            )

        return send

    def write(self, point: Callable[..., None], hand: str, lines: list[list[Point]]) -> None:
        for line in lines:
            point("pointerdown", hand, *line[0])
            for place in line[1:]:
                point("pointermove", hand, *place)
            point("pointerup", hand, *line[-1])

    def test_a_pen_takes_over_from_the_palm_that_came_first(
        self, page: Page, point: Callable[..., None]
    ) -> None:
        point("pointerdown", "palm", 0.9, 0.9)
        point("pointermove", "palm", 0.85, 0.9)
        self.write(point, "pen", SEVEN)
        point("pointermove", "palm", 0.8, 0.8)
        point("pointerup", "palm", 0.8, 0.8)

        number(page).to_have_text("7")
        page.get_by_role("button", name="Undo").click()
        verdict(page).to_have_text("Nothing drawn yet")  # the palm's stroke is not even a step back
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()

    def test_a_palm_is_passed_over_while_the_pen_writes_and_shortly_after(
        self, page: Page, point: Callable[..., None]
    ) -> None:
        point("pointerdown", "pen", *SEVEN[0][0])
        point("pointerdown", "palm", 0.9, 0.9)
        for place in SEVEN[0][1:]:
            point("pointermove", "pen", *place)
            point("pointermove", "palm", *place)
        point("pointerup", "pen", *SEVEN[0][-1])
        self.write(point, "palm", SEVEN)
        number(page).to_have_text("7")

        page.get_by_role("button", name="Clear").click()
        page.wait_for_timeout(1600)
        self.write(point, "touch", SEVEN)  # now it is a finger again
        number(page).to_have_text("7")

    def test_the_other_end_of_a_pen_rubs_out(self, page: Page, point: Callable[..., None]) -> None:
        self.write(point, "pen", [*SEVEN, [(0.1, 0.95), (0.3, 0.95)]])
        whole = page.evaluate(INK)
        point("pointerdown", "pen", 0.1, 0.95, 5)
        point("pointermove", "pen", 0.3, 0.95)
        point("pointerup", "pen", 0.3, 0.95)

        assert 0 < page.evaluate(INK) < whole
        number(page).to_have_text("7")

    def test_what_the_system_takes_for_a_palm_leaves_nothing(
        self, page: Page, point: Callable[..., None]
    ) -> None:
        point("pointerdown", "touch", 0.5, 0.5)
        point("pointermove", "touch", 0.6, 0.5)
        point("pointercancel", "touch", 0.6, 0.5)

        verdict(page).to_have_text("Nothing drawn yet")


class TestTools:
    def test_the_eraser_takes_a_digit_away_and_undo_brings_it_back(self, page: Page) -> None:
        draw(page, SEVEN, (0.3, 0.5, 0.5))
        draw(page, ONE, (0.7, 0.5, 0.5))
        number(page).to_have_text("71")
        page.get_by_role("radio", name="Eraser").check(force=True)
        draw(page, ONE, (0.7, 0.5, 0.55))
        number(page).to_have_text("7")
        page.get_by_role("button", name="Undo").click()
        number(page).to_have_text("71")

    def test_the_eraser_leaves_paper_on_a_picture(self, page: Page) -> None:
        open_file(page, png(render_digit(3, ink=255, paper=0)))
        number(page).to_have_text("3")
        page.get_by_role("radio", name="Eraser").check(force=True)
        draw(page, [[(0.5, 0.5), (0.52, 0.5)]])
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()

        grey = decode(Path(download.value.path()).read_bytes()).grey
        assert grey[grey.shape[0] // 2, grey.shape[1] // 2] == 255

    @pytest.mark.parametrize(
        ("name", "text"), [("A digit", "4"), ("A number", "2038"), ("A hard one", "2")]
    )
    def test_examples_are_there_to_try(self, page: Page, name: str, text: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()

        number(page).to_have_text(text)
        if name == "A hard one":
            verdict(page).to_have_text("Not sure: 2 or 7?")

    def test_of_two_examples_the_later_one_stays(self, page: Page) -> None:
        held: list[Route] = []
        page.route("**/example-digit.png", lambda route: hold(held, route), times=1)
        page.get_by_role("button", name="A digit", exact=True).click()
        page.get_by_role("button", name="A number", exact=True).click()
        number(page).to_have_text("2038")
        held[0].continue_()
        page.wait_for_timeout(500)
        number(page).to_have_text("2038")

    def test_an_example_that_can_not_be_had_is_missed(self, page: Page) -> None:
        page.route("**/example-digit.png", lambda route: route.abort("connectionrefused"))
        page.get_by_role("button", name="A digit", exact=True).click()

        expect(page.locator("#connection")).to_contain_text("The server does not answer")
        draw(page, SEVEN)
        number(page).to_have_text("7")
        expect(page.locator("#connection")).to_have_text("")

    def test_the_bars_have_percentages(self, page: Page) -> None:
        page.get_by_role("button", name="A hard one").click()
        number(page).to_have_text("2")

        shares = page.locator("#bars .share").all_text_contents()
        assert (shares[2], shares[7]) == ("62", "30")
        assert all(share.removeprefix("<").isdigit() for share in shares)


class TestSentences:
    def test_one_doubtful_digit_does_not_grey_out_nineteen_right_ones(self, page: Page) -> None:
        digits = [digit_of(at % 10, unsure=at == 4) for at in range(20)]
        answer_with(page, digits, "01234567890123456789")
        draw(page, SEVEN)

        verdict(page).to_have_text("Not sure of the 5th digit, 4")
        expect(page.locator("#number .unsure")).to_have_text("4")
        style = "getComputedStyle(document.getElementById('number'))"
        assert page.evaluate(f"{style}.opacity") == "1"
        expect(page.locator("#boxes .unsure")).to_have_count(1)

    def test_digits_are_numbered_where_sentences_speak_of_them(self, page: Page) -> None:
        digits = [digit_of(7, unsure=at in {0, 1, 2, 10, 11}) for at in range(12)]
        answer_with(page, digits, "777777777777")
        draw(page, SEVEN)

        verdict(page).to_have_text(
            "Not sure of the 1st digit, 7, the 2nd digit, 7, the 3rd digit, 7, and 2 more"
        )
        numbers = page.locator("#digits small").all_text_contents()
        assert numbers == [str(at) for at in range(1, 13)]

    def test_what_is_no_digit_is_not_shown_as_one(self, page: Page) -> None:
        answer_with(page, [digit_of(0, unsure=True, flags=("not_a_digit",))], "0")
        draw(page, SEVEN)

        number(page).to_have_text("?")
        verdict(page).to_have_text("It looks like no digit; the nearest is 0, 40 %")
        expect(page.locator("#boxes b")).to_have_text("?")
        expect(page.locator("#bars .best")).to_have_count(0)

    def test_a_label_has_a_plate_below_it(self, page: Page) -> None:
        draw(page, SEVEN)
        number(page).to_have_text("7")

        plate, paper = page.evaluate(
            """["#boxes b", "#paper"].map((part) =>
                getComputedStyle(document.querySelector(part)).backgroundColor)"""
        )
        assert plate == paper != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_fits_every_screen_and_axe_finds_nothing(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme, bypass_csp=True)
    check_looks(page)
    page.get_by_role("button", name="A hard one").click()
    verdict(page).to_contain_text("Not sure")
    page.get_by_text("See it think").click()
    expect(page.locator("#layers canvas")).to_have_count(5)
    check_looks(page)
    open_file(page, b"<html>no picture</html>")
    verdict(page).to_contain_text("looks like")
    check_looks(page)
    answer_with(page, [digit_of(at % 10, unsure=at == 4) for at in range(20)], "0123456789\n" * 2)
    draw(page, SEVEN)
    verdict(page).to_contain_text("5th")
    check_looks(page)
    page.unroute("**/v1/predict*")
    page.route("**/v1/predict*", lambda _: None)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#busy")).to_be_visible()
    check_looks(page)
