import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.models.model import open_model
from mnist_cli.core.store import store, versions
from mnist_cli.training import pipeline
from mnist_cli.training.result import TrainResult
from tests.cli.conftest import Trainings
from tests.conftest import Cli, Result
from tests.training.test_runs import leave

KEYS = {
    *("version", "path", "run", "val_accuracy", "epochs", "train_s", "images_per_s"),
    *("worn_n", "worn_accuracy", "reader", "reader_worn_accuracy", "reads_better"),
}


@dataclass(frozen=True)
class Trained:
    """What one `mnist train --json` left behind."""

    folder: Path
    result: dict[str, Any]
    stderr: str


@pytest.fixture(scope="module")
def small_npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 images to train on."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    digits = load_mnist("train")
    np.savez(path, x_train=digits.images[:2000], y_train=digits.labels[:2000])
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, small_npz: Path) -> Trained:
    """One epoch in a process of its own, as a user starts it."""
    folder = tmp_path_factory.mktemp("train")
    options = ["--recipe", "quick", "--epochs", "1", "--seed", "7", "--artifacts", "store"]
    options += ["--note", "a first try"]
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
    assert (manifest["note"], manifest["changes"]) == ("a first try", ["epochs=1"])


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
        "training.preparing",
        "training.start",
        "training.epoch_end",
        "training.published",
    ]
    assert 'device="CPU, ' in lines[1]
    assert "\x1b" not in run.stderr


def test_how_the_new_version_reads_pictures_is_said(
    mnist: Cli, run: Trained, digit_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run.folder)
    line = "predict", digit_png, "--artifacts", "store", "--json"

    named = mnist(*line, "--model", "1")
    unnamed = mnist(*line)

    assert json.loads(named.stdout)["model"]["version"] == "1"
    assert json.loads(unnamed.stdout)["model"]["version"] == "bundled"


