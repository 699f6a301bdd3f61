"""Digits as reading cuts them out of pages: what a classifier sees of photographs, with its truth.

A classifier that learned from MNIST alone knows neither print, nor digits out of focus, nor what
is left of them where rules were taken away.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.files import write_atomically
from mnist_cli.reading.answers import together
from mnist_cli.reading.candidates import Candidate, Look
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.cutting import cut
from mnist_cli.reading.finder import Finder, finder_of_process
from mnist_cli.synthesis.canvas import Area
from mnist_cli.synthesis.page import any_kind, make_page
from mnist_cli.synthesis.sources import Source, digits, writing_processes
from mnist_cli.synthesis.truth import Page, overlaps

# how often each kind of page is drawn: of tables and sudokus more than the finder is shown, as
# they have print and digits by hand alike, and rules beside them
SHARES = {
    "lines": 0.10, "columns": 0.05, "scatter": 0.07, "table": 0.12, "sudoku": 0.22, "form": 0.07,
    "comb": 0.04, "arithmetic": 0.05, "things": 0.05, "print": 0.08, "single": 0.04, "cut": 0.07,
    "tiny": 0.04,
}  # fmt: skip
FOUND, NEAR, NONE = 0.45, 0.15, 10  # shares of two boxes in common; the label of what is no digit
LEAST_DOUBTED, LEAST_FALSE = 0.25, 0.35  # scores of digits that are cut, and of what is none
LEAST_LEGIBLE = 0.02  # probability of its digit, under which nobody could read a cut
NO_LOOK = Look(np.empty((0, 0, 0), np.float32), 1.0, 0)
CHUNK = 8  # pages that a process makes at a time


@dataclass(frozen=True, eq=False)
class Cuts:
    """Cuts of pages.

    Attributes:
        images: (N, 28, 28) uint8.
        labels: (N,) uint8; `NONE` for what the finder took for a digit, and is none.
        candidates: What the finder said of each.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    candidates: tuple[Candidate, ...]

    def legible(self, classifier: Classifier) -> "Cuts":
        """Return those whose digit a classifier and the finder together do not rule out."""
        rows = together(classifier.probabilities(self.images), self.candidates)
        of_truth = rows[np.arange(len(self.labels)), np.minimum(self.labels, 9)]
        kept = (self.labels == NONE) | (of_truth > LEAST_LEGIBLE)
        candidates = tuple(self.candidates[at] for at in np.flatnonzero(kept))
        return Cuts(self.images[kept], self.labels[kept], candidates)


def make_cuts(source: Source, pages: int, seed: int, processes: int) -> Iterator[Cuts]:
    """Make up pages, find the digits on them, and cut them out.

    Args:
        source: Whose digits stand on them.
        pages: How many.
        seed: Decides what is on them.
        processes: How many make them.

    Yields:
        The cuts of each page.
    """
    with writing_processes(source, processes) as pool:
        yield from pool.map(partial(_cuts_of, seed), range(pages), chunksize=CHUNK)


def write_cuts(path: Path, made: Iterable[Cuts], classifier: Classifier) -> dict[str, int]:
    """Write those that are legible as a data set to train on.

    Args:
        path: The `.npz`.
        made: The cuts of each page.
        classifier: Tells what nobody could read.

    Returns:
        How many digits were written, how many things that are none, how many were left out.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    parts = list(made)
    every = Cuts(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        tuple(one for part in parts for one in part.candidates),
    )
    kept = every.legible(classifier)
    is_digit = kept.labels != NONE
    images, labels, others = kept.images[is_digit], kept.labels[is_digit], kept.images[~is_digit]
    arrays = {"x_train": images, "y_train": labels, "x_none": others}
    write_atomically(path, lambda temporary: np.savez_compressed(temporary, **arrays))
    return {
        "digits": len(images),
        "no_digits": len(others),
        "illegible": len(every.labels) - len(kept.labels),
    }


def _cuts_of(seed: int, number: int) -> Cuts:
    kind = any_kind(np.random.default_rng([5, seed, number]), SHARES)
    page = make_page([seed, number], digits(), kind, upright=True)
    return cuts_of(page, finder_of_process())


def cuts_of(page: Page, finder: Finder) -> Cuts:
    """Cut out what the finder takes for digits on a page that stands upright."""
    found = finder.find(page.grey)
    doubted = (one for one in found.left_out if one.score > LEAST_DOUBTED)
    boxes = {at: symbol.box for at, symbol in enumerate(page.symbols) if symbol.text.isdigit()}
    images, labels, kept = [], [], []
    for one in sorted((*found.digits, *doubted), key=lambda one: -one.score):
        label = _label(one, page, boxes)
        if label is None:
            continue
        others = np.array([digit.edges for digit in found.digits if digit is not one])
        if made := cut(page.grey, one, found.looks, "auto", others.reshape(-1, 4)):
            images.append(made[0].image)
            labels.append(label)
            kept.append(replace(one, look=NO_LOOK))  # its maps would fill the memory
    stacked = np.array(images, np.uint8).reshape(-1, 28, 28)
    return Cuts(stacked, np.array(labels, np.uint8), tuple(kept))


def _label(one: Candidate, page: Page, boxes: dict[int, Area]) -> int | None:
    """Return what a candidate is; None where that is in doubt. Each digit is given once."""
    shares = {at: _in_common(box, one) for at, box in boxes.items()}
    at = max(shares, key=shares.__getitem__, default=None)
    if at is not None and shares[at] > FOUND:
        del boxes[at]
        return int(page.symbols[at].text)
    unclear = any(_in_common(area, one) > NEAR for area in page.unclear)
    near = at is not None and shares[at] > NEAR
    return None if unclear or near or one.score < LEAST_FALSE else NONE


def _in_common(area: Area, one: Candidate) -> float:
    """Return what two boxes have in common, as a share of both together."""
    return float(overlaps(np.array([area]), one.edges[None])[0, 0])
