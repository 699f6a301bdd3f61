"""What leaves the page for pictures, and what stays in the browser over a reload."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray
from openpyxl import load_workbook
from playwright.sync_api import Page, Route, expect

from mnist_cli.api.data import open_data
from mnist_cli.core.data.csv_rows import as_text
from mnist_cli.core.data.dataset import load_mnist
from tests.conftest import Cli, needs_chromium, render_digit
from tests.server.browser import Open, answered, payload
from tests.server.conftest import Server, png, serving

pytestmark = needs_chromium

Sheet = tuple[NDArray[np.uint8], list[list[str]]]


@pytest.fixture
def page(open_page: Open, sheet: Sheet, sheet_read: bytes) -> Page:
    """A page with a sheet whose second cell in the second row was put right."""
    page = open_page("/#pictures", permissions=["clipboard-read", "clipboard-write"])
    answered(page, sheet_read)
    corrected(page, sheet)
    return page


@pytest.fixture(scope="module")
def truth(sheet: Sheet) -> list[list[str]]:
    """What stands on the sheet, as it was put right."""
    rows = [list(row) for row in sheet[1]]
    rows[1][1] = "86"
    return rows


def corrected(page: Page, sheet: Sheet, name: str = "sheet.png") -> None:
    read(page, name, png(sheet[0]))
    put(page, 6, "86")


def read(page: Page, name: str, content: bytes) -> None:
    page.set_input_files("#files", [payload(name, content)])
    expect(page.locator("#sheets li.read").filter(has_text=name)).to_have_count(1)


def put(page: Page, at: int, text: str) -> None:
    page.locator("#grid td[data-place]").nth(at).focus()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("#grid td[data-place]").nth(at)).to_have_text(
        re.compile(f"^{re.escape(text)}")
    )


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def same(rows: list[list[str]], truth: list[list[str]]) -> float:
    """Return the share of cells that are right; a `?` stands for a doubtful digit."""
    cells = zip(np.ravel(rows), np.ravel(truth), strict=True)
    return float(np.mean([re.fullmatch(a.replace("?", "."), b) is not None for a, b in cells]))


def test_the_table_is_copied_for_a_spreadsheet(page: Page, truth: list[list[str]]) -> None:
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#pictures-said")).to_contain_text("Copied")

    rows = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert [row.split("\t") for row in rows][1][1] == "86"
    assert same([row.split("\t") for row in rows], truth) > 0.9


def test_csv_and_xlsx_are_those_of_predict_with_what_was_put_right(
    page: Page, truth: list[list[str]]
) -> None:
    name, content = downloaded(page, "CSV")
    rows = list(csv.reader(io.StringIO(content.decode())))
    assert name == "digits.csv"
    assert rows[0] == ["path", "table", "1", "2", "3", "4", "5"]
    assert {tuple(row[:2]) for row in rows[1:]} == {("sheet.png", "1")}
    assert rows[2][3] == "86"
    assert same([row[2:] for row in rows[1:]], truth) > 0.9
    assert any("?" in text for row in rows for text in row)  # of what nobody looked at

    name, content = downloaded(page, "XLSX")
    cells = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    assert name == "digits.xlsx"
    assert [[str(cell) for cell in row] for row in cells] == rows


def test_json_has_the_records_with_what_was_put_right(page: Page) -> None:
    name, content = downloaded(page, "JSON")

    (record,) = json.loads(content)
    assert (name, record["path"]) == ("digits.json", "sheet.png")
    cell = record["tables"][0]["cells"][6]
    assert (cell["text"], cell["flags"]) == ("86", ["corrected"])
    assert record["text"].split("\n")[1].split()[1] == "86"
    own = [digit for digit in record["digits"] if "corrected" in digit["flags"]]
    assert [digit["digit"] for digit in own] == [8, 6]
    assert "explanation" not in record


def test_a_formula_that_was_typed_stays_a_text_as_in_a_csv(page: Page) -> None:
    typed = ["=1+1", "+5", "-5.0", "-5-3", "@a", "5"]
    for at, text in enumerate(typed, 7):
        put(page, at, text)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#pictures-said")).to_contain_text("Copied")

    copied = page.evaluate("navigator.clipboard.readText()").replace("\n", "\t").split("\t")
    assert copied[7:13] == [as_text(text) for text in typed]


@pytest.mark.parametrize("text", ["\t=1+1", "\r=1+1"])
def test_a_formula_behind_white_space_stays_a_text_too(page: Page, sheet: Sheet, text: str) -> None:
    def answer(route: Route) -> None:
        record = route.fetch().json()
        record["tables"][0]["cells"][0]["text"] = text
        route.fulfill(json=record)

    page.route("**/v1/predict?*", answer)
    read(page, "formula.png", png(sheet[0]))
    page.locator("#sheets li").filter(has_text="formula.png").get_by_role("button").first.click()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#pictures-said")).to_contain_text("Copied")

    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(as_text(text) + "\t")


def test_corrected_digits_are_a_zip_and_the_page_says_how_to_learn_from_it(
    page: Page, tmp_path: Path
) -> None:
    expect(page.locator("#corrected-count")).to_have_text("2 digits to learn from.")
    name, content = downloaded(page, "Download as ZIP")

    assert name == "corrected.zip"
    with ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    assert sorted(open_data(str(tmp_path / "corrected"), "train").labels.tolist()) == [6, 8]
    page.get_by_role("button", name="Copy the command").click()
    expect(page.locator("#pictures-said")).to_contain_text("copied")
    command = page.evaluate("navigator.clipboard.readText()")
    assert command == "mnist train --data mnist --data corrected --from bundled --promote"


def test_a_place_with_another_number_of_digits_teaches_nothing_and_says_so(page: Page) -> None:
    put(page, 8, "123")

    expect(page.locator("#corrected-count")).to_have_text("2 digits to learn from.")
    expect(page.locator("#unusable")).to_contain_text("Of 1 place no digit can be learnt")


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps what is put right."""
    with serving(tmp_path_factory.mktemp("keeping"), "--keep", "own digits") as server:
        yield server


