"""The pictures of the README: made-up sheets, read by the package's model, and the web page.

    python -m tests.benchmarks.readme_pictures

Nobody's handwriting is in them but MNIST's, of images that no training saw, on sheets that are
printed, ruled and photographed by `mnist_cli.synthesis`. The seeds are the first ones that leave
the sheets upright: nothing was chosen by how well it was read. Needs chromium.
"""

import csv
import html
import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect, sync_playwright

from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.print import fonts, set_text
from mnist_cli.synthesis.scribe import Scribe
from tests.benchmarks.form_sheets import HIGH, WIDE, photographed
from tests.benchmarks.reading import held_out_digits
from tests.conftest import ARGUMENTS, CHROMIUM
from tests.server.browser import payload
from tests.server.conftest import serving

FOLDER = Path(__file__).parent / "readme"
HEADS = ("number", "essay", "sums", "map", "all")
TABLE = 80, 240, 920, 1_260  # left, top, right, bottom, in px
ROWS, DIGIT = 10, 42  # DIGIT: px of its height
LINES = ("3.14", "12/07/2024", "3+4=7", "-25", "08:15", "0612 4407")
HAND = Hand(pen=0.09, slant=0.05, unsteady=0.3, gap=0.14)
QUALITY = 80  # of the JPEGs
STYLE = """
body {margin: 0; font: 17px "DejaVu Sans", sans-serif; background: #fff; color: #222}
main {display: flex; gap: 28px; align-items: center; padding: 12px; width: max-content}
img {height: 560px; border-radius: 4px}
table {border-collapse: collapse} caption {font-weight: bold; padding-bottom: 8px}
td {border: 1px solid #bbb; padding: 6px 12px; text-align: right; min-width: 46px}
td.doubt {background: #ffe1a8}
img.sheet {width: 620px; height: 900px; object-fit: cover}
"""


def scribe_of(seed: int, digits: Digits) -> Scribe:
    """Return who fills a sheet in; the same seed gives the same one."""
    return Scribe(Canvas(HIGH, WIDE), np.random.default_rng(seed), digits, HAND, DIGIT)


def write_marks(scribe: Scribe) -> None:
    """Print a table of marks, with a number for each student, and fill it in with sums."""
    canvas, (left, top, right, bottom) = scribe.canvas, TABLE
    font = next(font for font in fonts() if font.path.endswith("DejaVuSans.ttf"))
    wide, tall = (right - left) / len(HEADS), (bottom - top) / (ROWS + 1)
    line = canvas.new_line()
    set_text(canvas, "Marks of May", left, 120, font, 48, line=line)
    for y in np.linspace(top, bottom, ROWS + 2):
        scribe.rule(left, y, right, y, 2)
    for column, head in enumerate(HEADS):
        x = left + column * wide
        scribe.rule(x, top, x, bottom, 2)
        set_text(canvas, head, x + 24, top + 28, font, 34, line=line)
    scribe.rule(right, top, right, bottom, 2)
    for row in range(1, ROWS + 1):
        y, line = top + (row + 0.5) * tall, canvas.new_line()
        set_text(canvas, str(100 + row), left + 40, y - 24, font, 38, line=line)
        marks = scribe.generator.integers(3, 31, 3).tolist()
        for column, mark in enumerate([*marks, sum(marks)], 1):
            scribe.write(str(mark), left + column * wide + scribe.between(30, 60), y, line)


def write_lines(scribe: Scribe) -> None:
    """Write numbers with marks, one below the other."""
    for at, text in enumerate(LINES):
        line = scribe.canvas.new_line()
        x = 100 + scribe.between(0, 60)
        for part in text.split():
            x = scribe.sized(1.8).write(part, x, 160 + 210 * at, line) + 80


def photograph(seed: int, canvas: Canvas) -> bytes:
    """Take a picture with the first seed from this one on that leaves the sheet upright: a JPEG."""
    while True:
        trial = np.random.default_rng(seed)
        trial.uniform()
        trial.normal()
        if trial.integers(4) == 0:  # as photographed() draws it: ink, turn, quarters
            return photographed(np.random.default_rng(seed), canvas)
        seed += 1


def mnist(folder: Path, *arguments: str) -> None:
    """Run a command of ours in a folder."""
    subprocess.run([sys.executable, "-m", "mnist_cli", *arguments], cwd=folder, check=True)


def as_spreadsheet(path: Path) -> str:
    """Return a CSV file of `predict --output` as HTML, without the columns of path and table."""
    rows = ""
    for row in csv.reader(path.read_text().splitlines()):
        cells = (
            f"<td{' class=doubt' if '?' in cell else ''}>{html.escape(cell)}</td>"
            for cell in row[2:]
        )
        rows += f"<tr>{''.join(cells)}</tr>"
    return f"<table><caption>{path.name}</caption>{rows}</table>"


def as_image(path: Path, look: str = "") -> str:
    """Return a picture as HTML that needs no file."""
    kind = "png" if path.suffix == ".png" else "jpeg"
    data = b64encode(path.read_bytes()).decode()
    return f'<img class="{look}" src="data:image/{kind};base64,{data}">'


def keep(browser: Browser, things: str, name: str) -> None:
    """Keep a picture of what stands side by side in HTML."""
    page = browser.new_page(viewport={"width": 1_300, "height": 940})
    page.set_content(f"<style>{STYLE}</style><main>{things}</main>")
    page.locator("main").screenshot(path=FOLDER / name, type="jpeg", quality=QUALITY)
    page.close()


def show_page(browser: Browser, folder: Path, photo: Path) -> None:
    """Keep a picture of the page on which a doubtful cell of a photograph is checked."""
    with serving(folder) as server:
        page = browser.new_page(viewport={"width": 1_200, "height": 850})
        page.goto(f"{server.address}/#pictures")
        page.set_input_files("#files", [payload(photo.name, photo.read_bytes(), "image/jpeg")])
        expect(page.locator("#sheets li.read")).to_have_count(1, timeout=60_000)
        page.locator("#grid td.unsure").last.click()
        page.wait_for_timeout(1_000)  # the viewer moves to the cell
        page.screenshot(path=FOLDER / "web.jpg", type="jpeg", quality=QUALITY)
        page.close()


def main() -> None:
    """Make the sheets, read them, and write the pictures."""
    digits = held_out_digits()
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as browser,
    ):
        folder = Path(temporary)
        marks, lines = folder / "marks.jpg", folder / "lines.jpg"
        for seed, (path, write) in enumerate(((marks, write_marks), (lines, write_lines))):
            scribe = scribe_of(seed, digits)
            write(scribe)
            path.write_bytes(photograph(seed, scribe.canvas))
        mnist(folder, "predict", "marks.jpg", "--output", "marks.csv")
        mnist(folder, "predict", "lines.jpg", "--annotate", "read.png")
        keep(browser, as_image(marks) + as_spreadsheet(folder / "marks.csv"), "table.jpg")
        keep(browser, as_image(folder / "read.png", "sheet"), "lines.jpg")
        show_page(browser, folder, marks)
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.name}  {path.stat().st_size / 1_000:.0f} kB")


if __name__ == "__main__":
    main()
