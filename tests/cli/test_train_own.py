"""`mnist train` on a user's own data, and from a version."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_cli.api.data_checks import warn_of_few_images, warn_of_repeats
from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.metrics import wilson_interval
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.core.store import store, versions
from mnist_cli.training import pipeline
from mnist_cli.training.run_spec import RunSpec
from tests.cli.conftest import Trainings
from tests.conftest import Cli, Events, Result

TINY = ["--recipe", "quick", "--epochs", "1", "--set", "widths=8"]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 1,200 images in an .npz and 30 pictures of one's own."""
    folder = tmp_path_factory.mktemp("given")
    data = load_mnist("train")
    np.savez(folder / "part.npz", x_train=data.images[:1_200], y_train=data.labels[:1_200])
    few = Dataset("", "train", data.images[-30:], data.labels[-30:])
    write_pictures(folder / "my digits", few)
    return folder


@pytest.fixture
def folder(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to stand in."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(given, tmp_path, dirs_exist_ok=True))


@dataclass(frozen=True)
class Trained:
    """What one `mnist train` left behind."""

    folder: Path
    result: Result


@pytest.fixture(scope="module")
def done() -> dict[tuple[str, ...], Trained]:
    """What was trained with which options."""
    return {}


@pytest.fixture
def train_once(
    mnist: Cli,
    given: Path,
    done: dict[tuple[str, ...], Trained],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Trained]:
    """Train in a folder of its own, unless a test before did, and stand in it."""

    def train(*options: str) -> Trained:
        if options not in done:
            folder = tmp_path_factory.mktemp("trained")
            shutil.copytree(given, folder, dirs_exist_ok=True)
            monkeypatch.chdir(folder)
            done[options] = Trained(folder, mnist("train", *TINY, *options))
        monkeypatch.chdir(done[options].folder)
        return done[options]

    return train


MIXED = "--data", "part.npz", "--data", "my digits"
OWN = "--data", "my digits", "--tensorboard", "board", "--json"


def write_pictures(folder: Path, data: Dataset) -> None:
    """Write pictures, enlarged and in dark ink, into 0/ to 9/."""
    for number, (image, label) in enumerate(zip(data.images, data.labels, strict=True)):
        path = folder / str(label) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image).resize((112, 112)).save(path)


def manifest(number: int = 1) -> dict[str, object]:
    return versions.open_version(Path("artifacts") / str(number)).manifest


def test_pictures_are_mixed_with_other_images(
    mnist: Cli, train_once: Callable[..., Trained]
) -> None:
    result = train_once(*MIXED).result

    assert result.exit_code == ExitCode.OK, result.stderr
    data = manifest()["data"]
    assert isinstance(data, dict)
    assert (data["name"], data["n"]) == ("part.npz + my digits", 1_230)
    assert [source["name"] for source in data["sources"]] == ["part.npz", "my digits"]
    assert "trained_on" not in mnist("evaluate").stderr
    assert mnist("models", "verify", "--json").exit_code == ExitCode.OK


def test_pictures_alone_are_trained_on_as_predict_sees_them(
    mnist: Cli, train_once: Callable[..., Trained]
) -> None:
    result = train_once(*OWN).result

    assert result.exit_code == ExitCode.OK, result.stderr
    data = manifest()["data"]
    measured = mnist("evaluate", "--data", "my digits", "--json")
    evaluated = json.loads(measured.stdout)
    assert 'warning: data.trained_on  data="my digits" version=1' in measured.stderr
    assert isinstance(data, dict)
    assert data == {"name": "my digits", "n": 30, "sha256": evaluated["data"]["sha256"]}


def test_the_environment_names_several_as_it_names_folders_of_programs(
    mnist: Cli, folder: Path, untrained: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DATA", "part.npz:my digits")
    mnist("train", *TINY)
    monkeypatch.setenv("MNIST_DATA", "my digits")
    mnist("train", *TINY)

    names = [spec.to_dict(dataset)["data"]["name"] for spec, dataset in untrained.asked]
    assert names == ["part.npz + my digits", "my digits"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--data", "mnist", "--data", "nowhere"], ExitCode.NOT_FOUND, "No data set at 'nowhere'"),
        (["--data", "part.npz", "--data", "./part.npz"], ExitCode.REFUSED, "given twice"),
        (["--from", "9"], ExitCode.NOT_FOUND, "No model '9'."),
        (["--from", "model.h5"], ExitCode.REFUSED, "Give a version"),
        (["--from", "bundled", "--arch", "dense"], ExitCode.USAGE, "arch is cnn, not dense"),
        (["--from", "bundled", "--set", "stem=8"], ExitCode.USAGE, "stem is 24, not 8"),
        (["--from", "bundled", "--seed", "5"], ExitCode.USAGE, "seed is 0, not 5"),
        (["--from", "bundled", "--resume"], ExitCode.USAGE, "without --from"),
    ],
)
def test_what_can_not_be_is_refused_before_training(
    mnist: Cli, folder: Path, options: list[str], code: ExitCode, words: str
) -> None:
    Path("model.h5").write_bytes(b"")
    result = mnist("train", *options)

    assert result.exit_code == code
    assert words in result.stderr
    assert not Path("artifacts").exists()


def test_training_goes_on_from_a_version_with_its_settings(
    mnist: Cli, folder: Path, store_path: Path
) -> None:
    shutil.copytree(store_path, "artifacts")
    result = mnist("train", "--from", "latest", "--epochs", 1, "--data", "part.npz", "--json")

    assert result.exit_code == ExitCode.OK, result.stderr
    before, after = manifest(1), manifest(2)
    config, old = after["config"], before["config"]
    assert isinstance(config, dict)
    assert isinstance(old, dict)
    assert config["model"] == old["model"]
    assert config["epochs"] == 1
    assert config["learning_rate"] < old["learning_rate"]
    version = versions.open_version(Path("artifacts/1"))
    assert after["from"] == {"version": "1", "sha256": version.sha256}
    assert json.loads(result.stdout)["val_accuracy"] > 0.95  # one epoch on 1,100 images gives less


