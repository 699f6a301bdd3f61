"""Mark sheets of 8 megapixels: whether rows and columns are right, the cells, and the time.

    python -m tests.benchmarks.sheets [--count 16] [--seed 0]

Each has 20 to 45 rows and 5 to 10 columns of one to three of MNIST's digits that all recipes hold
out, 0.6 to 0.95 of their cell high, many of them 1s; a few cells are empty. It is photographed
from a little aside, in uneven light. `sure` are the wrong cells that are not unsure, `unsure` the
right ones that are. The time is of one thread's processor, decoding included.
"""

import time
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset, load_mnist, stratified_split
from mnist_cli.reading.reader import Reader
from mnist_cli.synthesis.sources import HELD_OUT
from mnist_cli.synthesis.strokes import Generator

from .machine import machine
from .reading import encoded, model_parser, open_classifier

HIGH, WIDE, MARGIN = 3264, 2448, 140  # px
EMPTY = 0.06  # of the cells
STEP = 0.74  # of a digit's picture, from one to the next
Cells = dict[tuple[int, int], str]  # what stands in each, by row and column from 1


class Sheet(NamedTuple):
    """A sheet and what stands on it."""

    picture: NDArray[np.uint8]
    rows: int
    columns: int
    cells: Cells


def make_sheet(data: Dataset, seed: int) -> Sheet:
    """Draw a sheet with digits of a data set, and photograph it."""
    generator = np.random.default_rng(seed)
    rows, columns = int(generator.integers(20, 46)), int(generator.integers(5, 11))
    y = np.linspace(MARGIN, HIGH - MARGIN, rows + 1).round().astype(int)
    x = np.linspace(MARGIN, WIDE - MARGIN, columns + 1).round().astype(int)
    ink = np.zeros((HIGH, WIDE), np.float32)
    pen = int(generator.integers(2, 6))
    for level in y.tolist():
        cv2.line(ink, (MARGIN, level), (WIDE - MARGIN, level), 1.0, pen)
    for place in x.tolist():
        cv2.line(ink, (place, MARGIN), (place, HIGH - MARGIN), 1.0, pen)
    high, wide = float(y[1] - y[0]), float(x[1] - x[0])
    side = int(min(high * generator.uniform(0.6, 0.95), 0.28 * wide) * 28 / 20)
    more_ones, cells = generator.uniform(0, 0.5), Cells()
    for row, column in np.ndindex(rows, columns):
        text = ""
        if generator.random() > EMPTY:
            left = int(x[column] + generator.uniform(0.02, 0.2) * wide)
            top = int(y[row] + (high - side) / 2 + generator.uniform(-0.03, 0.03) * high)
            count = min(int(generator.integers(1, 4)), int((x[column + 1] - left) / side / STEP))
            for at in _any(generator, data, count, more_ones):
                _draw(ink, data.images[at], left, top, side)
                left, text = left + int(STEP * side), text + str(data.labels[at])
        cells[row + 1, column + 1] = text
    return Sheet(_photographed(generator, ink), rows, columns, cells)


def _any(generator: Generator, data: Dataset, count: int, more_ones: float) -> list[int]:
    ones = np.flatnonzero(data.labels == 1)
    return [
        int(generator.choice(ones) if generator.random() < more_ones else drawn)
        for drawn in generator.integers(len(data.labels), size=count)
    ]


def _draw(ink: NDArray[np.float32], image: NDArray[np.uint8], x: int, y: int, side: int) -> None:
    digit = cv2.resize(image.astype(np.float32) / 255, (side, side), interpolation=cv2.INTER_CUBIC)
    place = ink[y : y + side, x : x + side]
    np.maximum(place, digit.clip(0, 1), out=place)


def _photographed(generator: Generator, ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    light = np.linspace(generator.uniform(0.6, 1), 1, WIDE)
    grey = 236 * (1 - generator.uniform(0.5, 0.85) * ink) * light + generator.normal(
        0, 3, ink.shape
    )
    corners = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]], np.float32)
    inwards = generator.uniform(0, MARGIN, (4, 2)) * [[1, 1], [-1, 1], [-1, -1], [1, -1]]
    matrix = cv2.getPerspectiveTransform(corners, (corners + inwards).astype(np.float32))
    page = np.asarray(grey.clip(0, 255), np.uint8)
    return np.asarray(cv2.warpPerspective(page, matrix, (WIDE, HIGH), borderValue=90), np.uint8)


class Tally(NamedTuple):
    """How sheets were read: the cells of those whose rows and columns are right, and seconds."""

    found: str
    cells: int
    right: int
    sure: int
    unsure: int
    seconds: float


def judged(reader: Reader, sheet: Sheet) -> Tally:
    """Read a sheet and compare its cells with what stands in them."""
    content = encoded(Image.fromarray(sheet.picture), "JPEG")
    begin = time.process_time()
    tables = reader.read(content, errors="record").tables
    seconds = time.process_time() - begin
    found = " ".join(f"{table.rows}×{table.columns}" for table in tables)
    cells = tables[0].cells if found == f"{sheet.rows}×{sheet.columns}" else ()
    is_right = [cell.text == sheet.cells.get((cell.row, cell.column)) for cell in cells]
    is_unsure = ["unsure" in cell.flags for cell in cells]
    pairs = list(zip(is_right, is_unsure, strict=True))
    return Tally(
        found,
        len(pairs),
        sum(is_right),
        pairs.count((False, False)),
        pairs.count((True, True)),
        seconds,
    )


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=16, help="Sheets.")
    parser.add_argument("--seed", type=int, default=0, help="Of the first; each has the next.")
    options = parser.parse_args()
    train = load_mnist("train")
    _, held_out = stratified_split(train.labels, HELD_OUT, seed=0)
    data = Dataset("mnist", "train", train.images[held_out], train.labels[held_out])
    reader = Reader(open_classifier(parser, options))
    print(machine())
    print("sheet  is      found   cells  right   sure unsure      s")
    tallies = []
    for seed in range(options.seed, options.seed + options.count):
        sheet = make_sheet(data, seed)
        tallies.append(judged(reader, sheet))
        is_, (found, *counts) = f"{sheet.rows}×{sheet.columns}", tallies[-1]
        print(f"{seed:5}  {is_:<6}  {found:<6}", "{:6} {:6} {:6} {:6} {:6.2f}".format(*counts))
    whole = sum(tally.cells > 0 for tally in tallies)
    cells, right, sure, unsure, seconds = (
        sum(column) for column in list(zip(*tallies, strict=True))[1:]
    )
    print(f"rows and columns right: {whole} of {len(tallies)}; {seconds / len(tallies):.2f} s each")
    print(f"cells right: {right / max(cells, 1):.1%} of {cells}; wrong and sure: {sure};", end=" ")
    print(f"right, but unsure: {unsure}")


if __name__ == "__main__":
    main()
