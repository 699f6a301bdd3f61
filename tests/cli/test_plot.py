from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mnist_cli
from mnist_cli.api.data import open_data
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import versions
from mnist_cli.core.store.versions import Version
from mnist_cli.evaluation.corruptions import CORRUPTIONS
from mnist_cli.evaluation.evaluate import Evaluation, evaluate
from mnist_cli.evaluation.sweeps import SWEEPS
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reporting.plots import digits, history, quality, weights
from mnist_cli.reporting.plots.robustness import robustness
from mnist_cli.reporting.plots.style import save
from tests.cli.conftest import texts
from tests.conftest import Cli

FROM_THE_MODEL = ["history", "weights"]
FROM_DATA = {
    "confusion": quality.confusion,
    "samples": digits.samples,
    "errors": digits.errors,
    "calibration": quality.calibration,
}
MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF-"}


@pytest.fixture(scope="module")
def version(store_path: Path) -> Version:
    return versions.open_version(store_path / "1")


@pytest.fixture(scope="module")
def measured(version: Version, test_split: Dataset) -> Evaluation:
    few = Dataset("mnist", "test", test_split.images[:300], test_split.labels[:300])
    return evaluate(LiteRTClassifier(version), few)


@pytest.fixture(scope="module")
def sixty_npz(tmp_path_factory: pytest.TempPathFactory, test_split: Dataset) -> Path:
    """The first 60 test images, which robustness changes in a hundred ways."""
    path = tmp_path_factory.mktemp("data") / "sixty.npz"
    np.savez(path, x_test=test_split.images[:60], y_test=test_split.labels[:60])
    return path


@pytest.mark.parametrize("kind", [*FROM_THE_MODEL, *FROM_DATA, "robustness"])
def test_every_figure_is_drawn_the_same_each_time(
    mnist: Cli, trained: Path, few_npz: Path, sixty_npz: Path, kind: str
) -> None:
    names = ["first.png", "second.png"]
    few = sixty_npz if kind == "robustness" else few_npz
    data = [] if kind in FROM_THE_MODEL else ["--data", few]

    for name in names:
        result = mnist("plot", kind, *data, "--output", name)
        assert result.exit_code == ExitCode.OK
        assert result.stdout == f"{name}\n"
        assert Path(name).read_bytes().startswith(MAGIC["png"])

    assert Path("first.png").read_bytes() == Path("second.png").read_bytes()
    assert sorted(path.name for path in trained.iterdir()) == sorted(names)


@pytest.mark.parametrize("file_format", MAGIC)
def test_any_format_is_the_same_each_time(
    version: Version, tmp_path: Path, file_format: str
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        save(history.history(version), path, file_format)

    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(MAGIC[file_format])


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ([], "history.png"),
        (["--format", "svg"], "history.svg"),
        (["-o", "mine.PNG"], "mine.PNG"),
        (["-o", "mine.pdf", "--format", "pdf"], "mine.pdf"),
    ],
)
def test_the_file_is_named_after_the_figure_or_as_asked(
    mnist: Cli, trained: Path, options: list[str], name: str
) -> None:
    assert mnist("plot", "history", *options).stdout == f"{name}\n"
    assert [path.name for path in trained.iterdir()] == [name]


@pytest.mark.parametrize(
    "options",
    [
        ["-o", "a.png", "--format", "svg"],
        ["-o", "a.jpg"],
        ["-o", "a"],
        ["--format", "gif"],
        ["--data", "mnist"],
    ],
)
def test_a_command_that_contradicts_itself_is_misuse(
    mnist: Cli, trained: Path, options: list[str]
) -> None:
    result = mnist("plot", "history", *options)

    assert result.exit_code == ExitCode.USAGE
    assert result.stdout == ""
    assert list(trained.iterdir()) == []


def test_an_existing_figure_is_kept_unless_force_is_given(mnist: Cli, trained: Path) -> None:
    output = Path("history.png")
    output.write_text("precious")

    refused = mnist("plot", "history")
    assert refused.exit_code == ExitCode.CONFLICT
    assert "--force" in refused.stderr
    assert output.read_text() == "precious"

    assert mnist("plot", "history", "--force").exit_code == ExitCode.OK
    assert output.read_bytes().startswith(MAGIC["png"])


def test_a_missing_folder_is_said_before_anything_is_drawn(mnist: Cli, trained: Path) -> None:
    result = mnist("plot", "history", "-o", "nowhere/history.png")

    assert result.exit_code == ExitCode.ENVIRONMENT
    assert "nowhere" in result.stderr


