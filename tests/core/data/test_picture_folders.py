"""Digits that are added to a folder of pictures."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data import picture_folders
from mnist_cli.core.data.picture_folders import add_digits, encoded, finish_adding, name_of
from mnist_cli.core.unfinished import ABANDONED_S, UNFINISHED

THREE = np.full((28, 28), 3, np.uint8)


def test_what_a_killed_process_left_goes_with_each_that_adds(tmp_path: Path) -> None:
    """A server adds for weeks."""
    for _ in range(2):
        add_digits(tmp_path, [(3, THREE)])
        left = tmp_path / f"{UNFINISHED}left"
        left.mkdir()
        (left / "a.png").touch()
        long_ago = left.stat().st_mtime - ABANDONED_S - 1
        os.utime(left, (long_ago, long_ago))
        add_digits(tmp_path, [(3, THREE)])

        assert [path.name for path in tmp_path.iterdir()] == ["3"]


def test_nothing_is_synced_before_all_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file at a time, it would take the disk twice as long and more."""
    there: list[int] = []
    monkeypatch.setattr(
        picture_folders, "sync", lambda path: there.append(len(list(path.parent.glob("*.png"))))
    )

    add_digits(tmp_path, [(at, np.full((28, 28), at, np.uint8)) for at in range(5)])

    assert there[:5] == [5] * 5


KILLED = """
import os, shutil, sys
from pathlib import Path
import numpy as np
from mnist_cli.core.data.picture_folders import add_digits

calls = int(sys.argv[2])

def count(call):
    def counted(*arguments, **named):
        global calls
        calls -= 1
        if not calls:
            os._exit(9)
        return call(*arguments, **named)
    return counted

for name in ("rename", "replace", "unlink"):
    setattr(Path, name, count(getattr(Path, name)))
shutil.rmtree = count(shutil.rmtree)
images = [np.full((28, 28), value, np.uint8) for value in range(4)]
add_digits(Path(sys.argv[1]), zip((1, 2, 3, 3), images))
"""


@pytest.mark.parametrize("calls", [1, 2, 11, 12, 13, 30, 41, 42])
def test_all_are_added_or_none_whenever_it_is_killed(tmp_path: Path, calls: int) -> None:
    """Here before one of the renames and removals that it takes."""
    add_digits(tmp_path, [(7, np.full((28, 28), 1, np.uint8))])  # which is put right
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(calls)]
    assert subprocess.run(command, check=False).returncode == 9
    finish_adding(tmp_path)

    there = sorted(path.parent.name for path in tmp_path.glob("[0-9]/*.png"))
    assert there == (["7"] if calls == 1 else ["1", "2", "3", "3"])


def test_neither_a_missing_folder_nor_another_file_stops_what_is_to_be_added(
    tmp_path: Path,
) -> None:
    """A person may tidy up between a kill and the next start; a file manager leaves files."""
    adding = tmp_path / ".adding"
    (adding / "8-folder").mkdir(parents=True)
    (adding / "7-a.png").write_bytes(encoded(THREE))
    for name in (".DS_Store", "7-a-b", "x-a.png"):
        (adding / name).touch()

    finish_adding(tmp_path)
    add_digits(tmp_path, [(3, THREE)])

    there = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert there == ["3", f"3/{name_of(THREE)}", "7", "7/a.png"]


def test_a_folder_that_an_image_left_is_synced_before_it_counts_as_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_digits(tmp_path, [(7, THREE)])
    synced: list[str] = []

    def note(path: Path) -> None:
        if (tmp_path / ".adding").is_dir() and not (tmp_path / "7" / name_of(THREE)).exists():
            synced.append(path.name)

    monkeypatch.setattr(picture_folders, "sync", note)
    add_digits(tmp_path, [(3, THREE)])

    assert {"3", "7"} <= set(synced)
