"""The page's view for pictures: how they come in, and how each is read and shown for itself."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect

from tests.conftest import ARGUMENTS, CHROMIUM, PHONE, needs_chromium, render_digit
from tests.server.browser import Open, draw, payload
from tests.server.conftest import Server, eventually, png, serving
from tests.server.test_page import SEVEN

pytestmark = needs_chromium

FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page("/#pictures")


def picture(digit: int) -> FilePayload:
    """Return a picture of a digit."""
    return payload(f"{digit}.png", png(render_digit(digit)))


def item(page: Page, name: str) -> Locator:
    return page.locator("#sheets li").filter(has_text=name)


def answers(page: Page) -> Locator:
    return page.locator("#grid td[data-place]")


def test_many_are_opened_and_each_is_read(page: Page) -> None:
    page.on("filechooser", lambda chooser: chooser.set_files([picture(d) for d in (3, 5, 7)]))

    page.get_by_role("button", name="Open pictures").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#sheets li.read")).to_have_count(3)
    expect(page.get_by_role("button", name=re.compile("^3.png"))).to_be_focused()
    for digit in (5, 3, 7):
        page.get_by_role("button", name=re.compile(f"^{digit}.png")).click()
        expect(answers(page)).to_have_text(re.compile(f"^{digit}"))


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_pictures_are_pasted_and_dropped(page: Page, event: str) -> None:
    page.evaluate(
        """([event, contents]) => {
            const data = new DataTransfer();
            contents.forEach((content, at) => data.items.add(
                new File([new Uint8Array(content)], `${at}.png`, {type: "image/png"})));
            const about = {bubbles: true, cancelable: true};
            document.body.dispatchEvent(event === "drop"
                ? new DragEvent("drop", {...about, dataTransfer: data})
                : new ClipboardEvent("paste", {...about, clipboardData: data}));
        }""",
        [event, [list(png(render_digit(digit))) for digit in (5, 6)]],
    )

    expect(page.locator("#sheets li.read")).to_have_count(2)
    expect(answers(page)).to_have_text(re.compile("^5"))


def test_a_phone_takes_them_with_its_own_camera(open_page: Open) -> None:
    page = open_page("/#pictures", viewport=PHONE, has_touch=True, is_mobile=True)
    page.on("filechooser", lambda chooser: chooser.set_files([picture(4)]))

    page.get_by_role("button", name="Photograph").tap()

    expect(answers(page)).to_have_text(re.compile("^4"))
    assert page.locator("#capture").get_attribute("capture") == "environment"


@pytest.fixture(scope="module")
def with_camera(browser: Browser) -> Iterator[Browser]:
    """A browser with a camera, which sees a green test picture."""
    arguments = [*ARGUMENTS, *FAKE_CAMERA]
    started = browser.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    yield started
    started.close()


def test_a_webcam_takes_them_and_is_let_go(with_camera: Browser, server: Server) -> None:
    page = with_camera.new_page()
    page.goto(server.address + "/#pictures")
    page.get_by_role("button", name="Photograph").click()
    assert eventually(lambda: page.evaluate("viewfinder.videoWidth"))
    page.evaluate("window.track = viewfinder.srcObject.getTracks()[0]")

    page.get_by_role("button", name="Take the picture").click()

    expect(item(page, "photo-")).to_have_class(re.compile("read|failed"))
    expect(page.locator("#camera")).to_be_hidden()
    assert page.evaluate("track.readyState") == "ended"
    page.close()


def test_without_a_camera_it_is_said(page: Page) -> None:
    page.get_by_role("button", name="Photograph").click()

    expect(page.locator("#pictures-said")).to_have_text(re.compile("No camera|not allowed"))


def test_a_pdf_is_its_pages_each_shown_and_read(page: Page) -> None:
    pages = [Image.fromarray(render_digit(digit)).convert("RGB") for digit in (3, 7)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:])

    scan = payload("scan.pdf", buffer.getvalue(), "application/pdf")
    page.set_input_files("#files", [scan])

    expect(page.locator("#sheets li.read")).to_have_count(2)
    item(page, "scan.pdf#2").get_by_role("button").first.click()
    expect(answers(page)).to_have_text(re.compile("^7"))
    expect(page.locator("#zoom")).to_have_text(re.compile(r"\d+ %"))


def test_a_tiff_of_several_pages_is_its_pages(page: Page) -> None:
    first, second = (Image.fromarray(render_digit(digit)) for digit in (3, 7))
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=[second])

    scan = payload("pages.tif", buffer.getvalue(), "image/tiff")
    page.set_input_files("#files", [scan])

    item(page, "pages.tif#2").get_by_role("button").first.click()
    expect(answers(page)).to_have_text(re.compile("^7"))
    expect(item(page, "pages.tif#1")).to_have_count(1)


def test_a_tiff_that_no_browser_shows_is_shown(page: Page) -> None:
    buffer = io.BytesIO()
    Image.fromarray(render_digit(5)).save(buffer, "TIFF")

    scan = payload("scan.tif", buffer.getvalue(), "image/tiff")
    page.set_input_files("#files", [scan])

    expect(answers(page)).to_have_text(re.compile("^5"))
    expect(page.locator("#zoom")).to_have_text(re.compile(r"\d+ %"))


def test_one_that_can_not_be_read_says_why_and_costs_itself(page: Page) -> None:
    letter = payload("letter.png", b"<html>no picture</html>")
    damaged = payload("scan.pdf", b"%PDF-1.7 no more", "application/pdf")

    page.set_input_files("#files", [letter, damaged, picture(3)])

    expect(item(page, "letter.png")).to_contain_text("it looks like HTML")
    expect(item(page, "scan.pdf")).to_contain_text("damaged")
    expect(item(page, "3.png")).to_have_class("read")


def test_it_waits_visibly_and_a_late_answer_stays_with_its_picture(page: Page) -> None:
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/v1/predict?*", hold_first)
    page.set_input_files("#files", [picture(3), picture(8)])

    expect(item(page, "8.png")).to_have_class("read")
    expect(item(page, "3.png")).to_have_class("reading")
    expect(page.locator("#sheet-panel")).to_have_attribute("aria-busy", "true")
    item(page, "8.png").get_by_role("button").first.click()
    expect(page.locator("#sheet-panel")).to_have_attribute("aria-busy", "false")
    held[0].continue_()
    expect(item(page, "3.png")).to_have_class("read")
    expect(answers(page)).to_have_text(re.compile("^8"))  # the late one took no other's place
    item(page, "3.png").get_by_role("button").first.click()
    expect(answers(page)).to_have_text(re.compile("^3"))


def test_two_opened_quickly_show_the_second(page: Page) -> None:
    page.set_input_files("#files", [picture(3)])
    page.set_input_files("#files", [picture(8)])

    expect(page.locator("#sheets li.read")).to_have_count(2)
    expect(answers(page)).to_have_text(re.compile("^8"))
    expect(page.locator("#sheets [aria-current]")).to_contain_text("8.png")


def test_a_busy_server_is_asked_again(page: Page) -> None:
    asked: list[Route] = []

    def busy_first(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.fulfill(status=503, headers={"Retry-After": "0"}, body="{}")
        else:
            route.continue_()

    page.route("**/v1/predict?*", busy_first)
    with page.expect_event("console"):  # the browser itself tells of the 503
        page.set_input_files("#files", [picture(3)])

    expect(answers(page)).to_have_text(re.compile("^3"))
    assert len(asked) == 2


@pytest.mark.parametrize(("code", "most"), [("worker_lost", 1), ("busy", 10)])
def test_a_server_that_can_not_answer_is_not_asked_for_ever(
    page: Page, code: str, most: int
) -> None:
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        told = {"code": code, "detail": "Two processes ended."}
        route.fulfill(status=503, headers={"Retry-After": "0.01"}, json=told)

    page.route("**/v1/predict?*", refuse)
    page.set_input_files("#files", [picture(3)])
    expect(page.locator("#sheets li.failed")).to_contain_text("Two processes ended.")
    assert len(asked) == most

    page.get_by_role("link", name="Draw").click()
    draw(page, SEVEN)
    expect(page.locator("#verdict")).to_contain_text("Two processes ended.")
    page.wait_for_timeout(1_000)  # of a stroke's moments each is asked about
    asked.clear()
    page.wait_for_timeout(300)
    assert asked == []


def test_why_a_picture_waits_is_not_kept_as_why_it_failed(page: Page) -> None:
    states = page.evaluate(
        """async () => {
            const { Sheet } = await import(new URL("page/sheet.js", location).href);
            const sheet = new Sheet({ id: "1", name: "a", file: null });
            sheet.state = "reading";
            sheet.words = "The server is busy.";
            const waiting = new Sheet(sheet.kept).state;
            sheet.fail("It is no picture.");
            return [waiting, new Sheet(sheet.kept).state];
        }"""
    )

    assert states == ["waiting", "failed"]


def test_a_server_that_goes_is_missed_and_found_again(open_page: Open, tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", 1) as first:
        page = open_page("/#pictures", first.address)
        expect(page.locator("#model")).to_have_text("bundled")
        first.stop()
        page.set_input_files("#files", [picture(7)])
        expect(item(page, "7.png")).to_contain_text("The server does not answer")
        (again := tmp_path / "again").mkdir()
        with serving(again, "--workers", 1, port=first.port):
            expect(answers(page)).to_have_text(re.compile("^7"))


def test_one_on_its_side_is_shown_upright(page: Page, sideways: NDArray[np.uint8]) -> None:
    """Its places are where they are on the turned picture."""
    content = payload("side.png", png(sideways))
    page.set_input_files("#files", [content])

    expect(page.locator("#sheets li.read")).to_have_count(1)
    answers(page).first.focus()
    crop = page.locator("#crop")
    width, height = crop.evaluate("c => [c.width, c.height]")
    assert width > height  # of a cell that lies in the picture on its side


@pytest.fixture(scope="module")
def sideways(sheet: tuple[NDArray[np.uint8], list[list[str]]]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(sheet[0]))
