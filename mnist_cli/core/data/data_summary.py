"""What a data set holds, in a few numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_cli.core.data.dataset import Dataset


@dataclass(frozen=True)
class Summary:
    """A data set in numbers.

    Attributes:
        name: As of the data set.
        split: `train` or `test`.
        has_halves: Whether the other split holds other images.
        n: How many images.
        side: Pixels a side.
        pixels: The least and the largest, in [0, 255].
        counts: Images of each of the ten classes.
        writers: How many people wrote them; 0 where that is not known.
        non_digits: How many images of no digit are there besides.
        sha256: As of the data set.
    """

    name: str
    split: str
    has_halves: bool
    n: int
    side: int
    pixels: tuple[int, int]
    counts: list[int]
    writers: int
    non_digits: int
    sha256: str

    def to_record(self) -> dict[str, Any]:
        """Return the document of `data show --json`."""
        return vars(self) | {
            "pixels": list(self.pixels),
            "counts": {str(digit): count for digit, count in enumerate(self.counts)},
        }


def summarise(dataset: Dataset) -> Summary:
    """Count what is there."""
    return Summary(
        name=dataset.name,
        split=dataset.split,
        has_halves=dataset.has_halves,
        n=len(dataset),
        side=dataset.images.shape[1],
        pixels=(int(dataset.images.min()), int(dataset.images.max())),
        counts=np.bincount(dataset.labels, minlength=10).tolist(),
        writers=len(set(dataset.writers)),
        non_digits=len(dataset.non_digits),
        sha256=dataset.sha256,
    )
