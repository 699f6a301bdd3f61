import copy
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.config import DistortionConfig, ModelConfig, TrainConfig
from mnist_cli.core.errors import (
    CheckpointError,
    ConflictError,
    ExitCode,
    RunNotFoundError,
    StorageError,
)
from mnist_cli.training import checkpoint, runs
from mnist_cli.training.checkpoint import State
from mnist_cli.training.run_spec import RunSpec
from tests.conftest import Events

CONFIG = TrainConfig(
    model=ModelConfig(widths=(8, 4)), distortion=DistortionConfig(elastic_px=0.5), epochs=3, seed=7
)
DOCUMENT: dict[str, Any] = {
    "config": CONFIG.to_dict(),
    "data": {"name": "digits.npz", "n": 3, "sha256": "0" * 64},
    "versions": {"python": "3.11.7", "tensorflow": "2.21.0"},
    "machine": {"system": "Linux", "cpus": 2},
}
HOLD = """
import json, sys, time
from pathlib import Path
from mnist_cli.training import runs
with runs.locked_run(Path(sys.argv[1]), "run1", json.loads(sys.argv[2]), resume=True):
    print("held", flush=True)
    time.sleep(60)
"""


def leave(artifacts: Path, run: str = "run1", epoch: int = 1) -> Path:
    """Leave an unfinished run with a checkpoint, as a signal does."""
    with suppress(KeyboardInterrupt), runs.locked_run(artifacts, run, DOCUMENT) as folder:
        checkpoint.save(folder, State(epoch, [np.zeros(3)]))
        raise KeyboardInterrupt
    return folder


def changed(part: str, **values: object) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    document[part] |= values
    return document


def resume(artifacts: Path, document: dict[str, Any] = DOCUMENT) -> None:
    with runs.locked_run(artifacts, "run1", document, resume=True):
        pass


# the folder


def test_a_run_that_ends_well_leaves_nothing(tmp_path: Path) -> None:
    with runs.locked_run(tmp_path, "run1", DOCUMENT) as folder:
        assert folder == tmp_path / ".training" / "run1"
        checkpoint.save(folder, State(0, []))

    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_before_its_first_checkpoint_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="in the middle"),
        runs.locked_run(tmp_path, "run1", DOCUMENT),
    ):
        raise RuntimeError("in the middle")

    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_with_a_checkpoint_stays(tmp_path: Path) -> None:
    folder = leave(tmp_path)

    assert checkpoint.load(folder).epoch == 1
    document = json.loads((folder / runs.RUN_FILE).read_text())
    assert TrainConfig.from_dict(document["config"]) == CONFIG
    assert document["data"] == DOCUMENT["data"]


def test_a_run_that_is_resumed_and_ends_well_leaves_nothing(tmp_path: Path) -> None:
    folder = leave(tmp_path)
    with runs.locked_run(tmp_path, "run1", DOCUMENT, resume=True) as again:
        assert again == folder
        assert checkpoint.load(again).epoch == 1

    assert not list(tmp_path.iterdir())


def test_a_run_leaves_the_work_of_another_alone(tmp_path: Path) -> None:
    with runs.locked_run(tmp_path, "one", DOCUMENT) as one:
        with runs.locked_run(tmp_path, "two", DOCUMENT):
            pass
        assert one.is_dir()


def test_a_version_half_made_is_not_gone_on_with(tmp_path: Path) -> None:
    made = leave(tmp_path) / runs.VERSION_FOLDER
    made.mkdir()
    (made / "mnist_model.keras").write_bytes(b"half")

    with runs.locked_run(tmp_path, "run1", DOCUMENT, resume=True):
        assert not made.exists()


def test_a_name_that_is_taken_is_not_begun_anew(tmp_path: Path) -> None:
    folder = leave(tmp_path)

    with pytest.raises(StorageError), runs.locked_run(tmp_path, "run1", DOCUMENT):
        pass

    assert checkpoint.load(folder).epoch == 1


def test_a_store_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_text("a file")

    with (
        pytest.raises(StorageError, match="Can't write") as caught,
        runs.locked_run(tmp_path / "artifacts", "run1", DOCUMENT),
    ):
        pass

    assert caught.value.exit_code == ExitCode.ENVIRONMENT


# the lock


def test_a_second_holder_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    leave(tmp_path)

    with (
        runs.locked_run(tmp_path, "run1", DOCUMENT, resume=True) as folder,
        pytest.raises(ConflictError, match="Run run1 is held by process") as caught,
    ):
        resume(tmp_path)

    assert caught.value.message == f"Run run1 is held by process {os.getpid()}."
    assert caught.value.exit_code == ExitCode.CONFLICT
    assert not folder.exists()


