"""Numbers by hand, a third of them struck through with one line: is that told, and in vain?

    python -m tests.benchmarks.struck [--count 30] [--seed 0]

Each is a photograph of numbers of two to five digits, some with marks, in a made-up hand of
MNIST's digits that all recipes hold out; on plain paper, on lined paper with numbers anywhere
between its lines, or in a ruled table, by turns. The stroke is of the same pen, a little wavy and
slanted by up to 10 degrees, from before the first digit to behind the last; behind some of them
another number is written. `read` are the numbers of which a digit was found, `sure` those of them
without an unsure digit, `told` those with one that has the flag `crossed_out`: of those that are
not struck, in vain.
"""

from collections import Counter
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader
from mnist_cli.synthesis.canvas import Canvas, Symbol
from mnist_cli.synthesis.clutter import smooth, stroke
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.scribe import Scribe, any_number
from mnist_cli.synthesis.strokes import Generator

from .form_sheets import HIGH, WIDE, photographed_as
from .machine import machine
from .reading import held_out_digits, model_parser, open_classifier

SEED = 1_000_037
PAPERS = ("plain", "lined", "table")
ROWS, COLUMNS, HEIGHT = 14, 3, 34  # HEIGHT: px of a digit
LEFT, TOP, RIGHT, BOTTOM = 80, 120, 920, 1_280
STRUCK, REPLACED, MARKED = 0.33, 0.3, 0.3  # of the numbers; of those struck; of the numbers
STEEPEST_DEG = 10.0
SOFT_PEN = 0.12  # heights: the stroke of MNIST's own images


@dataclass(frozen=True)
class Sheet:
    """A photograph, what is written on it, and which of its numbers are struck through."""

    picture: bytes
    symbols: list[Symbol]
    struck: set[int]
    matrix: NDArray[np.float64]


def make_sheet(number: int, seed: int, digits: Digits) -> Sheet:
    """Write a page of numbers, strike some of them, and photograph it."""
    generator = np.random.default_rng([SEED, seed, number])
    canvas = Canvas(HIGH, WIDE)
    hand = replace(Hand.any(generator, digits), pen=float(generator.uniform(0.05, 0.12)))
    scribe = Scribe(canvas, generator, digits, hand, HEIGHT)
    x, y = np.linspace(LEFT, RIGHT, COLUMNS + 1), np.linspace(TOP, BOTTOM, ROWS + 1)
    _rule(scribe, PAPERS[number % len(PAPERS)], x, y)
    struck = set()
    for row in range(ROWS):
        for column in range(COLUMNS):
            if generator.random() < 0.1:
                continue
            left, level = x[column] + generator.uniform(8, 30), (y[row] + y[row + 1]) / 2
            right = scribe.write(_number(generator), left, level, row)
            if generator.random() < STRUCK:
                own = canvas.symbols[-1].number
                struck.add(own)
                strike(scribe, [one for one in canvas.symbols if one.number == own])
                if generator.random() < REPLACED and right < x[column + 1] - 4 * HEIGHT:
                    gap = generator.uniform(0.5, 1.2) * HEIGHT
                    scribe.write(str(generator.integers(10, 1_000)), right + gap, level, row)
    picture, matrix = photographed_as(generator, canvas)
    return Sheet(picture, canvas.symbols, struck, matrix)


def _number(generator: Generator) -> str:
    if generator.random() >= MARKED:
        return str(generator.integers(10, 10 ** generator.integers(2, 6)))
    while sum(map(str.isdigit, text := any_number(generator, 5))) < 2:
        pass
    return text


def _rule(scribe: Scribe, paper: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    if paper == "table":
        for place in x:
            scribe.rule(place, TOP, place, BOTTOM, 2)
    if paper != "plain":
        aside = 0 if paper == "table" else scribe.generator.uniform(0, y[1] - y[0])
        for level in y + aside:
            scribe.rule(LEFT, level, RIGHT, level, 2)


def strike(scribe: Scribe, symbols: list[Symbol]) -> None:
    """Draw a line through all of a number."""
    generator, hand = scribe.generator, scribe.hand
    points = np.concatenate([one.points for one in symbols])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    before, behind = generator.uniform(0.05, 0.4, 2) * HEIGHT
    across = np.linspace(left - before, right + behind, 6)
    slope = np.tan(np.deg2rad(generator.uniform(-STEEPEST_DEG, STEEPEST_DEG)))
    level = (top + bottom) / 2 + generator.normal(0, 0.08) * HEIGHT
    down = level + slope * (across - across.mean()) + generator.normal(0, 0.03, 6) * HEIGHT
    pen = (SOFT_PEN if hand.soft else hand.pen) * HEIGHT
    path = smooth(np.stack([across, down], 1))
    stroke(scribe.canvas.written, path, max(1.0, pen), hand.ink * scribe.between(0.8, 1))


def judged(sheet: Sheet, reading: Reading) -> dict[int, set[str]]:
    """Return the flags of the digits read of each number, with `unsure` where one of them is."""
    digits = [one for one in sheet.symbols if one.text.isdigit()]
    middles = np.array([np.add(one.box[:2], one.box[2:]) / 2 for one in digits])
    places = cv2.perspectiveTransform(middles[None], sheet.matrix)[0]
    told: dict[int, set[str]] = {}
    for digit in reading.digits:
        left, top, right, bottom = digit.box
        inside = (places >= [left, top]) & (places <= [right, bottom])
        for at in np.flatnonzero(inside.all(axis=1)).tolist():
            own = told.setdefault(digits[at].number, set())
            own.update(digit.flags, ["unsure"] if digit.unsure else [])
    return told


def main() -> None:
    """Measure, and print the table."""
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=30, help="Pages.")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    digits = held_out_digits()
    reader = Reader(open_classifier(parser, options))
    print(machine())
    counts = {(paper, is_struck): Counter[str]() for paper in PAPERS for is_struck in (True, False)}
    for number in range(options.count):
        sheet = make_sheet(number, options.seed, digits)
        reading = reader.read(sheet.picture, errors="record")
        for own, told in judged(sheet, reading).items():
            count = counts[PAPERS[number % len(PAPERS)], own in sheet.struck]
            count["read"] += 1
            count["sure"] += "unsure" not in told
            count["told"] += "crossed_out" in told
    heads = ["read", "sure", "told"]
    print(f"{'paper':8}{'struck':8}" + "".join(f"{head:>12}" for head in heads))
    for (paper, is_struck), count in counts.items():
        name = "yes" if is_struck else "no"
        print(f"{paper:8}{name:8}" + "".join(f"{count[head]:12}" for head in heads))


if __name__ == "__main__":
    main()
