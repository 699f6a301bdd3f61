import math
import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import AnyImages, Dataset
from mnist_cli.evaluation.compare import Comparison, compare
from mnist_cli.evaluation.significance import higher_rate_p_value, mcnemar_p_value

N = 40
LABELS = (np.arange(N) % 10).astype(np.uint8)
IMAGES = np.zeros((N, 28, 28), np.uint8)
DATA = Dataset("mine", "test", IMAGES, LABELS)


class Answers:
    """Reads every digit right but some, as surely as it is told."""

    size_bytes = 1_234
    class_names = DIGITS

    def __init__(
        self, wrong: dict[int, int], sureness: dict[int, float] | None = None, version: str = "1"
    ) -> None:
        self.version: str | None = version
        self.sha256 = version * 64
        self.calls: list[str] = []
        self.rows = np.full((N, 10), 0.0, np.float32)
        for index, truth in enumerate(LABELS):
            sure = (sureness or {}).get(index, 0.9)
            self.rows[index] = (1 - sure) / 9
            self.rows[index, wrong.get(index, truth)] = sure

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        self.calls.append(self.version or "")
        return self.rows[: len(images)]


def wrong_at(*indices: int) -> dict[int, int]:
    """Read the digit that follows the true one."""
    return {index: int(LABELS[index] + 1) % 10 for index in indices}


def compared(a: dict[int, int], b: dict[int, int], **options: Any) -> Comparison:
    return compare(Answers(a, **options), Answers(b, version="2", **options), DATA)


# McNemar's exact test


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),  # 2 · 1 / 2
        (0, 5, 0.0625),  # 2 · 1 / 32
        (0, 6, 0.03125),  # 2 · 1 / 64
        (1, 9, 0.021484375),  # 2 · (1 + 10) / 1,024
        (3, 12, 0.03515625),  # 2 · (1 + 15 + 105 + 455) / 32,768
        (5, 5, 1.0),  # 2 · 638 / 1,024 would be over 1
    ],
)
def test_mcnemar_is_the_toss_of_a_coin_for_each_discordant_image(
    only_a: int, only_b: int, p: float
) -> None:
    assert mcnemar_p_value(only_a, only_b) == p
    assert mcnemar_p_value(only_b, only_a) == p


def test_many_discordant_images_agree_with_the_normal_approximation() -> None:
    # z = (|450 - 550| - 1) / sqrt(1000) = 3.1307, and 2 · (1 - Phi(3.1307)) = 0.001744
    assert mcnemar_p_value(450, 550) == pytest.approx(0.001744, rel=0.01)


def test_a_whole_data_set_of_discordant_images_takes_no_time() -> None:
    started = time.perf_counter()

    assert mcnemar_p_value(30_000, 30_000) == 1.0
    assert mcnemar_p_value(0, 60_000) == 0.0
    assert time.perf_counter() - started < 5


def test_a_higher_rate_is_that_of_the_lady_who_tastes_tea() -> None:
    assert higher_rate_p_value((3, 4), (1, 4)) == 17 / 70
    assert higher_rate_p_value((4, 4), (0, 4)) == 1 / 70
    assert higher_rate_p_value((0, 4), (3, 4)) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_a_higher_rate_is_the_sum_of_fishers_terms(seed: int) -> None:
    n, other_n = np.random.default_rng(seed).integers(1, 200, 2).tolist()
    errors, other_errors = n // (seed + 2), other_n // 3
    every = errors + other_errors
    ways = sum(
        math.comb(n, k) * math.comb(other_n, every - k) for k in range(errors, min(n, every) + 1)
    )

    p = higher_rate_p_value((errors, n), (other_errors, other_n))

    assert p == ways / math.comb(n + other_n, every)


def test_a_higher_rate_among_60_000_images_takes_no_time() -> None:
    started = time.perf_counter()

    assert 0.4 < higher_rate_p_value((2_700, 6_000), (24_300, 54_000)) < 0.6
    assert time.perf_counter() - started < 3


# what may be concluded


def test_errors_are_those_of_one_alone_or_of_both() -> None:
    result = compared(wrong_at(0, 1, 2, 13), wrong_at(2, 3) | {13: 9})

    assert (result.only_a_wrong, result.only_b_wrong, result.both_wrong) == (2, 1, 2)
    assert result.a.errors_by_digit.tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert result.b.errors_by_digit.tolist() == [0, 0, 1, 2, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("a", "b", "better", "words"),
    [
        (range(6), (), "b", "B is better, p = 0.0312"),
        ((), range(6), "a", "A is better, p = 0.0312"),
        (range(20), (), "b", "B is better, p < 0.001"),
        (range(5), (), None, "no difference can be told from 40 images (p = 0.0625)"),
        ((), (), None, "no difference can be told from 40 images (p = 1)"),
        (range(9), range(9), None, "no difference can be told from 40 images (p = 1)"),
    ],
)
def test_the_conclusion_is_drawn_at_a_significance_of_5_percent(
    a: range, b: range, better: str | None, words: str
) -> None:
    result = compared(wrong_at(*a), wrong_at(*b))

    assert result.better == better
    assert result.conclusion == words


def test_the_differences_begin_where_both_are_sure() -> None:
    sure = {1: 0.6, 2: 0.99, 3: 0.8, 4: 0.95}
    result = compared(wrong_at(1, 2, 4), wrong_at(3, 4) | {2: 9}, sureness=sure)

    assert result.differing.tolist() == [2, 3, 1]  # 4 is read alike


def test_the_record_has_both_sides_and_every_digit() -> None:
    record = compared(wrong_at(0, 10), wrong_at(1)).to_record()

    assert record["a"]["model"] == {"version": "1", "sha256": "1" * 64}
    assert (record["a"]["errors"], record["b"]["errors"]) == (2, 1)
    assert record["a"]["accuracy"] == 0.95
    assert len(record["b"]["interval"]) == 2
    assert record["a"]["size_bytes"] == 1_234
    assert record["b"]["images_per_s"] > 0
    assert record["data"] == {"name": "mine", "split": "test", "sha256": DATA.sha256}
    assert record["per_class"][0] == {"label": "0", "support": 4, "errors_a": 2, "errors_b": 0}
    assert [row["label"] for row in record["per_class"]] == [str(digit) for digit in range(10)]


def test_speeds_are_measured_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = Answers({}), Answers({}, version="2")
    b.calls = a.calls

    compare(a, b, DATA)

    assert a.calls == ["1", "2"] * (len(a.calls) // 2)
    assert len(a.calls) > 6
