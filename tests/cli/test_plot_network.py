import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import AxesImage

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import DatasetError, ExitCode
from mnist_cli.core.models.file_classifier import Known
from mnist_cli.core.models.graph_classifier import KerasClassifier
from mnist_cli.core.store import versions
from mnist_cli.evaluation.evaluate import Evaluation, evaluate
from mnist_cli.reporting.plots import embedding, saliency
from tests.cli.conftest import texts
from tests.conftest import Cli

KINDS = ["embedding", "saliency"]


@pytest.fixture(scope="module")
def network(store_path: Path) -> KerasClassifier:
    return KerasClassifier(store_path / "1" / versions.KERAS, Known("1"))


@pytest.fixture(scope="module")
def sixty_npz(tmp_path_factory: pytest.TempPathFactory, test_split: Dataset) -> Path:
    """Few images, for neighbours are sought among all of them."""
    path = tmp_path_factory.mktemp("data") / "sixty.npz"
    np.savez(path, x_test=test_split.images[:60], y_test=test_split.labels[:60])
    return path


@pytest.fixture(scope="module")
def measured(network: KerasClassifier, test_split: Dataset) -> Evaluation:
    few = Dataset("mnist", "test", test_split.images[:300], test_split.labels[:300])
    return evaluate(network, few)


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_of_the_network_is_drawn_the_same_each_time(
    mnist: Cli, trained: Path, sixty_npz: Path, kind: str
) -> None:
    for name in ("first.png", "second.png"):
        result = mnist("plot", kind, "--data", sixty_npz, "-o", name)
        assert result.exit_code == ExitCode.OK, result.stderr
        assert result.stdout == f"{name}\n"

    assert Path("first.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert Path("first.png").read_bytes() == Path("second.png").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_models_file_is_drawn_too(
    mnist: Cli, trained: Path, store_path: Path, sixty_npz: Path, kind: str
) -> None:
    copy = shutil.copy(store_path / "1" / versions.H5, trained / "theirs.h5")

    assert mnist("plot", kind, "--model", copy, "--data", sixty_npz).exit_code == ExitCode.OK
    assert Path(f"{kind}.png").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_version_without_its_keras_file_is_refused(
    mnist: Cli, trained: Path, store_path: Path, kind: str
) -> None:
    version = Path(shutil.copytree(store_path / "1", trained / "lite"))
    (version / versions.KERAS).unlink()

    result = mnist("plot", kind, "--model", version)

    assert result.exit_code == ExitCode.REFUSED
    assert versions.KERAS in result.stderr
    assert ".tflite can neither be exported nor looked into" in result.stderr


def test_a_keras_file_that_was_changed_is_refused(
    mnist: Cli, trained: Path, store_path: Path
) -> None:
    version = Path(shutil.copytree(store_path / "1", trained / "changed"))
    (version / versions.KERAS).write_bytes(b"other")

    result = mnist("plot", "saliency", "--model", version)

    assert result.exit_code == ExitCode.REFUSED
    assert "checksum" in result.stderr


def test_the_embedding_shows_each_digit_and_counts_the_mistakes(
    measured: Evaluation, network: KerasClassifier
) -> None:
    chosen = embedding.embedded_samples(measured)
    hidden = network.last_hidden(measured.dataset.images[chosen])

    figure = embedding.embedding(measured, chosen, hidden)

    words = texts(figure)
    errors = measured.errors
    assert errors
    counts = f"300 of 300 images, {errors} of {errors} mistakes among them"
    assert counts in " ".join(words.split())
    assert set("0123456789") <= set(words.splitlines())
    assert f"model 1 ({network.sha256[:8]})" in words
    drawn = [len(c.get_offsets()) for c in figure.axes[0].collections]  # type: ignore[arg-type]
    assert sum(drawn) == 300


def test_one_image_alone_has_no_embedding(measured: Evaluation, network: KerasClassifier) -> None:
    data = Dataset("mine", "test", measured.dataset.images[:1], measured.dataset.labels[:1])

    with pytest.raises(DatasetError, match="two images at least"):
        embedding.embedded_samples(evaluate(network, data))


