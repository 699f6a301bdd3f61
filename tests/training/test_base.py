"""Runs that begin with a version's weights."""

import signal
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.config import ModelConfig, TrainConfig
from mnist_cli.core.data.dataset import Dataset, load_mnist, put_together
from mnist_cli.core.errors import ModelError, StoppedError
from mnist_cli.core.models.model import open_model
from mnist_cli.core.store import versions
from mnist_cli.training import checkpoint, runs
from mnist_cli.training.base import read_weights
from mnist_cli.training.checkpoint import State
from mnist_cli.training.fit import Progress, fit
from mnist_cli.training.pipeline import train
from mnist_cli.training.result import TrainResult
from mnist_cli.training.run_spec import RunSpec, from_version
from tests.conftest import Events

CONFIG = TrainConfig(
    model=ModelConfig(widths=(8,), dropout=0.1, towers=2),
    epochs=3,
    validation_size=100,
    average_decay=0.9,
)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    data = load_mnist("train")
    return Dataset("part", "train", data.images[:3_000], data.labels[:3_000])


@pytest.fixture(scope="module")
def mixed(digits: Dataset) -> Dataset:
    data = load_mnist("train")
    return put_together(
        [digits, Dataset("own", "train", data.images[-60:, ::-1], data.labels[-60:])]
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> versions.Version:
    result = train(RunSpec(CONFIG, tmp_path_factory.mktemp("first"), "first"), digits)
    assert result
    return versions.open_version(Path(result.path))


def weights(result: TrainResult | None) -> list[np.ndarray]:
    assert result
    return list(open_model(Path(result.path) / versions.KERAS)[0].get_weights())


def test_a_run_begins_where_the_version_ended(first: versions.Version, digits: Dataset) -> None:
    weights = read_weights(first, CONFIG)
    still = CONFIG.override(learning_rate=1e-30, epochs=1, average_decay=0.0)

    begun = fit(still, digits, state=State(0, [], weights))

    assert all(
        np.array_equal(a, b) for a, b in zip(begun.model.get_weights(), weights, strict=True)
    )
    assert begun.val_accuracy == first.manifest["metrics"]["val_accuracy"]


def test_a_run_from_a_version_that_is_stopped_ends_in_the_same_bits(
    first: versions.Version, mixed: Dataset, tmp_path: Path, events: Events
) -> None:
    def send(progress: Progress) -> None:
        if progress.epochs_done == 1:
            signal.raise_signal(signal.SIGTERM)

    given = {"epochs": 2}
    unbroken = train(from_version(first, given, artifacts=tmp_path / "unbroken"), mixed)
    spec = from_version(first, given, artifacts=tmp_path, run="run1")
    with pytest.raises(StoppedError):
        train(spec, mixed, send)
    assert checkpoint.load(tmp_path / ".training" / "run1").epoch == 1
    resumed = train(runs.find(tmp_path, "run1"), mixed)

    pairs = zip(weights(unbroken), weights(resumed), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert resumed
    manifest = versions.open_version(Path(resumed.path)).manifest
    assert manifest["from"] == {"version": first.name, "sha256": first.sha256}
    assert events.of("training.start")[0]["base"] == first.name


def test_the_manifest_names_each_data_set_and_what_is_read_of_it(
    first: versions.Version, mixed: Dataset, tmp_path: Path
) -> None:
    result = train(from_version(first, {"epochs": 2}, artifacts=tmp_path), mixed)
    assert result
    manifest = versions.open_version(Path(result.path)).manifest

    assert manifest["data"]["name"] == "part + own"
    assert [source["n"] for source in manifest["data"]["sources"]] == [3_000, 60]
    metrics = manifest["metrics"]
    assert [source["n"] for source in metrics["val_sources"]] == [100, 5]
    right = sum(source["right"] for source in metrics["val_sources"])
    assert right / metrics["val_n"] == pytest.approx(metrics["val_accuracy"])


def test_weights_that_are_not_those_of_the_manifest_are_refused(first: versions.Version) -> None:
    with pytest.raises(ModelError, match="not the one that it states"):
        read_weights(first, CONFIG.override(widths=(9,)))
