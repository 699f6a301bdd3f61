"""Synthetic pages for training, made by processes of their own while the network learns."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import ProcessLostError
from mnist_cli.synthesis.page import make_sheet
from mnist_cli.synthesis.sources import Source, digits, writing_processes
from mnist_cli.training.finder.targets import Targets, targets

if TYPE_CHECKING:
    from concurrent.futures import Future

AHEAD = 48  # batches that are made before they are needed


class Example(NamedTuple):
    """A page as the network is shown it: (H, W) uint8, and what it should say."""

    grey: NDArray[np.uint8]
    targets: Targets


def _make(seed: int, numbers: Sequence[int], side: int) -> list[Example]:
    pages = (make_sheet([seed, number], digits(), side) for number in numbers)
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

    Raises:
        ProcessLostError: One of the processes was killed.
    """
    pool = writing_processes(source, processes)
    waiting: deque[Future[list[Example]]] = deque()
    try:
        for number in count(begin):
            waiting.append(
                pool.submit(_make, seed, range(number * size, (number + 1) * size), side)
            )
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise ProcessLostError(
            "A process that makes pages was killed, perhaps for want of memory.",
            hint="The same command goes on, also with fewer processes.",
        ) from error
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
