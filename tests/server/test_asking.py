"""The page asks again while the server, or the way to it, is gone."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import needs_chromium, render_digit
from tests.server.browser import Open, draw, payload
from tests.server.conftest import png, serving
from tests.server.test_page import SEVEN

GONE = "The server does not answer"
PROXYS = "<html><h1>502 Bad Gateway</h1></html>"  # as nginx answers in the server's place

pytestmark = needs_chromium


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


@pytest.fixture
def halved() -> Iterator[str]:
    """The address of a server that ends in the middle of an answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_once() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 20)
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"text": "7')

        thread = threading.Thread(target=answer_once)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


def number(page: Page) -> Any:
    return expect(page.locator("#number"))


def open_seven(page: Page) -> None:
    """Ask once: of what is drawn each moment is asked about."""
    page.set_input_files("#file", payload("seven.png", png(render_digit(7))))


def check_found_again(page: Page) -> None:
    expect(page.get_by_text(GONE)).to_be_visible()
    number(page).to_have_text("7")
    expect(page.get_by_text(GONE)).to_have_count(0)


def test_a_server_that_goes_is_missed_and_found_again(open_page: Open, tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        page = open_page(address=first.address)
        first.stop()
        draw(page, SEVEN)
        expect(page.get_by_text(GONE)).to_be_visible()
        again = tmp_path / "again"
        again.mkdir()
        with serving(again, port=first.port):
            number(page).to_have_text("7")
            expect(page.get_by_text(GONE)).to_have_count(0)


@pytest.mark.parametrize("status", [502, 504])
def test_a_server_that_a_proxy_does_not_reach_is_found_again(page: Page, status: int) -> None:
    def proxys(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body=PROXYS)

    page.route("**/v1/predict*", proxys, times=1)
    open_seven(page)

    check_found_again(page)


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_that_does_not_reach_the_server_is_not_asked_for_ever(
    page: Page, status: int
) -> None:
    asked: list[Route] = []

    def proxys(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=status, headers={"Retry-After": "0.01"}, body=PROXYS)

    page.route("**/v1/predict*", proxys)
    open_seven(page)

    expect(page.locator("#verdict")).to_contain_text(
        f"A proxy answers with {status} in the server's place"
    )
    assert len(asked) == 5


def test_what_the_server_itself_gives_up_is_said(page: Page) -> None:
    told = {"detail": "Reading took too long."}
    page.route("**/v1/predict*", lambda route: route.fulfill(status=504, json=told))
    open_seven(page)

    expect(page.locator("#verdict")).to_contain_text("Reading took too long.")


def test_an_answer_that_breaks_off_is_asked_for_again(page: Page, halved: str) -> None:
    page.route("**/v1/predict*", lambda route: route.continue_(url=halved), times=1)
    open_seven(page)

    check_found_again(page)


@pytest.mark.parametrize(("status", "times"), [(502, 4), (503, 10)])
def test_the_model_is_named_once_the_server_is_there(page: Page, status: int, times: int) -> None:
    def refused(route: Route) -> None:
        route.fulfill(status=status, headers={"Retry-After": "0.01"}, body=PROXYS)

    page.route("**/v2/models/mnist", refused, times=times)
    page.reload()

    expect(page.locator("#model")).to_have_text("bundled")
