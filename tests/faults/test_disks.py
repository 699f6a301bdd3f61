"""Disks and stores: full, read-only, linked, of others. More of them: test_environment.py."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import store
from mnist_cli.core.store.publish import highest_number
from tests.conftest import Result
from tests.faults.disk import (
    QUICK,
    fill,
    make_read_only,
    mounted,
    stock,
)
from tests.faults.harness import digest, environment_of, listing, run

OK, ENVIRONMENT = ExitCode.OK, ExitCode.ENVIRONMENT
DATA = ("--data", "few.npz")


@pytest.fixture
def disk(place: Path) -> Iterator[Path]:
    """A disk of 24 MB with a store of two versions, 1 the champion."""
    with mounted(place / "disk", "24m") as disk:
        artifacts = stock(disk / "artifacts")
        (artifacts / store.ALIASES).write_text('{"champion": "1"}')
        yield disk


def on(disk: Path, *arguments: object, **variables: str) -> Result:
    """Run a command beside a disk, with the store on it."""
    environment = environment_of(disk.parent, disk / "artifacts")
    return run(disk.parent, environment | variables, *arguments)


# a disk that is full

FULL = "No space left on device"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("predict", "a.png", "--output", "disk/a.csv"), id="output"),
        pytest.param(("predict", "a.png", "--annotate", "disk/a.png"), id="annotate"),
        pytest.param(("plot", "samples", *DATA, "--output", "disk/a.svg"), id="plot"),
        pytest.param(("evaluate", *DATA, "--report", "disk", "--force"), id="report"),
        pytest.param(("models", "promote", "2"), id="promote"),
    ],
)
def test_a_full_disk_is_said_and_keeps_what_was_on_it(
    disk: Path, arguments: tuple[object, ...]
) -> None:
    for name in ("a.csv", "a.png", "a.svg", "report.html", "report.md"):
        (disk / name).write_text("the old one")
    fill(disk)
    before, names = digest(disk), listing(disk)

    result = on(disk, *arguments, *(["--force"] if "disk/a" in str(arguments) else []))

    assert result.exit_code == ENVIRONMENT
    assert f"error: Can't write '{disk.name}" in result.stderr or str(disk) in result.stderr
    assert FULL in result.stderr
    assert "Traceback" not in result.stderr
    assert (digest(disk), listing(disk)) == (before, names)


def test_versions_are_deleted_on_a_full_disk_so_that_there_is_room(disk: Path) -> None:
    fill(disk)

    result = on(disk, "models", "delete", "2", "--yes")

    assert result.exit_code == OK, result.stderr
    assert store.version_numbers(disk / "artifacts") == [1]
    assert highest_number(disk / "artifacts") == 2
    assert json.loads((disk / "artifacts" / store.ALIASES).read_text()) == {"champion": "1"}


@pytest.mark.long
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("savedmodel", "--output", "disk/a"), id="savedmodel"),
    ],
)
def test_an_export_to_a_full_disk_leaves_nothing(disk: Path, options: tuple[str, ...]) -> None:
    fill(disk, spare_bytes=40_000)
    before, names = digest(disk), listing(disk)

    result = on(disk, "export", "--format", *options)

    assert result.exit_code == ENVIRONMENT
    assert result.stderr.splitlines()[-1].endswith(
        f"{FULL}. Check the free space and the permissions there."
    )
    assert "node" not in result.stderr
    assert (digest(disk), listing(disk)) == (before, names)


@pytest.mark.long
def test_a_disk_that_fills_while_a_run_publishes_keeps_its_checkpoint(disk: Path) -> None:
    fill(disk, spare_bytes=250_000)  # for two checkpoints, not for a version
    before = digest(disk / "artifacts" / "2")

    full = on(disk, "train", *QUICK, "--json")
    (disk / "filling").unlink()
    resumed = on(disk, "train", "--resume", "--json")

    assert full.exit_code == ENVIRONMENT, full.stderr
    error = json.loads(full.stdout)["error"]
    assert FULL in error["message"]
    assert "mnist train --resume" in error["hint"]
    assert before == digest(disk / "artifacts" / "2")
    assert resumed.exit_code == OK, resumed.stderr
    assert json.loads(resumed.stdout)["version"] == "3"
    assert not (disk / "artifacts" / store.UNFINISHED).exists()


@pytest.mark.long
def test_a_disk_without_room_for_checkpoints_is_said_once_and_harms_no_version(
    disk: Path,
) -> None:
    fill(disk, spare_bytes=170_000)  # for the first checkpoint alone
    before = digest(disk / "artifacts" / "2")

    full = on(disk, "train", *QUICK, "--epochs", 4, "--json")
    kept = sorted((disk / "artifacts" / store.UNFINISHED).glob("*/*.ckpt"))
    (disk / "filling").unlink()
    resumed = on(disk, "train", "--resume", "--json")

    assert full.exit_code == ENVIRONMENT, full.stderr
    assert FULL in json.loads(full.stdout)["error"]["message"]
    assert full.stderr.count("warning: training.checkpoint_failed") == 1
    assert full.stderr.count("training.epoch_end") == 4
    assert [path.name for path in kept] == ["epoch-000000.ckpt"]
    assert digest(disk / "artifacts" / "2") == before
    assert resumed.exit_code == OK, resumed.stderr
    assert store.version_numbers(disk / "artifacts") == [1, 2, 3]


def test_a_log_that_can_not_be_written_any_more_ends_no_work(disk: Path) -> None:
    (disk / "logs").mkdir()
    fill(disk)

    result = on(disk, "--log-dir", "disk/logs", "predict", "a.png")

    assert result.exit_code == OK
    assert result.stdout.startswith("a.png: 3")
    assert "warning: log.given_up" in result.stderr


# places that can't be written, or are not there


@pytest.mark.long
def test_a_store_that_is_read_only_is_read_with_and_not_written(disk: Path) -> None:
    make_read_only(disk)

    read = on(disk, "predict", "a.png")
    measured = on(disk, "evaluate", "--json")
    promoted = on(disk, "models", "promote", "2", "--json")
    deleted = on(disk, "models", "delete", "2", "--yes")
    trained = on(disk, "train", *QUICK)

    assert read.exit_code == measured.exit_code == OK
    assert (promoted.exit_code, deleted.exit_code) == (ENVIRONMENT, ENVIRONMENT)
    assert "Read-only file system" in json.loads(promoted.stdout)["error"]["message"]
    assert trained.exit_code == ENVIRONMENT
    assert "Read-only file system" in trained.stderr
    assert "training.start" not in trained.stderr


PREDICT = ("predict", "a.png")

READ_ONLY = """
mount --make-rprivate / || exit 99
for place in / /tmp /var/tmp /dev/shm; do
    mountpoint -q "$place" && { mount -o remount,bind,ro "$place" || exit 99; }
