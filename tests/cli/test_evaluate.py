import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import versions
from mnist_cli.evaluation import evaluate as evaluation
from mnist_cli.reading.classifier import LiteRTClassifier
from tests.cli.conftest import document
from tests.conftest import Cli

KEYS = {
    *("model", "data", "n", "errors", "accuracy", "interval", "nll", "brier", "ece"),
    *("per_class", "confusion", "confused"),
}


def write_npz(path: Path, data: Dataset, count: int) -> Path:
    np.savez(path, x_test=data.images[:count], y_test=data.labels[:count])
    return path


def write_folder(folder: Path, data: Dataset, count: int) -> Path:
    """Write the first images as pictures in 0/ to 9/, black on white."""
    for index in range(count):
        place = folder / str(data.labels[index])
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - data.images[index]).save(place / f"{index:05}.png")
    return folder


@pytest.fixture(scope="module")
def probabilities(store_path: Path, test_split: Dataset) -> NDArray[np.float64]:
    """(10000, 10): what the session's version says to the test images."""
    classifier = LiteRTClassifier(versions.open_version(store_path / "1"))
    return classifier.probabilities(test_split.images).astype(np.float64)


def test_the_numbers_are_those_of_an_independent_count(
    mnist: Cli, trained: Path, test_split: Dataset, probabilities: NDArray[np.float64]
) -> None:
    result = document(mnist("evaluate", "--json").stdout)

    labels = test_split.labels.astype(int)
    guesses, n = probabilities.argmax(axis=1), len(labels)
    right = guesses == labels
    confidence = probabilities.max(axis=1)
    confusion = [
        [int(((labels == t) & (guesses == g)).sum()) for g in range(10)] for t in range(10)
    ]
    bins = np.clip(np.ceil(confidence * 15) - 1, 0, 14)
    gaps = [
        (bins == b).sum() * abs(confidence[bins == b].mean() - right[bins == b].mean())
        for b in set(bins)
    ]
    assert result["n"] == n
    assert result["errors"] == n - right.sum()
    assert result["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert result["nll"] == pytest.approx(
        np.mean([-math.log(p[t]) for p, t in zip(probabilities, labels, strict=True)]), abs=1e-5
    )
    assert result["brier"] == pytest.approx(
        ((probabilities - np.eye(10)[labels]) ** 2).sum(axis=1).mean(), abs=1e-5
    )
    assert result["ece"] == pytest.approx(sum(gaps) / n, abs=1e-5)
    assert result["confusion"] == confusion
    for digit, row in enumerate(result["per_class"]):
        hits = confusion[digit][digit]
        assert row["label"] == str(digit)
        assert row["support"] == sum(confusion[digit])
        assert row["recall"] == pytest.approx(hits / sum(confusion[digit]), abs=1e-6)
        assert row["precision"] == pytest.approx(hits / (guesses == digit).sum(), abs=1e-6)
    true, guess, count = result["confused"][0]
    errors = np.array(confusion) - np.diag(np.diag(confusion))
    assert count == errors.max() == confusion[true][guess]


def test_the_interval_is_wilsons(mnist: Cli, trained: Path) -> None:
    result = document(mnist("evaluate", "--json").stdout)

    low, high = result["interval"]
    for bound in (low, high):  # where the observed share lies 1.96 deviations off
        deviation = math.sqrt(bound * (1 - bound) / result["n"])
        assert abs(result["accuracy"] - bound) == pytest.approx(1.96 * deviation, rel=1e-2)
    assert low < result["accuracy"] < high


def test_the_document_has_the_keys_of_the_design(mnist: Cli, trained: Path) -> None:
    result = document(mnist("evaluate", "--json").stdout)

    assert set(result) >= KEYS
    assert set(result["model"]) >= {"version", "sha256"}
    assert result["data"].items() >= {"name": "mnist", "split": "test"}.items()
    assert len(result["data"]["sha256"]) == 64
    assert set(result["per_class"][0]) >= {"label", "precision", "recall", "f1", "support"}


def test_a_person_sees_accuracy_interval_and_errors(mnist: Cli, trained: Path) -> None:
    record = document(mnist("evaluate", "--json").stdout)
    shown = mnist("evaluate").stdout

    assert f"{100 * record['accuracy']:.2f} %" in shown
    assert f"{record['errors']} errors in 10,000 images" in shown
    assert "95 % interval" in shown
    assert "\x1b" not in shown


