"""See it think: the panel shows the layers of the network, and what spoke for and against."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.conftest import DESK, PHONE, needs_chromium
from tests.server.browser import Open, Point, draw

SEVEN: list[list[Point]] = [[(0.2, 0.1), (0.5, 0.1), (0.8, 0.1), (0.6, 0.5), (0.4, 0.95)]]
ONE: list[list[Point]] = [[(0.5, 0.05), (0.5, 0.5), (0.5, 0.95)]]
COLOURS = """canvas => { const {data} = canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height), found = new Set();
    for (let at = 0; at < data.length; at += 4) found.add(data.slice(at, at + 4).join());
    return found.size; }"""

pytestmark = needs_chromium


def open_panel(page: Page) -> None:
    page.get_by_text("See it think").click()


def thoughts(page: Page) -> str:
    words = page.locator("#thoughts").text_content()
    assert words
    return words


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_each_layer_and_the_evidence_are_drawn_and_told(
    open_page: Open, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_page(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    draw(page, SEVEN)
    open_panel(page)

    layers = page.locator("#layers figure")
    expect(layers).to_have_count(5)
    expect(layers.nth(0)).to_contain_text("stem 24 maps of 14×14")
    expect(layers.nth(4)).to_contain_text("hidden_1 192 units")
    for canvas in page.locator("#layers canvas, #evidence").all():
        assert canvas.evaluate(COLOURS) > 5
        assert canvas.get_attribute("aria-label")
    assert re.match(r"Most of what is for the 7 stands (at|on|in) ", thoughts(page))
    assert page.locator("#evidence").get_attribute("aria-label") == thoughts(page)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_it_follows_what_is_drawn_and_which_digit_is_chosen(open_page: Open) -> None:
    page = open_page()
    open_panel(page)
    expect(page.locator("#thoughts")).to_contain_text("its layers show here")
    draw(page, SEVEN, (0.3, 0.5, 0.5))
    expect(page.locator("#thoughts")).to_contain_text("for the 7")
    draw(page, ONE, (0.7, 0.5, 0.5))
    expect(page.locator("#number")).to_have_text("71")
    page.get_by_role("radio", name="Digit 2: 1").click()
    expect(page.locator("#thoughts")).to_contain_text("for the 1")

    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#layers")).to_be_hidden()
    expect(page.locator("#thoughts")).to_contain_text("its layers show here")


def test_what_is_against_an_answer_is_told_where_there_is_some(open_page: Open) -> None:
    page = open_page()
    open_panel(page)
    draw(page, SEVEN)
    expect(page.locator("#thoughts")).to_contain_text("; hardly anything is against it.")
    page.get_by_role("button", name="A hard one").click()
    expect(page.locator("#thoughts")).to_contain_text("; most of what is against it, ")


def test_it_is_asked_for_after_the_answer_and_only_while_it_is_open(open_page: Open) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("/v1/")[-1].split("?")[0]))
    draw(page, SEVEN)
    expect(page.locator("#number")).to_have_text("7")
    assert "layers" not in asked

    page.get_by_role("button", name="Clear").click()
    open_panel(page)
    asked.clear()
    draw(page, SEVEN)
    expect(page.locator("#thoughts")).to_contain_text("for the 7")
    assert asked[0] == "predict"
    assert asked.count("layers") <= asked.count("predict")


def test_one_question_at_a_time_however_slowly_it_is_answered(open_page: Open) -> None:
    page = open_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def wait_for(count: int) -> None:
        for _ in range(100):
            if len(held) >= count:
                break
            page.wait_for_timeout(50)
        page.wait_for_timeout(500)  # for one too many
        assert len(held) == count

    page.route("**/v1/layers*", hold)
    open_panel(page)
    draw(page, SEVEN, (0.3, 0.5, 0.5))
    wait_for(1)
    for at in (0.6, 0.8):
        draw(page, ONE, (at, 0.5, 0.5))
    expect(page.locator("#number")).to_have_text("711")  # the answer does not wait for it
    wait_for(1)
    held[0].continue_()
    wait_for(2)  # the newest, not each


def test_what_the_server_refuses_is_said(open_page: Open) -> None:
    page = open_page()
    refusal = {"detail": "Too much is waiting.", "code": "busy"}
    page.route("**/v1/layers*", lambda route: route.fulfill(status=422, json=refusal))
    open_panel(page)
    draw(page, SEVEN)

    expect(page.locator("#thoughts")).to_have_text("Too much is waiting.")


def test_a_model_without_layers_is_told_as_such(open_page: Open) -> None:
    page = open_page()

    def without(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=response.json() | {"layers": []})

    page.route("**/v1/layers*", without)
    open_panel(page)
    draw(page, SEVEN)

    expect(page.locator("#thoughts")).to_contain_text("can't be looked into")
    expect(page.locator("#evidence")).to_be_visible()