def test_who_is_refused_takes_nothing_away(tmp_path: Path) -> None:
    leave(tmp_path)

    with runs.locked_run(tmp_path, "run1", DOCUMENT, resume=True) as folder:
        (folder / runs.VERSION_FOLDER).mkdir()
        with pytest.raises(ConflictError):
            resume(tmp_path)
        with pytest.raises(ConflictError, match=str(os.getpid())):
            resume(tmp_path)
        assert (folder / runs.VERSION_FOLDER).is_dir()
        assert checkpoint.load(folder).epoch == 1


def test_the_lock_of_a_process_that_is_killed_is_free(tmp_path: Path) -> None:
    leave(tmp_path)
    command = [sys.executable, "-c", HOLD, str(tmp_path), json.dumps(DOCUMENT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ConflictError, match=f"held by process {process.pid}"):
            resume(tmp_path)
        process.kill()

    resume(tmp_path)
    assert not list(tmp_path.iterdir())


def test_of_eight_that_resume_at_once_one_does(tmp_path: Path) -> None:
    leave(tmp_path)
    start, end = threading.Barrier(8), threading.Barrier(8)
    ended: list[type] = []

    def work() -> None:
        start.wait()
        try:
            with runs.locked_run(tmp_path, "run1", DOCUMENT, resume=True):
                end.wait(10)
            ended.append(Path)
        except ConflictError:
            ended.append(ConflictError)
            end.wait(10)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(kind.__name__ for kind in ended) == ["ConflictError"] * 7 + [Path.__name__]


# finding


def test_the_run_that_was_written_to_last_is_found(tmp_path: Path) -> None:
    folders = [leave(tmp_path, run) for run in ("run1", "run2", "run3")]
    for age, folder in enumerate(folders):
        os.utime(folder, (1000 - age, 1000 - age))

    assert runs.find(tmp_path, None) == RunSpec(
        CONFIG, tmp_path, "run1", ("digits.npz",), resume=True
    )
    checkpoint.save(folders[1], State(2, []))
    assert runs.find(tmp_path, None).run == "run2"
    assert runs.find(tmp_path, "run3").run == "run3"


def leave_killed(artifacts: Path, run: str) -> Path:
    """Leave what a kill before the first checkpoint leaves; it is written to last."""
    folder = leave(artifacts, run)
    for path in folder.glob("*.ckpt"):
        path.unlink()
    os.utime(folder, (2e9, 2e9))
    return folder


def test_a_run_killed_before_its_first_checkpoint_is_passed_over_and_said(
    tmp_path: Path, events: Events
) -> None:
    leave(tmp_path)
    leave_killed(tmp_path, "killed")

    assert runs.find(tmp_path, None).run == "run1"
    assert events.of("training.run_passed_over") == [
        {"run": "killed", "reason": "it was stopped before its first checkpoint"}
    ]
    with pytest.raises(CheckpointError, match="Run killed was stopped before its first") as caught:
        runs.find(tmp_path, "killed")
    assert caught.value.hint == "Go on with `mnist train --resume run1`."


def test_a_run_that_learnt_nothing_is_passed_over_and_said(tmp_path: Path, events: Events) -> None:
    leave(tmp_path)
    fruitless = leave(tmp_path, "fruitless")
    runs.keep_aside(fruitless)
    os.utime(fruitless, (2e9, 2e9))

    assert runs.find(tmp_path, None).run == "run1"
    assert events.of("training.run_passed_over") == [
        {"run": "fruitless", "reason": "it learnt nothing"}
    ]
    shutil.rmtree(tmp_path / ".training" / "run1")
    for name in (None, "fruitless"):
        with pytest.raises(CheckpointError, match="Run fruitless learnt nothing; there is nothing"):
            runs.find(tmp_path, name)


def test_a_run_killed_before_its_first_checkpoint_is_named_where_there_is_no_other(
    tmp_path: Path,
) -> None:
    leave_killed(tmp_path, "killed")

    for name in (None, "killed"):
        with pytest.raises(CheckpointError, match="Run killed was stopped before") as caught:
            runs.find(tmp_path, name)
        assert caught.value.hint == "Train anew."


def test_a_folder_without_settings_is_no_run(tmp_path: Path) -> None:
    leave(tmp_path)
    (tmp_path / ".training" / "newer").mkdir()
    (tmp_path / ".training" / "file").write_text("x")

    assert runs.find(tmp_path, None).run == "run1"
    with pytest.raises(RunNotFoundError):
        runs.find(tmp_path, "newer")


NO_NAMES = ["run2", "../run1", "../.training/run1", ".", "..", "", "/", "run1/", "./run1", "-rf"]
NO_NAMES += ["RUN1", "run1\n", "r\0", "x" * 65, "x" * 300, "~", "run１", "version"]


@pytest.mark.parametrize("name", NO_NAMES, ids=lambda name: repr(name)[:20])
def test_what_names_no_run_is_not_found(tmp_path: Path, name: str) -> None:
    leave(tmp_path)

    with pytest.raises(RunNotFoundError, match="No unfinished run") as caught:
        runs.find(tmp_path, name)

    assert caught.value.exit_code == ExitCode.NOT_FOUND
    assert caught.value.hint


def test_a_store_without_runs_has_none_to_find(tmp_path: Path) -> None:
    for artifacts in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunNotFoundError) as caught:
            runs.find(artifacts, None)
        assert caught.value.message == "No unfinished run."