def test_the_saliency_draws_what_each_pixel_adds(
    measured: Evaluation, network: KerasClassifier
) -> None:
    chosen = saliency.explained_samples(measured)
    answers = measured.predictions[chosen]
    attributions = network.attributions(measured.dataset.images[chosen], answers)

    figure = saliency.saliency(measured, chosen, attributions)

    pictures = [ax.images[0] for ax in figure.axes if ax.images]
    assert len(pictures) == len(chosen) == 24
    for picture, attribution in zip(pictures, attributions, strict=True):
        assert isinstance(picture, AxesImage)
        assert np.array_equal(np.asarray(picture.get_array()), attribution)
    words = texts(figure)
    wrong = measured.wrong[0]
    read, true = measured.predictions[wrong], measured.dataset.labels[wrong]
    assert f"✗ {read}, not {true}" in words
    assert f"model 1 ({network.sha256[:8]})" in words


def test_only_compare_takes_several_models(mnist: Cli, trained: Path) -> None:
    result = mnist("plot", "embedding", "--model", "1", "--model", "bundled")

    assert result.exit_code == ExitCode.USAGE
    assert "one model" in result.stderr


@pytest.fixture
def two_versions(trained: Path, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with the session's version, and the same again as another seed's."""
    artifacts = trained / "two"
    for number in ("1", "2"):
        shutil.copytree(store_path / "1", artifacts / number)
    manifest = json.loads((artifacts / "2" / versions.MANIFEST).read_text())
    manifest["config"]["seed"] = 8
    (artifacts / "2" / versions.MANIFEST).write_text(json.dumps(manifest))
    monkeypatch.setenv("MNIST_ARTIFACTS", str(artifacts))
    return artifacts


@pytest.mark.parametrize("models", [[], ["1", "2"], ["latest", "bundled"]])
def test_versions_are_compared(mnist: Cli, two_versions: Path, models: list[str]) -> None:
    options = [word for model in models for word in ("--model", model)]

    result = mnist("plot", "compare", *options)

    assert result.exit_code == ExitCode.OK, result.stderr
    assert Path("compare.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_curves_are_those_of_each_history(two_versions: Path) -> None:
    from mnist_cli.reporting.plots.compare import compare

    opened = [versions.open_version(two_versions / number) for number in ("1", "2")]
    rows = opened[0].read_history()

    figure = compare(opened)

    loss, accuracy = figure.axes
    assert list(np.asarray(loss.lines[0].get_ydata())) == [row["val_loss"] for row in rows]
    errors = [1 - row["val_accuracy"] for row in rows]
    assert list(np.asarray(accuracy.lines[0].get_ydata())) == pytest.approx(errors)
    words = "\n".join([texts(figure), *(t.get_text() for t in figure.legends[0].get_texts())])
    assert "1: dense/quick, seed 0" in words
    assert "2: dense/quick, seed 8" in words
    assert f"models 1 ({opened[0].sha256[:8]}), 2 (" in words


@pytest.mark.parametrize("models", [["1"], ["1", "1"], ["2", "latest"]])
def test_fewer_than_two_versions_are_misuse(
    mnist: Cli, two_versions: Path, models: list[str]
) -> None:
    options = [word for model in models for word in ("--model", model)]

    result = mnist("plot", "compare", *options)

    assert result.exit_code == ExitCode.USAGE
    assert "Two to 8 versions" in result.stderr
    assert not Path("compare.png").exists()


def test_a_store_of_one_version_has_nothing_to_compare(mnist: Cli, trained: Path) -> None:
    assert mnist("plot", "compare").exit_code == ExitCode.USAGE


def test_the_newest_eight_of_a_store_are_compared(
    mnist: Cli, two_versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3, 11):
        shutil.copytree(two_versions / "1", two_versions / str(number))
    result = mnist("plot", "compare", "-o", "a.svg")

    assert result.exit_code == ExitCode.OK, result.stderr
    every = [word for number in range(1, 11) for word in ("--model", number)]
    assert mnist("plot", "compare", *every).exit_code == ExitCode.USAGE


def test_a_file_without_a_history_cannot_be_compared(mnist: Cli, two_versions: Path) -> None:
    result = mnist("plot", "compare", "--model", "1", "--model", two_versions / "2" / versions.H5)

    assert result.exit_code == ExitCode.REFUSED
    assert "no history" in result.stderr


def test_a_path_with_spaces_can_stand_in_the_environment(
    mnist: Cli, trained: Path, store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(store_path / "1", trained / "my models")
    monkeypatch.setenv("MNIST_MODEL", "my models")

    assert mnist("plot", "history").exit_code == ExitCode.OK


def test_without_scikit_learn_an_embedding_says_what_brings_it(
    mnist: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)

    result = mnist("plot", "embedding")

    assert result.exit_code == ExitCode.ENVIRONMENT
    assert "pip install 'mnist-cli[embedding]'" in result.stderr
