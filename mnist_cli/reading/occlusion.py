"""What in an image spoke for an answer and what against it, found by covering parts of it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.core.data.digit_form import SIDE

PATCH, STEP = 4, 2  # px; a stroke is 2 to 4 px wide


def occlusion(
    probabilities: Callable[[AnyImages], NDArray[np.float32]], image: NDArray[np.uint8], digit: int
) -> NDArray[np.float32]:
    """Tell what each piece of ink adds to the log-odds of an answer, ln p / (1 - p).

    Patches of the image are covered with paper, one after the other; by how much the log-odds fall
    is what the ink under the patch said for the answer, by how much they rise, against it. All
    covered images go through the network at once, so that it needs no gradients.

    Args:
        probabilities: Of a classifier: (N, 10) for (N, 28, 28).
        image: (28, 28) uint8, 255 for ink.
        digit: The answer, 0-9.

    Returns:
        (28, 28) float32, above 0 what speaks for the answer; 0 where there is no ink.

    Source: Zeiler and Fergus 2014, arXiv:1311.2901, section 4.2.
    """
    starts = np.arange(0, SIDE - PATCH + 1, STEP)
    corners = [
        (row, column)
        for row in starts
        for column in starts
        if image[row : row + PATCH, column : column + PATCH].any()
    ]
    covered = np.repeat(image[None], len(corners) + 1, axis=0)
    for at, (row, column) in enumerate(corners):
        covered[at, row : row + PATCH, column : column + PATCH] = 0
    odds = log_odds(probabilities(covered), digit)  # the last one of the image as it is
    total, count = np.zeros(image.shape), np.zeros(image.shape)
    for at, (row, column) in enumerate(corners):
        patch = slice(row, row + PATCH), slice(column, column + PATCH)
        total[patch] += odds[-1] - odds[at]
        count[patch] += 1
    return np.asarray(total / np.maximum(count, 1) * (image / 255), np.float32)


def log_odds(probabilities: NDArray[np.float32], digit: int) -> NDArray[np.float64]:
    """Return (N,) for (N, 10): a digit's, of the others together."""
    exact = probabilities.astype(np.float64)
    others = np.delete(exact, digit, axis=1).sum(axis=1)  # 1 - p would lose what is near 0
    smallest = np.finfo(np.float32).tiny
    return np.asarray(np.log(exact[:, digit] + smallest) - np.log(others + smallest))
