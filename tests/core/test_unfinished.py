import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mnist_cli.core import files, unfinished

WRITER = """
import sys, time
from pathlib import Path
from mnist_cli.core import files, unfinished
path = Path(sys.argv[1])
with {what}:
    print("writing", flush=True)
    time.sleep(60)
"""
KINDS = {
    "file": "files.replacing(path / 'a.json')",
    "folder": "files.replacing_folder(path / 'a')",
    "temporary": "unfinished.temporary_folder()",
}


def writing(kind: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Return a process that is in the midst of writing into a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER.format(what=KINDS[kind]), folder],
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(folder)},
    )
    assert process.stdout
    assert process.stdout.readline() == b"writing\n"
    return process


def aged(folder: Path, by_s: float = 2 * unfinished.ABANDONED_S) -> list[Path]:
    """Let what is in a folder be older, and return it."""
    then = time.time() - by_s
    for entry in folder.iterdir():
        os.utime(entry, (then, then))
    return list(folder.iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process = writing(kind, tmp_path)
    (entry,) = aged(tmp_path)

    def write_again() -> None:
        unfinished.sweep_once.cache_clear()  # as a new process would
        files.write_bytes(tmp_path / "b.txt", b"")
        with unfinished.temporary_folder():
            pass

    try:
        write_again()
        assert entry.exists(), "its owner lives"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    write_again()

    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


@pytest.mark.parametrize("name", [".new-abcd.json", ".new-mnist", "mnist-cli", "notes.txt"])
def test_what_is_not_surely_ours_stays_however_old(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    aged(tmp_path)

    unfinished.sweep(tmp_path, unfinished.UNFINISHED)
    unfinished.sweep(tmp_path, unfinished.TEMPORARY)

    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_was_left_just_now_stays(tmp_path: Path) -> None:
    (tmp_path / f"{unfinished.UNFINISHED}abc").touch()

    unfinished.sweep(tmp_path, unfinished.UNFINISHED)

    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link = tmp_path / f"{unfinished.UNFINISHED}abc"
    link.symlink_to(tmp_path / "kept")
    os.utime(link, (0, 0), follow_symlinks=False)

    unfinished.sweep(tmp_path, unfinished.UNFINISHED)

    assert (tmp_path / "kept").is_dir()
