"""How far confidence can be believed, and the temperature that makes it so."""

import math
from dataclasses import dataclass

import numpy as np

from mnist_cli.core.metrics import (
    SMALLEST,
    Labels,
    Probabilities,
    check_lengths,
    negative_log_likelihood,
)


@dataclass(frozen=True)
class ReliabilityBin:
    """Images whose confidence falls in [low, high)."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(
    probabilities: Probabilities, labels: Labels, bins: int = 15
) -> list[ReliabilityBin]:
    """Sort images by confidence into equal-width bins, and compare with how often they are right.

    Args and errors as for `negative_log_likelihood`; `bins` is how many there are.
    """
    check_lengths(probabilities, labels)
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    at = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(at, minlength=bins)
    sums = np.stack([np.bincount(at, weights, bins) for weights in (confidence, right)])
    means = (sums / np.maximum(counts, 1)).T.tolist()
    return [
        ReliabilityBin(index / bins, (index + 1) / bins, count, *means[index])
        for index, count in enumerate(counts.tolist())
    ]


def expected_calibration_error(
    probabilities: Probabilities, labels: Labels, bins: int = 15
) -> float:
    """Measure how far confidence strays from accuracy.

    Args:
        probabilities: (N, 10) float32, each row summing to 1.
        labels: (N,) uint8 digits, 0-9.
        bins: Number of equal-width confidence bins.

    Returns:
        Gap averaged over images, a fraction in [0, 1]; 0 is perfect.

    Raises:
        DatasetError: The two lengths differ, or are zero.

    Source: Guo et al. 2017, arXiv:1706.04599.
    """
    rows = reliability(probabilities, labels, bins)
    return sum(row.count * abs(row.confidence - row.accuracy) for row in rows) / len(labels)


def with_temperature(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Soften (over 1) or sharpen (under 1) probabilities: softmax of log p / temperature.

    The most probable class stays the same.

    Args:
        probabilities: (N, 10) float32, each row summing to 1.
        temperature: Over 0; 1 changes nothing.

    Returns:
        (N, 10) float32, each row summing to 1.

    Source: Guo et al. 2017, arXiv:1706.04599.
    """
    if temperature == 1.0:
        return probabilities
    logits = np.log(np.maximum(probabilities.astype(np.float64), SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def fit_temperature(probabilities: Probabilities, labels: Labels) -> float:
    """Return the temperature in [0.1, 10] that makes the labels most likely.

    Args and errors as for `negative_log_likelihood`. Give it validation images, never test ones.
    """
    check_lengths(probabilities, labels)

    def nll(log_temperature: float) -> float:
        warmed = with_temperature(probabilities, math.exp(log_temperature))
        return negative_log_likelihood(warmed, labels)

    low, high = math.log(0.1), math.log(10.0)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(40):  # golden-section search; the likelihood has one peak in ln temperature
        left, right = high - golden * (high - low), low + golden * (high - low)
        if nll(left) < nll(right):
            high = right
        else:
            low = left
    return round(math.exp((low + high) / 2), 4)
