import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli import store, versions
from mnist_cli.core.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli

KEYS = {"version", "path", "run", "val_accuracy", "epochs", "train_s", "images_per_s"}


@dataclass(frozen=True)
class Trained:
    """What one `mnist train --json` left behind."""

    folder: Path
    result: dict[str, Any]
    stderr: str


@pytest.fixture(scope="module")
def small_npz(tmp_path_factory: pytest.TempPathFactory, test_split: Dataset) -> Path:
    """2,000 images to train on."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, x_train=test_split.images[:2000], y_train=test_split.labels[:2000])
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, small_npz: Path) -> Trained:
    """One epoch in a process of its own, as a user starts it."""
    folder = tmp_path_factory.mktemp("train")
    options = ["--recipe", "quick", "--epochs", "1", "--seed", "7", "--artifacts", "store"]
    done = subprocess.run(
        [sys.executable, "-m", "mnist_cli", "train", *options, "--data", small_npz, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    return Trained(folder, json.loads(line), done.stderr)


def test_the_document_has_the_keys_of_the_design(run: Trained) -> None:
    assert set(run.result) >= KEYS
    assert run.result["version"] == "1"
    assert run.result["path"] == "store/1"
    assert run.result["epochs"] == 1
    assert 0.3 < run.result["val_accuracy"] <= 1
    assert run.result["train_s"] > 0
    assert run.result["images_per_s"] > 0


def test_the_version_is_whole_and_nothing_else_is_left(run: Trained) -> None:
    names = {versions.KERAS, versions.H5, versions.TFLITE, versions.MANIFEST, versions.HISTORY}

    assert {path.name for path in (run.folder / "store" / "1").iterdir()} == names
    assert {path.name for path in (run.folder / "store").iterdir()} == {"1", store.HIGHEST}
    assert sorted(path.name for path in run.folder.iterdir()) == ["logs", "store"]


def test_the_manifest_says_how_it_came_about(run: Trained, small_npz: Path) -> None:
    manifest = versions.open_version(run.folder / "store" / "1").manifest

    assert manifest["run"] == run.result["run"]
    assert manifest["config"]["seed"] == 7
    assert manifest["config"]["epochs"] == 1
    assert manifest["config"]["recipe"] == "quick"
    assert manifest["data"]["name"] == str(small_npz)
    assert manifest["data"]["n"] == 2000
    assert manifest["metrics"]["val_n"] == 2000 // 12


def test_the_log_tells_the_run_in_events(run: Trained) -> None:
    (path,) = (run.folder / "logs").iterdir()
    events = [json.loads(line) for line in path.read_text().splitlines()]

    assert path.name.startswith("train-")
    assert path.name.endswith(f"-{run.result['run']}.jsonl")
    assert [event["event"] for event in events] == [
        "training.start",
        "training.epoch_end",
        "training.published",
    ]
    assert events[0]["images"] == 2000
    assert events[1]["epoch"] == 1
    assert events[1]["val_accuracy"] == pytest.approx(run.result["val_accuracy"], abs=1e-5)
    assert events[2]["version"] == "1"


def test_stderr_holds_the_events_and_none_of_tensorflows_noise(run: Trained) -> None:
    lines = run.stderr.splitlines()

    assert [line.split()[1] for line in lines] == [
        "training.start",
        "training.epoch_end",
        "training.published",
    ]
    assert "\x1b" not in run.stderr


def test_the_new_version_reads_pictures(
    mnist: Cli, run: Trained, digit_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run.folder)

    result = mnist("predict", digit_png, "--artifacts", "store", "--json")

    assert json.loads(result.stdout)["model"]["version"] == "1"


def test_the_next_run_gets_the_next_number_and_words_for_a_person(
    mnist: Cli, run: Trained, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run.folder / "store", "artifacts")

    result = mnist("train", "--recipe", "quick", "--epochs", 1, "--data", small_npz, "--seed", 7)

    assert result.exit_code == ExitCode.OK
    assert result.stdout.startswith("version 2  ")
    assert "model   artifacts/2" in result.stdout
    assert "log     logs/train-" in result.stdout
    again, first = (versions.open_version(Path("artifacts") / n) for n in ("2", "1"))
    assert again.manifest["metrics"]["val_accuracy"] == first.manifest["metrics"]["val_accuracy"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--data", "missing.npz"], ExitCode.NOT_FOUND, "missing.npz"),
        (["--data", "text.npz"], ExitCode.REFUSED, "text.npz"),
        (["--learning-rate", "0"], ExitCode.USAGE, "--learning-rate"),
        (["--epochs", "1000000"], ExitCode.USAGE, "--epochs"),
        (["--artifacts", "text.npz/store"], ExitCode.ENVIRONMENT, "text.npz/store"),
    ],
)
def test_a_run_that_can_not_be_is_refused_before_the_first_epoch(
    mnist: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: ExitCode,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.npz").write_text("hello")

    result = mnist("train", *arguments)

    assert result.exit_code == code
    assert words in result.stderr
    assert "epoch_end" not in result.stderr
    assert result.stdout == ""


def test_with_json_the_refusal_is_json(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = mnist("train", "--data", "missing.npz", "--json")

    assert json.loads(result.stdout)["error"]["code"] == "dataset_not_found"
    assert list(tmp_path.iterdir()) == []
