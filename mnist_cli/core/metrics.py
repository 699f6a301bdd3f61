"""Numbers that say how good probabilities are. NumPy only; every formula has its source."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.errors import DatasetError, ModelError

Probabilities = NDArray[np.float32]
Labels = NDArray[np.uint8]

CLASSES = 10
Z_95 = 1.959964  # quantile of the normal distribution for a two-sided 95 % interval
SMALLEST = 1e-12  # a probability of 0 would cost infinitely much
ENOUGH = 20  # labels: of fewer, even many right answers may be luck


@dataclass(frozen=True)
class ClassMetrics:
    """How one class fares; a ratio without a denominator is 0."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a proportion.

    Args:
        successes: How many of `n` came out right.
        n: Trials, at least 1.

    Returns:
        Lower and upper bound, fractions in [0, 1].

    Source: Wilson 1927, Journal of the American Statistical Association 22.
    """
    p = successes / n
    centre = p + Z_95**2 / (2 * n)
    spread = Z_95 * math.sqrt(p * (1 - p) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def is_chance(right: int, labels: Labels) -> bool:
    """Tell whether answers are no better than always naming the commonest class would be.

    Args:
        right: How many of the labels were read right.
        labels: (N,) uint8 digits, 0-9; of fewer than `ENOUGH` nothing is told.

    Returns:
        Whether the commonest class's share lies within or over the accuracy's interval.
    """
    if len(labels) < ENOUGH:
        return False
    commonest = int(np.bincount(labels).max())
    return wilson_interval(right, len(labels))[0] <= commonest / len(labels)


def mean_interval(shares: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % normal interval of the mean of (N,) values in [0, 1], within [0, 1]."""
    mean = float(shares.mean())
    spread = Z_95 * float(shares.std()) / math.sqrt(len(shares))
    return max(0.0, mean - spread), min(1.0, mean + spread)


def confusion_matrix(predictions: Labels, labels: Labels) -> NDArray[np.int64]:
    """Count predictions: (10, 10), the row is the true digit, the column the predicted one."""
    pairs = labels.astype(np.int64) * CLASSES + predictions
    return np.bincount(pairs, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def per_class(confusion: NDArray[np.int64], names: tuple[str, ...] = DIGITS) -> list[ClassMetrics]:
    """Return precision, recall, F1 and support of each class of a (10, 10) confusion matrix."""
    counts = np.stack([np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)], axis=1)
    return [
        ClassMetrics(
            label=name,
            precision=hits / max(predicted, 1),  # without a denominator, there are no hits either
            recall=hits / max(support, 1),
            f1=2 * hits / max(support + predicted, 1),
            support=support,
        )
        for name, (hits, support, predicted) in zip(names, counts.tolist(), strict=True)
    ]


def most_confused(confusion: NDArray[np.int64], most: int = 10) -> list[tuple[int, int, int]]:
    """Return (true digit, predicted digit, count) of the most frequent errors, largest first."""
    errors = confusion.copy()
    np.fill_diagonal(errors, 0)
    order = np.argsort(-errors, axis=None, kind="stable")[:most]
    pairs = [(int(i // CLASSES), int(i % CLASSES)) for i in order]
    return [(true, guess, int(errors[true, guess])) for true, guess in pairs if errors[true, guess]]


def negative_log_likelihood(probabilities: Probabilities, labels: Labels) -> float:
    """Return the mean of -ln p(true digit), in nats an image; 0 is perfect.

    Args:
        probabilities: (N, 10) float32, each row summing to 1.
        labels: (N,) uint8 digits, 0-9.

    Raises:
        DatasetError: The two lengths differ, or are zero.
    """
    check_lengths(probabilities, labels)
    of_truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(of_truth, SMALLEST)).mean())


def brier_score(probabilities: Probabilities, labels: Labels) -> float:
    """Return the mean squared distance from the one-hot truth, in [0, 2]; 0 is perfect.

    Args and errors as for `negative_log_likelihood`.

    Source: Brier 1950, Monthly Weather Review 78.
    """
    check_lengths(probabilities, labels)
    truth = np.eye(CLASSES, dtype=np.float64)[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def unlikeness(probabilities: Probabilities) -> NDArray[np.float32]:
    """Say how much of the probability is spread evenly, as it is where nothing is recognised.

    A network that was taught with non-digits gives those all classes alike; a digit that might
    be a 4 or a 9 leaves the other classes next to nothing. So it is what the less probable half
    has that tells.

    Args:
        probabilities: (N, 10) float32, each row summing to 1.

    Returns:
        (N,) float32: 0 where five classes at most are possible, 1 where all are alike.
    """
    half = CLASSES // 2
    less_probable = np.partition(probabilities, half, axis=1)[:, :half]
    return np.asarray(2 * less_probable.sum(axis=1), dtype=np.float32)


def check_finite(probabilities: Probabilities, model: str) -> Probabilities:
    """Return a model's answers, if they are numbers.

    Raises:
        ModelError: One is NaN, or infinite; `model` says whose.
    """
    if not np.isfinite(probabilities).all():
        raise ModelError(
            f"{model} answers with numbers that are not finite.",
            hint="Use another model (`mnist models list`), or train anew.",
        )
    return probabilities


def check_lengths(probabilities: Probabilities, labels: Labels) -> None:
    """Refuse labels that are none, or not as many as the rows.

    Raises:
        DatasetError: They are.
    """
    if not len(labels) or len(labels) != len(probabilities):
        raise DatasetError(
            "Metrics need as many labels as rows of probabilities, and at least one. "
            f"Received: {len(labels)} labels, {len(probabilities)} rows."
        )
