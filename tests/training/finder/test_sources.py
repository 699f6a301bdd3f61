import hashlib
from pathlib import Path

import pytest

from mnist_cli.core.errors import DatasetNotFoundError, UsageError
from mnist_cli.synthesis.sources import Source, find_sources


@pytest.fixture
def writers(tmp_path: Path) -> Path:
    """Three writers, one of them without any digit."""
    for name, digit in (("ada", 3), ("ada", 4), ("bob", 7)):
        folder = tmp_path / name / str(digit)
        folder.mkdir(parents=True)
        (folder / "1.png").write_bytes(f"{name} {digit}".encode())
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_mnist_alone_is_divided_by_what_all_recipes_hold_out() -> None:
    training, held_out = find_sources(None, [], seed=5)

    assert (training.writers, held_out.writers) == ((), ())
    assert (training.held_out, held_out.held_out) == (False, True)
    assert (training.seed, held_out.seed) == (5, 5)


def test_whole_writers_are_kept_for_measuring(writers: Path) -> None:
    training, held_out = find_sources(writers, ["bob"])

    assert (training.writers, held_out.writers) == (("ada",), ("bob",))


def test_without_a_writer_held_out_all_are_written_with(writers: Path) -> None:
    training, held_out = find_sources(writers, [])

    assert (training.writers, held_out.writers) == (("ada", "bob"), ())
    assert held_out.folder is None


def test_a_writer_or_a_folder_that_is_not_there_is_told(writers: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="No writer 'eve'") as refused:
        find_sources(writers, ["eve"])
    assert refused.value.hint == "There are ada, bob."
    with pytest.raises(DatasetNotFoundError, match="No such file"):
        find_sources(writers / "nowhere", [])
    with pytest.raises(DatasetNotFoundError, match="No writers"):
        find_sources(writers / "empty", [])
    with pytest.raises(UsageError, match="--writers alone"):
        find_sources(None, ["ada"])


def test_a_source_states_its_images_and_its_writers_files(writers: Path) -> None:
    mnist, ada = Source(10, writers, ("ada",), False, 0).to_records()

    assert (mnist["name"], mnist["n"]) == ("mnist", 10)
    digest = hashlib.sha256(b"ada 3ada 4").hexdigest()
    assert ada == {"name": "ada", "n": 2, "sha256": digest}
    assert Source(10, None, (), False, 1).to_records()[0]["sha256"] != mnist["sha256"]
    assert Source(10, None, (), False, 0).to_records() == [mnist]
