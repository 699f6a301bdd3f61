"""Forms made in the page: proposed, drawn, put right, saved, tried; by pointer and by keys."""

import csv
import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.conftest import DESK, PHONE, Cli, needs_chromium
from tests.server.browser import Open
from tests.server.conftest import Server, png
from tests.server.form_pictures import blank, of_another_form, photo, sheet
from tests.server.looks import check_looks

pytestmark = needs_chromium

UNRULED = png(np.full((700, 500), 255, np.uint8))


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page("/#forms", viewport={"width": 1280, "height": 1600})


def give(page: Page, content: bytes, control: str = "#form-file", name: str = "sheet.png") -> None:
    file: Any = {"name": name, "mimeType": "image/png", "buffer": content}
    page.set_input_files(control, file)


def said(page: Page) -> Any:
    return expect(page.locator("#forms-said"))


def fields(page: Page) -> Any:
    return page.locator("#form-fields .field")


@pytest.fixture(scope="module")
def proposed(server: Server) -> bytes:
    """What the server answers to the blank sheet: to find it again in each test takes seconds."""
    kind = {"Content-Type": "image/png"}
    answer = server.client.post("/v1/form", content=blank(), headers=kind, params={"name": "sheet"})
    return answer.content


def opened(page: Page, answer: bytes) -> Page:
    """Open the blank sheet, and have the page told what the server made of it before."""
    told: Any = {"body": answer, "content_type": "application/json"}
    page.route("**/v1/form?name=sheet", lambda route: route.fulfill(**told), times=1)
    give(page, blank())
    expect(fields(page)).to_have_count(3)
    return page


def saved(page: Page) -> tuple[Path, Any]:
    """Return the form that is downloaded."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download form.json").click()
    path = Path(download.value.path())
    return path, json.loads(path.read_text())


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the sheet, between shares of its width and height."""
    paper = page.locator("#form-fields").bounding_box()
    assert paper
    for at, (x, y) in enumerate((start, end)):
        page.mouse.move(paper["x"] + x * paper["width"], paper["y"] + y * paper["height"], steps=4)
        if not at:
            page.mouse.down()
    page.mouse.up()


def test_that_cells_look_filled_in_is_said(page: Page, proposed: bytes) -> None:
    opened(page, json.dumps(json.loads(proposed) | {"filled": True}).encode())

    said(page).to_contain_text("Some cells look filled in, and are not taken for print.")
    said(page).to_contain_text("mnist form new --blank")


def test_fields_are_proposed_and_named_and_read_other_sheets_by_the_command(
    page: Page, mnist: Cli, tmp_path: Path
) -> None:
    give(page, blank())
    said(page).to_contain_text("3 fields are ruled on it", timeout=30_000)
    for at, (name, expected) in enumerate((("number", "6"), ("score", "integer"), ("marks", ""))):
        page.locator("#field-list button").nth(at).click()
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("What is written there").fill(expected)
    page.get_by_label("Names of its columns").fill("who, a, b, c, d")
    page.get_by_label("The form is called").fill("marks of May")
    path, form = saved(page)

    assert [field["name"] for field in form["fields"]] == ["number", "score", "marks"]
    assert (form["name"], form["fields"][0]["expect"]) == ("marks of May", "6")
    assert form["fields"][2]["columns"] == ["who", "a", "b", "c", "d"]
    assert form["fields"][2]["printed"]
    (tmp_path / "photo.jpg").write_bytes(photo())
    (tmp_path / "form.json").write_bytes(path.read_bytes())
    result = mnist(
        *("predict", tmp_path / "photo.jpg", "--form", tmp_path / "form.json"),
        *("--output", tmp_path / "results.csv", "--model", "bundled"),
    )
    assert result.exit_code == 0, result.stderr
    row = next(csv.DictReader((tmp_path / "results.csv").read_text().splitlines()))
    assert row["number"] == sheet().fields["number", 1, 1]
    assert row["score"] == sheet().fields["score", 1, 1]


