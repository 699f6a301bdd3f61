import csv
import io
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import mnist_cli
from mnist_cli import store, versions
from mnist_cli.core.config import RECIPES, ModelConfig, TrainConfig
from mnist_cli.core.dataset import Dataset, load_mnist
from mnist_cli.core.errors import ExitCode, StoppedError, StorageError, TrainingError
from mnist_cli.training.pipeline import train
from mnist_cli.training.signals import signals_heard

TINY = TrainConfig(model=ModelConfig(widths=(8,)), epochs=1, batch_size=32, validation_size=20)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    data = load_mnist("train")
    return Dataset("part", "train", data.images[:300], data.labels[:300])


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


def test_nothing_but_versions_stays_in_the_store(store_path: Path) -> None:
    assert not (store_path / ".training").exists()


def test_a_run_tells_what_it_published(digits: Dataset, tmp_path: Path) -> None:
    result = train(TINY, digits, tmp_path / "artifacts", "run1")
    record = result.to_record()

    assert set(record) >= {
        *("version", "path", "run", "val_accuracy", "epochs", "train_s", "images_per_s"),
    }
    assert (result.version, result.run, result.epochs) == ("1", "run1", 1)
    assert result.path == str(tmp_path / "artifacts" / "1")
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("artifacts", ["file/artifacts", "/proc/artifacts"])
def test_a_store_that_cannot_be_written_is_found_out_before_the_first_epoch(
    digits: Dataset, tmp_path: Path, artifacts: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    told: list[object] = []

    with pytest.raises(StorageError, match="Can't write") as caught:
        train(TINY, digits, tmp_path / artifacts, "run1", told.append)

    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert told == []


def test_a_run_that_diverges_leaves_no_version(digits: Dataset, tmp_path: Path) -> None:
    with pytest.raises(TrainingError):
        train(replace(TINY, learning_rate=10, weight_decay=1e30), digits, tmp_path, "run1")

    assert not list(tmp_path.iterdir())


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


def test_a_signal_stops_a_run_at_once_and_leaves_nothing_half(
    digits: Dataset, tmp_path: Path
) -> None:
    np.savez(tmp_path / "digits.npz", x_train=digits.images, y_train=digits.labels)
    command = [
        *("env", "--default-signal=INT"),  # whatever the tests were started under
        *(sys.executable, "-m", "mnist_cli", "train", "--recipe", "quick", "--epochs", "50000"),
        *("--data", "digits.npz"),
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("training.epoch_end" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        sent = time.perf_counter()
        stdout, stderr = process.communicate(timeout=20)

    assert time.perf_counter() - sent < 5
    assert process.returncode == ExitCode.INTERRUPT
    assert "Stopped by SIGINT" in stderr
    assert "Traceback" not in stderr
    assert stdout == ""
    assert store.version_numbers(tmp_path / "artifacts") == []
    assert not list((tmp_path / "artifacts").glob("*"))


def test_training_labels_without_some_digit_still_publish(digits: Dataset, tmp_path: Path) -> None:
    kept = np.flatnonzero(digits.labels < 2)
    data = replace(digits, images=digits.images[kept], labels=digits.labels[kept])

    assert train(TINY, data, tmp_path, "run1").version == "1"
