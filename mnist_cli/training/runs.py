"""Runs that are not finished: `.training/RUN`, held by one process at a time.

artifacts/.training/RUN/
    run.json            config, data, versions and machine, written once
    history.csv         a row an epoch, for people
    epoch-000012.ckpt   the newest two checkpoints
    version/            the version in the making
    learnt-nothing      of a run that is over, and was not published
    lock                held by the process that trains, with its number in it
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mnist_cli.core import log
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import sources_of
from mnist_cli.core.errors import CheckpointError, ConflictError, RunNotFoundError, UsageError
from mnist_cli.core.files import storage_errors, write_json
from mnist_cli.core.store.store import NAMED, UNFINISHED, version_of_run
from mnist_cli.core.store.versions import DAMAGED
from mnist_cli.training import checkpoint
from mnist_cli.training.run_spec import RunSpec

RUN_FILE = "run.json"
VERSION_FOLDER = "version"

_LOCK = "lock"
_FRUITLESS = "learnt-nothing"  # the file that says that a run is over
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


def find(artifacts: Path, run: str | None) -> RunSpec:
    """Find a run to resume; None is the one with a checkpoint that was written to last.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: Its `run.json` is damaged, or it can't go on.
    """
    newest = [name for _, name in sorted(_unfinished(artifacts), reverse=True)]
    obstacles = {name: _obstacle(artifacts, name) for name in newest}
    other = next((name for name in newest if not obstacles[name]), None)
    if run is None and newest:
        run = other or newest[0]
        for name in newest[: newest.index(run)]:
            log.warning("training.run_passed_over", run=name, reason=f"it {obstacles[name]}")
    if run is None or not _NAME.fullmatch(run) or run not in newest:
        raise RunNotFoundError(run, ", ".join(newest[:NAMED]))
    found = _read(artifacts / UNFINISHED / run)[0]
    if obstacle := obstacles[run]:
        raise CheckpointError(
            f"Run {run} {obstacle}; there is nothing to go on with.",
            hint=f"Go on with `mnist train --resume {other}`." if other else "Train anew.",
        )
    return found


def _obstacle(artifacts: Path, run: str) -> str:
    """Say why a run can't go on; nothing, if it can, or if it was killed once it had published."""
    folder = artifacts / UNFINISHED / run
    if (folder / _FRUITLESS).exists():
        return "learnt nothing"
    if checkpoint.exists(folder) or version_of_run(artifacts, run):
        return ""
    return "was stopped before its first checkpoint"


def keep_aside(folder: Path) -> None:
    """Mark a run that learnt nothing: all its epochs are done, and none is to be resumed.

    Raises:
        StorageError: Its folder can't be written.
    """
    with storage_errors(folder):
        (folder / _FRUITLESS).touch()


@contextmanager
def locked_run(
    artifacts: Path, run: str, document: dict[str, Any], *, resume: bool = False
) -> Iterator[Path]:
    """Yield the folder of a run, held by this process alone.

    The folder goes when the block ends well, or leaves no checkpoint to go on from.

    Args:
        artifacts: The store.
        run: Name of the run.
        document: What decides the bits that come out, by `config`, `data`, `versions`, `machine`.
        resume: The folder is there already.

    Raises:
        StorageError: The store can't be written.
        RunNotFoundError: There is no such run to resume.
        CheckpointError: Its `run.json` is damaged.
        ConflictError: Another process holds the run, or it began with other settings or images.
    """
    folder = artifacts / UNFINISHED / run
    if not resume:
        _make(folder)
    elif not folder.is_dir():
        raise RunNotFoundError(run)
    with locked(folder, f"Run {folder.name}"):
        try:
            if resume:
                _compare(folder, document)
                shutil.rmtree(folder / VERSION_FOLDER, ignore_errors=True)  # half made, when killed
            else:
                write_json(folder / RUN_FILE, {"sha256": _digest(document)} | document)
            yield folder
        except BaseException:
            if not checkpoint.exists(folder):
                _discard(folder)
            raise
        _discard(folder)


def _unfinished(artifacts: Path) -> Iterator[tuple[float, str]]:
    folder = artifacts / UNFINISHED
    for path in folder.iterdir() if folder.is_dir() else ():
        if (path / RUN_FILE).is_file():
            yield path.stat().st_mtime, path.name


def _make(folder: Path) -> None:
    with storage_errors(folder):
        try:
            folder.mkdir(parents=True)
        except FileNotFoundError:  # another run that ended took the empty .training away
            folder.mkdir(parents=True)


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Hold a run's lock, which the system lets go of whenever the process ends.

    Args:
        folder: Gets the lock's file.
        what: How a sentence about it begins.

    Raises:
        ConflictError: Another process holds it.
    """
    with storage_errors(folder):
        lock = (folder / _LOCK).open("a+")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ConflictError(
                f"{what} is held by process {lock.read().strip()}.", hint="Wait for it, or stop it."
            ) from None
        with suppress(OSError):  # the lock holds on a full disk too, it only can't say whose it is
            os.ftruncate(lock.fileno(), 0)
            os.write(lock.fileno(), f"{os.getpid()}\n".encode())
        yield


def _read(folder: Path) -> tuple[RunSpec, dict[str, Any]]:
    path = folder / RUN_FILE
    if not path.is_file():
        raise RunNotFoundError(folder.name)
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        if document.pop("sha256") != _digest(document):
            raise ValueError("checksum mismatch")
        config = TrainConfig.from_dict(document["config"])
        spec = RunSpec(
            config,
            folder.parent.parent,
            folder.name,
            tuple(source["name"] for source in sources_of(document["data"])),
            resume=True,
            base=document.get("from"),
            class_names=tuple(document.get("class_names", DIGITS)),
            tensorboard=Path(document["tensorboard"]) if "tensorboard" in document else None,
            note=document.get("note", ""),
        )
        return spec, document
    except (*DAMAGED, UsageError) as error:
        raise CheckpointError(
            f"{path}: damaged, or of another version of this tool ({error}).", hint="Train anew."
        ) from error


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _compare(folder: Path, given: dict[str, Any]) -> None:
    spec, own = _read(folder)
    given = json.loads(json.dumps(given))  # tuples are lists in a file
    spec.check(TrainConfig.from_dict(given["config"]).flat())
    if own["data"]["sha256"] != given["data"]["sha256"]:
        raise ConflictError(
            f"Run {folder.name} began with other images than {given['data']['name']!r} holds now."
        )
    for part in ("versions", "machine"):
        if own[part] != given[part]:
            was, now = json.dumps(own[part]), json.dumps(given[part])
            log.warning("training.not_the_same_bits", reason=part, was=was, now=now)


def _discard(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()
