"""The readings of a number, and which of them is as expected."""

import math
from collections.abc import Mapping, Sequence
from heapq import nlargest
from itertools import product
from typing import NamedTuple

from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.expectations import Fits

LEAST = 1e-3  # probability of a digit: one with less is no reading of it
MOST = 200  # readings of a number that are looked at, the likeliest
LEAST_FITTING = 0.1  # of all readings' probability, where no sign is doubted


class Choice(NamedTuple):
    """A reading of a number.

    Attributes:
        symbols: What each sign is; empty for a mark that is none.
        confidence: That it is right, of those that fit, in [0, 1]; 0 where none is believed.
        is_expected: Whether it is as expected.
    """

    symbols: tuple[str, ...]
    confidence: float
    is_expected: bool


def choose(
    signs: Sequence[Mapping[str, float]], fits: Fits, least: float = LEAST_FITTING
) -> Choice:
    """Choose the likeliest reading of a number that is as expected.

    Args:
        signs: Of each sign its readings with their probabilities; one that may be none has `""`
            among them.
        fits: Tells what is expected.
        least: Of all readings' probability: where less fits, none of them is believed.

    Returns:
        The likeliest of those that fit, or, where they are far-fetched, the likeliest of all.
    """
    readings = _likeliest(signs)
    fitting = [(share, symbols) for share, symbols in readings if fits("".join(symbols))]
    of_fitting, of_all = (sum(share for share, _ in some) for some in (fitting, readings))
    if not fitting or of_fitting < least * of_all:
        return Choice(tuple(max(sign, key=sign.__getitem__) for sign in signs), 0.0, False)
    best, symbols = max(fitting)
    return Choice(symbols, best / of_fitting, is_expected=True)


def _likeliest(signs: Sequence[Mapping[str, float]]) -> list[tuple[float, tuple[str, ...]]]:
    """Return up to `MOST` readings with their probabilities."""
    readings: list[tuple[float, tuple[str, ...]]] = [(1.0, ())]
    for sign in signs:
        longer = (
            (share * own, (*symbols, symbol))
            for (share, symbols), (symbol, own) in product(readings, sign.items())
            if own >= LEAST
        )
        readings = nlargest(MOST, longer)
    return readings


def mark_readings(symbol: str, score: float) -> dict[str, float]:
    """Return the readings of a mark: a doubtful one may be none."""
    share = min(1.0, score)
    return {symbol: share} if share >= CONFIG.sure_mark else {symbol: share, "": 1 - share}


def digit_readings(top: Sequence[tuple[int, float]]) -> dict[str, float]:
    """Return the readings of a digit, out of its likeliest ones."""
    total = math.fsum(share for _, share in top) or 1.0
    return {str(digit): max(LEAST, share / total) for digit, share in top}


def doubtful_readings(
    top: Sequence[tuple[int, float]], marks: Mapping[str, float]
) -> dict[str, float]:
    """Return the readings of what may be a digit, a mark, or nothing.

    Args:
        top: All ten digits with their probabilities; what these leave is that it is none.
        marks: Those that may be written, and how likely each is beside the others.
    """
    none = max(LEAST, 1 - math.fsum(share for _, share in top))
    whole = math.fsum(marks.values())
    half = none / 2 if marks else none
    readings = {str(digit): max(LEAST, share) for digit, share in top} | {"": half}
    return readings | {mark: half * share / whole for mark, share in marks.items()}
