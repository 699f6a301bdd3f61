"""Pages made up by a program, of digits that no training saw, read the whole way through.

    python -m tests.benchmarks.synthetic [--count 40] [--writers FOLDER] [--kinds lines table]

Each kind of page that the finder learns from, upright; pages turned by quarters, pages as large as
photographs, and pictures of a few pixels; then single digits that are cropped or scanned.
The digits are MNIST's that all recipes hold out, and the writers' in FOLDER, which has to hold
those alone of whom no training had any. What is chosen by these figures is chosen by training
images.

`in order` is the digits less edits, where an order of reading is defined; `precision` and `recall`
are of boxes with an IoU of 0.5; `read` is the digits read right of those found; `wrong` are the
answers that are another digit or none, `sure` those of them not called unsure; `false, sure` are
the sure answers a picture where no digit is. Areas in which nobody could say what counts are left
out.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist, stratified_split
from mnist_cli.reading.reader import Reader
from mnist_cli.synthesis.canvas import Symbol
from mnist_cli.synthesis.digits import Digits
from mnist_cli.synthesis.page import SHARES, make_page
from mnist_cli.synthesis.sources import HELD_OUT, Source
from mnist_cli.synthesis.truth import Page, turned

from .cases import HEADER, Answer, Case, Tally, judged, row
from .machine import machine
from .reading import encoded, model_parser, open_classifier
from .scans import crops, scans
from .scores import Box

SEED = 1_000_003  # far from what a training is given
LARGE = 1_200  # px of a side: of a photograph, as reading shrinks it
ORDERLESS = ("scatter", "things", "picture")
OFTEN = ("lines", "table", "form", "sudoku")  # of which the turned and the large ones are made


def made(digits: Digits, kind: str, number: int, side: int = 384, *, turns: int = 0) -> Case:
    """Make up a page; the same number gives the same one."""
    upright = make_page([SEED, *kind.encode(), number], digits, kind, side, upright=True)
    page = turned(upright, turns)
    shown = [symbol for symbol in page.symbols if symbol.text.isdigit()]
    texts = "".join(symbol.text for symbol in shown)
    boxes = [symbol.box for symbol in shown]
    return Case(page.grey, texts, boxes, in_reading_order(upright), page.unclear)


def in_reading_order(page: Page) -> str | None:
    """Return the digits line by line; None where lines stand beside each other, or are none."""
    if page.kind in ORDERLESS:
        return None
    lines: dict[int, list[Symbol]] = {}
    for symbol in page.symbols:
        if symbol.text.isdigit():
            lines.setdefault(symbol.line, []).append(symbol)
    around = [_around(line) for line in lines.values()]
    if any(_beside(one, other) for one, other in combinations(around, 2)):
        return None
    ordered = (sorted(lines[line], key=lambda symbol: symbol.box[0]) for line in sorted(lines))
    return "".join(symbol.text for line in ordered for symbol in line)


def _around(line: list[Symbol]) -> Box:
    edges = np.array([symbol.box for symbol in line])
    (left, top), (right, bottom) = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _beside(one: Box, other: Box) -> bool:
    """Tell whether of two boxes one is beside the other, half its height or more."""
    common = min(one[3], other[3]) - max(one[1], other[1])
    apart = one[2] <= other[0] or other[2] <= one[0]
    return apart and common > 0.5 * min(one[3] - one[1], other[3] - other[1])


def small(digits: Digits, number: int) -> Case:
    """Make up a picture of 12 to 40 px with one digit, nearly to its border."""
    generator = np.random.default_rng([SEED, number])
    attempts = ((number, attempt) for attempt in range(100))
    page, symbol = next(_lonely(digits, attempts))
    left, top, right, bottom = symbol.box
    room = symbol.height * generator.uniform(0, 0.3)
    side = page.grey.shape[0]
    left, top = max(0, int(left - room)), max(0, int(top - room))
    right, bottom = min(side, int(right + room) + 1), min(side, int(bottom + room) + 1)
    picture = page.grey[top:bottom, left:right]
    factor = generator.uniform(12, 40) / max(picture.shape)
    size = [max(4, round(extent * factor)) for extent in picture.shape[::-1]]
    scale = np.tile([size[0] / picture.shape[1], size[1] / picture.shape[0]], 2)
    x0, y0, x1, y1 = ((np.array(symbol.box) - [left, top, left, top]) * scale).tolist()
    picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Case(picture, symbol.text, [(x0, y0, x1, y1)], symbol.text)


def _lonely(digits: Digits, seeds: Iterator[tuple[int, int]]) -> Iterator[tuple[Page, Symbol]]:
    """Yield pages with one digit and nothing else, and that digit."""
    for seed in seeds:
        page = make_page([SEED, *seed], digits, "single", upright=True)
        if len(page.symbols) == 1 and page.symbols[0].text.isdigit() and not page.unclear:
            yield page, page.symbols[0]


def kinds(digits: Digits) -> dict[str, Callable[[int], Case]]:
    """Return by name what makes a picture out of a number."""

    def page(kind: str, side: int = 384) -> Callable[[int], Case]:
        return lambda number: made(digits, kind, number, side)

    return {
        **{kind: page(kind) for kind in SHARES},
        "turned": lambda number: made(
            digits, OFTEN[number % len(OFTEN)], 10_000 + number, turns=1 + number % 3
        ),
        "small": lambda number: small(digits, number),
        **{f"large {kind}": page(kind, LARGE) for kind in OFTEN},
    }


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=40, help="Pictures of each kind.")
    parser.add_argument("--writers", type=Path, help="Scanned digits, WRITER/DIGIT/*.png.")
    parser.add_argument("--kinds", nargs="+", help="Some of them alone, by their names.")
    options = parser.parse_args()
    reader = Reader(open_classifier(parser, options))
    print(machine())
    print(HEADER)
    total = Tally()
    for kind, cases in every_kind(options.count, options.writers):
        if not options.kinds or kind in options.kinds:
            tally = sum((read(reader, case) for case in cases), Tally())
            print(row(kind, tally), flush=True)
            total += tally
    print(row("all", total))


def every_kind(count: int, writers: Path | None) -> Iterator[tuple[str, Iterator[Case]]]:
    """Yield each kind with its pictures, made when they are asked for."""
    names = tuple(sorted(path.name for path in writers.iterdir())) if writers else ()
    digits = Source(HELD_OUT, writers, names, held_out=True, seed=SEED).open()
    for kind, make in kinds(digits).items():
        yield kind, map(make, range(count))
    data = load_mnist("train")
    _, held_out = stratified_split(data.labels, HELD_OUT, seed=0)
    chosen = held_out[: 5 * count]
    alone = crops(data.images[chosen], data.labels[chosen]) | scans(5 * count)
    for kind, cases in alone.items():
        yield kind, iter(cases)


def read(reader: Reader, case: Case) -> Tally:
    reading = reader.read(encoded(Image.fromarray(case.picture), "PNG"), errors="record")
    return judged(case, [Answer(str(d.digit), d.box, d.unsure) for d in reading.digits])


if __name__ == "__main__":
    main()
