"""Versions of which nothing was held out: what each command says of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli

ALL = ("--set", "validation_size=0", "--recipe", "quick", "--epochs", "2")


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def store_of_all(mnist: Cli) -> str:
    """A store of two such versions; return what the last training printed."""
    digits = load_mnist("train")
    np.savez("small.npz", x_train=digits.images[:1_000], y_train=digits.labels[:1_000])
    result = mnist("train", *ALL, "--data", "small.npz", "--seeds", "0,1")
    assert result.exit_code == ExitCode.OK, result.stderr
    return result.stdout


def test_each_command_says_that_nothing_was_held_out(mnist: Cli, store_of_all: str) -> None:
    assert "version 2  nothing held out; `mnist evaluate --model 2` measures it" in store_of_all
    assert "seeds 0, 1: nothing was held out" in store_of_all

    shown = mnist("models", "show", "1").stdout
    rows = [line.split() for line in shown.splitlines()]
    assert ["images", "held", "out", "none"] in rows
    assert ["temperature", "1.0;", "not", "calibrated"] in rows
    assert "worn as pictures are" not in shown
    assert "none held out" in mnist("models", "list").stdout
    listed = json.loads(mnist("models", "list", "--json").stdout)
    assert {(one["val_accuracy"], one["folds_accuracy"]) for one in listed} == {(None, None)}
    assert "trained on other images" in mnist("models", "verify", "1").stdout

    assert mnist("plot", "history", "--model", "1").exit_code == ExitCode.OK
    refused = mnist("plot", "compare", "--model", "1", "--model", "2")
    assert refused.exit_code == ExitCode.USAGE
    assert "held no images out have no validation to compare: 1, 2" in refused.stderr
    assert mnist("evaluate", "--model", "1", "--report", "report").exit_code == ExitCode.OK
    assert "none; its confidence is not calibrated" in Path("report/report.md").read_text()
    assert "by epoch, on the distorted images it learnt" in Path("report/report.html").read_text()


def test_promotion_is_refused_before_the_training(mnist: Cli) -> None:
    result = mnist("train", *ALL, "--promote")

    assert result.exit_code == ExitCode.USAGE
    assert "--promote compares by images held out" in result.stderr
    assert not Path("artifacts").exists()
