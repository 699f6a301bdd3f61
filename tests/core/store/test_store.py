import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.core.errors import ExitCode, ModelError, ModelNotFoundError, StorageError
from mnist_cli.core.store import store, versions
from mnist_cli.core.store.maintenance import record_test_accuracy
from mnist_cli.core.store.publish import publish as publish_version
from mnist_cli.core.store.versions import Model, Version
from tests.conftest import Events

MANIFEST: dict[str, Any] = {
    "schema": 1,
    "created": "2026-11-22T09:15:00Z",
    "config": {"model": {"arch": "dense"}, "recipe": "quick", "seed": 0},
    "data": {"name": "mnist", "n": 60_000, "sha256": "0" * 64},
    "metrics": {"val_accuracy": 0.98, "chosen_epoch": 2},
    "temperature": 1.5,
}
FILES = (versions.TFLITE, versions.KERAS, versions.H5)
HISTORY = "epoch,loss\n1,0.5\n2,0.25\n"


def publish(artifacts: Path, run: str = "run", meet: Callable[[], object] = int) -> Version:
    """Publish a version whose files hold the run's name; `meet` is called just before."""
    folder = artifacts / ".training" / run
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_text(f"{name} of {run}")
    (folder / versions.HISTORY).write_text(HISTORY)
    meet()
    return publish_version(folder, MANIFEST | {"run": run}, artifacts)


def change_manifest(version: Version, **changes: object) -> None:
    path = version.path / versions.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def version(artifacts: Path) -> Version:
    return publish(artifacts)


# publishing


def test_versions_are_numbered_from_1(artifacts: Path) -> None:
    names = [publish(artifacts, f"run{i}").name for i in range(11)]

    assert names == [str(i) for i in range(1, 12)]
    assert store.version_numbers(artifacts) == list(range(1, 12))
    assert [v.manifest["run"] for v in store.list_versions(artifacts)][10] == "run10"


