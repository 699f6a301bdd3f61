import os
from pathlib import Path

import pytest

from mnist_cli.cluster import tasks
from mnist_cli.cluster.tasks import FIRST, MORE, MOST, Task, find_tasks
from mnist_cli.core.errors import PictureError, PictureNotFoundError, UsageError
from tests.cluster.conftest import write_parquet


def names_of(*arguments: object) -> list[str]:
    """Return all names that arguments mean, task by task."""
    return [path for task in find_tasks(map(str, arguments)) for path in task.paths]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_gives_pictures_and_files_that_hold_some(here: Path) -> None:
    touch(here, "in/b.png", "in/a.JPG", "in/c/d.tar", "in/e.parquet", "in/notes.txt", "in/f.tar.gz")

    found = list(find_tasks(["in"]))

    assert {task.paths for task in found if task.is_packed} == {
        ("in/c/d.tar",),
        ("in/e.parquet",),
        ("in/f.tar.gz",),
    }
    assert [task.paths for task in found if not task.is_packed] == [("in/a.JPG", "in/b.png")]


def test_names_are_as_predict_without_a_cluster_tells_them(here: Path) -> None:
    touch(here, "in/a.png", "in/b.png")

    assert names_of("in") == ["in/a.png", "in/b.png"]
    assert names_of("in/*.png") == ["in/a.png", "in/b.png"]
    assert names_of(here / "in" / "a.png", "missing.png") == [f"{here}/in/a.png", "missing.png"]


def test_the_first_units_are_small_and_the_later_ones_bounded(here: Path) -> None:
    (here / "list.txt").write_text("".join(f"{n}.png\n" for n in range(200_000)))

    sizes = [len(task.paths) for task in find_tasks(["list.txt"])]

    assert sum(sizes) == 200_000
    assert sizes[:3] == [FIRST, FIRST + MORE, FIRST + 2 * MORE]
    assert max(sizes) == MOST


@pytest.mark.parametrize("name", ["list.txt", "list.csv", "list.parquet"])
def test_a_list_names_pictures_and_urls(here: Path, name: str) -> None:
    wanted = ["a.png", "über/b, c.png", "s3://bucket/d.png"]
    if name == "list.txt":
        (here / name).write_text("\n".join([*wanted, ""]) + "\r\n")
    elif name == "list.csv":
        (here / name).write_text("label,path\n" + "".join(f'7,"{path}"\n' for path in wanted))
    else:
        write_parquet(here / name, {"path": wanted, "label": [1, 2, 3]})

    assert names_of(name) == wanted


def test_a_text_list_may_hold_names_that_are_no_text(here: Path) -> None:
    (here / "list.txt").write_bytes(b"\xff.png\n")

    assert names_of("list.txt") == ["\udcff.png"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("list.csv", b"file,label\na.png,1\n"), ("list.csv", b""), ("list.parquet", b"PAR1")],
)
def test_a_list_without_names_is_refused(here: Path, name: str, content: bytes) -> None:
    (here / name).write_bytes(content)

    with pytest.raises(UsageError, match=name):
        names_of(name)


def test_a_parquet_file_without_pictures_or_names_is_refused(here: Path) -> None:
    write_parquet(here / "other.parquet", {"label": [1]})

    with pytest.raises(UsageError, match=r"no column 'path'.*Received: label"):
        names_of("other.parquet")


@pytest.mark.parametrize("argument", ["empty", "no*", "list.txt"])
def test_what_means_nothing_is_refused_at_once(here: Path, argument: str) -> None:
    (here / "empty").mkdir()

    with pytest.raises(PictureNotFoundError, match=argument.replace("*", r"\*")):
        names_of(argument)


def test_standard_input_is_refused() -> None:
    with pytest.raises(UsageError, match="standard input"):
        names_of("-")


def test_a_plan_is_the_same_for_the_same_names_and_another_for_others(here: Path) -> None:
    touch(here, "a.png", "b.png")

    assert tasks.plan(["a.png", "b.png"]).sha256 == tasks.plan(["*.png"]).sha256
    assert tasks.plan(["b.png", "a.png"]).sha256 != tasks.plan(["*.png"]).sha256
    (packed_up,) = tasks.plan(["a.png"]).tasks
    assert tasks.unpacked(packed_up) == Task(("a.png",))


def test_an_archive_that_has_changed_makes_another_plan(here: Path) -> None:
    touch(here, "a.tar", "b.png")
    before = tasks.plan(["a.tar", "b.png"]).sha256

    assert tasks.plan(["a.tar", "b.png"]).sha256 == before
    os.utime(here / "a.tar", (1, 1))
    assert tasks.plan(["a.tar", "b.png"]).sha256 != before


@pytest.mark.parametrize("content", ["", "\n\n", "path\n"])
def test_a_list_that_names_nothing_is_refused(here: Path, content: str) -> None:
    name = "list.csv" if content == "path\n" else "list.txt"
    (here / name).write_text(content)

    with pytest.raises(PictureNotFoundError, match="name no picture"):
        tasks.plan([name])


@pytest.mark.parametrize(("name", "head"), [("list.txt", ""), ("list.csv", "path\n")])
def test_a_byte_order_mark_belongs_to_no_name(here: Path, name: str, head: str) -> None:
    (here / name).write_text(f"{head}a.png\n", encoding="utf-8-sig")

    assert names_of(name) == ["a.png"]


def test_a_column_of_numbers_is_no_list_of_names(here: Path) -> None:
    write_parquet(here / "list.parquet", {"path": [1, 2]})

    with pytest.raises(UsageError, match="holds int64, not texts"):
        names_of("list.parquet")


def test_a_list_that_is_a_pipe_is_refused(here: Path) -> None:
    os.mkfifo(here / "list.txt")

    with pytest.raises(PictureError, match="not a regular file"):
        names_of("list.txt")
