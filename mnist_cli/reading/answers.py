"""What the network says of images, and whether to believe it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.metrics import unlikeness
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.config import CONFIG

LEAST = 1e-3  # probability of each digit, whoever is asked
MOST_UNLIKE = 0.1  # of the probability with the less probable half: no digit


class Answer(NamedTuple):
    """What the network says of one image.

    Attributes:
        top: The most probable digits with their probabilities, the best first.
        unsure: Whether the confidence is under the threshold, or it looks like no digit at all.
        flags: `not_a_digit` where it looks like none at all, `unexpected`.
        labels: What the classes in `top` are called; none where they are digits.
    """

    top: tuple[tuple[int, float], ...]
    unsure: bool
    flags: tuple[str, ...]
    labels: tuple[str, ...]


def together(
    probabilities: NDArray[np.float32], candidates: Sequence[Candidate | None]
) -> NDArray[np.float32]:
    """Let the finder's own reading of each digit speak too: they err on different digits.

    Args:
        probabilities: (N, 10) float32, the classifier's, each row summing to 1.
        candidates: N, what the finder said; None where it was not asked.

    Returns:
        (N, 10) float32, each row summing to 1.
    """
    joined = probabilities.copy()
    for row, candidate in zip(joined, candidates, strict=True):
        if candidate is not None:
            said = candidate.symbols[:10] + LEAST
            both = (row + LEAST) ** CONFIG.classifier * said**CONFIG.finder
            row[:] = both / both.sum()
    return joined


def judged(
    probabilities: NDArray[np.float32],
    top_k: int,
    min_confidence: float,
    class_names: tuple[str, ...],
    right: NDArray[np.float64] | None = None,
) -> Iterator[Answer]:
    """Yield the answer in each row.

    Args:
        probabilities: (N, 10) float32, each row summing to 1.
        top_k: How many of the most probable digits to name, 1 to 10.
        min_confidence: Under this confidence an answer is unsure, in [0, 1].
        class_names: What the classes are called; none where they are digits.
        right: (N,) how likely each row's first answer is right; NaN, or None for all, where that is
            its probability.
    """
    unlike = _are_unlike(probabilities)
    if right is not None:
        probabilities = _with_right(probabilities, right)
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top_k]
    shares = probabilities[np.arange(len(order))[:, None], order].astype(float).round(4)
    unsure = unlike | _are_faint(probabilities, min_confidence)
    for digits, confidences, is_unsure, is_unlike in zip(
        order.tolist(), shares.tolist(), unsure.tolist(), unlike.tolist(), strict=True
    ):
        labels = tuple(class_names[digit] for digit in digits) if class_names else ()
        top = tuple(zip(digits, confidences, strict=True))
        yield Answer(top, is_unsure, ("not_a_digit",) if is_unlike else (), labels)


def _with_right(
    probabilities: NDArray[np.float32], right: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Give each row's first answer the probability to be right, where that is known.

    The others keep their ratios to it where it is lower than it was: there may be no digit at all.
    Where it is higher they share what is left.
    """
    changed, known = probabilities.copy(), ~np.isnan(right)
    before, right = probabilities[known], right[known]
    first = before.max(axis=1)
    rest = np.minimum(right / first, (1 - right) / np.maximum(1 - first, LEAST))
    changed[known] = before * rest[:, None]
    changed[known, before.argmax(axis=1)] = right
    return changed


def doubts(
    probabilities: NDArray[np.float32], min_confidence: float = CONFIG.min_confidence
) -> NDArray[np.bool_]:
    """Tell which answers are unsure: (N,) for (N, 10) float32."""
    return _are_unlike(probabilities) | _are_faint(probabilities, min_confidence)


def _are_unlike(probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(unlikeness(probabilities) > MOST_UNLIKE)


def _are_faint(probabilities: NDArray[np.float32], min_confidence: float) -> NDArray[np.bool_]:
    return np.asarray(probabilities.max(axis=1) < min_confidence)
