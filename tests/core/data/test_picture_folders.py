"""Digits that are added to a folder of pictures."""

import os
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data import picture_folders
from mnist_cli.core.data.picture_folders import add_digits
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
