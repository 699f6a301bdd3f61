import numpy as np
import pytest

from mnist_cli.reading.answers import judged, together
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


def test_the_first_answer_is_as_likely_as_it_is_right() -> None:
    """The others keep their ratios to it, unless it is surer than it was."""
    rows = np.array([[0.6, 0.3, 0.1, *[0] * 7]] * 3, np.float32)
    less, more, as_it_was = judged(rows, 3, 0.5, (), np.array([0.2, 0.9, np.nan]))

    assert less.top == ((0, 0.2), (1, 0.1), (2, 0.0333))
    assert more.top == ((0, 0.9), (1, 0.075), (2, 0.025))
    assert as_it_was.top == ((0, 0.6), (1, 0.3), (2, 0.1))
    assert (less.unsure, more.unsure, as_it_was.unsure) == (True, False, False)
    assert less.flags == ()


def test_certain_answers_may_be_wrong() -> None:
    (answer,) = judged(np.eye(10, dtype=np.float32)[[4]], 2, 0.5, (), np.array([0.97]))

    assert answer.top == ((4, 0.97), (0, 0.0))


def test_of_what_is_taken_as_it_is_all_probabilities_stay_however_sure_the_first_is() -> None:
    rows = np.array([[0.9996, 0.0003, 0.0001, *[0] * 7], [0.6, 0.3, 0.1, *[0] * 7]], np.float32)
    as_it_was, _ = judged(rows, 3, 0.5, (), np.array([np.nan, 0.5]))

    assert as_it_was.top == ((0, 0.9996), (1, 0.0003), (2, 0.0001))
