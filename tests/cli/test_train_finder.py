from pathlib import Path
from typing import Any

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.training.finder import publish
from tests.cli.conftest import asked_of, document
from tests.conftest import Cli

MADE = {
    "files": {"finder.tflite": "ab"},
    "figures": {"digits": 3120, "precision": 0.9, "recall": 0.95, "symbols": 0.875},
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the library is asked for, in the place of a training."""
    return asked_of(monkeypatch, publish, "make_finder", MADE)


@pytest.fixture
def writers(tmp_path: Path) -> Path:
    for name in ("ada", "bob"):
        (tmp_path / "writers" / name / "3").mkdir(parents=True)
        (tmp_path / "writers" / name / "3" / "1.png").touch()
    return tmp_path / "writers"


def test_what_came_of_it_is_told(mnist: Cli, asked: dict[str, Any]) -> None:
    done = mnist("train-finder")

    assert done.exit_code == ExitCode.OK
    assert "95.0 % of 3,120 digits held out found, 90.0 % of what is found is one, 87.5 % read" in (
        done.stdout
    )
    assert (asked["folder"], asked["config"].steps) == (Path("finder"), 8_000)
    assert (asked["begin_from"], asked["training"].folder) == (None, None)
    assert asked["processes"] >= 1


def test_options_reach_the_library(mnist: Cli, asked: dict[str, Any], writers: Path) -> None:
    options = "--steps", 7, "--seed", 3, "--processes", 2, "--output", "out", "--json"
    going_on = "--from", "w.npz", "--mix", 0.25
    done = mnist("train-finder", "--writers", writers, "--hold-out", "ada", *options, *going_on)

    assert document(done.stdout) == {"path": "out", **MADE}
    assert (asked["config"].steps, asked["config"].seed, asked["processes"]) == (7, 3, 2)
    assert (asked["begin_from"], asked["config"].mix) == (Path("w.npz"), 0.25)
    assert asked["training"].writers == ("bob",)
    assert asked["held_out"].writers == ("ada",)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--writers", "nowhere"), ExitCode.NOT_FOUND),
        (("--writers", "WRITERS", "--hold-out", "eve"), ExitCode.NOT_FOUND),
        (("--hold-out", "ada"), ExitCode.USAGE),
        (("--steps", "0"), ExitCode.USAGE),
        (("--seed", "-1"), ExitCode.USAGE),
        (("--processes", "0"), ExitCode.USAGE),
        (("--mix", "0.5"), ExitCode.USAGE),
        (("--from", "w.npz", "--mix", "1.5"), ExitCode.USAGE),
    ],
)
def test_bad_values_are_refused(
    mnist: Cli, asked: dict[str, Any], writers: Path, options: tuple[str, ...], code: ExitCode
) -> None:
    result = mnist("train-finder", *(str(writers) if one == "WRITERS" else one for one in options))

    assert (result.exit_code, result.stdout, asked) == (code, "", {})


def test_weights_that_are_not_there_leave_no_folder(mnist: Cli, tmp_path: Path) -> None:
    output = tmp_path / "new"
    result = mnist("train-finder", "--from", tmp_path / "w.npz", "--output", output, "--json")

    assert result.exit_code == ExitCode.NOT_FOUND
    assert document(result.stdout)["error"]["code"] == "weights_not_found"
    assert not output.exists()


def test_a_folder_of_something_else_is_a_conflict(mnist: Cli, writers: Path) -> None:
    result = mnist("train-finder", "--output", writers)

    assert result.exit_code == ExitCode.CONFLICT
    assert "holds no checkpoints/" in result.stderr
