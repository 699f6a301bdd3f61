import os
from pathlib import Path

import pytest

from mnist_cli.core import outputs
from mnist_cli.core.errors import ConflictError, ExitCode, StorageError


def test_a_file_that_exists_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    outputs.check_output(path, force=False)
    path.write_bytes(b"")

    with pytest.raises(ConflictError, match=r"a\.png' exists") as caught:
        outputs.check_output(path, force=False)

    assert caught.value.exit_code == ExitCode.CONFLICT
    assert "--force" in caught.value.hint
    outputs.check_output(path, force=True)


def test_an_output_that_is_a_folder_or_lies_in_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder"):
        outputs.check_output(tmp_path, force=True)
    with pytest.raises(StorageError, match="Can't write into"):
        outputs.check_output(tmp_path / "missing" / "a.png", force=False)


def test_a_folder_is_made_where_that_is_asked_for(tmp_path: Path) -> None:
    outputs.check_output(tmp_path / "new" / "deep" / "a.png", force=False, make_folder=True)

    assert (tmp_path / "new" / "deep").is_dir()


@pytest.mark.parametrize("name", ["file/a.png", "x" * 300])
@pytest.mark.parametrize("make_folder", [False, True])
def test_an_output_that_can_not_be_is_refused_before_the_work(
    tmp_path: Path, name: str, make_folder: bool
) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StorageError, match="Can't write"):
        outputs.check_output(tmp_path / name, force=False, make_folder=make_folder)


def test_only_a_folder_of_the_same_kind_is_ever_replaced(tmp_path: Path) -> None:
    path = tmp_path / "2024"
    outputs.check_output_folder(path, "mark", force=False)
    path.mkdir()
    with pytest.raises(ConflictError, match="holds no mark"):
        outputs.check_output_folder(path, "mark", force=True)

    (path / "mark").touch()
    outputs.check_output_folder(path, "mark", force=True)
    with pytest.raises(ConflictError) as caught:
        outputs.check_output_folder(path, "mark", force=False)
    assert "--force" in caught.value.hint


@pytest.mark.parametrize("path", ["no/such/folder", "file/3"])
def test_a_folder_that_can_not_be_made_is_said_before_the_work(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError):
        outputs.check_output_folder(tmp_path / path, "mark", force=False)


def test_what_is_read_is_never_replaced(tmp_path: Path) -> None:
    picture = tmp_path / "scans" / "a.png"
    picture.parent.mkdir()
    picture.write_bytes(b"x")
    (tmp_path / "link.png").symlink_to(picture)

    for place in (picture, tmp_path / "link.png", picture.parent):
        with pytest.raises(ConflictError, match="is read"):
            outputs.check_output(picture, force=True, inputs=[place])
    outputs.check_output(picture, force=True, inputs=[tmp_path / "other.png", "-", "a\0b"])
    outputs.check_output(picture.with_name("b.png"), force=True, inputs=[picture.parent])
    (picture.parent / "results.csv").touch()
    outputs.check_output(picture.parent / "results.csv", force=True, inputs=[picture.parent])


def test_a_device_a_pipe_and_a_version_are_written_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "model.json").touch()

    for path in (Path("/dev/null"), tmp_path / "pipe"):
        with pytest.raises(StorageError, match="no regular file"):
            outputs.check_output(path, force=True)
    with pytest.raises(ConflictError, match="is a version"):
        outputs.check_output(tmp_path / "1" / "new.tflite", force=True)
