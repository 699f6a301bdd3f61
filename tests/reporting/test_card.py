from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages, Dataset
from mnist_cli.core.store import versions
from mnist_cli.core.store.versions import Version
from mnist_cli.evaluation.evaluate import Evaluation, evaluate
from mnist_cli.evaluation.robustness import Curve, Rate, Robustness
from mnist_cli.reporting.card import Card, make_card
from tests.conftest import OneDigit, Remembering


@pytest.fixture
def few(test_split: Dataset) -> Dataset:
    """Five images: three 3s, an 8 and a 5."""
    return Dataset("mine", "test", test_split.images[:5], np.array([3, 3, 3, 8, 5], np.uint8))


@pytest.fixture
def result(few: Dataset) -> Evaluation:
    return evaluate(OneDigit(3), few)


@pytest.fixture
def version() -> Version:
    return versions.open_version(versions.BUNDLED)


class Answering(OneDigit):
    """A classifier that gives these answers, whatever it sees."""

    def __init__(self, answers: NDArray[np.float32]) -> None:
        self._answers = answers

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        return self._answers[: len(images)]


def words(card: Card) -> str:
    return "\n".join(f"{name} | {sentence}" for name, sentence in card.weaknesses.items())


def test_the_weaknesses_are_what_was_measured(result: Evaluation) -> None:
    said = words(make_card(result, None))

    assert (
        "No digit stands out | Read worst is 5: 1 of its 1 images misread (100.00 %); that may be"
        " chance." in said
    )
    assert "Most confused: 5 read as 3 | 1 of 2 mistakes." in said
    assert "It is 90.00 % sure on average and 60.00 % right: overconfident." in said
    assert "30.00 % apart" in said
    assert "--robustness" in said
    assert "`" not in said


@pytest.mark.parametrize(
    ("of_fives", "words_said"),
    [
        (8, "No digit stands out | Read worst is 5: 8 of its 1,000 images misread (0.80 %); that"),
        (40, "Weakest digit: 5 | 40 of its 1,000 images misread (4.00 %), of the other digits"),
    ],
)
def test_a_digit_is_weak_if_chance_alone_would_hardly_make_it(
    of_fives: int, words_said: str, test_split: Dataset
) -> None:
    """Each other digit has 5 of 1,000 read wrong, as the next one."""
    labels = np.repeat(np.arange(10, dtype=np.uint8), 1_000)
    data = Dataset("mine", "test", test_split.images, labels)
    answers = labels.copy()
    for digit in range(10):
        start = 1_000 * digit
        answers[start : start + (of_fives if digit == 5 else 5)] = (digit + 1) % 10
    probabilities = np.full((10_000, 10), 0.005 / 9, np.float32)
    probabilities[np.arange(10_000), answers] = 0.995

    said = words(make_card(evaluate(Answering(probabilities), data), None))

    assert words_said in said
    assert ("no difference beyond chance" in said) == (of_fives == 8)


def test_the_worst_corruption_and_change_are_told_if_measured(result: Evaluation) -> None:
    rates = {"fog": Rate(2, 5), "dotted_line": Rate(4, 5)}
    curve = Curve("shift", "px", 0, [(0, Rate(2, 5)), (8, Rate(5, 5))])
    measured = Robustness(Rate(2, 5), rates, 0.6, (0.5, 0.7), [curve])

    said = words(make_card(replace(result, robustness=measured), None))

    assert "Worst corruption: dotted line | 80.00 % of the images are misread, 2.0 times" in said
    assert "the mean of the fifteen is 60.00 %." in said
    assert "Worst change: shift | at 8 px, 100.0 % are misread." in said
    assert "--robustness" not in said


def test_no_mistake_is_no_proof(few: Dataset) -> None:
    said = words(make_card(evaluate(Remembering(few), few), None))

    assert "No mistake | on these 5 images; up to 43.45 % of others may be misread" in said
    assert "Weakest" not in said


def test_a_version_tells_how_it_was_made(result: Evaluation, version: Version) -> None:
    card = make_card(result, version)
    manifest = version.manifest

    assert card.title == "version 7"
    assert card.model["recipe"] == "bundled"
    assert card.model["seed"] == "0"
    assert card.model["network"] == f"cnn, {manifest['parameters']:,} weights"
    assert card.model["trained on"] == "mnist + writers + cuts.npz train, 172,144 images"
    accuracy = 100 * manifest["metrics"]["val_accuracy"]
    assert card.model["held out"] == f"11,177 of them, {accuracy:.2f} % read right"
    assert card.model["their sha256"] == manifest["data"]["sha256"]
    assert "tensorflow 2.21.0" in card.model["made with"]
    assert card.data == {"name": "mine", "split": "test", "images": "5"} | {
        "sha256": result.dataset.sha256
    }
    assert "BY-SA" in str(card.licence_url) or "by-sa" in str(card.licence_url)


def test_a_version_tells_what_was_set_and_noted(result: Evaluation, version: Version) -> None:
    plainly: dict[str, Any] = {"changes": []}
    told = {"changes": ["epochs=3", "widths=8,4"], "note": "a try"}
    plain, changed = (
        make_card(result, replace(version, manifest=version.manifest | more)).model
        for more in (plainly, told)
    )

    assert plain["set otherwise"] == "nothing"
    assert "note" not in plain
    assert changed["set otherwise"] == "epochs=3, widths=8,4"
    assert changed["note"] == "a try"
    assert "set otherwise" not in make_card(result, version).model  # it does not state it


def test_a_file_and_data_of_the_users_are_theirs(result: Evaluation) -> None:
    theirs = replace(result, model={"version": None, "sha256": "0" * 64})

    card = make_card(theirs, None)

    assert card.title == "a model file"
    assert set(card.model) == {"sha256", "measured by"}
    assert card.licence_url is None


def test_a_manifest_without_counts_says_unknown(result: Evaluation, version: Version) -> None:
    metrics = {"val_accuracy": None, "chosen_epoch": 1}
    bare = {"parameters": None, "versions": {}, "metrics": metrics}

    card = make_card(result, replace(version, manifest=version.manifest | bare))

    assert card.model["network"] == "cnn, unknown weights"
    assert card.model["held out"] == "unknown of them, unknown read right"
