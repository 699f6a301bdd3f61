"""The page's views: one is shown at a time, the one that the address names."""

from playwright.sync_api import Page, expect

from tests.conftest import needs_chromium
from tests.server.browser import Open

pytestmark = needs_chromium


def shown(page: Page) -> list[str]:
    views: list[str] = page.evaluate(
        """[...document.querySelectorAll("main > *")].filter((v) => !v.hidden).map((v) => v.id)"""
    )
    return views


def test_a_view_is_reached_by_its_link_its_address_and_the_way_back(open_page: Open) -> None:
    page = open_page("/")
    assert shown(page) == ["draw-view"]

    page.get_by_role("link", name="Pictures").click()
    expect(page.locator("#pictures-view")).to_have_js_property("hidden", value=False)
    assert shown(page) == ["pictures-view"]
    expect(page.get_by_role("link", name="Pictures")).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.locator("#draw-view")).to_have_js_property("hidden", value=False)

    assert shown(open_page("/#forms")) == ["forms-view"]
    assert shown(open_page("/#elsewhere")) == ["draw-view"]
