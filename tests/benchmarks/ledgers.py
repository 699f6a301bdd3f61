"""Ledgers by hand: are the marks of their numbers read, and where one is lost, is that told?

    python -m tests.benchmarks.ledgers [--count 40] [--seed 0]

Each is a photograph of a ruled page of 12 rows with a column of days, one of sums with two places,
one that has some of these and some whole numbers, and one of whole numbers, in a made-up hand of
MNIST's digits that all recipes hold out. `no mark` are the cells of which all digits are right and
a mark was not read, `sure` those of them that are not unsure. `told` are the cells whose flag says
that their marks are not those of their column, `in vain` the right ones among them.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from mnist_cli.reading.output.entries import digits_of
from mnist_cli.reading.reader import Reader
from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.scribe import Scribe
from mnist_cli.synthesis.strokes import Generator

from .form_sheets import HIGH, WIDE, photographed
from .machine import machine
from .reading import held_out_digits, model_parser, open_classifier

SEED = 1_000_033
ROWS, HEIGHT = 12, 34  # HEIGHT: px of a digit
LEFT, TOP, RIGHT, BOTTOM = 80, 120, 920, 1_080


def _sum(generator: Generator) -> str:
    return f"{generator.integers(0, 1_000)}.{generator.integers(0, 100):02}"


def _whole(generator: Generator) -> str:
    return str(generator.integers(0, 10_000))


COLUMNS: Mapping[str, Callable[[Generator], str]] = {
    "days": lambda generator: f"{generator.integers(1, 29):02}.{generator.integers(1, 13):02}.",
    "sums": _sum,
    "some of each": lambda generator: (_sum if generator.random() < 0.5 else _whole)(generator),
    "whole": _whole,
}


def make_ledger(number: int, seed: int, digits: Digits) -> tuple[bytes, dict[tuple[int, int], str]]:
    """Write a page, and say what stands in its cells, by row and column from 1."""
    generator = np.random.default_rng([SEED, seed, number])
    canvas = Canvas(HIGH, WIDE)
    hand = replace(Hand.any(generator, digits), pen=float(generator.uniform(0.05, 0.12)))
    scribe = Scribe(canvas, generator, digits, hand, HEIGHT)
    x, y = np.linspace(LEFT, RIGHT, len(COLUMNS) + 1), np.linspace(TOP, BOTTOM, ROWS + 1)
    for level in y:
        scribe.rule(LEFT, level, RIGHT, level, 2)
    for place in x:
        scribe.rule(place, TOP, place, BOTTOM, 2)
    cells: dict[tuple[int, int], str] = {}
    for row in range(ROWS):
        for column, make in enumerate(COLUMNS.values()):
            text = make(generator) if generator.random() < 0.9 else ""
            left = x[column] + generator.uniform(8, 30)
            scribe.write(text, left, y[row] + (y[1] - y[0]) / 2, len(cells))
            cells[row + 1, column + 1] = text
    return photographed(generator, canvas), cells


def main() -> None:
    """Measure, and print the table."""
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=40, help="Pages.")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    digits = held_out_digits()
    reader = Reader(open_classifier(parser, options))
    print(machine())
    counts = {name: Counter[str]() for name in COLUMNS}
    found = 0
    for number in range(options.count):
        picture, written = make_ledger(number, options.seed, digits)
        tables = reader.read(picture, errors="record").tables
        if [(table.rows, table.columns) for table in tables] != [(ROWS, len(COLUMNS))]:
            continue
        found += 1
        for cell in tables[0].cells:
            text, own = written[cell.row, cell.column], [*counts.values()][cell.column - 1]
            told = {"lacks_mark", "odd_mark"}.intersection(cell.flags)
            is_unsure = "unsure" in cell.flags
            own["cells"] += 1
            own["right"] += cell.text == text
            own["unsure"] += cell.text == text and is_unsure
            own["sure wrong"] += cell.text != text and not is_unsure
            no_mark = cell.text.isdigit() and cell.text != text and cell.text == digits_of(text)
            own["no mark"] += no_mark
            own["sure"] += no_mark and not is_unsure
            own["told"] += bool(told)
            own["in vain"] += bool(told) and cell.text == text
    print(f"{found} of {options.count} with their rows and columns")
    heads = ["cells", "right", "unsure", "sure wrong", "no mark", "sure", "told", "in vain"]
    print(f"{'column':14}" + "".join(f"{head:>12}" for head in heads))
    for name, own in counts.items():
        print(f"{name:14}" + "".join(f"{own[head]:12}" for head in heads))


if __name__ == "__main__":
    main()
