"""Kaggle's digit-recognizer from end to end, and what else a `.csv` may be."""

from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.errors import ExitCode
from tests.cli.conftest import document
from tests.cli.test_data_kinds import Array, csv, text
from tests.conftest import Cli

PIXELS = ",".join(f"pixel{at}" for at in range(784))
OUT = ("--output", "out.csv")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_test_csv(path: Path, images: Array) -> None:
    rows = (",".join(map(str, row)) for row in images.reshape(-1, 784).tolist())
    path.write_text("\n".join([PIXELS, *rows]) + "\n")


@pytest.mark.long
def test_a_network_that_learnt_from_train_csv_fills_in_the_submission(
    mnist: Cli, test_split: Dataset
) -> None:
    training = load_mnist("train")
    csv()(Path("train.csv"), training.images[:5_000], training.labels[:5_000])
    write_test_csv(Path("test.csv"), test_split.images[:500])

    quick = ("--recipe", "quick", "--epochs", 6, "--batch-size", 64)
    trained = mnist("train", "--data", "train.csv", *quick)
    result = mnist("predict", "test.csv", "--model", "latest", "--output", "submission.csv")

    assert trained.exit_code == result.exit_code == ExitCode.OK, trained.stderr + result.stderr
    heads, *rows = Path("submission.csv").read_text().splitlines()
    ids, digits = np.array([row.split(",") for row in rows], int).T
    assert heads == "ImageId,Label"
    assert ids.tolist() == list(range(1, 501))
    assert (digits == test_split.labels[:500]).mean() > 0.95


def test_the_rows_are_read_in_their_order_by_who_reads_pictures(
    mnist: Cli, test_split: Dataset
) -> None:
    order = np.random.default_rng(0).permutation(300)
    write_test_csv(Path("Test.CSV"), test_split.images[order])
    result = mnist("predict", "Test.CSV", *OUT, "--json")

    assert document(result.stdout) == {"path": "Test.CSV", "n": 300, "output": "out.csv"}
    assert "version=bundled" in result.stderr
    digits = np.loadtxt("out.csv", int, delimiter=",", skiprows=1)[:, 1]
    assert (digits == test_split.labels[order]).mean() > 0.98


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("labelled.csv", *OUT), ExitCode.REFUSED, "its images have labels. `mnist evaluate"),
        (("list.csv", *OUT), ExitCode.REFUSED, "no table of images: a row must hold 784 pixels"),
        (("empty.csv", *OUT), ExitCode.REFUSED, "no table of images"),
        (("small.csv", *OUT), ExitCode.REFUSED, "a row must hold 784 pixels. Received: 256"),
        (("large.csv", *OUT), ExitCode.REFUSED, "pixels must be numbers 0 to 255"),
        (("nowhere.csv", *OUT), ExitCode.NOT_FOUND, "No file 'nowhere.csv'."),
        (("test.csv",), ExitCode.USAGE, "Pass --output submission.csv"),
        (("test.csv", "-o", "out.jsonl"), ExitCode.USAGE, "Pass --output submission.csv"),
        (("test.csv", "list.csv", *OUT), ExitCode.USAGE, "is read alone. Received: 2 sources."),
        (
            ("test.csv", *OUT, "--top-k", "2", "--min-confidence", "0", "--workers", "2"),
            ExitCode.USAGE,
            "is read without --top-k, --min-confidence, --workers.",
        ),
        (("test.csv", *OUT, "--address", "auto"), ExitCode.USAGE, "is read without --address."),
        (("test.csv", *OUT, "--turn", "90", "--solve"), ExitCode.USAGE, "--turn, --solve"),
        (("test.csv", "-o", "list.csv"), ExitCode.CONFLICT, "Pass --force to replace it"),
        (("test.csv", "-o", "test.csv", "--force"), ExitCode.CONFLICT, "can't be replaced"),
        (("test.csv", *OUT, "--model", "7"), ExitCode.NOT_FOUND, "No model '7'."),
    ],
)
def test_another_csv_is_told_what_is_wrong(
    mnist: Cli, folder: Path, arguments: tuple[str, ...], code: ExitCode, words: str
) -> None:
    images, labels = np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8)
    write_test_csv(Path("test.csv"), images)
    csv()(Path("labelled.csv"), images, labels)
    for name, content in (
        ("list.csv", "path\na.png\n"),
        ("empty.csv", ""),
        ("small.csv", ",".join(["1"] * 256)),
        ("large.csv", ",".join(["300"] * 784)),
    ):
        text(content)(Path(name), images, labels)
    before = {path: path.read_bytes() for path in folder.iterdir()}

    result = mnist("predict", *arguments)

    assert result.exit_code == code
    assert words in result.stderr
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_who_reads_takes_what_is_said_of_it(mnist: Cli, test_split: Dataset) -> None:
    """As with pictures: of a version nothing can be said."""
    write_test_csv(Path("test.csv"), test_split.images[:5])

    result = mnist("predict", "test.csv", *OUT, "--model", "bundled", "--model-input", "0..255")

    assert result.exit_code == ExitCode.USAGE
    assert "for files of your own" in result.stderr
    assert not Path("out.csv").exists()
