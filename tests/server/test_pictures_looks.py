"""The view for pictures on screens of all sizes: nothing sticks out, and axe finds nothing."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from playwright.sync_api import Page, Route, expect

from tests.conftest import needs_chromium, render_digit
from tests.server.browser import Open, payload
from tests.server.conftest import png

pytestmark = needs_chromium

SIZES = [(360, 740), (740, 360), (768, 1024), (1280, 800), (1920, 1080)]
WITH_AXE = {360, 1280}  # px of the width: axe takes half a second a look


@pytest.fixture(params=["light", "dark"])
def page(open_page: Open, request: pytest.FixtureRequest) -> Page:
    return open_page("/#pictures", color_scheme=request.param, bypass_csp=True)


def waiting(page: Page) -> None:
    held: list[Route] = []
    page.route("**/v1/predict?*", lambda route: held.append(route))  # noqa: PLW0108  it asks for a signature
    page.set_input_files("#files", [payload("3.png", png(render_digit(3)))])
    expect(page.locator("#sheet-panel")).to_have_attribute("aria-busy", "true")


def failed(page: Page) -> None:
    page.set_input_files("#files", [payload("letter.png", b"<html>")])
    expect(page.locator("#sheets li.failed")).to_be_visible()


def photographing(page: Page) -> None:
    page.evaluate("document.getElementById('camera').showModal()")


STATES: dict[str, Callable[[Page], None]] = {
    "empty": lambda page: expect(page.locator(".invitation")).to_be_visible(),
    "waiting": waiting,
    "failed": failed,
    "photographing": photographing,
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_fits_every_screen_and_axe_finds_nothing(page: Page, state: str) -> None:
    STATES[state](page)

    check(page)


def test_a_sheet_that_is_put_right_fits_every_screen_and_axe_finds_nothing(
    page: Page, sheet: tuple[NDArray[np.uint8], list[list[str]]]
) -> None:
    many = [payload(f"sheet number {at} of many.png", png(sheet[0])) for at in range(2)]
    page.set_input_files("#files", many)
    expect(page.locator("#sheets li.read")).to_have_count(2)
    page.locator("#check").click()
    expect(page.locator("#digit-panel")).to_be_visible()
    check(page)

    page.keyboard.type("12345")
    expect(page.get_by_label("What stands here")).to_be_focused()
    check(page)
    page.keyboard.press("Enter")
    expect(page.locator("#grid td.checked")).to_have_text(re.compile("^12345"))


def check(page: Page) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") == width, (width, height)
        if width in WITH_AXE:
            assert Axe().run(page).response["violations"] == []
