"""What the page sends of a drawing: as few pixels as do, so that the answer comes soon."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, Response, Route, expect

from mnist_cli.core.data.dataset import Dataset
from tests.conftest import needs_chromium
from tests.server.browser import Open, draw, strokes_of

pytestmark = needs_chromium


def width_sent(page: Page, draw_all: Callable[[], None], text: str) -> int:
    """Draw; return how wide the picture was in which the page had the text read, in pixels."""
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))  # noqa: PLW0108  not the method of a list
    draw_all()
    expect(page.locator("#number")).to_have_text(text)
    expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")
    return int(answers[-1].json()["explanation"]["size"][0])


@pytest.mark.parametrize(("size", "width"), [(0.8, 280), (0.15, 560)])
def test_a_digit_is_sent_larger_where_it_is_small(
    open_page: Open, test_split: Dataset, size: float, width: int
) -> None:
    lines = strokes_of(test_split.images[0])
    page = open_page()

    assert width_sent(page, lambda: draw(page, lines, (0.5, 0.5, size)), "7") == width


def test_a_small_digit_beside_a_large_one_is_read(open_page: Open, test_split: Dataset) -> None:
    large, small = map(strokes_of, test_split.images[:2])
    page = open_page()

    def draw_both() -> None:
        draw(page, large, (0.35, 0.5, 0.7))
        draw(page, small, (0.8, 0.6, 0.15))

    assert width_sent(page, draw_both, "72") == 560


def test_while_one_draws_the_server_is_asked_in_turns(open_page: Open, test_split: Dataset) -> None:
    """So that the question about the whole stroke is not held up by those about its parts."""
    page, lines = open_page(), strokes_of(test_split.images[0])
    page.evaluate("performance.setResourceTimingBufferSize(1000)")
    questions: list[Route] = []
    page.route("**/v1/predict*", lambda route: questions.append(route))  # noqa: PLW0108  as above

    def question() -> Route:
        deadline = time.monotonic() + 30
        while not questions and time.monotonic() < deadline:
            page.wait_for_timeout(10)
        return questions.pop()

    draw(page, lines, lift=False)
    for _ in range(2):
        held = question()
        draw(page, lines, lift=False)  # before the answer: so there is more to ask about
        held.continue_()
    question().continue_()
    expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")
    asked = page.evaluate(
        """performance.getEntriesByType("resource").filter(({name}) => name.includes("predict"))
        .map(({startTime, responseEnd}) => [startTime, responseEnd])"""
    )

    assert len(asked) == 3
    assert all(start - end >= 95 for (_, end), (start, _) in pairwise(asked))
