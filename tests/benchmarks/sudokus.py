"""Photographed sudokus, cell by cell: cells and whole grids that are right.

    python -m tests.benchmarks.sudokus FOLDER [--model bundled] [--read form|grid|auto]

FOLDER holds, itself or in its folders, pictures with a `.dat` beside each, as in
wichtounet/sudoku_dataset: nine rows of nine digits at its end, 0 is empty. They are read as
sudokus, by their rules; as any table of 9×9 (`grid`); or as whatever is found (`auto`), of which
the largest table of 9×9 counts. Wrong is what stands for another digit or for none; missed is a
digit that was taken for empty. `empty F1` is of the cells that are told to be empty.
"""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from mnist_cli.core.metrics import wilson_interval
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.tables import TableRead

from .machine import machine
from .reading import model_parser, open_classifier

SIDE = 9


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--read", choices=("form", "grid", "auto"), default="form")
    options = parser.parse_args()
    classifier = open_classifier(parser, options)
    grid = (SIDE, SIDE) if options.read == "grid" else None
    reader = Reader(classifier, grid=grid, form="sudoku" if options.read == "form" else None)
    print(machine())
    print(
        f"{'set':<18}{'grids':>6}{'right':>6}{'95 % interval':>17}{'cells':>7}{'right':>9}"
        f"{'wrong':>7}{'sure':>6}{'missed':>8}{'sure':>6}{'unsure':>8}{'none':>6}{'empty F1':>10}"
    )
    for folder in sorted({path.parent for path in options.folder.rglob("*.dat")}):
        print(row(folder.name, measured(reader, folder)), flush=True)


def measured(reader: Reader, folder: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for truth in sorted(folder.glob("*.dat")):
        reading = reader.read(
            next(p for p in folder.glob(f"{truth.stem}.*") if p != truth), errors="record"
        )
        counts += compared(reading, truth_of(truth))
    return counts


def truth_of(path: Path) -> list[str]:
    """Return what stands in each cell; nothing where it is empty."""
    rows = [line.split() for line in path.read_text().splitlines()]
    digits = [digit for row in [r for r in rows if len(r) == SIDE][-SIDE:] for digit in row]
    return ["" if digit == "0" else digit for digit in digits]


def compared(reading: Reading, truth: list[str]) -> Counter[str]:
    counts = Counter(grids=1, cells=len(truth))
    table = _largest(reading)
    if not table:
        return counts + Counter(none=1)
    for cell, digit in zip(table.cells, truth, strict=True):
        unsure = "unsure" in cell.flags
        counts["unsure"] += unsure
        kind = "right" if cell.text == digit else "wrong" if cell.text else "missed"
        counts[kind] += 1
        counts[f"{kind} sure"] += not unsure
        counts["empty right"] += not cell.text and not digit
    counts["grids right"] += counts["right"] == len(truth)
    counts["empty wrong"] += counts["missed"] + sum(
        bool(cell.text) and not digit for cell, digit in zip(table.cells, truth, strict=True)
    )
    return counts


def _largest(reading: Reading) -> TableRead | None:
    """Return the largest table of nine rows and nine columns without merged cells, if any."""
    whole = [one for one in reading.tables if (one.rows, one.columns) == (SIDE, SIDE)]
    whole = [one for one in whole if len(one.cells) == SIDE * SIDE]
    return max(whole, key=lambda one: cv2.contourArea(np.array(one.corners)), default=None)


def row(name: str, counts: Counter[str]) -> str:
    hits, amiss = counts["empty right"], counts["empty wrong"]
    f1 = f"{2 * hits / (2 * hits + amiss):.3f}" if hits else "-"
    low, high = wilson_interval(counts["grids right"], counts["grids"])
    return (
        f"{name:<18}{counts['grids']:>6}{counts['grids right']:>6}{f'{low:.1%} to {high:.1%}':>17}"
        f"{counts['cells']:>7}{counts['right'] / counts['cells']:>9.2%}"
        f"{counts['wrong']:>7}{counts['wrong sure']:>6}"
        f"{counts['missed']:>8}{counts['missed sure']:>6}{counts['unsure']:>8}"
        f"{counts['none']:>6}{f1:>10}"
    )


if __name__ == "__main__":
    main()
