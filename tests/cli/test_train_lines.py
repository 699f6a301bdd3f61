from pathlib import Path
from typing import Any

import pytest

from mnist_cli.core.errors import ExitCode
from tests.cli.conftest import asked_of, document
from tests.conftest import Cli

MADE = {
    "files": {"lines.tflite": "ab"},
    "figures": {
        "marks": 2667,
        "mark_recall": 0.9,
        "mark_precision": 0.95,
        "joined_right": 0.875,
        "digit_recall": 0.99,
        "named_right": 0.9,
    },
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the library is asked for, in the place of a training."""
    from mnist_cli.training.lines import train

    return asked_of(monkeypatch, train, "train_lines", MADE)


def test_what_came_of_it_is_told(mnist: Cli, asked: dict[str, Any]) -> None:
    done = mnist("train-lines")

    assert done.exit_code == ExitCode.OK
    assert "90.0 % of 2,667 marks held out found and named, 95.0 % of what is" in done.stdout
    assert "87.5 % of neighbours rightly joined or not, 90.0 % of digits named" in done.stdout
    assert (asked["folder"], asked["pages"], asked["measured"]) == (Path("lines"), 14_000, 1_400)


def test_options_reach_the_library(mnist: Cli, asked: dict[str, Any]) -> None:
    options = "--pages", 5, "--epochs", 2, "--seed", 3, "--processes", 2, "--output", "out"
    going_on = "--from", "lines.tflite", "--learning-rate", 1e-4, "--mix", 0.5
    done = mnist("train-lines", *options, *going_on, "--json")

    assert document(done.stdout) == {"path": "out", **MADE}
    config = asked["config"]
    assert (config.epochs, config.learning_rate, config.seed) == (2, 1e-4, 3)
    assert config.mix == 0.5
    assert asked["begin_from"] == Path("lines.tflite")
    assert (asked["pages"], asked["measured"], asked["processes"]) == (5, 1, 2)


def test_weights_to_mix_in_have_to_be_named(mnist: Cli, asked: dict[str, Any]) -> None:
    done = mnist("train-lines", "--mix", 0.5)

    assert (done.exit_code, asked) == (ExitCode.USAGE, {})
    assert "Name them by --from" in done.stderr


def test_a_folder_that_is_there_is_not_replaced(
    mnist: Cli, asked: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "lines.json").write_text("{}")
    refused = mnist("train-lines", "--output", tmp_path / "lines")

    assert refused.exit_code == ExitCode.CONFLICT
    assert asked == {}
    assert mnist("train-lines", "--output", tmp_path / "lines", "--force").exit_code == ExitCode.OK