@pytest.mark.parametrize("kind", ["history", "confusion", "weights"])
def test_without_a_model_it_says_how_to_get_one(mnist: Cli, trained: Path, kind: str) -> None:
    result = mnist("plot", kind, "--model", "9")

    assert result.exit_code == ExitCode.NOT_FOUND
    assert "mnist train" in result.stderr


def test_weights_are_drawn_from_a_models_file(mnist: Cli, trained: Path, store_path: Path) -> None:
    copy = trained / "theirs.keras"
    copy.write_bytes((store_path / "1" / versions.KERAS).read_bytes())

    assert mnist("plot", "weights", "--model", copy).exit_code == ExitCode.OK
    with Image.open("weights.png") as figure:
        assert figure.width > 800


def test_a_models_file_has_no_history(mnist: Cli, trained: Path, store_path: Path) -> None:
    result = mnist("plot", "history", "--model", store_path / "1" / versions.H5)

    assert result.exit_code == ExitCode.REFUSED
    assert "no history" in result.stderr


@pytest.mark.parametrize("kind", FROM_DATA)
def test_a_figure_names_model_data_and_tool(
    measured: Evaluation, version: Version, kind: str
) -> None:
    words = texts(FROM_DATA[kind](measured))

    assert f"model 1 ({version.sha256[:8]})" in words
    assert f"mnist test ({measured.dataset.sha256[:8]}), n = 300" in words
    assert f"mnist-cli {mnist_cli.__version__}" in words


def test_the_history_names_what_it_was_trained_on(version: Version) -> None:
    figure = history.history(version)

    words = texts(figure)
    assert f"model 1 ({version.sha256[:8]})" in words
    assert f"mnist train ({version.manifest['data']['sha256'][:8]})" in words
    assert f"chosen: epoch {version.manifest['metrics']['chosen_epoch']}" in words
    loss = figure.axes[0].lines[0].get_ydata()
    assert list(np.asarray(loss)) == [row["loss"] for row in version.read_history()]


def test_the_weights_of_a_file_are_named_by_its_digest() -> None:
    kernels = np.random.default_rng(0).normal(size=(5, 28, 28)).astype(np.float32)

    words = texts(weights.weights(kernels, {"version": None, "sha256": "0123456789abcdef"}))

    assert "model file (01234567)" in words
    assert "5 of 5 units" in words


def test_the_confusion_shows_every_count(measured: Evaluation) -> None:
    words = texts(quality.confusion(measured)).splitlines()

    assert f"{measured.errors} errors in 300 images" in "\n".join(words)
    for digit in range(10):
        assert str(measured.confusion[digit, digit]) in words


def test_the_mistakes_say_what_was_read_and_what_is_true(measured: Evaluation) -> None:
    words = texts(digits.errors(measured))

    surest = measured.wrong[0]
    read, true = measured.predictions[surest], measured.dataset.labels[surest]
    assert f"✗ {read}, not {true}" in words
    assert "in 300 images: all, the surest first" in " ".join(words.split())


@pytest.mark.parametrize("kind", FROM_DATA)
def test_a_model_without_mistakes_is_drawn_too(
    version: Version, measured: Evaluation, tmp_path: Path, kind: str
) -> None:
    right = np.flatnonzero(measured.predictions == measured.dataset.labels)[:3]
    data = Dataset("mine", "test", measured.dataset.images[right], measured.dataset.labels[right])
    perfect = evaluate(LiteRTClassifier(version), data)

    save(FROM_DATA[kind](perfect), tmp_path / "a.png", "png")

    assert perfect.errors == 0
    assert (tmp_path / "a.png").read_bytes().startswith(MAGIC["png"])


def test_the_robustness_names_each_corruption_and_sweep(version: Version, sixty_npz: Path) -> None:
    data = open_data(str(sixty_npz), "test")
    result = evaluate(LiteRTClassifier(version), data, with_robustness=True)
    measured = result.robustness
    assert measured is not None

    words = texts(robustness(result))

    assert f"mean error {100 * measured.mean_error:.2f} %" in words
    assert all(name.replace("_", " ") in words for name in CORRUPTIONS)
    assert all(name.replace("_", " ").capitalize() in words for name in SWEEPS)
    assert "n = 60" in words


def test_what_was_not_measured_is_not_drawn(measured: Evaluation) -> None:
    with pytest.raises(ValueError, match="without its robustness"):
        robustness(measured)


@pytest.mark.parametrize("name", ["a$b$c^{$", "a\udcffb", "a\x1b\u202eb", "漢字"])
def test_any_path_can_stand_in_a_caption(measured: Evaluation, tmp_path: Path, name: str) -> None:
    named = replace(measured, dataset=replace(measured.dataset, name=name))

    save(quality.confusion(named), tmp_path / "a.png", "png")

    assert (tmp_path / "a.png").read_bytes().startswith(MAGIC["png"])
