"""Whose digits synthetic pages are written with, those to measure with, and who writes them."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mnist_cli.core.data.dataset import Dataset, load_mnist, stratified_split
from mnist_cli.core.errors import DatasetNotFoundError, UsageError
from mnist_cli.core.signals import leave_ending_to_parent, start_deaf
from mnist_cli.synthesis.digits import Digits, scanned

HELD_OUT = 5_000  # of MNIST's training images, those that all recipes hold out with seed 0
WRITTEN_WITH, MEASURED_WITH = 12_000, 1_500  # of MNIST's images, to train and to measure


@dataclass(frozen=True)
class Source:
    """Whose digits stand on the pages.

    Attributes:
        images: How many of MNIST's images; their traces take 1.5 ms each.
        folder: Scanned digits, `WRITER/DIGIT/*.png`; None for MNIST alone.
        writers: Which of them, by their folders.
        held_out: Whether the images are those held out of all trainings.
        seed: Decides which images, and the forms that are drawn.
    """

    images: int
    folder: Path | None
    writers: tuple[str, ...]
    held_out: bool
    seed: int

    def open(self) -> Digits:
        """Trace the digits."""
        chosen, generator = self._chosen()
        scans = scanned(self.folder, list(self.writers)) if self.folder else []
        return Digits.of(chosen.images, chosen.labels, scans, generator)

    def to_records(self) -> list[dict[str, Any]]:
        """Return name, count and digest of MNIST's images and of each writer's files."""
        chosen, _ = self._chosen()
        folder = self.folder or Path()
        return [chosen.to_record(), *(_record(folder, writer) for writer in self.writers)]

    def _chosen(self) -> tuple[Dataset, np.random.Generator]:
        """Return the images of MNIST, and the generator that goes on to draw forms."""
        data = load_mnist("train")
        parts = stratified_split(data.labels, HELD_OUT, seed=0)
        generator = np.random.default_rng([self.seed, self.held_out])
        chosen = generator.permutation(parts[self.held_out])[: self.images]
        return Dataset("mnist", "train", data.images[chosen], data.labels[chosen]), generator


_digits: Digits  # of a process that writes pages


def digits() -> Digits:
    """Return the digits that a process of `writing_processes` writes with."""
    return _digits


def writing_processes(source: Source, count: int) -> ProcessPoolExecutor:
    """Return processes that have a source's digits, traced once in each, to write pages with."""
    pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, (source,))
    start_deaf(pool, count)
    return pool


def _begin(source: Source) -> None:
    global _digits  # noqa: PLW0603  a process pool has no other place for it
    leave_ending_to_parent()
    cv2.setNumThreads(1)
    _digits = source.open()


def records_of(training: Source, held_out: Source) -> dict[str, Any]:
    """Return what manifests say of the digits to train with and to measure with."""
    return {
        "data": training.to_records(),
        "held_out": {record.pop("name"): record for record in held_out.to_records()},
    }


def find_sources(
    folder: Path | None, held_out: Sequence[str], seed: int = 0
) -> tuple[Source, Source]:
    """Return whose digits the pages to train with are written with, and those to measure with.

    Args:
        folder: Scanned digits, `WRITER/DIGIT/*.png`; None for MNIST alone.
        held_out: Writers that are kept for measuring.
        seed: Decides which of MNIST's images, and the forms that are drawn.

    Raises:
        UsageError: Writers are held out of nothing.
        DatasetNotFoundError: There is no such folder, nobody in it, or not a writer held out.
    """
    if folder is None:
        if held_out:
            raise UsageError("A writer is held out of --writers alone.", hint="Name their folder.")
        return Source(WRITTEN_WITH, None, (), False, seed), Source(
            MEASURED_WITH, None, (), True, seed
        )
    writers = _writers(folder)
    for writer in held_out:
        if writer not in writers:
            raise DatasetNotFoundError(
                f"No writer {writer!r} in {str(folder)!r}.", hint=f"There are {', '.join(writers)}."
            )
    others = tuple(writer for writer in writers if writer not in held_out)
    kept = tuple(writer for writer in writers if writer in held_out)
    return Source(WRITTEN_WITH, folder, others, False, seed), Source(
        MEASURED_WITH, folder if kept else None, kept, True, seed
    )


def _writers(folder: Path) -> list[str]:
    try:
        writers = sorted(own.name for own in folder.iterdir() if any(own.glob("[0-9]/*.png")))
    except OSError as error:
        raise DatasetNotFoundError(
            f"No writers in {str(folder)!r}: {error.strerror}.", hint="Pass a folder that is there."
        ) from error
    if not writers:
        raise DatasetNotFoundError(
            f"No writers in {str(folder)!r}.", hint="It holds WRITER/DIGIT/*.png."
        )
    return writers


def _record(folder: Path, writer: str) -> dict[str, Any]:
    """Return name, count and digest of a writer's pictures: of the files, one after the other."""
    pictures = [path.read_bytes() for path in sorted((folder / writer).glob("[0-9]/*.png"))]
    digest = hashlib.sha256(b"".join(pictures)).hexdigest()
    return {"name": writer, "n": len(pictures), "sha256": digest}
