"""Pictures with their truth: a folder, and the tables in it that say what they show."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .scores import FREE

Scope = Literal["all", "handwritten"]

SUDOKU_ROW = re.compile(r"(?:[0-9] +){8}[0-9]")


@dataclass(frozen=True)
class Example:
    """A picture and what it says.

    Attributes:
        path: The picture.
        label: What it says; lines are joined by `|`, and `?` stands for any one sign, or none.
        scope: Whether the label holds all digits, or those written by hand alone.
        turned_deg: How far the picture is turned; 0 if it stands upright.
    """

    path: Path
    label: str
    scope: Scope = "all"
    turned_deg: int = 0

    @property
    def truth(self) -> str:
        """The label's digits, and what is free, in one line."""
        return "".join(sign for sign in self.label if sign.isdigit() or sign == FREE)


def example_sets(folder: Path) -> dict[str, list[Example]]:
    """Return what is known of the pictures in each folder under this one, by its name."""
    sets: dict[str, list[Example]] = {}
    labels, pages = listed(folder, "labels.csv"), listed(folder, "pages.csv")
    for example in (*labels, *sudokus(folder), *pages):
        name = example.path.parent.relative_to(folder).as_posix()
        sets.setdefault(name, []).append(example)
    return sets


def listed(folder: Path, name: str) -> Iterator[Example]:
    """Yield the examples of a table, where there is one; it may lack `scope` and `turned`."""
    if not (folder / name).exists():
        return
    with (folder / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            scope: Scope = "handwritten" if row.get("scope") == "handwritten" else "all"
            turned_deg = int(row.get("turned") or 0)
            yield Example(folder / row["path"], row["label"], scope, turned_deg)


def sudokus(folder: Path) -> Iterator[Example]:
    """Yield each picture that has a `.dat` beside it."""
    for path in sorted(folder.rglob("*.dat")):
        yield Example(path.with_suffix(".jpg"), sudoku_label(path.read_text(encoding="utf-8")))


def sudoku_label(text: str) -> str:
    """Return the label in a `.dat`: under lines on the camera, rows of nine digits; 0 is empty."""
    rows = [line.strip() for line in text.splitlines() if SUDOKU_ROW.fullmatch(line.strip())]
    return "|".join(" ".join(cell for cell in row.split() if cell != "0") for row in rows)
