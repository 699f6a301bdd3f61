import math

import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.metrics import mean_interval
from mnist_cli.evaluation.corruptions import CORRUPTIONS
from mnist_cli.evaluation.evaluate import evaluate
from mnist_cli.evaluation.robustness import SWEPT_IMAGES, Rate, Robustness, measure_robustness
from mnist_cli.evaluation.sweeps import SWEEPS
from tests.conftest import Events, OneDigit, Remembering


def data(images: int, labels: list[int], split: Dataset) -> Dataset:
    return Dataset("mine", "test", split.images[:images], np.array(labels, np.uint8))


@pytest.fixture
def steady(test_split: Dataset) -> Robustness:
    """One that always says 3, where three of four images are 3s: nothing changes its errors."""
    return measure_robustness(OneDigit(3), data(4, [3, 3, 3, 1], test_split))


def test_who_always_says_the_same_is_as_wrong_on_corrupted_images(steady: Robustness) -> None:
    assert steady.clean == Rate(1, 4)
    assert steady.families == dict.fromkeys(CORRUPTIONS, Rate(1, 4))
    assert steady.mean_error == 0.25
    assert steady.relative(steady.mean_error) == 1
    assert all(rate == Rate(1, 4) for curve in steady.curves for _, rate in curve.points)


def test_the_interval_of_the_mean_is_that_of_the_images(steady: Robustness) -> None:
    # the shares of families that are misread, by image: 0, 0, 0, 1
    spread = 1.959964 * math.sqrt(3 / 16) / math.sqrt(4)

    assert steady.interval == pytest.approx((0, 0.25 + spread))
    assert mean_interval(np.array([0.2, 0.4])) == pytest.approx((0.161410, 0.438590), abs=1e-6)


def test_who_knows_only_clean_images_reads_none_that_are_corrupted(test_split: Dataset) -> None:
    few = data(6, test_split.labels[:6].tolist(), test_split)
    measured = measure_robustness(Remembering(few), few)

    assert measured.clean.errors == 0
    assert measured.mean_error == 1
    assert measured.interval == (1, 1)
    assert measured.relative(1.0) is None
    assert measured.to_record()["relative"] is None
    for curve in measured.curves:
        assert [rate.errors for at, rate in curve.points if at == curve.neutral] == [0]
        assert {rate.errors for at, rate in curve.points if at != curve.neutral} == {6}


def test_each_strength_of_each_sweep_is_there_in_order(steady: Robustness) -> None:
    assert [curve.name for curve in steady.curves] == list(SWEEPS)
    for curve in steady.curves:
        sweep = SWEEPS[curve.name]
        assert [at for at, _ in curve.points] == sorted([*sweep.strengths, sweep.neutral])


def test_the_record_has_each_family_with_its_interval(steady: Robustness) -> None:
    record = steady.to_record()

    assert [family["name"] for family in record["families"]] == list(CORRUPTIONS)
    low, high = Rate(1, 4).interval
    assert record["families"][0].items() >= {"errors": 1, "n": 4, "error": 0.25}.items()
    assert record["families"][0]["interval"] == [round(low, 6), round(high, 6)]
    assert record["families"][0]["relative"] == 1
    assert record["sweeps"][0]["points"][0].items() >= {"strength": -60, "error": 0.25}.items()


def test_the_worst_family_comes_first() -> None:
    rates = {"fog": Rate(1, 9), "zigzag": Rate(5, 9), "shear": Rate(3, 9)}
    measured = Robustness(Rate(1, 9), rates, 1 / 3, (0, 1), [])

    assert [name for name, _ in measured.by_error] == ["zigzag", "shear", "fog"]
    assert measured.relative(5 / 9) == pytest.approx(5)


def test_many_images_are_swept_in_part_evenly_spaced(
    test_split: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_cli.evaluation.robustness.SWEPT_IMAGES", 3)
    measured = measure_robustness(OneDigit(1), data(7, [1, 0, 0, 1, 0, 0, 0], test_split))

    assert SWEPT_IMAGES == 2_500
    assert measured.clean == Rate(5, 7)
    assert measured.curves[0].points[0][1] == Rate(1, 3)  # the images 0, 3 and 6


def test_an_evaluation_has_it_when_asked(test_split: Dataset, events: Events) -> None:
    few = data(4, [3, 3, 3, 1], test_split)

    assert "robustness" not in evaluate(OneDigit(3), few).to_record()
    record = evaluate(OneDigit(3), few, with_robustness=True).to_record()
    assert record["robustness"]["mean_error"] == 0.25
    assert [f["name"] for f in events.of("robustness.family")] == list(CORRUPTIONS)
    assert len(events.of("robustness.sweep")) == len(SWEEPS)
