"""The model in the package: what its users rely on."""

import json
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.calibration import expected_calibration_error
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset, sources_of
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.core.store import store, versions
from mnist_cli.core.store.versions import Version
from mnist_cli.evaluation.corruptions import CORRUPTIONS, corrupted
from mnist_cli.reading.answers import doubts
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reading.reader import Reader
from mnist_cli.training.augmentation.hands import flagged_one
from mnist_cli.training.augmentation.letters import LETTERS
from mnist_cli.training.augmentation.strokes import written
from tests.benchmarks.non_digit_pictures import pen_letter
from tests.benchmarks.non_digits import COUNT, digits_of
from tests.conftest import Cli, handwritten, render_digit


@pytest.fixture(scope="module")
def bundled() -> Version:
    return store.find_version("bundled", Path("nowhere"))


@pytest.fixture(scope="module")
def classifier(bundled: Version) -> LiteRTClassifier:
    return LiteRTClassifier(bundled)


@pytest.fixture(scope="module")
def reader(classifier: LiteRTClassifier) -> Reader:
    return Reader(classifier)


def test_it_is_whole_small_and_of_its_recipe(bundled: Version) -> None:
    for name in bundled.manifest["files"]:
        bundled.read(name)
    sources = sources_of(bundled.manifest["data"])

    assert (bundled.path / versions.TFLITE).stat().st_size <= 3_500_000
    assert TrainConfig.from_dict(bundled.manifest["config"]) == RECIPES["cnn", "bundled"]
    assert [source["name"] for source in sources] == ["mnist", "writers", "cuts.npz"]


def test_it_reads_mnist_and_knows_how_sure_it_is(
    classifier: LiteRTClassifier, test_split: Dataset
) -> None:
    probabilities = classifier.probabilities(test_split.images)
    errors = int((probabilities.argmax(axis=1) != test_split.labels).sum())

    assert errors <= 70
    assert expected_calibration_error(probabilities, test_split.labels) <= 0.005
    assert doubts(probabilities, 0.75).mean() <= 0.015


def test_it_reads_flagged_ones_and_doubts_letters_by_pen(
    classifier: LiteRTClassifier,
) -> None:
    generator = np.random.default_rng(7)
    ones = np.stack([written(flagged_one(generator), generator) for _ in range(200)])
    letters = np.stack([written(strokes, generator) for strokes in LETTERS.values()])

    assert (classifier.probabilities(ones).argmax(axis=1) == 1).mean() >= 0.98
    assert doubts(classifier.probabilities(letters)).mean() >= 0.95


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_it_reads_worn_digits(classifier: LiteRTClassifier, test_split: Dataset, name: str) -> None:
    worn = corrupted(test_split.images[:1_000], name, seed=1)
    errors = (classifier.probabilities(worn).argmax(axis=1) != test_split.labels[:1_000]).mean()

    assert errors <= 0.08


def test_letters_are_no_digits_or_doubted(reader: Reader) -> None:
    generator = np.random.default_rng(1)
    letters = [digits_of(reader, pen_letter(generator)) for _ in range(COUNT)]
    sure = [digit for digits in letters for digit in digits if not digit.unsure]

    assert len(sure) <= 0.3 * COUNT


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("ink", [0, 190, 255])
def test_it_reads_printed_digits(reader: Reader, digit: int, ink: int) -> None:
    picture = render_digit(digit, ink=ink, paper=0 if ink == 255 else 230)
    (found,) = digits_of(reader, picture)

    assert found.digit == digit


@pytest.mark.parametrize("ink", [0, 190, 255])
def test_it_reads_written_digits(reader: Reader, test_split: Dataset, ink: int) -> None:
    paper = 0 if ink == 255 else 230
    pictures = [handwritten(image, 150, ink, paper) for image in test_split.images[:100]]
    answers = [[digit.digit for digit in digits_of(reader, picture)] for picture in pictures]
    labels = test_split.labels[:100].tolist()

    assert sum(found == [label] for found, label in zip(answers, labels, strict=True)) >= 90


def test_predict_works_where_nothing_was_trained(
    mnist: Cli, digit_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(digit_png.parent)
    result = mnist("predict", digit_png.name, "--json")
    record = json.loads(result.stdout)

    assert record["text"] == "3"
    assert record["model"]["version"] == "bundled"
    assert "version=bundled" in result.stderr
    assert [path.name for path in Path().iterdir()] == [digit_png.name]


def test_evaluate_leaves_the_package_as_it_is(
    mnist: Cli, bundled: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in bundled.path.parent.iterdir())
    result = mnist("evaluate", "--model", "bundled", "--json")

    assert json.loads(result.stdout)["model"]["version"] == "bundled"
    assert sorted(path.name for path in bundled.path.parent.iterdir()) == before
    assert list(tmp_path.iterdir()) == []
