from collections import Counter
from pathlib import Path

import pytest

from mnist_cli.cluster import shards
from mnist_cli.cluster.tasks import Task
from mnist_cli.cluster.worker import Worker
from mnist_cli.core.errors import ExitCode, StorageError
from mnist_cli.reading.output.results import Mark
from mnist_cli.reading.page import LeftOut
from mnist_cli.reading.reader import Reader
from tests.cluster.conftest import plain_records, records_in, write_tar

FORMS = ["out", "out.jsonl"]


def named(pngs: list[bytes], prefix: str = "") -> dict[str, bytes]:
    return {f"{prefix}{number:03}.png": data for number, data in enumerate(pngs)}


@pytest.fixture
def tar(tmp_path: Path, pngs: list[bytes]) -> Path:
    return write_tar(tmp_path / "in.tar", named(pngs))


def worker(reader: Reader, tmp_path: Path, form: str = "out") -> Worker:
    (tmp_path / form).mkdir(exist_ok=True)
    return Worker(reader, str(tmp_path / form), str(tmp_path))


@pytest.mark.parametrize("form", FORMS)
def test_a_shard_holds_the_records_of_predict(
    reader: Reader, tmp_path: Path, pngs: list[bytes], tar: Path, form: str
) -> None:
    outcome = worker(reader, tmp_path, form).read(3, Task((tar.name,), is_packed=True))

    assert outcome.failure is None
    assert outcome.counts == {"": 90, "picture_refused": 10}
    assert [path.stem for path in (tmp_path / form).iterdir()] == ["part-000003"]
    assert records_in(tmp_path / form) == plain_records(reader, named(pngs, "in.tar/"))


@pytest.mark.parametrize("form", FORMS)
def test_a_shard_holds_all_that_a_record_may(
    reader: Reader, tmp_path: Path, pngs: list[bytes], form: str
) -> None:
    (read,) = reader.read_many_bytes([("a.png", pngs[0])])
    full = read._replace(
        marks=(Mark("-", 0.9, (1, 2, 3, 4)),),
        left_out=(LeftOut((5, 6, 7, 8), "3", 0.25, "unlikely"),),
        turned=270,
        flags=("low_contrast",),
    )
    (tmp_path / form).mkdir()

    shards.write_shard(str(tmp_path / form / shards.name_of(0, form)), [full], ())

    assert records_in(tmp_path / form) == [full.to_record()]


def test_loose_files_are_read_where_they_are(
    reader: Reader, tmp_path: Path, pngs: list[bytes]
) -> None:
    (tmp_path / "a.png").write_bytes(pngs[0])
    task = Task(("a.png", str(tmp_path / "a.png"), "missing.png", "b\udcff.png"))

    outcome = worker(reader, tmp_path).read(0, task)

    records = records_in(tmp_path / "out")
    assert outcome.counts == {"": 2, "picture_not_found": 2}
    assert [record["path"] for record in records] == [
        str(tmp_path / "a.png"),
        "a.png",
        "b\\xff.png",
        "missing.png",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_finished_shard_is_counted_and_kept(
    reader: Reader, tmp_path: Path, tar: Path, form: str
) -> None:
    first = worker(reader, tmp_path, form).read(0, Task((tar.name,), is_packed=True))
    (shard,) = (tmp_path / form).iterdir()
    content = shard.read_bytes()
    tar.unlink()

    again = worker(reader, tmp_path, form).read(0, Task((tar.name,), is_packed=True))

    assert again.is_kept
    assert again.counts == first.counts
    assert shard.read_bytes() == content


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_shard_is_written_anew(
    reader: Reader, tmp_path: Path, tar: Path, form: str
) -> None:
    task = Task((tar.name,), is_packed=True)
    first = worker(reader, tmp_path, form).read(0, task)
    (shard,) = (tmp_path / form).iterdir()
    shard.write_bytes(shard.read_bytes()[:-30])

    again = worker(reader, tmp_path, form).read(0, task)

    assert not again.is_kept
    assert again.counts == first.counts == shards.count_records(str(shard))


def test_what_cannot_be_written_is_told_and_leaves_nothing(
    reader: Reader, tmp_path: Path, tar: Path
) -> None:
    outcome = Worker(reader, str(tmp_path / "none"), str(tmp_path)).read(
        0, Task((tar.name,), is_packed=True)
    )

    assert isinstance(outcome.failure, StorageError)
    assert outcome.failure.exit_code == ExitCode.ENVIRONMENT
    assert outcome.counts == Counter()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_unit_is_an_empty_shard(reader: Reader, tmp_path: Path, form: str) -> None:
    write_tar(tmp_path / "in.tar", {})
    task = Task(("in.tar",), is_packed=True)

    assert worker(reader, tmp_path, form).read(0, task).counts == {}
    assert worker(reader, tmp_path, form).read(0, task).is_kept