def test_a_server_that_keeps_gets_the_digits(
    open_page: Open, keeping: Server, sheet: Sheet
) -> None:
    page = open_page("/#pictures", keeping.address)
    corrected(page, sheet)
    for _ in range(2):  # the second time they are there already
        page.get_by_role("button", name="Keep on the server").click()
        expect(page.locator("#pictures-said")).to_have_text("2 digits kept on the server.")

    kept = (keeping.folder / "own digits").rglob("*.png")
    assert sorted(path.parent.name for path in kept) == ["6", "8"]
    command = page.locator("#command").inner_text()
    assert command == "mnist train --data mnist --data 'own digits' --from bundled --promote"


def test_many_digits_are_kept_in_portions(open_page: Open, keeping: Server, sheet: Sheet) -> None:
    page = open_page("/#pictures", keeping.address)
    portions: list[int] = []

    def portioned(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(json={"folder": "own digits", "most": 1})
        else:
            portions.append(len(json.loads(route.request.post_data or "")["digits"]))
            route.continue_()

    page.route("**/v1/kept", portioned)
    page.reload()
    corrected(page, sheet, "again.png")
    page.get_by_role("button", name="Keep on the server").click()

    expect(page.locator("#pictures-said")).to_have_text("2 digits kept on the server.")
    assert portions == [1, 1]


def test_with_a_key_it_is_asked_for_once(open_page: Open, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.touch(0o600)
    keys.write_text("a-key-of-this-test")
    with serving(tmp_path, "--api-key-file", keys, "--workers", 1) as server:
        page = open_page("/#pictures", server.address)
        page.get_by_role("textbox", name="Key").fill("a-key-of-this-test")
        page.get_by_role("button", name="Use it").click()
        read(page, "three.png", png(render_digit(3)))
        assert downloaded(page, "CSV")[0] == "digits.csv"


@pytest.mark.long
def test_training_takes_what_was_kept(keeping: Server, server: Server, mnist: Cli) -> None:
    (image,) = server.read(explain="true").json()["explanation"]["images"]
    keeping.client.post("/v1/kept", json={"digits": [{"digit": 3, "image": image}]})
    digits = load_mnist("train")
    small = keeping.folder / "small.npz"
    np.savez(small, x_train=digits.images[:500], y_train=digits.labels[:500])

    where = ["--artifacts", keeping.folder / "artifacts", "--log-dir", keeping.folder / "logs"]
    quick = ["--epochs", 1, "--set", "outliers=0", "--from", "bundled", *where]
    result = mnist("train", "--data", small, "--data", keeping.folder / "own digits", *quick)

    assert result.exit_code == 0, result.stderr


def test_pictures_results_and_what_was_put_right_are_there_after_a_reload(page: Page) -> None:
    for digit in (3, 5, 8):
        read(page, f"{digit}.png", png(render_digit(digit)))
    page.reload()

    names = ["sheet.png", "3.png", "5.png", "8.png"]
    expect(page.locator("#sheets li.read b")).to_have_text(names)  # in their order
    cell = page.locator("#grid td[data-place]").nth(6)
    expect(cell).to_have_text(re.compile("^86"))
    expect(cell).to_have_class(re.compile("checked"))
    expect(page.locator("#corrected-count")).to_have_text("2 digits to learn from.")
    expect(page.locator("#zoom")).to_have_text(re.compile(r"\d"))  # the picture too


def test_what_was_not_read_before_a_reload_is_read_after_it(open_page: Open) -> None:
    page = open_page("/#pictures")
    held: list[Route] = []
    page.route("**/v1/predict?*", lambda route: held.append(route))  # noqa: PLW0108  it asks for a signature
    page.set_input_files("#files", [payload("three.png", png(render_digit(3)))])
    expect(page.locator("#sheets li.reading")).to_have_count(1)
    page.unroute_all(behavior="ignoreErrors")
    page.reload()

    expect(page.locator("#grid td[data-place]")).to_have_text(re.compile("^3"))


def test_one_that_is_opened_before_the_history_is_there_stays_and_is_kept(
    page: Page,
) -> None:
    page.add_init_script(
        """const open = indexedDB.open.bind(indexedDB);
        IDBFactory.prototype.open = (...asked) => {
            const request = open(...asked);
            Object.defineProperty(request, "onsuccess", {set: (tell) =>
                request.addEventListener("success", () => setTimeout(tell, 1500))});
            return request;
        };"""
    )
    page.reload()
    read(page, "three.png", png(render_digit(3)))
    expect(page.locator("#sheets li.read b")).to_have_text(["sheet.png", "three.png"])
    expect(page.locator("#sheets [aria-current]")).to_contain_text("three.png")
    page.reload()
    expect(page.locator("#sheets li.read b")).to_have_text(["sheet.png", "three.png"])


def test_one_is_removed_and_all_are_cleared_for_good(page: Page) -> None:
    read(page, "three.png", png(render_digit(3)))
    page.get_by_role("button", name="Remove sheet.png").click()
    expect(page.locator("#sheets li")).to_have_count(1)
    page.reload()
    expect(page.locator("#sheets li")).to_have_count(1)

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".invitation")).to_be_visible()
    page.reload()
    expect(page.locator(".invitation")).to_be_visible()
    assert page.locator("#sheets li").count() == 0
    stored = "indexedDB.databases().then((all) => all.map(({name}) => name))"
    assert page.evaluate(stored) == ["mnist"]


