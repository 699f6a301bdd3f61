"""How likely answers are right: more of what speaks for one never makes it less likely."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.confidence import HIGHEST, evidence, rightness
from mnist_cli.reading.neighbours import Neighbours
from tests.reading.looks import candidate

ANSWER = 3


def right(
    own: float = 0.95,
    said: float = 0.95,
    score: float = 0.9,
    in_line: float = 0.8,
    height: float = 30,
    usual: float = 30,
) -> float:
    """Return how likely one answer is right, by what the networks say and how high it is."""

    def shares(share: float) -> NDArray[np.float32]:
        row = np.full((1, 10), (1 - share) / 9, np.float32)
        row[0, ANSWER] = share
        return row

    one = replace(candidate((0, 0, 20, height), str(ANSWER), score), in_line=in_line)
    found = evidence(np.array([ANSWER]), shares(own), shares(said), [one], [usual])
    return float(rightness(found, [one], [Neighbours()])[0])


@pytest.mark.parametrize(
    "by",
    [
        lambda share: right(own=share),
        lambda share: right(said=share),
        lambda share: right(score=share),
        lambda share: right(in_line=share),
    ],
    ids=["classifier", "finder", "finder's score", "line network's score"],
)
def test_the_surer_a_network_the_likelier_an_answer(by: Callable[[float], float]) -> None:
    shares = [by(share) for share in (0.0, 0.3, 0.6, 0.9, 0.999)]

    assert shares == sorted(set(shares))
    assert 0 < shares[0] < 0.75
    assert 0.95 < shares[-1] < 1


@pytest.mark.parametrize("height", [15, 60])
def test_a_digit_as_high_as_the_others_is_likelier(height: float) -> None:
    assert (
        right(score=0.6, height=height, usual=height)
        > right(score=0.6, height=height, usual=30) + 0.02
    )


def test_over_a_height_it_is_all_one_how_high_a_digit_is() -> None:
    high, higher = (right(height=height, usual=height) for height in (HIGHEST, 20 * HIGHEST))

    assert high == higher
    assert right(height=20, usual=20) > high


def test_a_clear_photograph_of_one_digit_is_sure() -> None:
    assert right(own=0.999, said=0.99, score=0.95, height=900, usual=900) > 0.97


def among(letters: int = 0, neighbour: float | None = None) -> float:
    """Return how likely an answer is right beside letters, and a digit seen so surely."""
    share = np.full((2, 10), 0.01, np.float32)
    share[:, ANSWER] = 0.91
    one, other = (candidate((x, 0, x + 20, 30), str(ANSWER), 0.6) for x in (0, 25))
    one, other = replace(one, in_line=0.6), replace(other, in_line=neighbour or 0.0)
    near = [Neighbours((other,) if neighbour else (), letters), Neighbours()]
    found = evidence(np.array([ANSWER] * 2), share, share, [one, other], [30, 30])
    return float(rightness(found, [one, other], near)[0])


def test_a_digit_beside_letters_and_what_is_hardly_one_is_less_likely() -> None:
    assert among(letters=3) < among(letters=1) - 0.05 < among() - 0.1
    assert among(neighbour=0.02) < among(neighbour=0.99) - 0.05
    assert among(neighbour=0.99) == among()
