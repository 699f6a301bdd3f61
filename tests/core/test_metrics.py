import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core import calibration, metrics
from mnist_cli.core.errors import DatasetError

Probabilities = NDArray[np.float32]
Labels = NDArray[np.uint8]


def rows(*leading: tuple[float, ...]) -> Probabilities:
    """Fill what is given for the first digits up with zeros: (N, 10) float32."""
    return np.array([row + (0.0,) * (10 - len(row)) for row in leading], np.float32)


def digits(*values: int) -> Labels:
    return np.array(values, np.uint8)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_intervals_of_newcombe_1998(
    successes: int, n: int, low: float, high: float
) -> None:
    assert metrics.wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("right", "counts", "expected"),
    [
        (11, [10] * 10, True),  # of 100, each digit as often
        (19, [10] * 10, False),  # its interval begins at 12.5 %
        (540, [563, 4_437], True),  # 10.8 % where one class has most
        (4_437, [563, 4_437], True),  # as good as naming that one
        (4_500, [563, 4_437], False),
        (540, [500] * 10, True),  # of 5,000: 10.8 %, whose interval begins at 9.97 %
        (600, [500] * 10, False),
        (0, [10, 9], False),  # of so few nothing is told
        (0, [10, 10], True),
    ],
)
def test_what_reads_like_a_constant_answer_is_chance(
    right: int, counts: list[int], expected: bool
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.uint8)

    assert metrics.is_chance(right, labels) is expected


def test_wilson_stays_within_0_and_1() -> None:
    assert metrics.wilson_interval(5, 5)[1] == 1.0
    assert metrics.wilson_interval(0, 5)[0] == 0.0


def test_confusion_counts_truth_in_rows_and_guesses_in_columns() -> None:
    confusion = metrics.confusion_matrix(digits(1, 1, 7, 9), digits(1, 7, 7, 9))

    assert confusion.shape == (10, 10)
    assert confusion.sum() == 4
    assert (confusion[1, 1], confusion[7, 1], confusion[7, 7], confusion[9, 9]) == (1, 1, 1, 1)


def test_classes_have_precision_recall_and_f1() -> None:
    table = metrics.per_class(metrics.confusion_matrix(digits(1, 1, 1, 7), digits(1, 1, 7, 7)))

    assert table[1] == metrics.ClassMetrics("1", 2 / 3, 1.0, 0.8, 2)
    assert table[7] == metrics.ClassMetrics("7", 1.0, 0.5, 2 / 3, 2)
    assert table[0] == metrics.ClassMetrics("0", 0.0, 0.0, 0.0, 0)


def test_the_most_frequent_confusion_comes_first_and_hits_never() -> None:
    confusion = metrics.confusion_matrix(digits(9, 9, 9, 5, 3, 8, 8), digits(4, 4, 4, 3, 3, 3, 3))

    assert metrics.most_confused(confusion) == [(4, 9, 3), (3, 8, 2), (3, 5, 1)]
    assert metrics.most_confused(confusion, most=1) == [(4, 9, 3)]


def test_likelihood_is_the_mean_of_minus_ln_p() -> None:
    assert metrics.negative_log_likelihood(
        rows((0.5, 0.5), (0.25, 0.75)), digits(0, 0)
    ) == pytest.approx((np.log(2) + np.log(4)) / 2)


def test_a_probability_of_0_costs_much_but_not_infinitely_much() -> None:
    assert metrics.negative_log_likelihood(rows((0.0, 1.0)), digits(0)) == pytest.approx(
        -np.log(1e-12)
    )


@pytest.mark.parametrize(
    ("row", "score"), [((1.0,), 0.0), ((0.0, 1.0), 2.0), ((0.5, 0.5), 0.5), ((0.7, 0.2, 0.1), 0.14)]
)
def test_brier_is_the_squared_distance_from_the_truth(row: tuple[float, ...], score: float) -> None:
    assert metrics.brier_score(rows(row), digits(0)) == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize("labels", [digits(), digits(1, 2)])
@pytest.mark.parametrize(
    "measure",
    [
        metrics.negative_log_likelihood,
        metrics.brier_score,
        calibration.reliability,
        calibration.expected_calibration_error,
        calibration.fit_temperature,
    ],
)
def test_lengths_that_differ_are_refused(measure: object, labels: Labels) -> None:
    assert callable(measure)
    with pytest.raises(DatasetError, match=f"Received: {len(labels)} labels, 1 rows"):
        measure(rows((1.0,)), labels)