def test_a_run_that_is_over_can_not_be_held_again(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError):
        resume(tmp_path)

    assert not list(tmp_path.iterdir())


def test_settings_that_are_damaged_anywhere_are_refused(tmp_path: Path) -> None:
    path = leave(tmp_path) / runs.RUN_FILE
    whole = path.read_bytes()
    for place in range(len(whole.rstrip())):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match=r"run\.json: damaged") as caught:
            runs.find(tmp_path, "run1")
        assert caught.value.exit_code == ExitCode.REFUSED

    path.write_bytes(whole)
    assert runs.find(tmp_path, "run1").config == CONFIG


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '"x"', '{"sha256": 3}', "\xff"])
def test_settings_that_are_something_else_are_refused(tmp_path: Path, content: str) -> None:
    folder = leave(tmp_path)
    (folder / runs.RUN_FILE).write_text(content, encoding="latin-1")

    with pytest.raises(CheckpointError, match="damaged"):
        runs.find(tmp_path, None)
    with pytest.raises(CheckpointError, match="damaged"):
        resume(tmp_path)
    assert checkpoint.load(folder).epoch == 1


# comparing


def test_what_is_not_given_or_the_same_is_no_conflict(tmp_path: Path) -> None:
    leave(tmp_path)
    run = runs.find(tmp_path, None)

    run.check({})
    run.check({"epochs": None, "widths": None})
    run.check(CONFIG.flat())


def test_each_setting_that_differs_is_named(tmp_path: Path) -> None:
    leave(tmp_path)

    with pytest.raises(ConflictError) as caught:
        runs.find(tmp_path, None).check(
            {"epochs": 4, "seed": 7, "widths": (8,), "elastic_px": 1.5, "arch": "cnn"}
        )

    assert caught.value.message == (
        "Run run1 has other settings: epochs is 3, not 4; widths is (8, 4), not (8,);"
        " elastic_px is 0.5, not 1.5; arch is dense, not cnn."
    )
    assert caught.value.exit_code == ExitCode.CONFLICT
    assert "without these options" in caught.value.hint


def test_a_run_does_not_go_on_with_other_settings(tmp_path: Path) -> None:
    folder = leave(tmp_path)

    with pytest.raises(ConflictError, match="other settings: epochs is 3, not 4"):
        resume(tmp_path, changed("config", epochs=4))

    assert checkpoint.load(folder).epoch == 1


def test_a_run_does_not_go_on_with_other_images(tmp_path: Path) -> None:
    folder = leave(tmp_path)

    with pytest.raises(ConflictError, match=r"other images than 'digits\.npz' holds") as caught:
        resume(tmp_path, changed("data", sha256="1" * 64))

    assert caught.value.exit_code == ExitCode.CONFLICT
    assert checkpoint.load(folder).epoch == 1


@pytest.mark.parametrize(
    ("part", "values"),
    [("versions", {"tensorflow": "2.22.0"}), ("machine", {"cpus": 64}), ("machine", {"new": 1})],
)
def test_another_version_or_machine_is_warned_of(
    tmp_path: Path, events: Events, part: str, values: dict[str, Any]
) -> None:
    leave(tmp_path)
    resume(tmp_path, changed(part, **values))

    assert events.warnings == ["training.not_the_same_bits"]
    (fields,) = events.of("training.not_the_same_bits")
    assert fields["reason"] == part
    assert json.loads(fields["was"]) == DOCUMENT[part]
    assert json.loads(fields["now"]) == DOCUMENT[part] | values


def test_the_same_run_goes_on_without_a_word(tmp_path: Path, events: Events) -> None:
    leave(tmp_path)
    resume(tmp_path)

    assert events.names == []
