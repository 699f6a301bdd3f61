import json
import os
from pathlib import Path

import pytest

from mnist_cli.core import files
from mnist_cli.core.errors import ExitCode, StorageError


def test_a_document_is_written_whole_and_readable_by_others(tmp_path: Path) -> None:
    files.write_json(tmp_path / "a.json", {"digit": 3})

    assert json.loads((tmp_path / "a.json").read_text()) == {"digit": 3}
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_the_writer_gets_a_path_with_the_same_suffix(tmp_path: Path) -> None:
    seen: list[Path] = []
    files.write_atomically(tmp_path / "figure.png", seen.append)

    assert seen[0].suffix == ".png"
    assert seen[0].parent == tmp_path


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (OSError(28, "No space left on device"), StorageError),
        (ValueError("no such format"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, raised: BaseException, expected: type[BaseException]
) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"the old one")

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half of the new")
        raise raised

    with pytest.raises(expected):
        files.write_atomically(path, write)

    assert path.read_bytes() == b"the old one"
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


def test_a_full_disk_is_said_by_the_name_of_the_file(tmp_path: Path) -> None:
    def write(_temporary: Path) -> None:
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(StorageError, match="No space left") as caught:
        files.write_atomically(tmp_path / "figure.png", write)

    assert "figure.png" in caught.value.message
    assert "free space" in caught.value.hint


@pytest.mark.parametrize("name", ["missing/a.json", "x" * 300])
def test_a_place_that_takes_no_file_is_an_environment_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="Can't write") as caught:
        files.write_bytes(tmp_path / name, b"")

    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert not list(tmp_path.iterdir())


def test_a_folder_is_put_in_place_whole(tmp_path: Path) -> None:
    path = tmp_path / "mnist" / "3"
    with files.replacing_folder(path) as made:
        (made / "deep").mkdir()
        (made / "deep" / "a").write_text("new")
        assert not path.exists()

    assert (path / "deep" / "a").read_text() == "new"
    assert path.stat().st_mode & 0o055 == 0o055
    assert [p.name for p in tmp_path.iterdir()] == ["mnist"]
    assert [p.name for p in path.parent.iterdir()] == ["3"]


def test_a_folder_replaces_another(tmp_path: Path) -> None:
    path = tmp_path / "3"
    path.mkdir()
    (path / "old").write_text("old")
    with files.replacing_folder(path) as made:
        (made / "new").write_text("new")
        assert (path / "old").exists()

    assert [p.name for p in path.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["3"]


@pytest.mark.parametrize("raised", [OSError(28, "No space"), KeyboardInterrupt()])
def test_a_folder_that_fails_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, raised: BaseException
) -> None:
    path = tmp_path / "3"
    path.mkdir()
    (path / "old").write_text("old")

    def replace() -> None:
        with files.replacing_folder(path) as made:
            (made / "half").write_text("half")
            raise raised

    with pytest.raises((StorageError, KeyboardInterrupt)):
        replace()

    assert [p.name for p in path.iterdir()] == ["old"]
    assert [p.name for p in tmp_path.iterdir()] == ["3"]


@pytest.mark.parametrize("place", ["/dev/zero", "pipe", "link", "large"])
def test_a_file_without_an_end_is_not_waited_for(tmp_path: Path, place: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    (tmp_path / "large").write_bytes(bytes(11))

    with pytest.raises(OSError, match=r"not a regular file|larger than"):
        files.read_regular(tmp_path / place, 10)


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(10))

    assert files.read_regular(tmp_path / "a", 10) == bytes(10)
