"""The view for pictures on screens of all sizes: nothing sticks out, and axe finds nothing."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, Route, expect

from tests.conftest import needs_chromium, render_digit
from tests.server.browser import Open, answered, payload
from tests.server.conftest import png
from tests.server.looks import check_looks

pytestmark = needs_chromium


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

    check_looks(page)


def test_a_sheet_that_is_put_right_fits_every_screen_and_axe_finds_nothing(
    page: Page, sheet: tuple[NDArray[np.uint8], list[list[str]]], sheet_read: bytes
) -> None:
    answered(page, sheet_read, times=2)
    many = [payload(f"sheet number {at} of many.png", png(sheet[0])) for at in range(2)]
    page.set_input_files("#files", many)
    expect(page.locator("#sheets li.read")).to_have_count(2)
    page.locator("#check").click()
    expect(page.locator("#digit-panel")).to_be_visible()
    check_looks(page)

    page.keyboard.type("12345")
    expect(page.get_by_label("What stands here")).to_be_focused()
    check_looks(page)
    page.keyboard.press("Enter")
    expect(page.locator("#grid td.checked")).to_have_text(re.compile("^12345"))