def test_a_browser_that_keeps_nothing_says_so_and_works(open_page: Open) -> None:
    page = open_page("/")
    page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined})")
    page.goto(page.url.partition("#")[0] + "#pictures")
    page.reload()

    expect(page.locator("#pictures-said")).to_have_text(re.compile("keeps no history"))
    read(page, "three.png", png(render_digit(3)))
    expect(page.locator("#grid td[data-place]")).to_have_text(re.compile("^3"))


def test_what_could_not_be_read_has_a_row_that_says_why(page: Page) -> None:
    page.set_input_files(
        "#files",
        [
            payload("blank.png", png(np.full((60, 80), 255, np.uint8))),
            payload("scan.pdf", b"%PDF-1.7 no more", "application/pdf"),
        ],
    )
    for name, words in (("blank.png", "is blank"), ("scan.pdf", "damaged")):
        entry = page.locator("#sheets li").filter(has_text=name)
        expect(entry).to_contain_text(words)

    rows = list(csv.reader(io.StringIO(downloaded(page, "CSV")[1].decode())))
    blank, damaged = ([text for text in row if text] for row in rows[-2:])
    assert blank[0] == "blank.png"
    assert blank[1].startswith("error: The picture is blank")
    assert damaged[0] == "scan.pdf"
    assert "damaged" in damaged[1]
    cells = load_workbook(io.BytesIO(downloaded(page, "XLSX")[1])).active
    assert [row[0] for row in cells.iter_rows(values_only=True)][-2:] == ["blank.png", "scan.pdf"]
    records = json.loads(downloaded(page, "JSON")[1])
    assert [(one["path"], one["ok"]) for one in records[-2:]] == [
        ("blank.png", False),
        ("scan.pdf", False),
    ]
    assert records[-2]["error"]["message"].startswith("The picture is blank")
    assert records[-2]["error"]["code"] == "blank"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 503, "json": {"code": "worker_lost", "detail": "Ended."}}, "worker_lost"),
        ({"status": 502, "headers": {"Retry-After": "0.01"}, "body": "<html>"}, "no_answer"),
    ],
)
def test_a_picture_that_the_server_did_not_read_is_not_said_to_be_refused(
    open_page: Open, answer: dict[str, Any], code: str
) -> None:
    page = open_page("/#pictures")
    read(page, "three.png", png(render_digit(3)))
    page.route("**/v1/predict?*", lambda route: route.fulfill(**answer))
    page.set_input_files("#files", [payload("seven.png", png(render_digit(7)))])
    expect(page.locator("#sheets li.failed")).to_have_count(1)

    at_once = json.loads(downloaded(page, "JSON")[1])
    page.reload()
    expect(page.locator("#sheets li.failed")).to_have_count(1)
    kept = json.loads(downloaded(page, "JSON")[1])

    assert [one["error"]["code"] for one in (at_once[-1], kept[-1])] == [code, code]


