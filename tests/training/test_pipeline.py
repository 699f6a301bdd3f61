import csv
import io
import json
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import mnist_cli
from mnist_cli.core.config import ModelConfig, TrainConfig
from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.errors import (
    CheckpointError,
    ConflictError,
    ExitCode,
    LearntNothingError,
    RunNotFoundError,
    StoppedError,
    StorageError,
    TrainingError,
)
from mnist_cli.core.models.model import open_model
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.core.signals import signals_heard
from mnist_cli.core.store import store, versions
from mnist_cli.training import checkpoint, folds, runs
from mnist_cli.training.checkpoint import State
from mnist_cli.training.fit import Progress
from mnist_cli.training.pipeline import _Keeper, train
from mnist_cli.training.result import TrainResult
from mnist_cli.training.run_spec import RunSpec
from tests.conftest import Events, heard

TINY = TrainConfig(
    model=ModelConfig(widths=(32,)), epochs=3, batch_size=8, learning_rate=0.01, validation_size=20
)
# of 4,980 images, so that an epoch has more than one call into the graph
LONGER = TINY.override(
    dropout=0.1, average_decay=0.9, elastic_px=0.5, epochs=3, batch_size=256, learning_rate=0.01
)


@pytest.fixture(scope="module")
def many() -> Dataset:
    data = load_mnist("train")
    return Dataset("part", "train", data.images[:5_000], data.labels[:5_000])


@pytest.fixture(scope="module")
def digits(many: Dataset) -> Dataset:
    return replace(many, images=many.images[:300], labels=many.labels[:300])


def run(
    spec: RunSpec, dataset: Dataset, on_progress: Callable[[Progress], None] = lambda _: None
) -> TrainResult:
    result = train(spec, dataset, on_progress)
    assert result is not None
    return result


@pytest.fixture
def version(store_path: Path) -> versions.Version:
    return versions.open_version(store_path / "1")


def test_the_manifest_says_how_the_version_came_about(version: versions.Version) -> None:
    manifest = version.manifest

    config = RECIPES["dense", "quick"].override(epochs=2)
    assert manifest["config"] == json.loads(json.dumps(config.to_dict()))
    assert manifest["schema"] == 1
    assert manifest["run"] == "tests"
    assert manifest["data"] == {"name": "mnist", "n": 60_000, "sha256": load_mnist("train").sha256}
    assert manifest["metrics"]["val_n"] == 5_000
    assert 0.95 < manifest["metrics"]["val_accuracy"] < 1
    assert manifest["metrics"]["chosen_epoch"] in {1, 2}
    assert 0.1 <= manifest["temperature"] <= 10
    assert manifest["versions"]["mnist-cli"] == mnist_cli.__version__
    assert {"tensorflow", "keras", "numpy", "python"} <= set(manifest["versions"])
    widths = (784, *config.model.widths, 10)
    assert manifest["parameters"] == sum((a + 1) * b for a, b in pairwise(widths))
    assert time.strptime(manifest["created"], "%Y-%m-%dT%H:%M:%SZ").tm_year >= 2024


def test_the_manifest_holds_the_digest_of_every_other_file(version: versions.Version) -> None:
    names = {versions.KERAS, versions.H5, versions.TFLITE, versions.HISTORY}

    assert set(version.manifest["files"]) == names
    assert {entry.name for entry in version.path.iterdir()} == names | {versions.MANIFEST}
    for name in names:
        assert version.read(name)


def test_the_history_is_a_table_with_a_row_an_epoch(version: versions.Version) -> None:
    rows = list(csv.DictReader(io.StringIO(version.read(versions.HISTORY).decode())))

    assert list(rows[0]) == [
        *("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"),
        *("images_per_s", "duration_s"),
    ]
    assert [row["epoch"] for row in rows] == ["1", "2"]
    best = max(row["val_accuracy"] for row in version.read_history())
    assert best == pytest.approx(version.manifest["metrics"]["val_accuracy"], abs=1e-6)


