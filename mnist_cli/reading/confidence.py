"""How likely answers are to be right: what the networks say of a digit, and its size.

A digit may be none, or another one. Neither network's probability alone tells how often: a logistic
regression weighs them and what stands beside it, over answers on synthetic pages whose truth is
known. `python -m tests.benchmarks.confidence` makes its weights, and says what they are worth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import sigmoid
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.neighbours import Neighbours

EVEN = 0.5  # probability, from which a digit beside another is likely one
LEAST = 1e-4  # probability of anything, whoever is asked
HIGHEST = 100.0  # px: of a higher digit its height says no more

Floats = NDArray[np.float64]


def evidence(
    answers: NDArray[np.int64],
    classified: NDArray[np.float32],
    found: NDArray[np.float32],
    candidates: Sequence[Candidate],
    usual_heights: Sequence[float],
) -> Floats:
    """Return what speaks for answers, and against them.

    Args:
        answers: (N,), which class each answer is.
        classified: (N, 10), the classifier's probabilities.
        found: (N, 10), the finder's.
        candidates: N, what the finder said of each digit.
        usual_heights: N, the median height of the digits on its page, in its pixels.

    Returns:
        (N, 6): the log-odds that the classifier gives the answer, that finder and line network
        together give it, and that the finder and the line network give to there being a digit; how
        many times as high as usual the digit is, or as low, and its height in pixels, both as
        logarithms.
    """
    rows = np.arange(len(answers))
    heights = np.maximum([one.height for one in candidates], 1.0)
    return np.stack(
        [
            _log_odds(classified[rows, answers]),
            _log_odds(found[rows, answers]),
            _log_odds([one.score for one in candidates]),
            _log_odds([one.in_line for one in candidates]),
            np.abs(np.log(heights / np.maximum(usual_heights, 1.0))),
            np.log(np.minimum(heights, HIGHEST)),
        ],
        axis=1,
    )


def rightness(
    evidence: Floats, candidates: Sequence[Candidate], near: Sequence[Neighbours]
) -> Floats:
    """Return how likely answers are to be right, (N,) in [0, 1].

    Args:
        evidence: (N, 6) for each of them.
        candidates: N, what the finder said of each digit.
        near: N, what stands next to each: beside letters, and what is hardly right, it is likelier
            to be a letter, too.
    """
    told = np.hstack([evidence, context(evidence, candidates, near)])
    return _weighed(told, CONFIG.right, CONFIG.weights)


def context(
    evidence: Floats, candidates: Sequence[Candidate], near: Sequence[Neighbours]
) -> Floats:
    """Return how many letters and unlikely digits stand next to each digit, (N, 2).

    Each count is the logarithm of one more. What is likely is told by the evidence for it alone.
    How many likely ones there are tells nothing. Arguments as those of `rightness`.
    """
    alone = _weighed(evidence, CONFIG.alone_right, CONFIG.alone_weights)
    likely = dict(zip(candidates, alone >= EVEN, strict=True))
    counts = np.zeros((len(candidates), 2))
    for row, one in zip(counts, near, strict=True):
        row[:] = one.others, sum(not likely.get(other, True) for other in one.digits)
    return np.log1p(counts)


def _weighed(told: Floats, always: float, weights: Sequence[float]) -> Floats:
    """Return what a logistic regression says of (N, M) evidence by its M weights: (N,)."""
    return sigmoid(np.asarray(always + told @ np.array(weights), np.float64))


def _log_odds(shares: NDArray[np.float32] | list[float]) -> Floats:
    clipped = np.clip(np.asarray(shares, np.float64), LEAST, 1 - LEAST)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float64)
