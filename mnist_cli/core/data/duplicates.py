"""Images that are there twice: to train on and to test with, which flatters; or to train on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset, Repeat

# Root mean square of the difference, in grey levels. Of MNIST's training and test images no two
# are equal, and no two are nearer to each other than 7.5; a JPEG of quality 75 is within 6.3 of
# the image that it was made of.
NEAR = 7.0
MOST_COMPARED = 5_000  # images; each with each takes 0.5 ms an image, so more are compared exactly


@dataclass(frozen=True)
class Duplicate:
    """An image that is in both.

    Attributes:
        index: Of the image to train on.
        test_index: Of the test image.
        exact: Whether they are equal; otherwise they are nearly.
    """

    index: int
    test_index: int
    exact: bool


def count_repeats(repeats: Sequence[Repeat]) -> dict[str, int]:
    """Count them as manifests do: those of the same label, and of another; nothing if none is."""
    contradicting = sum(repeat.contradicts for repeat in repeats)
    counts = {"repeated": len(repeats) - contradicting, "contradicting": contradicting}
    return counts if repeats else {}


def find_duplicates(training: Dataset, test: Dataset) -> list[Duplicate]:
    """Find test images among the images to train on, pixel by pixel, and nearly so among few.

    Returns:
        One for each image to train on that has a duplicate, in their order.
    """
    known = {image.tobytes(): index for index, image in enumerate(test.images)}
    pairs = ((index, known.get(image.tobytes())) for index, image in enumerate(training.images))
    found = {at: Duplicate(at, other, exact=True) for at, other in pairs if other is not None}
    if len(training) <= MOST_COMPARED:
        distances, nearest = _nearest(training.images, test.images)
        for at in np.flatnonzero(distances <= NEAR).tolist():
            found.setdefault(at, Duplicate(at, int(nearest[at]), exact=False))
    return [found[at] for at in sorted(found)]


def _nearest(
    images: NDArray[np.uint8], others: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return how far the nearest of the others is from each image, (N,), and which it is, (N,)."""
    known = others.reshape(len(others), -1).astype(np.float32)
    lengths = (known**2).sum(axis=1)
    distances, nearest = [], []
    for start in range(0, len(images), 1_000):
        some = images[start : start + 1_000].reshape(-1, known.shape[1]).astype(np.float32)
        squares = (some**2).sum(axis=1)[:, None] + lengths - 2 * some @ known.T
        nearest.append(squares.argmin(axis=1))
        distances.append(squares.min(axis=1).clip(0) / known.shape[1])
    return np.sqrt(np.concatenate(distances)), np.concatenate(nearest)
