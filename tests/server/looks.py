"""What each state of a view is held to, on each screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCREENS = ((360, 740), (740, 360), (768, 1024), (1280, 800), (1920, 1080))
WITH_AXE = {360, 1280}  # px of the width: axe takes half a second a look


def check_looks(page: Page) -> None:
    """See that nothing sticks out and axe finds nothing, whatever the screen; it ends as it was."""
    before = page.viewport_size
    assert before
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") == width, (width, height)
        found = Axe().run(page).response["violations"] if width in WITH_AXE else []
        broken = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        assert not broken, f"{width}×{height}: {broken}"
    page.set_viewport_size(before)