def test_test_images_among_those_to_train_on_are_named(
    mnist: Cli, folder: Path, test_split: Dataset, untrained: Trainings
) -> None:
    for at in range(7):
        path = Path("my digits") / str(test_split.labels[at]) / f"test{at}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(test_split.images[at]).save(path)
    result = mnist("train", *TINY, "--data", "part.npz", "--data", "my digits")

    (line,) = [text for text in result.stderr.splitlines() if "test_images_trained_on" in text]
    assert 'warning: data.test_images_trained_on  data="my digits" test=mnist count=7' in line
    assert '"my digits/1/test5.png is mnist test 5"' in line
    assert line.count(" is mnist test ") == 5
    assert len(untrained.asked) == 1
    assert result.exit_code == ExitCode.OK


def test_a_data_set_is_compared_with_its_own_test_images(
    mnist: Cli, folder: Path, untrained: Trainings
) -> None:
    images, labels = np.load("part.npz")["x_train"], np.load("part.npz")["y_train"]
    split = {"x_test": images[-9:], "y_test": labels[-9:]}
    np.savez("own.npz", x_train=images, y_train=labels, **split)
    result = mnist("train", *TINY, "--data", "own.npz")

    assert "data=own.npz test=own.npz count=9 exact=9" in result.stderr
    assert '"own.npz train 1191 is own.npz test 0"' in result.stderr


def test_data_that_changed_since_the_version_was_trained_are_told(
    mnist: Cli, folder: Path, train_once: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = "train", "--from", "latest", "--epochs", 1, "--data", "my digits"
    shutil.copytree(train_once(*OWN).folder / "artifacts", folder / "artifacts")
    monkeypatch.chdir(folder)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "train", Trainings().train)
        same = mnist(*again)
    data = load_mnist("train")
    write_pictures(Path("my digits"), Dataset("", "train", data.images[-36:], data.labels[-36:]))
    changed = mnist(*again)

    assert "data.changed_since_version" not in same.stderr
    assert 'data.changed_since_version  data="my digits" version=1' in changed.stderr
    assert store.version_numbers(Path("artifacts")) == [1, 2]


def test_curves_go_to_a_folder_of_the_run(train_once: Callable[..., Trained]) -> None:
    result = train_once(*OWN).result

    run = json.loads(result.stdout)["run"]
    (events,) = Path("board").glob("*/*")
    assert events.parent.name == run
    assert b"val_accuracy" in events.read_bytes()
    assert "tensorboard" not in manifest()


def test_a_folder_for_curves_that_can_not_be_written_is_told_before_training(
    mnist: Cli, folder: Path
) -> None:
    result = mnist("train", *TINY, "--data", "my digits", "--tensorboard", "part.npz")

    assert result.exit_code == ExitCode.ENVIRONMENT
    assert "Can't write 'part.npz/" in result.stderr
    assert "epoch_end" not in result.stderr
    assert not Path("artifacts/.training").exists()


def test_images_that_a_training_set_repeats_are_told_and_kept_in_the_manifest(
    tmp_path: Path, events: Events
) -> None:
    images = load_mnist("train").images[[0, 1, 0, 0, 2]]
    labels = np.array([5, 0, 5, 6, 4], np.uint8)
    dataset = Dataset("own.npz", "train", images, labels)

    warn_of_repeats(dataset)
    data = RunSpec(RECIPES["dense", "quick"]).to_dict(dataset)["data"]

    counts = {"repeated": 1, "contradicting": 1}
    first = ["own.npz train 3 is own.npz train 0", "own.npz train 2 is own.npz train 0"]
    assert events.of("data.images_repeated") == [{"data": "own.npz", **counts, "first": first}]
    assert data == {"name": "own.npz", "n": 5, "sha256": dataset.sha256, **counts}


@pytest.mark.parametrize(
    ("n", "left_out", "goes_on", "warned"),
    [
        (60_000, None, False, []),
        (1_500, None, False, []),
        (1_500, 3, False, ["data.classes_absent"]),
        (600, None, False, ["data.few_images"]),
        (600, 7, True, ["data.classes_absent"]),
        (2, None, False, ["data.classes_absent", "data.few_images"]),
    ],
)
def test_few_images_and_absent_classes_are_told(
    events: Events, n: int, left_out: int | None, goes_on: bool, warned: list[str]
) -> None:
    mnist = load_mnist("train")
    kept = mnist.labels[:n] != left_out
    dataset = Dataset("own.npz", "train", mnist.images[:n][kept], mnist.labels[:n][kept])

    warn_of_few_images(dataset, goes_on=goes_on)

    assert events.warnings == warned
    if left_out:
        assert events.of("data.classes_absent")[0]["classes"] == [str(left_out)]


def test_an_accuracy_says_of_how_many_with_its_interval(
    train_once: Callable[..., Trained],
) -> None:
    result = train_once(*MIXED).result

    metrics = manifest()["metrics"]
    assert isinstance(metrics, dict)
    low, high = wilson_interval(round(102 * metrics["val_accuracy"]), 102)
    words = f" % of 102 images held out (95 % interval {100 * low:.2f} to {100 * high:.2f} %), 1 ep"
    assert words in result.stdout
    assert (
        'data.few_held_out  data="my digits" held_out=2 means="each image is 50.0' in result.stderr
    )