def test_a_training_that_learnt_nothing_ends_with_3_and_makes_no_version(
    mnist: Cli, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with np.load(small_npz) as digits:
        labels = np.random.default_rng(0).permutation(digits["y_train"])
        np.savez("shuffled.npz", x_train=digits["x_train"], y_train=labels)

    options = ["--recipe", "quick", "--epochs", 1, "--data", "shuffled.npz"]
    result = mnist("train", *options, "--json")

    assert result.exit_code == ExitCode.REFUSED
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "learnt_nothing"
    assert error["message"].startswith("Nothing was learnt: ")
    assert "kept in 'artifacts/.training/" in error["message"]
    assert "labels in another order" in error["hint"]
    assert [path.name for path in Path("artifacts").iterdir()] == [".training"]


@pytest.fixture(scope="module")
def kept() -> dict[str, Result]:
    """What the run after the first one said, once it was made."""
    return {}


@pytest.fixture
def second(
    mnist: Cli,
    run: Trained,
    small_npz: Path,
    kept: dict[str, Result],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Result:
    """The same training again, for a person to read, into the same store; its folder to stand in.

    Its version is to be promoted if it reads pictures better than the bundled one, which it can't.
    """
    folder = tmp_path_factory.getbasetemp() / "second"
    if not kept:
        shutil.copytree(run.folder / "store", folder / "artifacts")
        monkeypatch.chdir(folder)
        options = ["--recipe", "quick", "--epochs", 1, "--data", small_npz, "--seed", 7]
        kept["second"] = mnist("train", *options, "--promote")
    monkeypatch.chdir(folder)
    return kept["second"]


def test_a_version_that_reads_pictures_worse_is_not_promoted(run: Trained, second: Result) -> None:
    assert second.exit_code == ExitCode.OK
    assert "reader  version 2 reads pictures worse than bundled: " in second.stdout
    assert (
        " of 166 images held out, worn as pictures are; not promoted;"
        " pictures are still read by bundled\n" in second.stdout
    )
    assert "models promote" not in second.stdout + second.stderr
    assert not Path("artifacts", store.ALIASES).exists()
    worn = versions.open_version(Path("artifacts/2")).manifest["metrics"]["worn"]
    assert (worn["n"], worn["reader"]) == (166, "bundled")
    assert worn["p_value"] < 0.05
    assert (run.result["reader"], run.result["reads_better"]) == ("bundled", False)


def test_the_next_run_gets_the_next_number_and_words_for_a_person(second: Result) -> None:
    assert second.exit_code == ExitCode.OK
    assert second.stdout.startswith("version 2  ")
    assert "model   artifacts/2" in second.stdout
    assert "log     logs/train-" in second.stdout
    again, first = (versions.open_version(Path("artifacts") / n) for n in ("2", "1"))
    assert again.manifest["metrics"]["val_accuracy"] == first.manifest["metrics"]["val_accuracy"]


def test_a_version_that_reads_pictures_better_is_promoted_if_that_is_wanted(
    mnist: Cli, run: Trained, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run.folder / "store", "artifacts")
    mnist("models", "promote", "1")
    options = ["--from", "bundled", "--epochs", 1, "--data", small_npz, "--set", "outliers=0"]

    told = mnist("train", *options)
    made = versions.open_version(Path("artifacts/2"))
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "train", Trainings(results=[TrainResult.of(made)]).train)
        promoted = mnist("train", *options, "--promote", "--json")

    assert "reader  version 2 reads pictures better than version 1: " in told.stdout
    assert "; `mnist models promote 2` makes it" in told.stdout
    document = json.loads(promoted.stdout)
    assert (document["version"], document["reader"], document["promoted"]) == ("2", "1", True)
    assert store.stored_aliases(Path("artifacts")) == {"champion": "2"}

    mnist("models", "promote", "1")
    again = mnist("train", "--resume", made.manifest["run"], "--promote", "--json")

    assert json.loads(again.stdout)["promoted"] is True
    assert store.stored_aliases(Path("artifacts")) == {"champion": "2"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--data", "missing.npz"], ExitCode.NOT_FOUND, "missing.npz"),
        (["--data", "text.npz"], ExitCode.REFUSED, "text.npz"),
        (["--learning-rate", "0"], ExitCode.USAGE, "--learning-rate"),
        (["--epochs", "1000000"], ExitCode.USAGE, "--epochs"),
        (["--note", "x" * 501], ExitCode.USAGE, "--note takes 500 characters. Received: 501."),
        (["--seeds", "0"], ExitCode.USAGE, "as 0,1,2. Received: '0'."),
        (["--seeds", "1,1"], ExitCode.USAGE, "each once"),
        (["--seeds", "1,-1"], ExitCode.USAGE, "Received: '1,-1'."),
        (["--seeds", "0,1", "--seed", "2"], ExitCode.USAGE, "--seeds goes without --seed"),
        (["--seeds", "0,1", "--set", "seed=5"], ExitCode.USAGE, "without --seed, --set seed"),
        (["--seed", "3", "--set", "seed=5"], ExitCode.USAGE, "option, and by --set: seed."),
        (["--set", "dropout=1"], ExitCode.USAGE, "dropout must be 0 to 0.95"),
        (["--set", "widths=8;8"], ExitCode.USAGE, "widths must be whole numbers"),
        (["--set", "droput=0.5"], ExitCode.USAGE, "Did you mean dropout"),
        (["--set", "epochs"], ExitCode.USAGE, "--set takes NAME=VALUE"),
        (["--set", "stem=8"], ExitCode.USAGE, "a cnn's"),
        (["7f3a9c"], ExitCode.USAGE, "'7f3a9c': a run is named with --resume alone."),
        (["--resume"], ExitCode.NOT_FOUND, "No unfinished run."),
        (["--resume", "7f3a9c"], ExitCode.NOT_FOUND, "No unfinished run '7f3a9c'."),
        (["--resume", "../7f3a9c"], ExitCode.NOT_FOUND, "No unfinished run '../7f3a9c'."),
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


# settings


def test_any_figure_of_a_recipe_can_be_set(
    mnist: Cli, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    figures = ["stem=2", "blocks=3/4", "widths=", "epochs=6", "elastic_px=0", "precision=float32"]
    options = [word for figure in figures for word in ("--set", figure)]

    result = mnist(
        *("train", "--arch", "cnn", "--recipe", "quick", "--data", small_npz, "--json"), *options
    )

    assert result.exit_code == ExitCode.OK, result.stderr
    config = versions.open_version(tmp_path / "artifacts" / "1").manifest["config"]
    assert config["model"] | {"stem": 2, "blocks": [[3], [4]], "widths": []} == config["model"]
    assert (config["epochs"], config["recipe"], config["precision"]) == (6, "quick", "float32")
    assert config["distortion"]["elastic_px"] == 0
    assert config["distortion"]["rotation_deg"] > 0


def test_a_run_resumed_with_other_settings_is_refused_with_each_of_them(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    leave(tmp_path / "artifacts")
    options = ["--epochs", "4", "--seed", "7", "--set", "widths=16"]

    result = mnist("train", "--resume", *options, "--json")

    error = json.loads(result.stdout)["error"]
    assert result.exit_code == ExitCode.CONFLICT
    assert error["code"] == "conflict"
    assert "epochs is 3, not 4; widths is (8, 4), not (16,)" in error["message"]
    assert "seed" not in error["message"]


def test_a_resumed_run_takes_its_settings_and_its_data_from_where_it_began(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    leave(tmp_path / "artifacts")

    result = mnist("train", "--resume", "run1", "--epochs", 3, "--set", "widths=8,4")

    assert result.exit_code == ExitCode.NOT_FOUND
    assert "No data set at 'digits.npz'" in result.stderr


def test_the_settings_of_a_recipe_are_explained_and_nothing_is_trained(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["train", "--settings", "--arch", "cnn", "--recipe", "best", "--set", "shear=0.3"]

    shown = mnist(*options)
    records = {one["name"]: one for one in json.loads(mnist(*options, "--json").stdout)}

    assert shown.exit_code == ExitCode.OK
    for words in ("blocks", "48,48/96,96", "rotation_deg", "degrees", "0 to 180", "degradations"):
        assert words in shown.stdout
    assert (records["epochs"]["default"], records["shear"]["default"]) == ("16", "0.3")
    assert records["batch_size"]["unit"] == "images"
    assert list(tmp_path.iterdir()) == []


def test_optimiser_schedule_class_weights_and_patience_can_be_chosen(
    mnist: Cli, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = ["optimizer=sgd", "schedule=linear", "class_weights=balanced"]
    options = [word for figure in chosen for word in ("--set", figure)]
    options += ["--learning-rate", "0.1", "--epochs", "30", "--patience", "2"]

    result = mnist("train", "--recipe", "quick", "--data", small_npz, "--json", *options)

    assert result.exit_code == ExitCode.OK, result.stderr
    manifest = versions.open_version(tmp_path / "artifacts" / "1").manifest
    config, metrics = manifest["config"], manifest["metrics"]
    assert (config["optimizer"], config["schedule"]) == ("sgd", "linear")
    assert (config["class_weights"], config["patience"]) == ("balanced", 2)
    assert json.loads(result.stdout)["epochs"] == metrics["epochs"] < 30
    assert metrics["epochs"] == metrics["chosen_epoch"] + 2


def test_each_seed_is_trained_and_mean_and_deviation_are_told(
    mnist: Cli, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["train", "--recipe", "quick", "--epochs", "1", "--data", small_npz]

    shown = mnist(*options, "--seeds", "4,5")
    made = [versions.open_version(Path("artifacts") / number) for number in "12"]
    untrained = Trainings(results=[TrainResult.of(version) for version in made])
    monkeypatch.setattr(pipeline, "train", untrained.train)
    told = mnist(*options, "--seeds", "4,5", "--json", "--promote")

    document = json.loads(told.stdout)
    runs = document["runs"]
    assert [run["version"] for run in runs] == ["1", "2"]
    assert [run["promoted"] for run in runs] == [False, False]
    a, b = (run["val_accuracy"] for run in runs)
    assert document["seeds"] == [4, 5]
    assert document["val_accuracy"] == pytest.approx((a + b) / 2, abs=1e-6)
    assert document["val_accuracy_deviation"] == pytest.approx(abs(a - b) / 2**0.5, abs=1e-5)
    assert [version.manifest["config"]["seed"] for version in made] == [4, 5]
    assert [spec.config.seed for spec, _ in untrained.asked] == [4, 5]
    assert store.version_numbers(Path("artifacts")) == [1, 2]
    last = shown.stdout.splitlines()[-1]
    assert last.startswith(f"seeds 4, 5: {50 * (a + b):.2f} ± ")
    assert "of 2 trainings" in last
    assert "retracing" not in shown.stderr + told.stderr


# a run in five processes


@dataclass(frozen=True)
class Ended:
    """How one of them ended."""

    code: int
    stdout: str
    stderr: str
    stop_s: float

    @property
    def epochs(self) -> list[int]:
        return [int(epoch) for epoch in re.findall(r" epoch=([0-9]+) ", self.stderr)]


@dataclass(frozen=True)
class Broken:
    """A run that was stopped three times, killed, and met a full disk."""

    folder: Path
    run: str
    ended: dict[str, Ended]

    @property
    def store(self) -> Path:
        return self.folder / "artifacts"


# of many small steps, so that an epoch lasts long enough to be met by a signal
OPTIONS = ["--recipe", "quick", "--epochs", "16", "--batch-size", "1", "--data", "few.npz"]
OPTIONS += ["--set", "widths=8", "--set", "dropout=0.1", "--set", "average_decay=0.99"]


def interrupt(folder: Path, number: signal.Signals, *options: str) -> Ended:
    """Send a signal once an epoch is over."""
    command = ["env", "--default-signal", sys.executable, "-m", "mnist_cli", "train", *options]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        heard = []
        for line in process.stderr:
            heard.append(line)
            if "training.epoch_end" in line:
                break
        process.send_signal(number)
        sent = time.perf_counter()
        stdout, rest = process.communicate(timeout=20)
        stop_s = time.perf_counter() - sent
    return Ended(process.returncode, stdout, "".join(heard) + rest, stop_s)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, test_split: Dataset, run: Trained) -> Broken:
    folder = tmp_path_factory.mktemp("broken")
    np.savez(folder / "few.npz", x_train=test_split.images[:1000], y_train=test_split.labels[:1000])
    shutil.copytree(run.folder / "store", folder / "artifacts")
    ended = {
        "SIGTERM": interrupt(folder, signal.SIGTERM, *OPTIONS),
        "SIGINT": interrupt(folder, signal.SIGINT, "--resume"),
    }
    (unfinished,) = (folder / "artifacts" / ".training").iterdir()
    ended["SIGHUP"] = interrupt(folder, signal.SIGHUP, "--resume", unfinished.name)
    ended["SIGKILL"] = interrupt(folder, signal.SIGKILL, "--resume")
    full = subprocess.run(
        ["prlimit", "--fsize=20000", sys.executable, "-m", "mnist_cli", "train", "--resume"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    ended["full disk"] = Ended(full.returncode, full.stdout, full.stderr, 0)
    return Broken(folder, unfinished.name, ended)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_run_at_once_and_says_how_to_go_on(
    broken: Broken, number: signal.Signals
) -> None:
    ended = broken.ended[number.name]

    assert ended.code == 128 + number
    assert ended.stop_s < 5
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[-1] == (
        f"Stopped by {number.name}. Go on with `mnist train --resume {broken.run}`."
    )
    assert "Traceback" not in ended.stderr


@pytest.mark.long
def test_each_process_goes_on_where_the_one_before_was(broken: Broken) -> None:
    first, *others = broken.ended.values()

    assert "training.start" in first.stderr
    done = first.epochs[-1]
    assert first.epochs == list(range(1, done + 1))
    for ended in others:
        assert f"training.resumed  run={broken.run}" in ended.stderr
        assert ended.epochs[0] - 1 in {done, done - 1}  # killed before it wrote the checkpoint
        done = ended.epochs[-1]
    assert broken.ended["SIGKILL"].code == -signal.SIGKILL
    assert done == 16


@pytest.mark.long
def test_a_full_disk_ends_a_run_without_a_new_version(broken: Broken, run: Trained) -> None:
    ended = broken.ended["full disk"]

    assert ended.code == ExitCode.ENVIRONMENT
    assert ended.stdout == ""
    assert "warning: training.checkpoint_failed" in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("error: Can't write 'artifacts/.training/")
    assert last.endswith(f"File too large. Go on with `mnist train --resume {broken.run}`.")
    assert "Traceback" not in ended.stderr
    before = run.folder / "store" / "1"
    assert store.version_numbers(broken.store)[0] == 1
    for path in before.iterdir():
        assert (broken.store / "1" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.long
def test_after_all_that_a_run_ends_in_the_bits_of_an_unbroken_one(
    mnist: Cli, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(broken.folder)
    resumed = mnist("train", "--resume", "--json")
    again = mnist("train", "--resume", broken.run, "--json")
    unbroken = mnist("train", *OPTIONS, "--artifacts", "other", "--json")

    assert resumed.exit_code == again.exit_code == unbroken.exit_code == ExitCode.OK
    assert json.loads(resumed.stdout)["run"] == broken.run
    assert json.loads(resumed.stdout)["version"] == "2"
    assert again.stdout == resumed.stdout
    assert "training.already_complete" in again.stderr
    assert sorted(path.name for path in broken.store.iterdir()) == [store.HIGHEST, "1", "2"]
    models = [open_model(Path(p) / versions.KERAS)[0] for p in ("artifacts/2", "other/1")]
    mine, other = (model.get_weights() for model in models)
    assert all(np.array_equal(a, b) for a, b in zip(mine, other, strict=True))


def test_the_dense_net_has_no_bundled_recipe(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = mnist("train", "--recipe", "bundled")

    assert result.exit_code == ExitCode.USAGE
    assert "dense has no recipe 'bundled'. dense has quick, standard, best; cnn" in result.stderr
    assert list(tmp_path.iterdir()) == []