def test_a_version_is_whole_and_nothing_else_stays(artifacts: Path, version: Version) -> None:
    assert {entry.name for entry in artifacts.iterdir()} == {"1", store.HIGHEST, ".training"}
    assert not list((artifacts / ".training").iterdir())
    assert set(version.manifest["files"]) == {*FILES, versions.HISTORY}
    assert version.read(versions.KERAS) == b"mnist_model.keras of run"
    assert version.read_history() == [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    assert version.temperature == 1.5
    assert version.size_bytes == sum(f.stat().st_size for f in version.path.iterdir())


def test_eight_runs_that_end_at_once_get_eight_whole_versions(artifacts: Path) -> None:
    barrier = threading.Barrier(8)
    published: list[Version] = []

    def run(name: str) -> None:
        published.append(publish(artifacts, name, barrier.wait))

    threads = [threading.Thread(target=run, args=(f"run{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(v.name for v in published) == [str(i) for i in range(1, 9)]
    assert store.version_numbers(artifacts) == list(range(1, 9))
    assert not list((artifacts / ".training").iterdir())
    for version in published:
        for name in FILES:
            assert version.read(name).decode() == f"{name} of {version.manifest['run']}"


@pytest.mark.parametrize("kind", ["file", "folder", "link", "half a version"])
def test_what_stands_in_the_way_is_passed_by(artifacts: Path, tmp_path: Path, kind: str) -> None:
    publish(artifacts)
    if kind == "file":
        (artifacts / "2").write_text("mine")
    elif kind == "link":
        (artifacts / "2").symlink_to(tmp_path)
    else:
        (artifacts / "2").mkdir()
        (artifacts / "2" / "mine").write_text("mine")

    assert publish(artifacts).name == "3"
    assert (artifacts / "2").exists()


def test_the_number_of_a_deleted_version_is_not_used_again(artifacts: Path) -> None:
    publish(artifacts)
    shutil.rmtree(publish(artifacts).path)

    assert publish(artifacts).name == "3"


def test_a_version_that_is_named_by_a_date_counts(artifacts: Path) -> None:
    publish(artifacts).path.rename(artifacts / "20261127")
    (artifacts / store.HIGHEST).write_text("20261127")

    assert publish(artifacts).name == "20261128"


@pytest.mark.parametrize(
    "content",
    [
        *("", "no json", "[]", "null", '"7"', "999999999"),
        *(text for text in ("1e400", "[" * 100_000)),
    ],
    ids=lambda text: text[:10],
)
@pytest.mark.usefixtures("version")
def test_a_damaged_note_of_the_highest_number_does_not_end_a_run(
    artifacts: Path, content: str
) -> None:
    (artifacts / store.HIGHEST).write_text(content)

    assert publish(artifacts).path.is_dir()


def test_a_store_that_cannot_be_written_is_an_environment_error(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()

    with pytest.raises(StorageError, match="Can't write") as caught:
        publish_version(tmp_path / "made", MANIFEST, tmp_path / "taken away")

    assert caught.value.exit_code == ExitCode.ENVIRONMENT


# reading


def test_former_names_are_current_ones_in_the_config_and_nowhere_else(version: Version) -> None:
    config = MANIFEST["config"] | {"wear": {"struck": 0.3}, "variants": 0.5, "non_digits": 0.25}
    versions_used = {"wear": "1.0"}
    change_manifest(version, config=config, versions=versions_used)

    manifest = versions.open_version(version.path).manifest

    assert manifest["config"] == MANIFEST["config"] | {
        "degradations": {"probability": 0.3},
        "glyph_variants": 0.5,
        "outliers": 0.25,
    }
    assert manifest["versions"] == versions_used


@pytest.mark.parametrize("name", [*FILES, versions.HISTORY])
def test_a_changed_file_is_refused(version: Version, name: str) -> None:
    content = bytearray((version.path / name).read_bytes())
    content[-1] ^= 1
    (version.path / name).write_bytes(content)

    with pytest.raises(ModelError, match="checksum mismatch") as caught:
        version.read(name)

    assert name in caught.value.message
    assert caught.value.exit_code == ExitCode.REFUSED
    for other in {*FILES, versions.HISTORY} - {name}:
        version.read(other)


def test_a_file_that_is_missing_or_was_never_published_is_refused(
    version: Version,
) -> None:
    (version.path / versions.TFLITE).unlink()
    (version.path / "extra").write_text("x")

    with pytest.raises(ModelError, match="No such file"):
        version.read(versions.TFLITE)
    with pytest.raises(ModelError, match="checksum mismatch"):
        version.read("extra")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[]",
        "null",
        "{}",
        "\xff",
        "[" * 100_000,
        '{"files": {}}',
        '{"files": [], "temperature": 1}',
        '{"files": {"mnist_model.tflite": "0"}, "temperature": "warm"}',
    ],
    ids=lambda text: text[:20],
)
def test_a_damaged_manifest_is_refused(version: Version, content: str) -> None:
    (version.path / versions.MANIFEST).write_text(content, encoding="latin-1")

    with pytest.raises(ModelError, match=r"model\.json: the manifest is damaged"):
        store.resolve("1", version.path.parent)


@pytest.mark.parametrize(
    "temperature", [0, -1, 1e-310, float("nan"), float("inf"), 10**400], ids=lambda t: str(t)[:5]
)
def test_a_temperature_that_makes_no_sense_is_refused(version: Version, temperature: float) -> None:
    change_manifest(version, temperature=temperature)

    with pytest.raises(ModelError):
        versions.open_version(version.path)


@pytest.mark.parametrize(
    "changes",
    [
        {"config": {}},
        {"config": {"model": 3}},
        {"metrics": None},
        {"metrics": {"val_accuracy": 0.98}},
        {"metrics": {"val_accuracy": float("nan"), "chosen_epoch": 1}},
        {"metrics": {"val_accuracy": "98 %", "chosen_epoch": 1}},
        {"config": {"model": {"arch": 3}, "recipe": "quick", "seed": 0}},
        {"created": None},
        {"data": {"name": "mnist"}},
        {"files": {versions.TFLITE: 5}},
    ],
    ids=str,
)
def test_a_manifest_without_what_is_read_of_it_is_refused_and_left_out_of_a_list(
    artifacts: Path, version: Version, changes: dict[str, object]
) -> None:
    change_manifest(version, **changes)
    publish(artifacts)

    with pytest.raises(ModelError, match="the manifest is damaged"):
        versions.open_version(version.path)
    assert [other.name for other in store.list_versions(artifacts)] == ["2"]


# references


def named(found: Model) -> str:
    assert found.whole is not None
    return found.whole.name


def test_a_version_answers_to_its_number_its_aliases_and_its_folder(
    artifacts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in ("a", "b", "c"):
        publish(artifacts, run)
    (artifacts / store.ALIASES).write_text('{"champion": "2", "paper": "1"}')
    monkeypatch.chdir(tmp_path)

    assert named(store.resolve("1", artifacts)) == "1"
    assert named(store.resolve("paper", artifacts)) == "1"
    assert named(store.resolve("champion", artifacts)) == "2"
    assert named(store.resolve("latest", artifacts)) == "3"
    assert named(store.resolve("artifacts/2", artifacts)) == "2"
    assert named(store.resolve(str(artifacts / "2"), tmp_path / "elsewhere")) == "2"


def test_left_out_the_newest_is_measured_and_the_champion_else_the_bundled_reads(
    artifacts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "bundled"
    monkeypatch.setattr(store, "BUNDLED", bundled)
    with pytest.raises(ModelNotFoundError) as caught:
        store.resolve(None, artifacts)
    assert "mnist train" in caught.value.hint

    def defaults() -> list[str]:
        both = store.NEWEST, store.READERS
        return [named(store.resolve(None, artifacts, default)) for default in both]

    shutil.copytree(publish(tmp_path / "other").path, bundled)
    assert defaults() == ["bundled", "bundled"]
    publish(artifacts)
    publish(artifacts)
    assert defaults() == ["2", "bundled"]
    (artifacts / store.ALIASES).write_text('{"champion": "1"}')
    assert defaults() == ["2", "1"]


def test_latest_is_by_number_and_never_by_an_entry(artifacts: Path) -> None:
    for _ in range(10):
        publish(artifacts)
    (artifacts / store.ALIASES).write_text('{"latest": "1"}')

    assert named(store.resolve("latest", artifacts)) == "10"


def test_a_model_file_answers_to_its_path(tmp_path: Path) -> None:
    for name in ("m.keras", "m.h5", "M.H5", "m.hdf5", "m.onnx", "m.tflite"):
        (tmp_path / name).write_bytes(b"")
        assert store.resolve(str(tmp_path / name), tmp_path) == Model(tmp_path / name, None)


@pytest.mark.parametrize("name", ["m.pt", "m.xyz", "m", "m.keras.bak"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")

    with pytest.raises(ModelError, match=r"A model is a \.keras, \.h5, \.onnx"):
        store.resolve(str(tmp_path / name), tmp_path)


WEIRD = [
    *("٣", "１", "1_000", "+1", " 1", "1 ", "1.0", "0", "01", "-1", "9" * 30, "1\n"),
    *("../x", "..", ".", "/", "~", "", "a/b", "a\\b", "nowhere", "nowhere.keras", "CHAMPION"),
    *("-rf", "CON", "%2e%2e", "\0", "1\0", "a\nb", "\u202e1", "x.keras\0"),
    "x" * 300,
]


@pytest.mark.parametrize("reference", WEIRD)
@pytest.mark.usefixtures("version")
def test_what_names_no_model_is_not_found(
    artifacts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ModelNotFoundError, match="No model") as caught:
        store.resolve(reference, artifacts)

    assert caught.value.exit_code == ExitCode.NOT_FOUND
    assert caught.value.hint


def test_a_folder_without_a_manifest_is_no_version(artifacts: Path, version: Version) -> None:
    (artifacts / "2").mkdir()
    (artifacts / "notes").mkdir()
    (version.path.parent / "03").mkdir()

    assert store.version_numbers(artifacts) == [1]
    for reference in ("2", str(artifacts / "notes")):
        with pytest.raises(ModelNotFoundError):
            store.resolve(reference, artifacts)


def test_a_link_to_a_version_is_neither_listed_nor_opened_by_its_number(
    artifacts: Path, version: Version
) -> None:
    (artifacts / "7").symlink_to(version.path)

    assert store.version_numbers(artifacts) == [1]
    assert named(store.resolve("latest", artifacts)) == "1"
    with pytest.raises(ModelError, match="a link"):
        store.resolve("7", artifacts)


@pytest.mark.parametrize(
    "content",
    [
        *("", "no json", "[]", "null", "3", '{"champion": 1}', '{"champion": "../../etc"}'),
        *('{"champion": "٣"}', '{"champion": null}', '{"champion": "/1"}', "[" * 200_000),
        *('{"champion": "1", "champion": "1"}', '{"Champion": "1", "champion": "1"}'),
        *('{"1": "1"}', '{"": "1"}', '{"a/b": "1"}', '{"\\u001b[2J": "1"}', '{"\\ud800": "1"}'),
        *('{"paper": "champion", "champion": "paper"}', '{"champion": {"champion": "1"}}'),
        *("{" * 200_000, '{"champion": 1e400}', '{"champion": NaN}', '{"champion": "1"} "2"'),
    ],
    ids=lambda text: text[:40],
)
@pytest.mark.usefixtures("version")
def test_damaged_aliases_are_said_with_what_to_do(artifacts: Path, content: str) -> None:
    (artifacts / store.ALIASES).write_text(content, encoding="utf-8")

    with pytest.raises(ModelError, match=r"aliases\.json: damaged") as caught:
        store.resolve("1", artifacts)

    assert "delete it" in caught.value.hint


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (os.mkfifo, "not a regular file"),
        (os.mkdir, "not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
        (lambda path: path.write_bytes(b" " * (100 << 20)), "larger than 16 MB"),
    ],
    ids=["pipe", "folder", "device", "loop", "huge"],
)
@pytest.mark.usefixtures("version")
def test_what_stands_in_the_place_of_aliases_is_said(
    artifacts: Path, make: Callable[[Path], object], words: str
) -> None:
    make(artifacts / store.ALIASES)

    with pytest.raises(StorageError, match=f"Can't read .*{store.ALIASES}': {words}"):
        store.resolve("1", artifacts)


def test_aliases_that_are_no_text_are_refused(artifacts: Path, version: Version) -> None:
    (artifacts / store.ALIASES).write_bytes(b'{"champion\xff": "1"}')

    with pytest.raises(ModelError, match=r"aliases\.json: damaged"):
        store.resolve("1", artifacts)


@pytest.mark.usefixtures("version")
def test_an_alias_whose_version_is_gone_is_left_out_and_said(
    artifacts: Path, events: Events
) -> None:
    (artifacts / store.ALIASES).write_text('{"champion": "9"}')

    assert "champion" not in store.read_aliases(artifacts)
    assert events.of("store.alias_left_out")[0] == {
        "alias": "champion",
        "reason": "there is no version 9",
    }
    assert named(store.resolve(None, artifacts)) == "1"


def test_a_missing_store_is_an_empty_one(tmp_path: Path) -> None:
    assert store.list_versions(tmp_path / "nowhere") == []
    assert "latest" not in store.read_aliases(tmp_path / "nowhere")


def test_a_file_in_a_versions_folder_knows_its_version(version: Version) -> None:
    def known(path: Path) -> Version | None:
        found = store.resolve(str(path), version.path.parent)
        assert found.path == path
        assert found.whole is None
        return found.version

    mine, elsewhere = version.path / "mine.h5", version.path.parent / "m.h5"
    for path in (mine, elsewhere):
        path.write_bytes(b"x")
    assert known(version.path / versions.H5) == version
    assert known(mine) is None
    assert known(elsewhere) is None

    (version.path / versions.H5).write_bytes(b"changed")
    with pytest.raises(ModelError, match="checksum mismatch"):
        known(version.path / versions.H5)


# what is known of a version


def test_a_version_is_found_by_the_run_that_published_it(artifacts: Path) -> None:
    assert store.version_of_run(artifacts, "a") is None
    for run in ("a", "b"):
        publish(artifacts, run)

    found = store.version_of_run(artifacts, "b")
    assert found is not None
    assert found.name == "2"
    assert store.version_of_run(artifacts, "c") is None


def test_a_record_is_the_entry_of_a_list(artifacts: Path, version: Version) -> None:
    (artifacts / store.ALIASES).write_text('{"paper": "1"}')

    assert versions.to_record(version, store.read_aliases(artifacts)) == {
        "version": "1",
        "aliases": ["latest", "paper"],
        "arch": "dense",
        "recipe": "quick",
        "seed": 0,
        "epochs": None,
        "parameters": None,
        "set": [],
        "note": None,
        "val_accuracy": 0.98,
        "folds_accuracy": None,
        "worn_accuracy": None,
        "test_accuracy": None,
        "size_bytes": version.size_bytes,
        "created": "2026-11-22T09:15:00Z",
    }


def test_a_test_accuracy_is_noted_beside_a_version_that_stays_as_it_is(
    artifacts: Path, version: Version
) -> None:
    before = {entry.name: entry.read_bytes() for entry in version.path.iterdir()}
    model: dict[str, str | None] = {
        "version": "1",
        "sha256": version.manifest["files"][versions.H5],
    }
    record_test_accuracy(artifacts, model, 0.9876)

    assert versions.to_record(version, {})["test_accuracy"] == 0.9876
    assert {entry.name: entry.read_bytes() for entry in version.path.iterdir()} == before
    assert store.version_numbers(artifacts) == [1]


@pytest.mark.parametrize(
    "model",
    [
        {"version": None, "sha256": "0"},
        {"version": "bundled", "sha256": "0"},
        {"version": "2", "sha256": "0"},
        {"version": "1", "sha256": "of another model"},
        {"version": "../1", "sha256": "0"},
    ],
)
def test_the_accuracy_of_a_model_from_elsewhere_is_not_noted(
    artifacts: Path, version: Version, model: dict[str, str | None]
) -> None:
    record_test_accuracy(artifacts, model, 0.5)

    assert versions.to_record(version, {})["test_accuracy"] is None
    assert not (artifacts / ".evaluations").exists()


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"test_accuracy": 1, "sha256": "other"}'])
def test_a_note_that_is_damaged_or_of_another_model_counts_as_none(
    artifacts: Path, version: Version, note: str
) -> None:
    (artifacts / ".evaluations").mkdir()
    (artifacts / ".evaluations" / "1.json").write_text(note)

    assert versions.to_record(version, {})["test_accuracy"] is None


def test_a_store_that_takes_no_note_does_without(artifacts: Path, version: Version) -> None:
    (artifacts / ".evaluations").write_text("a file in the place of the folder")
    record_test_accuracy(artifacts, {"version": "1", "sha256": version.sha256}, 0.9)

    assert versions.to_record(version, {})["test_accuracy"] is None
