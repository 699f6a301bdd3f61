import numpy as np
import pytest

from mnist_cli.reading.answers import is_there, judged, together
from tests.reading.looks import candidate

EVEN = np.full((1, 10), 0.1, np.float32)


def test_where_the_classifier_does_not_know_the_finder_decides() -> None:
    assert together(EVEN, [candidate((0, 0, 20, 30), "6")])[0].argmax() == 6


def test_where_the_finder_does_not_know_the_classifier_decides() -> None:
    undecided = candidate((0, 0, 20, 30), "6")
    undecided.symbols[:] = 0.04
    rows = np.array([[0.5, 0.3, 0.1, *[0.1 / 7] * 7]], np.float32)
    joined = together(rows, [undecided])

    assert joined.argsort(axis=1).tolist()[0][-3:] == [2, 1, 0]
    assert joined.sum() == pytest.approx(1)


def test_one_that_is_sure_outvotes_one_that_doubts() -> None:
    said = candidate((0, 0, 20, 30), "6")
    said.symbols[[6, 8]] = 0.6, 0.4
    classified = np.full((1, 10), 1e-3, np.float32)
    classified[0, [6, 8]] = 0.1, 0.892

    assert together(classified, [said])[0].argmax() == 8


def test_of_what_the_finder_was_not_asked_nothing_changes() -> None:
    row = np.linspace(0.01, 0.19, 10, dtype=np.float32)[None]
    joined = together(np.concatenate([row, EVEN]), [None, candidate((0, 0, 20, 30), "1")])

    np.testing.assert_allclose(joined[:1], row, atol=1e-6)
    assert joined.sum(axis=1).tolist() == pytest.approx([1, 1])
    assert joined.dtype == np.float32


def test_there_is_a_digit_where_the_finder_is_sure_of_one() -> None:
    scores = [0.0, 0.05, 0.2, 0.5, 0.8, 0.99, 1.0]
    shares = [is_there(score) for score in scores]

    assert shares == sorted(shares)
    assert shares[1] < 0.1
    assert shares[-2] > 0.99


def test_a_digit_is_as_likely_as_that_there_is_one() -> None:
    """Which digit it would be the classifier knows for certain."""
    rows = np.eye(10, dtype=np.float32)[[4, 4, 4]]
    said = [candidate((0, 0, 20, 30), "4", score) for score in (0.99, 0.05)]
    sure, doubtful, whole = judged(rows, 3, 0.5, (), [*said, None])

    digits, shares = zip(*(answer.top[0] for answer in (sure, doubtful, whole)), strict=True)
    assert digits == (4, 4, 4)
    assert shares == pytest.approx([is_there(0.99), is_there(0.05), 1], abs=1e-4)
    assert (sure.unsure, doubtful.unsure, whole.unsure) == (False, True, False)
    assert doubtful.flags == ()
