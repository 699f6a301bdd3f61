"""Runs a line of a table as a process of its own, and looks at all that it may not have done."""

import hashlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli, Result

Runner = Callable[..., Result]  # what `run` is

TIMEOUT_S = 120
_ANSI = re.compile(r"\x1b|\x9b")


@dataclass(frozen=True)
class Row:
    """A fault, and what `mnist` says of it.

    Attributes:
        id: The fault in words.
        arguments: Of `mnist`, which is run in a folder of its own.
        code: The exit code that is due.
        words: What the message holds, each of them.
        make: Lays the fault into that folder.
        environment: Variables that are set.
        has_json: Whether the command takes `--json`; it is then run with it too.
        written: Names of files that the command may leave in the folder.
        memory: Bytes of address space that each of its processes may take; 0 for all there are.
    """

    id: str
    arguments: tuple[object, ...]
    code: ExitCode
    words: tuple[str, ...] = ()
    make: Callable[[Path], object] = lambda _folder: None
    environment: dict[str, str] = field(default_factory=dict)
    has_json: bool = True
    written: tuple[str, ...] = ()
    memory: int = 0


def rows(*table: Row) -> pytest.MarkDecorator:
    """Make a test of each line, named by its fault."""
    return pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in table])


def check(row: Row, folder: Path, store: Path, runner: Runner | None = None) -> Result:
    """Run a line; return what its command said.

    Args:
        row: The line.
        folder: An empty folder.
        store: Versions that must be there afterwards as they were, to the byte.
        runner: What runs it: `run`, or what `in_process` returns.
    """
    runner = runner or run
    row.make(folder)
    temporary = folder / "tmp"
    temporary.mkdir()
    before, versions = listing(folder), digest(store)
    environment = environment_of(folder, store) | row.environment

    limits = {"memory": row.memory}
    result = runner(folder, environment, *row.arguments, **limits)
    check_words(result, row)
    if row.has_json:
        check_json(runner(folder, environment, *row.arguments, "--json", **limits), row)

    assert digest(store) == versions, "the store is another"
    left = {path for path in listing(folder) - before if path.split("/")[0] not in row.written}
    assert left == set(), "something is left over"
    return result


def check_words(result: Result, row: Row) -> None:
    """Look at what a person reads."""
    assert result.exit_code == row.code, result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    assert not _ANSI.search(result.stderr + result.stdout), "control characters off a terminal"
    if row.code not in {ExitCode.OK, ExitCode.USAGE}:
        assert "error: " in result.stderr
    said = " ".join((result.stderr + result.stdout).split())  # lines may be wrapped
    for words in row.words:
        assert words in said


def check_json(result: Result, row: Row) -> None:
    """Look at what a program reads: a document a line, and in it what went wrong."""
    assert result.exit_code == row.code, result.stderr
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    if row.code in {ExitCode.OK, ExitCode.USAGE}:
        return
    errors = [document["error"] for document in documents if document.get("error")]
    assert errors, "no document tells the error"
    for error in errors:
        assert set(error) >= {"code", "message"}
        assert "Traceback" not in error["message"]


def run(folder: Path, environment: Mapping[str, str], *arguments: object, **more: Any) -> Result:
    """Run `mnist` to its end, and see that no process of it is left.

    Args:
        folder: Where it stands.
        environment: All of its variables.
        arguments: What comes after `mnist`.
        more: `memory`, as a Row has it; what else `Popen` takes.
    """
    memory = more.pop("memory", 0)
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_cli", *map(_argument, arguments)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=more.pop("stdin", subprocess.DEVNULL),
        start_new_session=True,
        **more,
    ) as process:
        if memory:
            resource.prlimit(process.pid, resource.RLIMIT_AS, (memory, memory))
        try:
            stdout, stderr = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert left_over(process.pid) == [], "a process is left over"
    return Result(process.returncode, stdout.decode(), stderr.decode())


def in_process(mnist: Cli, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Return what runs `mnist` here, without the start of a process."""

    def runner(
        folder: Path, environment: Mapping[str, str], *arguments: object, **_limits: object
    ) -> Result:
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            patch.setattr(tempfile, "tempdir", environment["TMPDIR"])
            for name in set(os.environ) - set(environment):
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            return mnist(*map(os.fsdecode, map(_argument, arguments)))

    return runner


def environment_of(folder: Path, store: Path) -> dict[str, str]:
    """Return this process's environment as a user has it; all that is temporary is seen."""
    not_theirs = ("MNIST_", "PYTHONUNBUFFERED")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(not_theirs)}
    return ours | {"MNIST_ARTIFACTS": str(store), "TMPDIR": str(folder / "tmp")}


def listing(folder: Path) -> set[str]:
    """Return the names of all that is in a folder, at any depth."""
    return {
        os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
        for path in folder.rglob("*")
    }


def digest(store: Path) -> str:
    """Return one digest of everything in a store but the notes of evaluations."""
    total = hashlib.sha256()
    for path in sorted(store.rglob("*")):
        if path.is_file() and ".evaluations" not in path.parts:
            total.update(str(path.relative_to(store)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def session(leader: int) -> list[int]:
    """Return the processes, but for dead ones, of the session that a process began."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit():
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == leader and fields[0] != "Z":
                    found.append(int(entry.name))
    return found


def left_over(leader: int, patience_s: float = 5) -> list[int]:
    """Return what is left of a session; Python's resource tracker outlives its owner a moment."""
    ends = time.monotonic() + patience_s
    while (found := session(leader)) and time.monotonic() < ends:
        time.sleep(0.02)
    return found


def _argument(value: object) -> str | bytes:
    return value if isinstance(value, bytes) else str(value)