def test_a_field_is_drawn_moved_resized_and_removed_with_the_mouse(
    page: Page, proposed: bytes
) -> None:
    opened(page, proposed)
    drag(page, (0.3, 0.85), (0.7, 0.9))
    expect(fields(page)).to_have_count(4)
    expect(page.get_by_label("Name", exact=True)).to_be_focused()  # to be typed at once
    page.keyboard.type("total")
    expect(fields(page).nth(3)).to_have_text("total")
    drag(page, (0.5, 0.875), (0.55, 0.925))  # moved
    drag(page, (0.75, 0.95), (0.85, 0.98))  # its grip
    _, form = saved(page)

    width, height = form["size"]
    shares = np.array(form["fields"][3]["box"]) / [width, height, width, height]
    assert shares == pytest.approx([0.35, 0.9, 0.85, 0.98], abs=0.01)
    page.get_by_role("button", name="Remove the field").click()
    expect(fields(page)).to_have_count(3)


def test_everything_is_done_with_keys(page: Page, proposed: bytes) -> None:
    opened(page, proposed)
    page.get_by_role("button", name="Add a field").focus()
    page.keyboard.press("Enter")
    expect(fields(page)).to_have_count(4)
    expect(fields(page).nth(3)).to_be_focused()
    _, before = saved(page)
    fields(page).nth(3).focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp", "Alt+ArrowLeft"):
        page.keyboard.press(key)
    _, after = saved(page)

    moved = np.subtract(after["fields"][3]["box"], before["fields"][3]["box"])
    assert moved.tolist() == pytest.approx([4, 5, 9, 0], abs=0.1)
    fields(page).nth(3).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("sum")
    expect(fields(page).nth(3)).to_have_text("sum")
    fields(page).nth(3).focus()
    page.keyboard.press("Delete")
    expect(fields(page)).to_have_count(3)
    expect(fields(page).nth(2)).to_be_focused()


@pytest.mark.parametrize("screen", [PHONE, DESK])
def test_fields_that_are_added_lie_on_no_other(
    open_page: Open, screen: ViewportSize, proposed: bytes
) -> None:
    page = opened(open_page("/#forms", viewport=screen), proposed)
    for _ in range(4):
        page.get_by_role("button", name="Add a field").click()
    _, form = saved(page)

    boxes = [field["box"] for field in form["fields"]]
    assert len(boxes) == 7
    for (left, top, right, bottom), other in combinations(boxes, 2):
        assert left >= other[2] or other[0] >= right or top >= other[3] or other[1] >= bottom


def test_a_box_becomes_a_table_of_any_size_and_back(page: Page) -> None:
    give(page, UNRULED)
    said(page).to_contain_text("Draw the fields yourself", timeout=30_000)
    expect(fields(page)).to_have_count(0)
    drag(page, (0.1, 0.1), (0.5, 0.4))
    page.get_by_label("It is").select_option("a table")
    page.get_by_label("Rows").fill("3")
    page.get_by_label("Columns", exact=True).fill("4")
    page.keyboard.press("Tab")
    _, form = saved(page)
    (field,) = form["fields"]

    assert (len(field["across"]), len(field["columns"])) == (4, 4)
    assert np.diff(field["down"]) == pytest.approx(np.full(4, 50), abs=2)
    expect(page.locator("#form-fields u")).to_have_count(2 + 3)
    drag(page, (0.5, 0.4), (0.9, 0.4))  # its rules go along
    _, form = saved(page)
    assert np.diff(form["fields"][0]["down"]) == pytest.approx(np.full(4, 100), abs=2)
    page.get_by_label("It is").select_option("one box")
    _, form = saved(page)
    assert "columns" not in form["fields"][0]


