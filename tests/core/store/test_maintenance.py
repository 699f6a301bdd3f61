import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.core.errors import (
    ConflictError,
    ExitCode,
    ModelError,
    ModelNotFoundError,
    StorageError,
    UsageError,
)
from mnist_cli.core.store import maintenance, store, versions
from mnist_cli.core.store.publish import highest_number
from mnist_cli.core.store.versions import BUNDLED, Version

from .test_store import publish


class Reading:
    """Whatever reads with a version."""


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """A store with versions 1, 2 and 3."""
    for number in (1, 2, 3):
        publish(tmp_path / "artifacts", f"run{number}")
    return tmp_path / "artifacts"


def opened(artifacts: Path, number: int) -> Version:
    return versions.open_version(artifacts / str(number))


def resolved(artifacts: Path, reference: str | None) -> str:
    return store.find_version(reference, artifacts).name


# promoting


def test_an_alias_moves_and_says_what_it_meant_before(artifacts: Path) -> None:
    assert maintenance.promote(artifacts, opened(artifacts, 2), "champion") is None
    assert maintenance.promote(artifacts, opened(artifacts, 1), "champion") == "2"
    assert maintenance.promote(artifacts, opened(artifacts, 2), "paper-2_b") is None

    assert resolved(artifacts, "champion") == "1"
    assert resolved(artifacts, "paper-2_b") == "2"
    assert json.loads((artifacts / store.ALIASES).read_text()) == {
        "champion": "1",
        "paper-2_b": "2",
    }


def test_the_bundled_one_reads_again_once_it_is_promoted(artifacts: Path) -> None:
    maintenance.promote(artifacts, opened(artifacts, 1), "champion")
    maintenance.promote(artifacts, opened(artifacts, 2), "paper")
    bundled = versions.open_version(BUNDLED)

    assert maintenance.promote(artifacts, bundled, "champion") == "1"

    assert store.stored_aliases(artifacts) == {"paper": "2"}
    with pytest.raises(ModelError, match="not in this store"):
        maintenance.promote(artifacts, bundled, "paper")


def test_an_alias_is_not_given_beside_one_of_another_case(artifacts: Path) -> None:
    maintenance.promote(artifacts, opened(artifacts, 1), "champion")

    with pytest.raises(UsageError, match="There is an alias 'champion'"):
        maintenance.promote(artifacts, opened(artifacts, 2), "Champion")
    assert store.stored_aliases(artifacts) == {"champion": "1"}


@pytest.mark.parametrize("alias", ["latest", "bundled", "Latest", "BUNDLED"])
def test_a_computed_alias_is_not_given(artifacts: Path, alias: str) -> None:
    with pytest.raises(UsageError, match="is computed") as caught:
        maintenance.promote(artifacts, opened(artifacts, 1), alias)

    assert caught.value.exit_code == ExitCode.USAGE
    assert not (artifacts / store.ALIASES).exists()


@pytest.mark.parametrize(
    "alias", ["", "1", "12", "1a", "-a", "a b", "a/b", "..", "ä", "a\n", "a" * 33, "x.keras", "\0"]
)
def test_an_alias_is_a_short_identifier(artifacts: Path, alias: str) -> None:
    with pytest.raises(UsageError, match="An alias is a letter"):
        maintenance.promote(artifacts, opened(artifacts, 1), alias)

    assert not (artifacts / store.ALIASES).exists()


def test_a_version_of_elsewhere_gets_no_alias(artifacts: Path, tmp_path: Path) -> None:
    elsewhere = publish(tmp_path / "other")

    with pytest.raises(ModelError, match="not in this store"):
        maintenance.promote(artifacts, elsewhere, "champion")


def test_a_changed_model_is_not_promoted(artifacts: Path) -> None:
    (artifacts / "1" / versions.TFLITE).write_text("changed")

    with pytest.raises(ModelError, match="checksum mismatch"):
        maintenance.promote(artifacts, opened(artifacts, 1), "champion")