def test_a_version_that_holds_nothing_out_says_what_its_recipe_read_in_folds(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = {"folds": 5, "n": 300, "right": 297, "temperature": 0.75}
    document = {"data": digits.sha256, "recipes": {"dense/quick": measured}}
    (tmp_path / "folds.json").write_text(json.dumps(document))
    monkeypatch.setattr(folds, "FILE", tmp_path / "folds.json")
    config = RECIPES["dense", "quick"].override(validation_size=0, seed=3)
    spec = RunSpec(config, tmp_path / "store")

    result = run(spec, digits)

    manifest = versions.open_version(tmp_path / "store" / "1").manifest
    assert manifest["metrics"]["folds"] == {"folds": 5, "n": 300, "right": 297}
    assert (manifest["metrics"]["val_accuracy"], manifest["metrics"]["val_n"]) == (None, 0)
    assert "worn" not in manifest["metrics"]
    assert manifest["temperature"] == 0.75
    assert (result.val_accuracy, result.folds_n, result.folds_accuracy) == (None, 300, 0.99)
    assert result.to_record()["val_interval"] is None
    for other in (
        replace(spec, config=config.override(epochs=3)),
        replace(spec, base={"version": "1", "sha256": "0"}),
    ):
        assert folds.find(other, digits) is None
    assert folds.find(spec, replace(digits, labels=digits.labels[::-1])) is None


def test_what_learns_nothing_of_its_own_images_is_not_published(
    digits: Dataset, tmp_path: Path
) -> None:
    config = TINY.override(validation_size=0, epochs=1, learning_rate=1e-9)

    with pytest.raises(LearntNothingError, match="of 300 images that it was trained on are read"):
        run(RunSpec(config, tmp_path), digits)


def test_nothing_but_versions_stays_in_the_store(store_path: Path) -> None:
    assert not (store_path / ".training").exists()


def test_a_run_tells_what_it_published(digits: Dataset, tmp_path: Path) -> None:
    result = run(RunSpec(TINY, tmp_path / "artifacts", "run1"), digits)
    record = result.to_record()

    assert set(record) >= {
        *("version", "path", "run", "val_accuracy", "epochs", "train_s", "images_per_s"),
        *("val_n", "val_interval"),
    }
    assert (result.version, result.run, result.epochs) == ("1", "run1", 3)
    assert result.path == str(tmp_path / "artifacts" / "1")
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("artifacts", ["file/artifacts", "/proc/artifacts"])
def test_a_store_that_cannot_be_written_is_found_out_before_the_first_epoch(
    digits: Dataset, tmp_path: Path, artifacts: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    told: list[object] = []

    with pytest.raises(StorageError, match="Can't write") as caught:
        train(RunSpec(TINY, tmp_path / artifacts, "run1"), digits, on_progress=told.append)

    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert told == []


def test_a_run_that_diverges_leaves_no_version_but_its_checkpoints(
    digits: Dataset, tmp_path: Path
) -> None:
    # each step makes a kernel -99 times as large
    config = TINY.override(learning_rate=10, weight_decay=10, batch_size=8)

    with pytest.raises(TrainingError, match="no number any more"):
        train(RunSpec(config, tmp_path, "run1"), digits)

    assert store.version_numbers(tmp_path) == []
    assert runs.find(tmp_path, None).config == config


@pytest.mark.parametrize("trouble", ["shuffled labels", "a rate that is too high", "no contrast"])
def test_a_run_that_learnt_nothing_is_kept_aside(
    digits: Dataset, tmp_path: Path, trouble: str
) -> None:
    config, data = TINY, digits
    if trouble == "shuffled labels":
        data = replace(digits, labels=np.random.default_rng(0).permutation(digits.labels))
    elif trouble == "no contrast":
        data = replace(digits, images=digits.images // 255)
    else:
        config = TINY.override(learning_rate=10, widths=(64, 64))

    with pytest.raises(LearntNothingError, match=r"of 20 images held out are read") as caught:
        train(RunSpec(config, tmp_path, "run1"), data)

    folder = tmp_path / ".training" / "run1"
    assert caught.value.exit_code == ExitCode.REFUSED
    assert f"kept in '{folder / runs.VERSION_FOLDER}'" in caught.value.message
    assert f"(it was {config.learning_rate:g})" in caught.value.hint
    assert store.version_numbers(tmp_path) == []
    kept = {versions.KERAS, versions.H5, versions.TFLITE, versions.HISTORY}
    assert set(names(folder / runs.VERSION_FOLDER)) == kept
    assert checkpoint.load(folder).epoch == config.epochs
    with pytest.raises(CheckpointError, match="Run run1 learnt nothing"):
        runs.find(tmp_path, None)


def test_training_labels_without_some_digit_still_publish(digits: Dataset, tmp_path: Path) -> None:
    kept = np.flatnonzero(digits.labels < 2)
    data = replace(digits, images=digits.images[kept], labels=digits.labels[kept])

    assert run(RunSpec(TINY, tmp_path, "run1"), data).version == "1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_is_heard_once_and_has_its_exit_code(number: signal.Signals) -> None:
    before = signal.signal(number, lambda *_: None)  # whatever the tests were started under
    try:
        mine = signal.getsignal(number)
        with signals_heard() as check_stop:
            check_stop()
            signal.raise_signal(number)
            with pytest.raises(StoppedError, match=f"Stopped by {number.name}") as caught:
                check_stop()
            assert signal.getsignal(number) is mine  # a second one is for whoever listened before
        assert signal.getsignal(number) is mine
    finally:
        signal.signal(number, before)

    assert caught.value.exit_code == 128 + number


# resuming


@dataclass(frozen=True)
class Stopped:
    """What a signal in the midst of epoch 2 of 3 left behind."""

    artifacts: Path
    error: StoppedError
    events: list[str]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, many: Dataset) -> TrainResult:
    return run(RunSpec(LONGER, tmp_path_factory.mktemp("unbroken"), "unbroken"), many)


@pytest.fixture(scope="module")
def stopped_once(tmp_path_factory: pytest.TempPathFactory, many: Dataset) -> Stopped:
    def send(progress: Progress) -> None:
        if 1 < progress.epochs_done < 2:
            signal.raise_signal(signal.SIGTERM)

    artifacts = tmp_path_factory.mktemp("stopped")
    with heard() as events, pytest.raises(StoppedError) as caught:
        train(RunSpec(LONGER, artifacts, "run1"), many, on_progress=send)
    return Stopped(artifacts, caught.value, events.names)


@pytest.fixture
def stopped(stopped_once: Stopped, tmp_path: Path) -> Path:
    """A store of its own with that run in it."""
    return shutil.copytree(stopped_once.artifacts, tmp_path / "artifacts")


@pytest.fixture
def spec(stopped: Path) -> RunSpec:
    return RunSpec(LONGER, stopped, "run1", resume=True)


def test_a_run_keeps_its_note_until_it_is_resumed(digits: Dataset, tmp_path: Path) -> None:
    def send(_progress: Progress) -> None:
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(StoppedError):
        train(RunSpec(TINY, tmp_path, "run1", note="a try"), digits, on_progress=send)

    assert runs.find(tmp_path, None).note == "a try"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def weights(result: TrainResult) -> list[NDArray[np.float32]]:
    model, _ = open_model(Path(result.path) / versions.KERAS)
    return [np.asarray(array) for array in model.get_weights()]


def same_bits(one: TrainResult, other: TrainResult) -> bool:
    pairs = zip(weights(one), weights(other), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow beyond 10 kB; root heeds no permissions."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_run_that_is_stopped_leaves_checkpoints_and_says_how_to_go_on(
    stopped_once: Stopped,
) -> None:
    assert stopped_once.error.message == "Stopped by SIGTERM."
    assert stopped_once.error.hint == "Go on with `mnist train --resume run1`."
    assert stopped_once.error.exit_code == ExitCode.TERMINATED
    assert stopped_once.events == [
        "training.start",
        "data.few_held_out",
        "training.epoch_end",
    ]
    assert names(stopped_once.artifacts) == [".training"]
    folder = stopped_once.artifacts / ".training" / "run1"
    assert {"epoch-000000.ckpt", "epoch-000001.ckpt", "run.json"} <= set(names(folder))
    assert len((folder / versions.HISTORY).read_text().splitlines()) == 2


def test_a_resumed_run_publishes_what_the_unbroken_one_did(
    spec: RunSpec, many: Dataset, unbroken: TrainResult, events: Events
) -> None:
    result = run(spec, many)

    assert same_bits(result, unbroken)
    mine, other = (versions.open_version(Path(r.path)) for r in (result, unbroken))
    for key in ("val_accuracy", "val_n", "chosen_epoch"):
        assert mine.manifest["metrics"][key] == other.manifest["metrics"][key]
    for key in ("config", "data", "temperature", "parameters", "versions", "machine"):
        assert mine.manifest[key] == other.manifest[key]
    losses = [[row["loss"] for row in version.read_history()] for version in (mine, other)]
    assert losses[0] == losses[1]
    assert (result.run, result.epochs) == ("run1", 3)
    assert names(spec.artifacts) == [store.HIGHEST, "1"]
    assert events.names == [
        "training.resumed",
        "training.epoch_end",
        "training.epoch_end",
        "training.published",
    ]
    (resumed,) = events.of("training.resumed")
    assert (resumed["run"], resumed["epochs_done"], resumed["epochs"]) == ("run1", 1, 3)


def test_a_damaged_checkpoint_costs_an_epoch_and_no_bit(
    spec: RunSpec, many: Dataset, unbroken: TrainResult, events: Events
) -> None:
    newest = spec.artifacts / ".training" / "run1" / "epoch-000001.ckpt"
    newest.write_bytes(newest.read_bytes()[:-1])

    assert same_bits(run(spec, many), unbroken)
    assert events.warnings == ["training.checkpoint_damaged"]
    assert events.of("training.resumed")[0]["epochs_done"] == 0


def test_without_a_whole_checkpoint_a_run_stays_as_it_is(spec: RunSpec, many: Dataset) -> None:
    folder = spec.artifacts / ".training" / "run1"
    for path in folder.glob("*.ckpt"):
        path.write_bytes(b"")

    with pytest.raises(CheckpointError) as caught:
        train(spec, many)

    assert caught.value.exit_code == ExitCode.REFUSED
    assert {"epoch-000000.ckpt", "epoch-000001.ckpt", "run.json"} <= set(names(folder))


def test_a_run_does_not_go_on_with_other_images(spec: RunSpec, many: Dataset) -> None:
    images = many.images.copy()
    images[0, 14, 14] ^= 1

    with pytest.raises(ConflictError, match="other images than 'part'"):
        train(spec, replace(many, images=images))

    assert runs.find(spec.artifacts, None).run == "run1"


def test_a_run_that_is_not_there_can_not_be_resumed(spec: RunSpec, many: Dataset) -> None:
    with pytest.raises(RunNotFoundError):
        train(replace(spec, run="run2"), many)


def test_a_run_killed_between_publishing_and_tidying_publishes_once(
    stopped_once: Stopped, spec: RunSpec, many: Dataset, events: Events
) -> None:
    result = run(spec, many)
    before = events.names.copy()
    shutil.copytree(stopped_once.artifacts / ".training", spec.artifacts / ".training")

    assert run(spec, many) == result
    assert store.version_numbers(spec.artifacts) == [1]
    assert names(spec.artifacts) == [store.HIGHEST, "1"]
    assert events.names == before


def test_a_run_stopped_while_it_publishes_is_published_later(
    spec: RunSpec, many: Dataset, unbroken: TrainResult, events: Events
) -> None:
    def send(progress: Progress) -> None:
        if progress.epochs_done == 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(StoppedError, match="Stopped by SIGINT") as caught:
        train(spec, many, on_progress=send)

    assert "--resume run1" in caught.value.hint
    folder = spec.artifacts / ".training" / "run1"
    assert names(folder / runs.VERSION_FOLDER) == [versions.KERAS]
    assert names(spec.artifacts) == [".training"]

    trained = events.names.count("training.epoch_end")
    assert same_bits(run(spec, many), unbroken)
    assert events.names.count("training.epoch_end") == trained == 2


def test_a_checkpoint_that_can_not_be_written_does_not_end_a_run(
    many: Dataset, tmp_path: Path, unbroken: TrainResult, events: Events
) -> None:
    kept: list[str] = []
    with ExitStack() as until_epoch_2:

        def watch(progress: Progress) -> None:
            if progress.epochs_done == 1:
                until_epoch_2.enter_context(full_disk())
            elif 1 < progress.epochs_done < 2:
                until_epoch_2.close()
            elif progress.epochs_done == 3:
                kept.extend(names(tmp_path / ".training" / "run1"))

        result = run(RunSpec(LONGER, tmp_path, "run1"), many, watch)

    assert same_bits(result, unbroken)
    assert events.warnings == ["data.few_held_out", "training.checkpoint_failed"]
    (failed,) = events.of("training.checkpoint_failed")
    assert failed["epoch"] == 1
    assert "epoch-000001.ckpt" in failed["reason"]
    assert events.of("training.checkpoint_written_again") == [{"epoch": 2}]
    assert kept[:2] == ["epoch-000000.ckpt", "epoch-000002.ckpt"]


def test_a_disk_that_stays_full_is_said_once_and_tried_after_each_epoch(
    tmp_path: Path, events: Events
) -> None:
    keeper = _Keeper(tmp_path, None)
    keeper.keep(State(0, []))
    with full_disk():
        for epoch in (1, 2, 3):
            keeper.keep(State(epoch, [np.zeros(5_000)]))  # over 10 kB

    failed = events.of("training.checkpoint_failed")
    assert [fields["epoch"] for fields in failed] == [1, 2, 3]
    assert events.warnings == ["training.checkpoint_failed"]
    assert checkpoint.load(tmp_path).epoch == 0


def test_a_disk_that_is_full_from_the_start_is_found_out_before_the_first_epoch(
    digits: Dataset, tmp_path: Path
) -> None:
    told: list[object] = []

    with full_disk(), pytest.raises(StorageError, match=r"epoch-000000\.ckpt"):
        train(RunSpec(TINY, tmp_path, "run1"), digits, on_progress=told.append)

    assert told == []
    assert not list(tmp_path.iterdir())