def test_a_form_is_tried_on_another_sheet(page: Page, proposed: bytes) -> None:
    opened(page, proposed)
    page.locator("#field-list button").nth(0).click()
    page.get_by_label("What is written there").fill("6")
    give(page, photo(), "#try-file", "photo.jpg")
    results = page.locator("#form-results")

    expect(results.locator("dd").first).to_contain_text(
        sheet().fields["number", 1, 1], timeout=30_000
    )
    expect(results.locator("table tr")).to_have_count(11)
    expect(results.locator("table tr").last).to_be_in_viewport(ratio=1)
    give(page, of_another_form(), "#try-file")
    said(page).to_contain_text("does not fit form 'sheet'", timeout=30_000)
    expect(results.locator("dd")).to_have_count(0)


def test_what_makes_no_sense_is_said_in_the_librarys_words(page: Page, proposed: bytes) -> None:
    opened(page, proposed)
    page.locator("#field-list button").nth(1).click()
    page.get_by_label("Name", exact=True).fill("field 1")
    page.get_by_role("button", name="Download form.json").click()
    said(page).to_contain_text("Two columns of the results would be called 'field 1'")

    page.get_by_label("Name", exact=True).fill("score")
    page.get_by_label("What is written there").fill("nonsense")
    page.get_by_role("button", name="Download form.json").click()
    said(page).to_contain_text("What is expected must be")
    give(page, b"<html>no picture</html>")
    said(page).to_contain_text("it looks like HTML")
    expect(fields(page)).to_have_count(3)  # the form that was made stays


def test_of_two_sheets_that_are_opened_quickly_the_second_is_shown(page: Page) -> None:
    give(page, blank())
    give(page, UNRULED)

    said(page).to_contain_text("Draw the fields yourself", timeout=30_000)
    page.wait_for_timeout(1500)
    expect(fields(page)).to_have_count(0)


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_a_sheet_is_pasted_and_dropped(page: Page, event: str) -> None:
    page.evaluate(
        """([event, content]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(content)], "a.png", {type: "image/png"}));
            const about = {bubbles: true, cancelable: true};
            document.body.dispatchEvent(event === "drop"
                ? new DragEvent("drop", {...about, dataTransfer: data})
                : new ClipboardEvent("paste", {...about, clipboardData: data}));
        }""",
        [event, list(UNRULED)],
    )

    said(page).to_contain_text("Draw the fields yourself", timeout=30_000)
    expect(page.locator("#form-name")).to_have_value("a")


def test_a_finger_moves_fields_and_scrolls_elsewhere(open_page: Open, proposed: bytes) -> None:
    page = open_page("/#forms", viewport=PHONE, has_touch=True, is_mobile=True)
    opened(page, proposed)
    fingers = page.context.new_cdp_session(page)

    def swipe(x: float, y: float, down: float) -> None:
        for at in range(5):
            kind = "touchMove" if at else "touchStart"
            points = [{"x": x, "y": y + at * down / 4}]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    before = fields(page).nth(1).bounding_box()
    assert before
    swipe(before["x"] + 10, before["y"] + 8, 40)
    after = fields(page).nth(1).bounding_box()
    assert after
    assert after["y"] - before["y"] == pytest.approx(40, abs=3)
    assert page.evaluate("scrollY") == 0
    paper = page.locator("#form-fields").bounding_box()
    assert paper
    swipe(paper["x"] + 5, 700, -200)
    page.wait_for_function("() => scrollY > 50")
    expect(fields(page)).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_fits_every_screen_and_axe_finds_nothing(
    open_page: Open, scheme: str, proposed: bytes
) -> None:
    page = open_page("/#forms", color_scheme=scheme, bypass_csp=True)
    check_looks(page)
    opened(page, proposed)
    page.locator("#field-list button").nth(2).click()
    check_looks(page)
    give(page, photo(), "#try-file", "photo.jpg")
    expect(page.locator("#form-results dd")).to_have_count(2, timeout=30_000)
    check_looks(page)
