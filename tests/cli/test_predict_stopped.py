"""What `mnist predict` says when a signal stops it."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.cli.predict_handed_in import HandedIn
from mnist_cli.core.errors import ExitCode
from mnist_cli.reading import bulk
from mnist_cli.reading.output.rows import Sheet
from tests.conftest import Cli

read_all = bulk.read_all


def _stop_after_two(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a signal come once two pictures were read."""

    def stopped(*arguments: Any, **options: Any) -> Iterator[Any]:
        for count, reading in enumerate(read_all(*arguments, **options)):
            if count == 2:
                signal.raise_signal(number)
            yield reading

    monkeypatch.setattr(bulk, "read_all", stopped)


def _stop_at(owner: type, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SIGINT come in place of what a method does."""

    def stopped(_: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(owner, method, stopped)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_told_with_what_was_read_and_what_is_not_written(
    mnist: Cli,
    trained: Path,
    digit_png: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    _stop_after_two(number, monkeypatch)

    done = mnist(
        *("predict", *4 * ["three.png"], "--output", "a.csv", "--cells", "c.csv"),
        *("--review", "check"),
    )

    assert done.exit_code == 128 + number
    assert done.stderr.splitlines()[-1] == (
        f"Stopped by {number.name}. Read until then: 2 pictures; not written: a.csv, c.csv, check."
        " Run it again (with --force where files are there already), best with fewer pictures at a"
        " time."
    )
    assert not Path("a.csv").exists()
    assert not Path("c.csv").exists()


def test_what_was_stopped_is_run_again_as_it_says(
    mnist: Cli, trained: Path, digit_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "predict", *4 * ["three.png"], "--output", "a.csv", "--annotate", "drawn"
    with monkeypatch.context() as patched:
        _stop_after_two(signal.SIGINT, patched)
        done = mnist(*asked)

    refused, again = mnist(*asked), mnist(*asked, "--force")

    assert "Run it again (with --force where files are there already)" in done.stderr
    assert refused.exit_code == ExitCode.CONFLICT
    assert again.exit_code == ExitCode.OK
    assert Path("a.csv").exists()


def test_what_was_written_before_the_signal_is_not_called_lost(
    mnist: Cli, trained: Path, digit_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stop_at(Sheet, "rows", monkeypatch)  # of results, when those of cells are written

    done = mnist(
        *("predict", "three.png", "--output", "a.csv", "--cells", "c.csv", "--review", "check")
    )

    assert done.exit_code == ExitCode.INTERRUPT
    assert "Read until then: 1 picture; not written: a.csv, check. Run it again" in done.stderr
    assert Path("c.csv").exists()


def test_a_review_that_is_written_is_not_called_lost(
    mnist: Cli, trained: Path, digit_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stop_at(HandedIn, "show", monkeypatch)  # once all is written

    done = mnist("predict", "three.png", "--output", "a.csv", "--review", "check")

    assert done.exit_code == ExitCode.INTERRUPT
    assert done.stderr.splitlines()[-1] == "Stopped by SIGINT. Read until then: 1 picture."
    assert Path("check", "index.html").exists()


def test_where_results_were_shown_nothing_is_called_lost(
    mnist: Cli, trained: Path, digit_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stop_after_two(signal.SIGINT, monkeypatch)
    done = mnist("predict", *4 * ["three.png"], "--json")

    *shown, last = map(json.loads, done.stdout.splitlines())
    assert [record["path"] for record in shown] == 2 * ["three.png"]
    assert last["error"]["code"] == "stopped"
    assert last["error"]["hint"] == "Read until then: 2 pictures."
    assert done.exit_code == ExitCode.INTERRUPT


def test_any_other_command_says_too_that_it_was_stopped(
    mnist: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mnist_cli.core.store import store

    def stopped(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(store, "list_versions", stopped)

    done = mnist("models", "list")

    assert done.exit_code == ExitCode.INTERRUPT
    assert done.stderr.splitlines()[-1] == "Stopped by SIGINT."
