"""Whether neighbours are one number: how often they are, by how likely they are said to be.

    python -m tests.benchmarks.joins [--pages 20] [--seed 818] [--model PATH]

The pages are synthetic, of digits that no training saw, so many of each kind. It counts neighbours
on lines outside tables of which both are read where a sign stands. Sums are left out: whether
`3 + 4` is one number or two is a matter of taste.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader
from mnist_cli.synthesis.page import make_page
from mnist_cli.synthesis.truth import Page

from .machine import machine
from .reading import held_out_digits, model_parser, open_classifier
from .scores import pair_boxes

KINDS = ("figures", "lines", "columns", "table", "form", "comb", "scatter", "squares")
SIDES = (384, 800)  # px
IOU = 0.3  # boxes of marks are small
SHARES = (0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--pages", type=int, default=20, help="Of each kind.")
    parser.add_argument("--seed", type=int, default=818)
    options = parser.parse_args()
    reader = Reader(open_classifier(parser, options), turn=0)
    reader.keeps_pages = True
    digits = held_out_digits()
    pairs = list[tuple[float, bool]]()
    for kind in KINDS:
        for number in range(options.pages):
            seed = [options.seed, *kind.encode(), number]
            page = make_page(seed, digits, kind, SIDES[number % len(SIDES)], upright=True)
            pairs += neighbours(reader.read(page.grey, errors="record"), page)
    said, are_one = (np.array(column) for column in zip(*pairs, strict=True))
    print(machine())
    right = 100 * np.mean((said > 0.5) == are_one)
    print(f"{len(pairs):,} neighbours, {right:.1f} % rightly joined or not")
    for least, most in pairwise(SHARES):
        some = are_one[(said >= least) & (said <= most)]
        share = f"{100 * some.mean():.1f} %" if len(some) else "-"
        print(f"said {least:.2f} to {most:.2f}: {len(some):5,}, of which {share} are one number")


def neighbours(reading: Reading, page: Page) -> Iterator[tuple[float, bool]]:
    """Yield of each two neighbours how likely they are said to be one number, and if they are."""
    if not reading.page or reading.page.straightened:
        return
    joins = reading.page.arrangement.joins
    signs = list(dict.fromkeys(sign for pair in joins for sign in pair))
    boxes = [tuple(sign.edges.tolist()) for sign in signs]
    found = pair_boxes(boxes, [symbol.box for symbol in page.symbols], IOU)
    numbers = {
        signs[at]: (page.symbols[other].line, page.symbols[other].number) for at, other in found
    }
    for (one, other), share in joins.items():
        if one in numbers and other in numbers:
            yield share, numbers[one] == numbers[other]


if __name__ == "__main__":
    main()
