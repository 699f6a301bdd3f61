import numpy as np
import pytest

from mnist_cli.core import calibration
from tests.core.test_metrics import digits, rows


def test_reliability_sorts_by_confidence_with_1_in_the_last_bin() -> None:
    table = calibration.reliability(
        rows((0.75, 0.25), (0.5, 0.3, 0.2), (1.0,)), digits(0, 1, 0), bins=4
    )

    assert [row.count for row in table] == [0, 0, 1, 2]
    assert (table[2].low, table[2].high) == (0.5, 0.75)
    assert (table[2].confidence, table[2].accuracy) == (0.5, 0.0)
    assert (table[3].confidence, table[3].accuracy) == (0.875, 1.0)
    assert (table[0].confidence, table[0].accuracy) == (0.0, 0.0)


def test_calibration_error_is_the_gap_averaged_over_images() -> None:
    probabilities = rows((0.5, 0.3, 0.2), (0.75, 0.25), (0.875, 0.125), (0.875, 0.125))

    # 0.5 in a bin of 1 that is wrong; 2.5 of confidence in a bin of 3 with two right ones
    assert calibration.expected_calibration_error(
        probabilities, digits(1, 0, 0, 1), bins=4
    ) == pytest.approx((0.5 + 0.5) / 4)


def test_temperature_2_takes_the_square_root() -> None:
    warmed = calibration.with_temperature(rows((0.8, 0.2)), 2.0)

    assert warmed.dtype == np.float32
    assert warmed[0, :2] == pytest.approx([2 / 3, 1 / 3], abs=1e-5)


@pytest.mark.parametrize("temperature", [0.1, 0.7, 1.0, 3.0, 10.0])
def test_no_temperature_changes_the_answer_or_the_sum(temperature: float) -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(10), 100).astype(np.float32)
    warmed = calibration.with_temperature(probabilities, temperature)

    assert (warmed.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert warmed.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("truth", [0.4, 1.0, 2.5])
def test_the_temperature_that_made_the_data_is_found(truth: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 10))
    of_truth = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (of_truth.cumsum(axis=1) < rng.random((len(logits), 1))).sum(axis=1).clip(0, 9)
    claimed = np.exp(logits * truth) / np.exp(logits * truth).sum(axis=1, keepdims=True)

    found = calibration.fit_temperature(claimed.astype(np.float32), labels.astype(np.uint8))

    assert found == pytest.approx(truth, rel=0.04)


@pytest.mark.parametrize(("label", "expected"), [(0, 0.1), (1, 10.0)])
def test_a_temperature_never_leaves_its_range(label: int, expected: float) -> None:
    doubting = rows((0.19,) + (0.09,) * 9)  # always right: sharpen; always wrong: soften

    assert calibration.fit_temperature(doubting, digits(label)) == pytest.approx(expected, rel=1e-3)
