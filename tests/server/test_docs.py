"""The page of the description: its samples run as they are pasted, and each call can be tried."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import DESK, PHONE, needs_chromium
from tests.reading.sheets import sheet
from tests.server.browser import Open, payload
from tests.server.conftest import DIGIT, Server, png

pytestmark = needs_chromium

REFUSED = "loaded from the command line alone"  # loading and unloading over the network
_EACH_PYTHON = """
import runpy, sys
for path in sys.argv[1:]:
    print("====", flush=True)
    runpy.run_path(path)
"""
_EACH_NODE = """
for (const path of process.argv.slice(2)) {
  console.log("====");
  await import(path);
}
"""


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page("/docs")
    expect(page.locator("#languages")).to_be_visible()
    return page


def samples(page: Page, language: str) -> dict[str, list[str]]:
    """Return what is seen of the samples in a language, by the call."""
    page.get_by_label(language, exact=True).check()
    found: dict[str, list[str]] = {}
    for article in page.locator("article").all():
        title = article.locator("h3").inner_text()
        shown = [one for one in article.locator(".sample pre").all() if one.is_visible()]
        found[title] = [one.inner_text() for one in shown]
    return found


def run_shell(paths: list[Path]) -> list[str]:
    script = "".join(f'echo "===="; . {path}; echo\n' for path in paths)
    return _told(["bash", "-ec", script], paths[0].parent)


def run_python(paths: list[Path]) -> list[str]:
    return _told([sys.executable, "-c", _EACH_PYTHON, *map(str, paths)], paths[0].parent)


def run_node(paths: list[Path]) -> list[str]:
    (paths[0].parent / "each.mjs").write_text(_EACH_NODE)
    return _told(["node", "each.mjs", *map(str, paths)], paths[0].parent)


def _told(command: list[str], folder: Path) -> list[str]:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split("====\n")[1:]


Run = Callable[[list[Path]], list[str]]


@pytest.mark.parametrize(
    ("language", "suffix", "run"),
    [
        ("curl", ".sh", run_shell),
        ("Python", ".py", run_python),
        pytest.param(
            "JavaScript",
            ".mjs",
            run_node,
            marks=pytest.mark.skipif(not shutil.which("node"), reason="node is not installed"),
        ),
    ],
)
def test_every_sample_runs_as_it_is_pasted(
    page: Page, server: Server, tmp_path: Path, language: str, suffix: str, run: Run
) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(DIGIT)
    stroke = np.zeros((28, 28), np.uint8)
    stroke[5:23, 13:16] = 255
    (tmp_path / "digit.png").write_bytes(png(stroke))
    (tmp_path / "photo.png").write_bytes(png(sheet(2, 2, {(1, 1): "7", (2, 2): "3"})))
    shown = samples(page, language)
    described = server.client.get("/openapi.json").json()["paths"]
    assert len(shown) == sum(map(len, described.values()))
    assert all(shown.values()), "each call has a sample"
    titles: list[str] = []
    paths: list[Path] = []
    for title, texts in shown.items():
        for at, text in enumerate(texts):
            assert server.address in text
            titles.append(title)
            paths.append(tmp_path / f"{len(paths)}-{at}{suffix}")
            paths[-1].write_text(text)

    for title, told in zip(titles, run(paths), strict=True):
        saves = title in {"POST /v1/pages", "POST /v1/corrected"}
        assert bool(told.strip()) != saves, title
        if title == "POST /v1/kept":
            assert "without --keep" in told
            continue
        refused = title.endswith("load")
        assert (REFUSED in told) == refused, told
        assert refused or "'code':" not in told.replace('"', "'"), told
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "corrected.zip").read_bytes().startswith(b"PK")


def test_a_call_can_be_tried(page: Page, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(DIGIT)
    predict = page.locator("article", has_text="POST /v1/predict")
    predict.get_by_text("Try it").click()
    predict.get_by_label("top_k").fill("2")
    predict.get_by_label("Picture", exact=True).set_input_files(tmp_path / "photo.png")
    predict.get_by_role("button", name="Try POST /v1/predict").click()

    expect(predict.get_by_role("status")).to_contain_text("200")
    record = json.loads(predict.get_by_label("Answer to Try POST /v1/predict").inner_text())
    assert record["text"] == "3"
    assert len(record["digits"][0]["top"]) == 2

    predict.get_by_label("top_k").fill("99")
    predict.get_by_role("button", name="Try POST /v1/predict").click()
    expect(predict.get_by_role("status")).to_contain_text("422")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("POST /v2/models/{model}/versions/{version}/infer", '"name": "digit"'),
        ("GET /v1/models/{model}/labels/{version}", '"AVAILABLE"'),
        ("GET /metrics", "mnist_requests_total"),
    ],
)
def test_what_is_filled_in_will_do(page: Page, path: str, told: str) -> None:
    title = page.get_by_role("heading", name=path, exact=True)
    article = page.locator("article", has=title)
    article.get_by_text("Try it").click()
    article.get_by_role("button", name=f"Try {path}").click()

    expect(article.get_by_role("status")).to_contain_text("200")
    expect(article.get_by_label(f"Answer to Try {path}")).to_contain_text(told)


def test_the_language_is_kept(page: Page) -> None:
    page.get_by_label("Python", exact=True).check()
    page.reload()

    expect(page.get_by_label("Python", exact=True)).to_be_checked()
    expect(page.get_by_text("import httpx").first).to_be_visible()


def test_an_answer_that_is_no_text_is_a_file(open_page: Open) -> None:
    page = open_page("/docs")
    article = page.locator("article", has_text="POST /v1/pages")
    article.get_by_text("Try it").click()
    picture = payload("3.png", DIGIT)
    article.locator("input[type=file]").set_input_files(picture)
    article.get_by_role("button", name="Try POST /v1/pages").click()
    with page.expect_download() as download:
        article.get_by_role("link", name="bytes of image/png").click()

    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_while_it_is_used(
    open_page: Open, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_page("/docs", viewport=viewport, color_scheme=scheme, bypass_csp=True)
    expect(page.locator("#languages")).to_be_visible()
    article = page.locator("article", has_text="GET /readyz")
    article.get_by_text("Try it").click()
    article.get_by_role("button", name="Try GET /readyz").click()
    expect(article.get_by_role("status")).to_contain_text("200")
    page.locator("article", has_text="POST /v1/predict").get_by_text("Parameters").click()
    page.locator("article", has_text="POST /v1/predict").get_by_text("Try it").click()

    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