def test_aliases_given_at_once_are_all_kept(artifacts: Path) -> None:
    barrier = threading.Barrier(8)

    def promote(alias: str) -> None:
        barrier.wait()
        maintenance.promote(artifacts, opened(artifacts, 1), alias)

    threads = [threading.Thread(target=promote, args=(f"a{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert json.loads((artifacts / store.ALIASES).read_text()) == {f"a{i}": "1" for i in range(8)}


# deleting


def test_a_deleted_version_leaves_nothing_and_its_number_is_not_given_again(
    artifacts: Path,
) -> None:
    (artifacts / store.HIGHEST).unlink()  # as of an older version of this tool
    version = opened(artifacts, 3)
    size_bytes = version.size_bytes
    model: dict[str, str | None] = {"version": "3", "sha256": version.sha256}
    maintenance.record_test_accuracy(artifacts, model, 0.99)
    assert version.test_accuracy_path.exists()

    deletion = maintenance.delete(artifacts, ["3"])

    assert deletion == maintenance.Deletion(["3"], [], size_bytes)
    assert store.version_numbers(artifacts) == [1, 2]
    assert not version.test_accuracy_path.exists()
    assert not (artifacts / store.DELETED).exists()
    assert publish(artifacts).name == "4"


def test_several_are_deleted_or_none(artifacts: Path) -> None:
    maintenance.promote(artifacts, opened(artifacts, 2), "champion")

    with pytest.raises(ConflictError, match="Version 2 is what champion stands for"):
        maintenance.delete(artifacts, ["1", "2"])
    with pytest.raises(ModelNotFoundError, match="'9'"):
        maintenance.delete(artifacts, ["1", "9"])
    assert store.version_numbers(artifacts) == [1, 2, 3]

    assert maintenance.delete(artifacts, ["1", "3", "1"]).versions == ["1", "3"]
    assert store.version_numbers(artifacts) == [2]


@pytest.mark.parametrize("reference", ["latest", "champion", "٣", "01", "+1", "../1", "", "1.0"])
def test_versions_are_deleted_by_number_alone(artifacts: Path, reference: str) -> None:
    with pytest.raises(UsageError, match="by their numbers"):
        maintenance.delete(artifacts, [reference])

    assert store.version_numbers(artifacts) == [1, 2, 3]


def test_by_force_the_alias_goes_too(artifacts: Path) -> None:
    for number, alias in ((2, "champion"), (2, "paper"), (1, "first")):
        maintenance.promote(artifacts, opened(artifacts, number), alias)

    assert maintenance.delete(artifacts, ["2"], force=True).aliases == ["champion", "paper"]
    assert json.loads((artifacts / store.ALIASES).read_text()) == {"first": "1"}
    assert resolved(artifacts, None) == "3"


def test_the_latest_is_deleted_without_force(artifacts: Path) -> None:
    maintenance.delete(artifacts, ["3"])

    assert resolved(artifacts, "latest") == "2"


def test_a_version_that_is_read_with_is_kept(artifacts: Path) -> None:
    reading = Reading()
    opened(artifacts, 1).hold(reading)

    with pytest.raises(ConflictError, match="in use by another process") as caught:
        maintenance.delete(artifacts, ["1"])
    assert "--force" in caught.value.hint

    del reading
    assert maintenance.delete(artifacts, ["1"]).versions == ["1"]


def test_a_version_that_another_process_reads_with_is_kept(artifacts: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from mnist_cli.core.store.versions import open_version\n"
        "class Reading: pass\n"
        "reading = Reading(); open_version(Path(sys.argv[1])).hold(reading)\n"
        "print('reads', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, artifacts / "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reads\n"
        with pytest.raises(ConflictError, match="in use"):
            maintenance.delete(artifacts, ["1"])
        process.communicate()

    assert maintenance.delete(artifacts, ["1"]).versions == ["1"]


def test_by_force_goes_what_is_read_with(artifacts: Path) -> None:
    reading = Reading()
    opened(artifacts, 1).hold(reading)

    assert maintenance.delete(artifacts, ["1"], force=True).versions == ["1"]


def test_the_version_of_a_run_that_was_killed_as_it_published_is_kept(artifacts: Path) -> None:
    (artifacts / store.UNFINISHED / "run2").mkdir()

    with pytest.raises(ConflictError, match="came of run run2, which is not finished"):
        maintenance.delete(artifacts, ["2"])

    assert maintenance.delete(artifacts, ["1"]).versions == ["1"]


@pytest.mark.parametrize("manifest", ["", "{}", '{"run": 3}'])
def test_a_damaged_version_can_be_deleted(artifacts: Path, manifest: str) -> None:
    (artifacts / "2" / versions.MANIFEST).write_text(manifest)

    assert maintenance.delete(artifacts, ["2"]).versions == ["2"]


@pytest.mark.parametrize("moment", ["sync", "_drop_aliases", "shutil.rmtree"])
def test_a_kill_after_the_renaming_leaves_a_store_that_works(
    artifacts: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    maintenance.promote(artifacts, opened(artifacts, 3), "champion")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"mnist_cli.core.store.maintenance.{moment}", killed)
        with pytest.raises(KeyboardInterrupt):
            maintenance.delete(artifacts, ["2", "3"], force=True)

    assert list((artifacts / store.DELETED).iterdir())
    assert [record["version"] for record in store.list_records(artifacts)] == ["1"]
    assert resolved(artifacts, None) == "1"
    assert publish(artifacts).name == "4"
    maintenance.promote(artifacts, opened(artifacts, 4), "paper")

    assert maintenance.delete(artifacts, ["1"]).versions == ["1"]
    assert not (artifacts / store.DELETED).exists()


def test_the_number_of_what_was_deleted_is_not_given_again_if_it_cannot_be_noted(
    artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnist_cli.core.store.maintenance.write_json", full)
    with pytest.raises(StorageError, match="No space left"):
        maintenance.delete(artifacts, ["3"])

    assert store.version_numbers(artifacts) == [1, 2]
    (artifacts / store.HIGHEST).unlink(missing_ok=True)
    assert highest_number(artifacts) == 3


def test_a_version_with_a_folder_in_it_is_deleted_too(artifacts: Path) -> None:
    (artifacts / "2" / ".ipynb_checkpoints").mkdir()

    maintenance.delete(artifacts, ["2"])

    assert store.version_numbers(artifacts) == [1, 3]
    assert not (artifacts / store.DELETED).exists()


def test_the_bundled_one_reads_where_there_is_no_store(tmp_path: Path) -> None:
    bundled = versions.open_version(BUNDLED)

    assert maintenance.promote(tmp_path / "nothing", bundled, "champion") is None
    assert not (tmp_path / "nothing").exists()


def test_a_reader_meets_whole_versions_while_others_are_deleted(artifacts: Path) -> None:
    for number in range(4, 31):
        publish(artifacts, f"run{number}")
    numbers = [str(number) for number in range(2, 31)]

    def delete() -> None:
        for number in numbers:
            maintenance.delete(artifacts, [number])

    thread = threading.Thread(target=delete)
    thread.start()
    while thread.is_alive():
        for record in store.list_records(artifacts):
            assert record["size_bytes"] > 0

    assert [record["version"] for record in store.list_records(artifacts)] == ["1"]
