import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.store import versions
from mnist_cli.core.store.versions import Version
from mnist_cli.evaluation.evaluate import Evaluation, evaluate
from mnist_cli.reporting.card import MNIST_LICENCE_URL, make_card
from mnist_cli.reporting.report import to_html
from mnist_cli.reporting.write import write_report
from tests.conftest import DESK, PHONE, OneDigit, Remembering, needs_chromium

EVIL = """<script>alert(1)</script>"'&amp;<img src=x onerror=alert(1)>"""
STICKING_OUT = """[...document.querySelectorAll(".sheet *")].filter(element => {
    const {right, width} = element.getBoundingClientRect();
    return width && right > element.closest(".sheet").getBoundingClientRect().right;
}).map(element => element.outerHTML.slice(0, 80))"""


class Elements(HTMLParser):
    """Gathers tags, attributes and text; a tag that is not closed in its turn fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in {"meta", "link", "img"}:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def bundled() -> Version:
    return versions.open_version(versions.BUNDLED)


@pytest.fixture(scope="module")
def result(test_split: Dataset) -> Evaluation:
    few = Dataset("mnist", "test", test_split.images[:60], test_split.labels[:60])
    return evaluate(OneDigit(3), few, with_robustness=True)


@pytest.fixture(scope="module")
def written(result: Evaluation, bundled: Version, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(result, tmp_path_factory.mktemp("report"), bundled)


def test_the_page_holds_every_figure_table_and_the_card(
    written: Path, result: Evaluation, bundled: Version
) -> None:
    page = Elements(written.read_text())
    sections = {value for name, value in page.attributes if name == "id" and "-" not in str(value)}

    assert sections == {
        *("card", "mistakes", "confusion", "calibration", "robustness", "training"),
        *("samples", "origin"),
    }
    assert f"{100 * result.accuracy:.2f}" in page.text
    assert str(result.confusion[0, 3]) in page.text
    assert page.text.count("read as") == 6 + 1  # the pairs, and the card
    assert f"{bundled.manifest['parameters']:,} weights" in page.text
    assert result.dataset.sha256 in page.text
    figures = 1 + 5 + 2  # calibration, sweeps, history and weights
    samples = 8 + (60 - result.errors)  # wrong and right
    assert page.tags.count("img") == 40 + samples + 15 + figures  # mistakes, samples, families
    assert "zigzag" in page.text


def test_nothing_comes_from_anywhere_else(written: Path) -> None:
    page = written.read_text()
    targets = [
        *re.findall(r"""\b(?:src|href|srcset|action|data|poster)\s*=\s*["']?([^"'\s>]*)""", page),
        *re.findall(r"url\(([^)]*)\)", page),
    ]

    assert {t for t in targets if not t.startswith(("data:", "#"))} == {MNIST_LICENCE_URL}
    assert "@import" not in page
    assert "<script" not in page
    assert "default-src 'none'" in page


@needs_chromium
def test_a_browser_asks_for_nothing_else(browser: Browser, written: Path) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))

    page.goto(written.as_uri(), wait_until="networkidle")

    assert [url for url in asked if not url.startswith("data:")] == [written.as_uri()]
    assert complaints == []
    loaded = "[...document.images].every(image => image.naturalWidth)"
    assert page.evaluate(loaded)


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, written: Path, scheme: Any, viewport: Any
) -> None:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(written.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")

    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    assert page.evaluate(STICKING_OUT) == []
    context.close()


def test_what_others_supplied_is_text(result: Evaluation, bundled: Version) -> None:
    manifest = bundled.manifest | {"created": EVIL, "versions": {EVIL: EVIL}}
    manifest["config"] = manifest["config"] | {"recipe": EVIL, "seed": EVIL}
    manifest["data"] = manifest["data"] | {"name": EVIL}
    theirs = replace(
        result,
        dataset=replace(result.dataset, name=EVIL),
        model={"version": EVIL, "sha256": EVIL},
    )

    page = Elements(to_html(theirs, make_card(theirs, Version(EVIL, bundled.path, manifest)), None))

    assert "script" not in page.tags
    assert "onerror" not in dict(page.attributes)
    assert page.text.count(EVIL) >= 8


def test_a_path_that_is_no_text_can_be_written(result: Evaluation, tmp_path: Path) -> None:
    theirs = replace(result, robustness=None, dataset=replace(result.dataset, name="a\udcff"))

    assert r"a\udcff" in write_report(theirs, tmp_path, None).read_text()


def test_the_same_evaluation_gives_the_same_files(
    result: Evaluation, bundled: Version, written: Path, tmp_path: Path
) -> None:
    write_report(result, tmp_path, bundled)

    for path in written.parent.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_model_without_mistakes_has_a_page(test_split: Dataset) -> None:
    one = Dataset("mine", "test", test_split.images[:1], np.array([7], np.uint8))
    perfect = evaluate(Remembering(one), one, with_robustness=True)

    page = Elements(to_html(perfect, make_card(perfect, None), None))

    assert "100.00" in page.text
    assert "No mistake" in page.text
    assert ("id", "mistakes") not in page.attributes
