import io
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from mnist_cli.core import log
from mnist_cli.core.errors import ExitCode, StorageError
from tests.server.conftest import eventually


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """Give the package's logger back as it was, with what the test added closed."""
    logger = logging.getLogger("mnist_cli")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    yield logger
    for handler in set(logger.handlers) - set(handlers):
        handler.close()
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)


def test_text_is_a_clock_a_name_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log.to_stderr(logging.INFO, "text")
    log.event("training.epoch_end", epoch=3, loss=0.04121234567, name="a b", best=None, on=True)

    line = capsys.readouterr().err
    assert line[8:] == (
        ' training.epoch_end  epoch=3 loss=0.0412123 name="a b" best=null on=true\n'
    )


def test_a_warning_is_marked_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    log.to_stderr(logging.WARNING, "text")
    log.event("not.heard")
    log.warning("data.picture_left_out", path="x.png")

    assert capsys.readouterr().err.endswith(" warning: data.picture_left_out  path=x.png\n")


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.to_stderr(logging.INFO, "json")
    log.event("a.b", loss=0.1 + 0.2, names=["x", "y"])

    document = json.loads(capsys.readouterr().err)
    assert document.pop("time").endswith("+00:00")
    assert document == {"level": "info", "event": "a.b", "loss": 0.3, "names": ["x", "y"]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_has_no_number_for_becomes_a_string(
    capsys: pytest.CaptureFixture[str], value: float
) -> None:
    log.to_stderr(logging.INFO, "json")
    log.event("a.b", loss=value)

    assert json.loads(capsys.readouterr().err)["loss"] == str(value)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_field_can_put_no_control_character_on_a_terminal(
    capsys: pytest.CaptureFixture[str], log_format: log.LogFormat
) -> None:
    log.to_stderr(logging.INFO, log_format)
    log.event("a.b", path="\x1b[31m\n\u202egnp.x\udcff")

    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.rstrip("\n").isprintable()
    assert line.isascii()


def test_a_second_call_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    log.to_stderr(logging.INFO, "text")
    log.to_stderr(logging.INFO, "text")
    log.event("once")

    assert capsys.readouterr().err.count("once") == 1


def test_a_closed_stderr_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    log.to_stderr(logging.INFO, "text")
    monkeypatch.setattr(sys, "stderr", None)

    log.event("nobody.listens")


class _Gone(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_a_stderr_whose_reader_went_away_does_not_end_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log.to_stderr(logging.INFO, "text")
    monkeypatch.setattr(sys, "stderr", _Gone())

    log.event("training.epoch_end", epoch=3)


def test_a_file_gets_every_event_whatever_stderr_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.to_stderr(logging.WARNING, "text")
    path = log.to_file(tmp_path / "deep" / "logs", "train", "7f3a9c")
    log.event("a.b", logging.DEBUG, path="é")

    assert path.name.startswith("train-2")
    assert path.name.endswith("Z-7f3a9c.jsonl")
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["path"] == "é"
    assert capsys.readouterr().err == ""


def test_a_closed_file_gets_no_more_events(tmp_path: Path, logger: logging.Logger) -> None:
    before = list(logger.handlers)
    path = log.to_file(tmp_path, "train", "7f3a9c")
    log.close_files()
    log.event("a.b")

    assert path.read_text() == ""
    assert logger.handlers == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_log_on_a_full_disk_is_given_up_with_one_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.to_stderr(logging.WARNING, "text")
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    handler = log._FileHandler(full, mode="a", encoding="utf-8")
    logging.getLogger("mnist_cli").addHandler(handler)
    log.event("a.b")
    log.event("a.c")

    assert handler.stream is None
    assert capsys.readouterr().err.count("log.given_up") == 1


def test_a_traceback_stays_with_its_event(tmp_path: Path, logger: logging.Logger) -> None:
    path = log.to_file(tmp_path, "train", "7f3a9c")
    try:
        float("broken inside")
    except ValueError:
        logger.exception("command.bug")

    assert "broken inside" in json.loads(path.read_text())["traceback"]


def test_a_log_that_cannot_be_written_is_an_environment_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the place of the folder")

    with pytest.raises(StorageError, match="Can't write the log") as caught:
        log.to_file(tmp_path / "logs", "train", "7f3a9c")

    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert "--log-dir" in caught.value.hint


def test_runs_have_short_names_of_their_own() -> None:
    names = {log.new_run_id() for _ in range(100)}

    assert len(names) > 95
    assert all(len(name) == 6 and int(name, 16) >= 0 for name in names)


@pytest.mark.usefixtures("logger")
def test_a_stderr_that_nobody_reads_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    number = log.MOST_WAITING + 3_000
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stderr", full)
        log.to_stderr(logging.INFO, "text")
        path = log.to_file(tmp_path, "serve", "abc")
        with log.stderr_in_background():
            began = time.monotonic()
            for at in range(number):
                log.event("server.request", at=at)
            took_s = time.monotonic() - began
            said: list[bytes] = []
            Thread(target=lambda: said.extend(reader), daemon=True).start()
            assert eventually(lambda: told(said) == number)
        log.close_files()

    assert took_s < 5
    assert len(path.read_text().splitlines()) >= number, "a file loses nothing"
    assert any(b"log.left_out" in line for line in said)


def told(said: list[bytes]) -> int:
    """Count the events in what was written: those that were, and those that were left out."""
    left_out = [line.rpartition(b"=")[2] for line in list(said) if b"log.left_out" in line]
    return sum(map(int, left_out)) + sum(b"server.request" in line for line in list(said))


def test_text_can_say_an_event_in_other_words_and_json_does_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def words(fields: dict[str, object]) -> str:
        return f"epoch {fields['epoch']}"

    for log_format in ("text", "json"):
        log.to_stderr(logging.INFO, "text" if log_format == "text" else "json")
        with log.told_as("training.epoch_end", words):
            log.event("training.epoch_end", epoch=3)
            log.event("training.start", epoch=0)
        log.event("training.epoch_end", epoch=4)

    lines = capsys.readouterr().err.splitlines()
    assert [line[9:] for line in lines[:3]] == [
        "epoch 3",
        "training.start  epoch=0",
        "training.epoch_end  epoch=4",
    ]
    assert [json.loads(line)["event"] for line in lines[3:]] == [
        "training.epoch_end",
        "training.start",
        "training.epoch_end",
    ]