def test_the_test_accuracy_appears_in_the_list_of_models(
    mnist: Cli, trained: Path, test_split: Dataset
) -> None:
    measured = document(mnist("evaluate", "--json").stdout)["accuracy"]
    mnist("evaluate", "--data", write_npz(trained / "other.npz", test_split, 20))

    (model,) = json.loads(mnist("models", "list", "--json").stdout)

    assert model["test_accuracy"] == pytest.approx(measured, abs=1e-6)
    assert f"{100 * measured:.2f} %" in mnist("models", "list").stdout


def test_a_report_holds_the_numbers_and_its_pictures(mnist: Cli, trained: Path) -> None:
    result = mnist("evaluate", "--report", "new/report", "--json")

    folder = Path("new/report")
    pictures = {"confusion.png", "errors.png", "calibration.png", "samples.png"}
    assert {path.name for path in folder.iterdir()} == pictures | {"report.md", "report.html"}
    text = (folder / "report.md").read_text()
    record = document(result.stdout)
    assert f"{100 * record['accuracy']:.2f} %" in text
    assert str(record["model"]["sha256"]) in text
    assert str(record["data"]["sha256"]) in text
    assert all(f"({name})" in text for name in pictures)
    assert str(folder / "report.html") in result.stderr


def test_an_existing_report_is_kept_unless_force_is_given(
    mnist: Cli, trained: Path, test_split: Dataset
) -> None:
    arguments = ("evaluate", "--data", write_npz(trained / "few.npz", test_split, 50))
    for name in ("report.md", "report.html"):
        report = Path(name) / name
        report.parent.mkdir()
        report.write_text("precious")

        assert mnist(*arguments, "--report", name).exit_code == ExitCode.CONFLICT
        assert report.read_text() == "precious"

    assert mnist(*arguments, "--report", "report.md", "--force").exit_code == ExitCode.OK
    assert Path("report.md/report.md").read_text().startswith("# Evaluation of version 1")
    assert Path("report.md/report.html").read_text().startswith("<!doctype html>")


def test_robustness_is_measured_when_asked_for_and_shown_the_worst_first(
    mnist: Cli, trained: Path, test_split: Dataset
) -> None:
    few = write_npz(trained / "few.npz", test_split, 60)
    arguments = ("evaluate", "--data", few, "--robustness")

    measured = document(mnist(*arguments, "--json").stdout)["robustness"]
    shown = mnist(*arguments).stdout

    errors = [family["error"] for family in measured["families"]]
    assert len(errors) == 15
    assert measured["mean_error"] == pytest.approx(np.mean(errors), abs=1e-6)
    assert f"{100 * measured['mean_error']:.2f} %" in shown
    worst = max(measured["families"], key=lambda family: family["error"])
    assert shown.index(worst["name"]) == min(shown.index(f["name"]) for f in measured["families"])
    assert "rotation (degrees)  -60: " in shown
    assert document(mnist(*arguments, "--json").stdout)["robustness"] == measured


def test_a_report_shows_robustness_when_it_was_measured(
    mnist: Cli, trained: Path, test_split: Dataset
) -> None:
    few = write_npz(trained / "few.npz", test_split, 60)

    mnist("evaluate", "--data", few, "--robustness", "--report", "report")

    assert Path("report/robustness.png").read_bytes().startswith(b"\x89PNG")
    assert "(robustness.png)" in Path("report/report.md").read_text()
    assert "MNIST-C, the worst first" in Path("report/report.html").read_text()


def test_a_report_on_a_models_file_does_without_its_history(
    mnist: Cli, trained: Path, store_path: Path, test_split: Dataset
) -> None:
    few = write_npz(trained / "few.npz", test_split, 60)
    (trained / "theirs.h5").write_bytes((store_path / "1" / versions.H5).read_bytes())

    result = mnist("evaluate", "--data", few, "--model", "theirs.h5", "--report", "report")

    assert result.exit_code == ExitCode.OK
    page = Path("report/report.html").read_text()
    assert "Evaluation of <bdi>a model file</bdi>" in page
    assert 'id="training"' not in page


def test_a_missed_accuracy_is_exit_code_7_with_the_result_still_printed(
    mnist: Cli, trained: Path
) -> None:
    missed = mnist("evaluate", "--min-accuracy", "0.9999")

    assert missed.exit_code == ExitCode.THRESHOLD
    assert "errors in 10,000 images" in missed.stdout
    assert re.search(
        r"^error: Accuracy 0\.9\d\d\d is under --min-accuracy 0\.9999\.$",
        missed.stderr,
        re.MULTILINE,
    )
    assert mnist("evaluate", "--min-accuracy", "0.5").exit_code == ExitCode.OK