def test_what_a_person_says_of_a_picture_that_was_not_read_leaves_with_the_others(
    page: Page,
) -> None:
    page.set_input_files("#files", [payload("blank.png", png(np.full((60, 80), 255, np.uint8)))])
    entry = page.locator("#sheets li").filter(has_text="blank.png")
    expect(entry).to_contain_text("not read: The picture is blank")
    assert 'blank.png,,"error: ' in downloaded(page, "CSV")[1].decode()
    entry.get_by_role("button").first.click()
    page.locator("#grid td[data-place]").focus()
    page.keyboard.type("407")
    page.keyboard.press("Enter")

    expect(entry).to_contain_text("nothing to check")
    rows = list(csv.reader(io.StringIO(downloaded(page, "CSV")[1].decode())))
    assert [text for text in rows[-1] if text] == ["blank.png", "407"]
    page.reload()
    entry.get_by_role("button").first.click()
    expect(page.locator("#grid td[data-place]")).to_have_text(re.compile("^407"))


def test_what_was_put_right_but_teaches_nothing_is_not_called_nothing(open_page: Open) -> None:
    page = open_page("/#pictures")
    read(page, "three.png", png(render_digit(3)))
    expect(page.locator("#corrected-count")).to_have_text("Nothing was put right yet.")
    put(page, 0, "407")

    expect(page.locator("#unusable")).to_contain_text("Of 1 place no digit can be learnt")
    expect(page.locator("#corrected-count")).to_be_empty()


def test_a_place_where_no_digit_stands_teaches_nothing_and_says_so(page: Page) -> None:
    put(page, 8, "x")

    expect(page.locator("#unusable")).to_have_text(
        "Of 1 place no digit can be learnt: you wrote none there."
    )
