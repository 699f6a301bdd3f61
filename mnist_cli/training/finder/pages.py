"""Synthetic pages for training, made by processes of their own while the network learns."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.dataset import load_mnist, stratified_split
from mnist_cli.synthesis.digits import Digits, scanned
from mnist_cli.synthesis.page import make_page
from mnist_cli.training.finder.targets import Targets, targets

HELD_OUT = 5_000  # of MNIST's training images, those that all recipes hold out with seed 0
AHEAD = 48  # batches that are made before they are needed


class Example(NamedTuple):
    """A page as the network is shown it: (H, W) uint8, and what it should say."""

    grey: NDArray[np.uint8]
    targets: Targets


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
        data = load_mnist("train")
        parts = stratified_split(data.labels, HELD_OUT, seed=0)
        generator = np.random.default_rng([self.seed, self.held_out])
        chosen = generator.permutation(parts[self.held_out])[: self.images]
        scans = scanned(self.folder, list(self.writers)) if self.folder else []
        return Digits.of(data.images[chosen], data.labels[chosen], scans, generator)


_digits: Digits  # of a worker process


def _begin(source: Source) -> None:
    global _digits  # noqa: PLW0603  a process pool has no other place for it
    cv2.setNumThreads(1)
    _digits = source.open()


def _make(seed: int, numbers: Sequence[int], side: int) -> list[Example]:
    pages = (make_page([seed, number], _digits, side=side) for number in numbers)
    return [Example(page.grey, targets(page)) for page in pages]


def examples(
    source: Source, seed: int, size: int, side: int, *, begin: int = 0, processes: int = 1
) -> Iterator[list[Example]]:
    """Yield lists of `size` new examples without end, always the same ones in the same order.

    Args:
        source: Whose digits stand on them.
        seed: Decides the pages.
        size: Examples in a list.
        side: Pixels of each side.
        begin: How many lists to pass over, without making them.
        processes: How many make them.
    """
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (source,))
    waiting: deque[Future[list[Example]]] = deque()
    try:
        for number in count(begin):
            waiting.append(
                pool.submit(_make, seed, range(number * size, (number + 1) * size), side)
            )
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def shown_again(grey: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Change the tones of a page that was shown before, so that it is another one."""
    tones = np.linspace(0, 1, 256) ** np.exp(generator.uniform(-0.5, 0.5))
    low, high = generator.uniform(0, 0.25), generator.uniform(0.75, 1)
    tones = low + (high - low) * tones
    if generator.random() < 0.2:
        tones = tones[::-1]
    noise = generator.normal(0, generator.uniform(0, 8), grey.shape).astype(np.float32)
    return np.asarray(np.clip(tones[grey] * 255 + noise, 0, 255), np.uint8)