done
exec "$@"
"""
NO_READ_ONLY = 99


def under(disk: Path, wrapper: Sequence[object], *arguments: object, **variables: str) -> Result:
    """Run a command beside a disk, by way of another program."""
    done = subprocess.run(
        [str(word) for word in (*wrapper, sys.executable, "-m", "mnist_cli", *arguments)],
        cwd=disk.parent,
        env=environment_of(disk.parent, disk / "artifacts") | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == NO_READ_ONLY:
        pytest.skip("nothing may be mounted anew")
    return Result(done.returncode, done.stdout, done.stderr)


IN_CONTAINER = ("unshare", "--mount", "bash", "-c", READ_ONLY, "bash")  # all read-only but the disk


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(PREDICT, OK, "a.png: 3", id="predict"),
        pytest.param(("plot", "history", "-o", "disk/a.png"), ENVIRONMENT, "TMPDIR", id="plot"),
        pytest.param(("train", *QUICK), ENVIRONMENT, "--log-dir", id="train"),
        pytest.param(
            ("--log-dir", "disk", "train", *QUICK),
            ENVIRONMENT,
            "TMPDIR",
            id="train with a log folder",
        ),
    ],
)
def test_in_a_container_that_is_read_only_it_says_what_to_set(
    disk: Path, arguments: tuple[object, ...], code: ExitCode, words: str
) -> None:
    result = under(disk, IN_CONTAINER, *arguments)

    assert result.exit_code == code, result.stderr
    assert words in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.long
def test_with_a_volume_a_read_only_container_trains(disk: Path) -> None:
    options = ("--log-dir", "disk/logs", "train", *QUICK)
    result = under(disk, IN_CONTAINER, *options, TMPDIR=str(disk))

    assert result.exit_code == OK, result.stderr
    assert store.version_numbers(disk / "artifacts") == [1, 2, 3]


STRANGER = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")  # root without its powers


def test_who_may_only_read_a_store_reads_with_it(disk: Path) -> None:
    for path in (disk / "artifacts", *(disk / "artifacts").rglob("*")):
        os.chown(path, 65534, 65534)

    read = under(disk, STRANGER, "predict", "a.png")
    promoted = under(disk, STRANGER, "models", "promote", "2")

    assert read.exit_code == OK, read.stderr
    assert promoted.exit_code == ENVIRONMENT
    assert "Permission denied" in promoted.stderr


def test_a_version_that_may_not_be_read_costs_itself_alone(disk: Path) -> None:
    (disk / "artifacts" / "1").chmod(0)

    listed = under(disk, STRANGER, "models", "list")
    read = under(disk, STRANGER, "predict", "a.png", "--model", "2")
    verified = under(disk, STRANGER, "models", "verify")
    file = str(disk / "artifacts" / "1" / "mnist_model.keras")
    refused = [under(disk, STRANGER, "predict", "a.png", "--model", m) for m in ("1", file)]

    assert (listed.exit_code, read.exit_code) == (OK, OK), listed.stderr
    assert listed.stdout.splitlines()[-1].startswith("2  ")
    assert "warning: store.version_left_out  version=1" in listed.stderr
    assert "2  ok" in verified.stdout
    for result in (verified, *refused):
        assert result.exit_code == ExitCode.REFUSED
        assert "Permission denied" in result.stdout + result.stderr
        assert "Traceback" not in result.stderr


def test_the_store_may_be_a_link_and_no_version_in_it(place: Path) -> None:
    artifacts = stock(place / "elsewhere")
    (place / "artifacts").symlink_to(artifacts)
    (artifacts / "3").symlink_to(artifacts / "1")
    environment = environment_of(place, place / "artifacts")

    read = run(place, environment, "predict", "a.png", "--model", "latest")
    promoted = run(place, environment, "models", "promote", "2")
    link = run(place, environment, "predict", "a.png", "--model", "3")

    assert (read.exit_code, promoted.exit_code) == (OK, OK)
    assert "version=2" in read.stderr
    assert (place / "artifacts").is_symlink()
    assert (link.exit_code, "a link" in link.stderr) == (ExitCode.REFUSED, True)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_what_is_published_can_be_read_by_others_and_written_by_its_owner_alone(
    tmp_path: Path, umask: int
) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.faults.kill_points import publish;"
        " from tests.faults.disk import stock; publish(stock(Path(sys.argv[1])))"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "store"], umask=umask, check=True)

    modes = {p: p.stat().st_mode & 0o777 for p in (tmp_path / "store" / "3").iterdir()}
    assert (tmp_path / "store" / "3").stat().st_mode & 0o777 == 0o755
    assert set(modes.values()) == {0o644}
