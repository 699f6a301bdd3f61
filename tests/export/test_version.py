from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.config import ModelConfig
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import StoppedError
from mnist_cli.core.models.file_classifier import Known
from mnist_cli.core.models.graph_classifier import KerasClassifier
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.models.model import build_model, forward
from mnist_cli.core.store import versions
from mnist_cli.export.version import PARITY, export_version
from mnist_cli.reading.classifier import LiteRTClassifier

SAMPLE = np.random.default_rng(0).random((20, 28, 28, 1), np.float32)


@pytest.fixture(scope="module")
def version(store_path: Path) -> versions.Version:
    return versions.open_version(store_path / "1")


@pytest.fixture(scope="module")
def with_litert(version: versions.Version, test_split: Dataset) -> NDArray[np.float32]:
    return LiteRTClassifier(version).probabilities(test_split.images)


@pytest.mark.parametrize("name", [versions.KERAS, versions.H5])
def test_every_format_gives_the_same_answers_on_all_test_images(
    version: versions.Version, test_split: Dataset, with_litert: NDArray[np.float32], name: str
) -> None:
    classifier = KerasClassifier(version.path / name, Known(version.name, version.temperature))
    answers = classifier.probabilities(test_split.images)

    assert np.abs(answers - with_litert).max() <= PARITY
    assert np.array_equal(answers.argmax(axis=1), with_litert.argmax(axis=1))


def test_answers_are_probabilities_of_digits(
    test_split: Dataset, with_litert: NDArray[np.float32]
) -> None:
    assert with_litert.shape == (10_000, 10)
    assert with_litert.dtype == np.float32
    assert with_litert.min() >= 0
    assert with_litert.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (with_litert.argmax(axis=1) == test_split.labels).mean() > 0.96


def test_an_image_gets_the_same_answer_alone_and_among_others(
    version: versions.Version, test_split: Dataset, with_litert: NDArray[np.float32]
) -> None:
    classifier = LiteRTClassifier(version)
    alone = np.concatenate([classifier.probabilities(test_split.images[i : i + 1]) for i in (0, 7)])

    assert alone == pytest.approx(with_litert[[0, 7]], abs=1e-6)
    assert classifier.probabilities(test_split.images[:0]).shape == (0, 10)


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(widths=(8,), dropout=0.5),
        ModelConfig(arch="cnn", stem=3, blocks=((4, 4), (5,)), widths=(8,), dropout=0.5),
        ModelConfig(widths=(8,), towers=2),
    ],
    ids=["dense", "cnn", "towers"],
)
def test_a_network_is_written_in_three_formats(tmp_path: Path, config: ModelConfig) -> None:
    model = build_model(config)
    export_version(model, tmp_path, SAMPLE)

    assert {p.name for p in tmp_path.iterdir()} == {versions.KERAS, versions.H5, versions.TFLITE}
    read = LiteRTModel((tmp_path / versions.TFLITE).read_bytes()).run(SAMPLE)
    assert read == pytest.approx(forward(model, SAMPLE), abs=PARITY)


def test_a_stop_is_heard_between_the_formats(tmp_path: Path) -> None:
    def stop() -> None:
        raise StoppedError("Stopped by SIGINT.", signal_number=2)

    with pytest.raises(StoppedError):
        export_version(build_model(ModelConfig(widths=(8,))), tmp_path, SAMPLE, stop)

    assert [p.name for p in tmp_path.iterdir()] == [versions.KERAS]
