"""Ten classes that are no digits: from IDX files to what each command calls them."""

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import versions
from tests.conftest import Cli, made_with

NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"]
NAMES += ["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def write_idx(folder: Path, prefix: str, arrays: dict[str, NDArray[np.uint8]]) -> None:
    for kind, array in arrays.items():
        header = struct.pack(f">{1 + array.ndim}I", 2048 + array.ndim, *array.shape)
        path = folder / f"{prefix}-{kind}-idx{array.ndim}-ubyte.gz"
        path.write_bytes(gzip.compress(header + array.tobytes(), 1))


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory, test_split: Dataset) -> Path:
    """A version of ten named classes, trained on IDX files as Fashion-MNIST has them."""
    folder = tmp_path_factory.mktemp("clothes")
    (folder / "idx").mkdir()
    data = load_mnist("train")
    write_idx(
        folder / "idx", "train", {"images": data.images[:6_000], "labels": data.labels[:6_000]}
    )
    few = {"images": test_split.images[:200], "labels": test_split.labels[:200]}
    write_idx(folder / "idx", "t10k", few)
    (folder / "names.txt").write_text("\n".join(NAMES) + "\n")
    Image.fromarray(test_split.images[0]).save(folder / "seven.png")
    options = ["--recipe", "quick", "--epochs", "2", "--set", "widths=64", "--labels", "names.txt"]
    return made_with(folder, "train", *options, "--data", "idx")


@pytest.fixture
def here(clothes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(clothes)
    return clothes


def test_a_version_keeps_the_names_of_its_classes(here: Path) -> None:
    manifest = versions.open_version(Path("artifacts/1")).manifest
    assert manifest["class_names"] == NAMES
    assert manifest["data"]["n"] == 6_000


def test_predict_prints_names_and_keeps_the_number(mnist: Cli, here: Path) -> None:
    line = "predict", "seven.png", "--model", "latest"
    shown = mnist(*line)
    (digit,) = (record := json.loads(mnist(*line, "--json").stdout))["digits"]

    assert shown.stdout.startswith("seven.png: Sneaker  ")
    assert " %, " in shown.stdout
    assert (digit["digit"], digit["label"], record["text"]) == (7, "Sneaker", "Sneaker")
    assert [type(which) for which, _ in digit["top"]] == [int, int, int]


def test_the_keras_file_of_the_version_has_the_names_too(mnist: Cli, here: Path) -> None:
    result = mnist("predict", "seven.png", "--model", "artifacts/1/mnist_model.keras")

    assert result.stdout.startswith("seven.png: Sneaker  ")


def test_evaluate_and_its_report_name_the_classes(mnist: Cli, here: Path) -> None:
    shown = mnist("evaluate", "--data", "idx", "--report", "report")
    record = json.loads(mnist("evaluate", "--data", "idx", "--json").stdout)

    assert [row["label"] for row in record["per_class"]] == NAMES
    assert "Ankle boot" in shown.stdout
    assert "Ankle boot" in Path("report/report.html").read_text()
    assert "Ankle boot" in Path("report/report.md").read_text()
    assert mnist("plot", "confusion", "--data", "idx", "--force").exit_code == ExitCode.OK


def test_a_version_that_goes_on_keeps_the_names(mnist: Cli, here: Path) -> None:
    result = mnist("train", "--from", "1", "--epochs", 1, "--data", "idx")

    assert result.exit_code == ExitCode.OK, result.stderr
    assert versions.open_version(Path("artifacts/2")).class_names == tuple(NAMES)


def test_digits_have_no_label(mnist: Cli, here: Path) -> None:
    record = json.loads(mnist("predict", "seven.png", "--model", "bundled", "--json").stdout)

    assert "label" not in record["digits"][0]


def test_names_that_are_no_ten_are_refused_before_training(mnist: Cli, here: Path) -> None:
    Path("few.txt").write_text("one\ntwo")
    result = mnist("train", "--labels", "few.txt", "--artifacts", "other", "--json")

    assert json.loads(result.stdout)["error"]["code"] == "class_names_refused"
    assert result.exit_code == ExitCode.REFUSED
    assert not Path("other").exists()
