"""Photographed sudokus, read by their rules: cells and whole grids that are right.

    python -m tests.benchmarks.sudokus FOLDER [--model bundled] [--plain]

FOLDER holds, itself or in its folders, pictures with a `.dat` beside each, as in
wichtounet/sudoku_dataset: nine rows of nine digits at its end, 0 is empty. `--plain` reads them as
any table of 9×9, without the rules. Wrong is what stands for another digit or for none; missed is
a digit that was taken for empty.
"""

from collections import Counter
from pathlib import Path

from mnist_cli.core.metrics import wilson_interval
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.record import Reading

from .machine import machine
from .reading import model_parser, open_classifier

SIDE = 9


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plain", action="store_true", help="Without the rules.")
    options = parser.parse_args()
    classifier = open_classifier(parser, options)
    if options.plain:
        reader = Reader(classifier, grid=(SIDE, SIDE))
    else:
        reader = Reader(classifier, form="sudoku")
    print(machine())
    print(
        f"{'set':<18}{'grids':>6}{'right':>6}{'95 % interval':>17}{'cells':>7}{'right':>9}"
        f"{'wrong':>7}{'sure':>6}{'missed':>8}{'sure':>6}{'unsure':>8}{'none':>6}"
    )
    for folder in sorted({path.parent for path in options.folder.rglob("*.dat")}):
        print(row(folder.name, measured(reader, folder)), flush=True)


def measured(reader: Reader, folder: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for truth in sorted(folder.glob("*.dat")):
        reading = reader.read(next(p for p in folder.glob(f"{truth.stem}.*") if p != truth))
        counts += compared(reading, truth_of(truth))
    return counts


def truth_of(path: Path) -> list[str]:
    """Return what stands in each cell; nothing where it is empty."""
    rows = [line.split() for line in path.read_text().splitlines()]
    digits = [digit for row in [r for r in rows if len(r) == SIDE][-SIDE:] for digit in row]
    return ["" if digit == "0" else digit for digit in digits]


def compared(reading: Reading, truth: list[str]) -> Counter[str]:
    counts = Counter(grids=1, cells=len(truth))
    if not reading.tables:
        return counts + Counter(none=1)
    for cell, digit in zip(reading.tables[0].cells, truth, strict=True):
        unsure = "unsure" in cell.flags
        counts["unsure"] += unsure
        kind = "right" if cell.text == digit else "wrong" if cell.text else "missed"
        counts[kind] += 1
        counts[f"{kind} sure"] += not unsure
    counts["grids right"] += counts["right"] == len(truth)
    return counts


def row(name: str, counts: Counter[str]) -> str:
    low, high = wilson_interval(counts["grids right"], counts["grids"])
    return (
        f"{name:<18}{counts['grids']:>6}{counts['grids right']:>6}{f'{low:.1%} to {high:.1%}':>17}"
        f"{counts['cells']:>7}{counts['right'] / counts['cells']:>9.2%}"
        f"{counts['wrong']:>7}{counts['wrong sure']:>6}"
        f"{counts['missed']:>8}{counts['missed sure']:>6}{counts['unsure']:>8}{counts['none']:>6}"
    )


if __name__ == "__main__":
    main()
