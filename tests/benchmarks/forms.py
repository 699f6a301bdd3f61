"""Sheets of a form, filled in and photographed at angles: fields right, foreign sheets refused.

    python -m tests.benchmarks.forms [--forms 3] [--sheets 50] [--model PATH]

Each form has print of its own, a comb of six boxes, a box, and a table of ten rows. It is made from
a scan of its blank sheet, and of one that was filled in. The digits are MNIST's that all recipes
hold out; the pictures have 2.5 MP, lie anyhow, under uneven light. `fields` are boxes and cells
that have something written in them, `empty` those that have nothing; `sure` are the wrong ones that
are not called unsure. `cut flat` are the fields that the network of digits reads if it is given
each digit of the flat, clean sheet by its true box: what is left to finding and to the camera is
between the two.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader
from mnist_cli.synthesis.digits import Digits

from .form_sheets import (
    SEED,
    Sheet,
    filled,
    known,
    photographed,
    printed,
    scanned,
    written_digits,
)
from .machine import machine
from .reading import held_out_digits, model_parser, open_classifier


def counted(sheet: Sheet, reading: Reading) -> Counter[str]:
    """Compare what was read with what is written."""
    read = {
        (table.name, cell.row, cell.column): cell
        for table in reading.tables
        for cell in table.cells
    }
    counts: Counter[str] = Counter()
    for place, text in sheet.fields.items():
        kind = "fields" if text else "empty"
        counts[kind] += 1
        cell = read.get(place)
        if cell and cell.text == text:
            counts[f"{kind} right"] += 1
        elif cell and "unsure" not in cell.flags:
            counts["sure"] += 1
    return counts


def cut_flat(sheet: Sheet, classifier: Classifier) -> int:
    """Count the fields whose digits are all read if each is cut from the flat sheet."""
    right = 0
    for digits in written_digits(sheet):
        read = classifier.probabilities(np.array([image for _, image in digits])).argmax(axis=1)
        right += "".join(map(str, read)) == "".join(text for text, _ in digits)
    return right


def measured(form: int, sheets: int, digits: Digits, reader: Reader) -> Iterator[str]:
    """Yield what comes of a form made from its blank sheet, and from one that was filled in."""
    for source, canvas in (("blank", printed(form)), ("filled", filled(form, 0, digits).canvas)):
        own = Reader(reader.classifier, form=known(f"form {form}", scanned(canvas)))
        counts: Counter[str] = Counter()
        for number in range(1, sheets + 1):
            sheet = filled(form, number, digits)
            generator = np.random.default_rng([SEED, form, number, 1])
            reading = own.read(photographed(generator, sheet.canvas), errors="record")
            counts["refused"] += reading.error is not None
            counts += counted(sheet, reading)
            counts["cut flat"] += cut_flat(sheet, reader.classifier)
        for other in range(form + 1, form + 4):
            generator = np.random.default_rng([SEED, other, 1])
            foreign = own.read(
                photographed(generator, filled(other, 1, digits).canvas), errors="record"
            )
            counts["foreign"] += foreign.error is not None
        yield (
            f"| {form}, {source} | {sheets} | {counts['refused']} |"
            f" {100 * counts['fields right'] / counts['fields']:.2f} % |"
            f" {100 * counts['cut flat'] / counts['fields']:.2f} % |"
            f" {100 * counts['empty right'] / counts['empty']:.2f} % |"
            f" {counts['sure']} | {counts['foreign']} of 3 |"
        )


def main() -> None:
    """Measure, and print the table."""
    parser = model_parser(__doc__)
    parser.add_argument("--forms", type=int, default=3)
    parser.add_argument("--sheets", type=int, default=50)
    options = parser.parse_args()
    digits = held_out_digits()
    reader = Reader(open_classifier(parser, options))
    print(machine())
    heads = "form, made from", "sheets", "refused", "fields", "cut flat", "empty", "wrong, sure"
    print(f"| {' | '.join(heads)} | foreign refused |")
    print("| --- " * (len(heads) + 1) + "|")
    for form in range(options.forms):
        for line in measured(10 * form, options.sheets, digits, reader):
            print(line, flush=True)


if __name__ == "__main__":
    main()