def test_a_missed_accuracy_leaves_one_json_document(mnist: Cli, trained: Path) -> None:
    missed = mnist("evaluate", "--min-accuracy", "0.9999", "--json")

    assert missed.exit_code == ExitCode.THRESHOLD
    assert document(missed.stdout)["n"] == 10_000


@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_other_data_are_measured_and_named(
    mnist: Cli, trained: Path, test_split: Dataset, probabilities: NDArray[np.float64], kind: str
) -> None:
    write = write_npz if kind == "npz" else write_folder
    path = write(trained / f"some.{kind}", test_split, 100)

    result = document(mnist("evaluate", "--data", path, "--json").stdout)

    wrong = probabilities[:100].argmax(axis=1) != test_split.labels[:100]
    assert result["n"] == 100
    assert result["errors"] == wrong.sum()
    assert result["data"]["name"] == str(path)


def test_a_data_set_of_pictures_says_which_it_left_out(
    mnist: Cli, trained: Path, test_split: Dataset
) -> None:
    folder = write_folder(trained / "pictures", test_split, 10)
    (folder / "7" / "bad.png").write_text("hello")

    result = mnist("evaluate", "--data", folder, "--json")

    assert document(result.stdout)["n"] == 10
    assert "bad.png" in result.stderr
    assert "left_out=1" in result.stderr


@pytest.mark.parametrize(
    ("data", "code"),
    [("missing.npz", ExitCode.NOT_FOUND), ("text.npz", ExitCode.REFUSED), (".", 4)],
)
def test_unusable_data_are_refused(
    mnist: Cli, trained: Path, data: str, code: ExitCode | int
) -> None:
    Path("text.npz").write_text("<html>not found</html>")

    result = mnist("evaluate", "--data", data)

    assert result.exit_code == code
    assert result.stdout == ""
    assert data in result.stderr


def test_one_image_is_enough(mnist: Cli, trained: Path, test_split: Dataset) -> None:
    result = mnist("evaluate", "--data", write_npz(trained / "one.npz", test_split, 1))

    assert result.exit_code == ExitCode.OK
    assert "in 1 images" in result.stdout


@pytest.mark.parametrize("name", [versions.KERAS, versions.H5])
def test_a_models_file_gives_the_numbers_of_its_version(
    mnist: Cli, trained: Path, store_path: Path, test_split: Dataset, name: str
) -> None:
    few = write_npz(trained / "few.npz", test_split, 500)
    version = document(mnist("evaluate", "--data", few, "--json").stdout)
    file = document(
        mnist("evaluate", "--data", few, "--json", "--model", store_path / "1" / name).stdout
    )

    assert file["errors"] == version["errors"]
    assert file["confusion"] == version["confusion"]
    assert file["nll"] == pytest.approx(version["nll"], abs=1e-4)
    assert file["model"]["version"] == "1"
    assert file["model"]["sha256"] != version["model"]["sha256"]


def test_tensorflow_writes_nothing_to_the_users_terminal(
    trained: Path, store_path: Path, test_split: Dataset
) -> None:
    few = write_npz(trained / "few.npz", test_split, 50)
    copy = trained / "theirs.keras"
    copy.write_bytes((store_path / "1" / versions.KERAS).read_bytes())

    arguments = ["-q", "evaluate", "--json", "--model", copy.name, "--data", few.name]
    done = subprocess.run(
        [sys.executable, "-m", "mnist_cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.OK
    assert done.stderr == ""
    assert document(done.stdout)["model"]["version"] is None


def test_mistakes_are_listed_with_the_surest_first(
    store_path: Path, test_split: Dataset, probabilities: NDArray[np.float64]
) -> None:
    classifier = LiteRTClassifier(versions.open_version(store_path / "1"))
    result = evaluation.evaluate(classifier, test_split)

    sureness = result.confidence[result.wrong]
    assert len(result.wrong) == result.errors
    assert (np.diff(sureness) <= 0).all()
    assert (result.predictions[result.wrong] != test_split.labels[result.wrong]).all()
    assert result.predictions.tolist() == probabilities.argmax(axis=1).tolist()
