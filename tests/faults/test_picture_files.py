"""What is no file to read a picture from, odd names, and pictures that change."""

import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode, PictureError, PictureNotFoundError
from mnist_cli.reading.image import decode
from mnist_cli.reading.picture_file import read_file
from mnist_cli.reading.pictures import find_pictures
from tests.conftest import Cli
from tests.faults.harness import (
    Row,
    check,
    environment_of,
    in_process,
    left_over,
    rows,
    run,
    session,
)
from tests.faults.test_pictures import MEMORY
from tests.reading.test_image import DRAWING, encoded, grey

PICTURE = encoded(grey())
NOT_REGULAR = "not a regular file."
OK, REFUSED, NOT_FOUND, USAGE = (
    ExitCode.OK,
    ExitCode.REFUSED,
    ExitCode.NOT_FOUND,
    ExitCode.USAGE,
)


def bound(folder: Path) -> None:
    """Make a socket's file."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "a"))


def piped(folder: Path) -> None:
    """Make a pipe that nobody writes into."""
    os.mkfifo(folder / "a")


def sparse(folder: Path) -> None:
    """Make a file of 5 GB that takes no place."""
    with (folder / "a").open("wb") as file:
        file.truncate(5 << 30)


def many(folder: Path) -> None:
    """Make more pictures than one process reads, one of them empty."""
    (folder / "many").mkdir()
    (folder / "many" / "000.png").write_bytes(PICTURE)
    for number in range(1, 200):
        os.link(folder / "many" / "000.png", folder / "many" / f"{number:03}.png")
    (folder / "many" / "100.jpg").touch()


def named(name: bytes) -> Row:
    """Return a line whose picture has this name, and that asks for one more that is not there."""
    shown = os.fsdecode(name).encode("unicode_escape", "surrogatepass").decode()
    shown = shown.replace(r"\udc", r"\x")
    return Row(
        f"name: {shown}",
        ("predict", name, b"no" + name),
        NOT_FOUND,
        (f"{shown}: ", f"error: no{shown}: no such file."),
        lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(PICTURE),
    )


@rows(
    Row(
        "no file: pipe",
        ("predict", "a"),
        REFUSED,
        (f"a: {NOT_REGULAR}",),
        lambda f: os.mkfifo(f / "a"),
    ),
    Row("no file: socket", ("predict", "a"), REFUSED, (f"a: {NOT_REGULAR}",), bound),
    Row("no file: terminal", ("predict", "/dev/tty"), REFUSED, (f"/dev/tty: {NOT_REGULAR}",)),
    Row("device: zero", ("predict", "/dev/zero"), REFUSED, (f"/dev/zero: {NOT_REGULAR}",)),
    Row("device: null", ("predict", "/dev/null"), REFUSED, (f"/dev/null: {NOT_REGULAR}",)),
    Row(
        "device: memory",
        ("predict", "/proc/self/mem"),
        ExitCode.ENVIRONMENT,
        ("/proc/self/mem: Input/output",),
    ),
    Row(
        "file: sparse",
        ("predict", "a"),
        REFUSED,
        ("error: a: larger than 128 MB.",),
        sparse,
        memory=MEMORY,
    ),
    Row(
        "many pictures",
        ("predict", "many"),
        REFUSED,
        ("100.jpg: the file is empty", "199.png: "),
        many,
        memory=1 << 30,
    ),
    Row(
        "not in UTF-8: ascii",
        ("predict", "\xfc.png"),
        NOT_FOUND,
        (r"error: \xfc.png: no such file.",),
        environment={"PYTHONIOENCODING": "ascii"},
    ),
    Row("stdin: empty", ("predict", "-"), USAGE, ("No picture on standard input.",)),
)
def test_what_is_no_picture_file_is_told(row: Row, tmp_path: Path, store_path: Path) -> None:
    check(row, tmp_path, store_path)


@rows(
    Row(
        "name: loop",
        ("predict", "a.png"),
        NOT_FOUND,
        ("error: a.png: no such file.",),
        lambda folder: (folder / "a.png").symlink_to("a.png"),
    ),
    Row(
        "name: dangling",
        ("predict", "a.png"),
        NOT_FOUND,
        ("error: a.png: no such file.",),
        lambda folder: (folder / "a.png").symlink_to("b.png"),
    ),
    Row("name: long", ("predict", "x" * 300), NOT_FOUND, (f"error: {'x' * 300}: no such file.",)),
    Row("name: long glob", ("predict", "x" * 300 + "*"), NOT_FOUND, ("x*: no picture there.",)),
    named(b"\xff\xfe.png"),
    named(b"\x1b]0;title\x07.png"),
    named("\u202egnp.png".encode()),
    named(b"two\nlines.png"),
    Row(
        "markup: picture",
        ("predict", "[/foo].png"),
        NOT_FOUND,
        ("error: [/foo].png: no picture there.",),
    ),
    Row(
        "markup: model",
        ("predict", "a.png", "--model", "[bold]\x1b[31m"),
        NOT_FOUND,
        ("error: No model '[bold]\\x1b[31m'. There is 1, bundled",),
    ),
    Row(
        "missing pictures",
        ("predict", "a.png", "b.png"),
        NOT_FOUND,
        ("error: a.png:", "error: b.png:"),
    ),
    Row(
        "no picture of a pattern",
        ("predict", "*.png"),
        NOT_FOUND,
        ("error: *.png: no picture there.", "Pictures end in ", ".heic, ", ".pdf, "),
    ),
)
def test_a_name_is_shown_harmlessly(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


@pytest.mark.parametrize("name", ["stdin: terminal", "stdin: write only"])
def test_where_nothing_can_be_read_the_usage_is_told(
    tmp_path: Path, store_path: Path, name: str
) -> None:
    (tmp_path / "tmp").mkdir()
    controller, terminal = pty.openpty()
    unreadable = os.open(os.devnull, os.O_WRONLY)
    stdin = terminal if name == "stdin: terminal" else unreadable

    result = run(tmp_path, environment_of(tmp_path, store_path), "predict", "-", stdin=stdin)

    for handle in (controller, terminal, unreadable):
        os.close(handle)
    assert result.exit_code == USAGE
    assert "No picture on standard input." in result.stderr


@contextmanager
def rewritten(path: Path) -> Iterator[None]:
    """Let a file grow and shrink while the block runs."""
    done = threading.Event()

    def rewrite() -> None:
        with path.open("r+b") as file:
            while not done.is_set():
                for size in (len(PICTURE) // 2, 0, len(PICTURE)):
                    file.truncate(size)
                file.seek(0)
                file.write(PICTURE)
                file.flush()

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_picture_that_is_rewritten_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PICTURE)
    read, refused = 0, 0

    with rewritten(path):
        for _ in range(300):
            try:
                assert (decode(read_file(path)).grey == DRAWING).all()
                read += 1
            except PictureError:
                refused += 1

    assert read + refused == 300


def test_a_picture_that_vanishes_after_it_was_found_is_not_found(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(PICTURE)
    sources = find_pictures([str(tmp_path)])
    next(sources)
    (tmp_path / "b.png").unlink()

    with pytest.raises(PictureNotFoundError, match="no such file"):
        read_file(next(sources).path or "")


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="one core needs no other process")
def test_a_process_that_is_killed_is_told(tmp_path: Path, store_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "a.png").write_bytes(PICTURE)
    for number in range(600 + 100 * len(os.sched_getaffinity(0))):  # more than a pipe holds
        os.link(tmp_path / "a.png", tmp_path / f"{number:04}.png")
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_cli", "predict", tmp_path, "--json"],
        env=environment_of(tmp_path, store_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        for other in session(process.pid):
            if b"spawn_main" in Path(f"/proc/{other}/cmdline").read_bytes():
                os.kill(other, 9)
        _, stderr = process.communicate(timeout=60)
        assert left_over(process.pid) == []

    assert process.returncode == ExitCode.ENVIRONMENT
    assert b"error: A process that reads pictures was killed" in stderr
    assert b"Traceback" not in stderr
