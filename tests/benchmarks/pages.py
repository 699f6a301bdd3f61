"""Pictures of people's handwriting: single digits, lines, tables, pages with other things on them.

    python -m tests.benchmarks.pages FOLDER [--model bundled] [--list] [--twins]

FOLDER holds `labels.csv` or `pages.csv`, or both, with the columns `path` and `label`; a label's
lines are joined by `|`, and a `?` in it stands for any one sign, or none. `pages.csv` may say in
`scope` whether print is in the label (`all`) or not (`handwritten`), and in `turned` by how many
degrees a picture is turned. A sudoku may have a `.dat` beside it, as in wichtounet/sudoku_dataset.

Each folder of pictures is a set. What is compared is the digits in the order in which they are
read, in one line. Right are the digits less the edits, at least 0 a picture. Wrong are the
answers that stand for another digit, or for none.
"""

from pathlib import Path

from mnist_cli.core.metrics import wilson_interval
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.reader import Reader

from .examples import Example, Scope, example_sets
from .machine import machine
from .reading import model_parser, open_classifier
from .scores import Score, scored
from .twins import read_twins

HEADER = (
    f"{'set':<22}{'pictures':>8}{'exact':>7}{'95 % interval':>17}{'digits':>8}{'right':>7}{'':>8}"
    f"{'false':>7}{'missed':>7}{'wrong':>7}{'sure':>6}{'':>7}{'unsure':>7}"
)


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", action="store_true", help="Tell of each picture not read right.")
    parser.add_argument("--twins", action="store_true", help="Read 13 twins of each single digit.")
    options = parser.parse_args()
    sets = example_sets(options.folder)
    if not sets:
        parser.error(f"no labels.csv or pages.csv with a row, and no .dat, in {options.folder}")
    reader = Reader(open_classifier(parser, options))
    print(machine())
    print(HEADER)
    total = Score()
    for name, examples in sets.items():
        score = read_set(reader, examples, tell=options.list)
        print(row(name, score), flush=True)
        total += score
    print(row("all", total))
    if options.twins:
        every = (example for examples in sets.values() for example in examples)
        read_twins(reader, [example for example in every if len(example.truth) == 1])


def read_set(reader: Reader, examples: list[Example], *, tell: bool) -> Score:
    total = Score()
    for example in examples:
        reading = reader.read(example.path, errors="record")
        score = judged(reading, example)
        total += score
        if tell and not score.exact:
            print(told(reading, example))
    return total


def judged(reading: Reading, example: Example) -> Score:
    digits = [digit for digit in reading.digits if counted(digit, example.scope)]
    answer = "".join(str(digit.digit) for digit in digits)
    return scored(answer, [digit.unsure for digit in digits], example.truth)


def counted(digit: Digit, scope: Scope) -> bool:
    """Tell whether a digit is compared with the truth: print is not, where it is not in it."""
    return scope == "all" or not digit.printed


def told(reading: Reading, example: Example) -> str:
    turned = f", turned by {example.turned_deg}°" if example.turned_deg else ""
    answer = reading.error.message if reading.error else reading.text.replace("\n", "|")
    return f"  {example.path.name}{turned}\n    truth   {example.label}\n    answer  {answer}"


def row(name: str, score: Score) -> str:
    low, high = wilson_interval(score.exact, score.pictures)
    return (
        f"{name:<22}{score.pictures:>8}{score.exact:>7}{f'{low:.1%} to {high:.1%}':>17}"
        f"{score.digits:>8}{score.right:>7}{score.right / max(1, score.digits):>8.2%}"
        f"{score.false:>7}{score.missed:>7}"
        f"{score.wrong:>7}{score.wrong_sure:>6}{score.wrong_sure / max(1, score.wrong):>7.1%}"
        f"{score.unsure:>7}"
    )


if __name__ == "__main__":
    main()
