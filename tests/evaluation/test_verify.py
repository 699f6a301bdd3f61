import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mnist_cli.core.errors import ModelNotFoundError
from mnist_cli.core.store import versions
from mnist_cli.core.store.versions import BUNDLED
from mnist_cli.evaluation import verify as verification
from mnist_cli.evaluation.verify import Verification
from mnist_cli.reading import finder, line_network
from mnist_cli.reading.packaged import Packaged

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture
def folder(store_path: Path, tmp_path: Path) -> Path:
    """A copy of the session's version."""
    return Path(shutil.copytree(store_path / "1", tmp_path / "7"))


def found_in(folder: Path) -> Verification:
    (found,) = verification.verify([folder])
    return found


def change(folder: Path, part: str, **entries: Any) -> None:
    """Change entries of the manifest, or of a part of it; None takes one away."""
    path = folder / versions.MANIFEST
    manifest = json.loads(path.read_text())
    place = manifest[part] if part else manifest
    place.update(entries)
    for name in [name for name, value in entries.items() if value is None]:
        del place[name]
    path.write_text(json.dumps(manifest))


def test_a_version_is_what_was_published(folder: Path) -> None:
    found = found_in(folder)

    assert found.version == "7"
    assert sorted(found.files) == sorted([*versions_files(), versions.HISTORY])
    assert found.measured == pytest.approx(found.stated)
    assert (found.problems, found.notes) == ([], [])
    assert found.to_record()["ok"] is True


def versions_files() -> list[str]:
    return [versions.KERAS, versions.H5, versions.TFLITE]


def test_a_version_of_a_time_when_reading_had_a_number_is_one(folder: Path) -> None:
    change(folder, "", normalisation=3)

    assert (found_in(folder).problems, found_in(folder).notes) == ([], [])


def test_the_bundled_version_holds_what_it_states() -> None:
    found = found_in(BUNDLED)

    assert found.version == "bundled"
    assert {finder.ASSET.file, line_network.ASSET.file} <= set(found.files)
    assert found.problems == []
    assert found.measured == pytest.approx(found.stated)


@pytest.fixture(params=[finder, line_network])
def network(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Packaged:
    """A copy of one of the package's networks, in its place."""
    module: ModuleType = request.param
    folder = Path(shutil.copytree(module.ASSET.folder, tmp_path / module.ASSET.name))
    copy: Packaged = replace(module.ASSET, folder=folder)
    monkeypatch.setattr(module, "ASSET", copy)
    return copy


@pytest.mark.parametrize("is_manifest", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_damaged_network_is_a_problem_of_the_package(
    network: Packaged, is_manifest: bool, is_there: bool
) -> None:
    path = network.folder / (f"{network.name}.json" if is_manifest else network.file)
    path.write_bytes(b"nothing LiteRT should see")
    if not is_there:
        path.unlink()

    (problem,) = found_in(BUNDLED).problems

    assert problem.startswith(f"{network.name}: ")
    words = "checksum mismatch" if is_there else "No such file"
    assert ("damaged" if is_manifest else words) in problem


def test_a_version_of_the_store_answers_for_no_network(folder: Path, network: Packaged) -> None:
    (network.folder / network.file).unlink()

    assert found_in(folder).problems == []


@pytest.mark.parametrize("name", [versions.KERAS, versions.H5, versions.HISTORY])
def test_a_changed_file_is_named_and_the_rest_still_checked(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b"x")

    found = found_in(folder)

    (problem,) = found.problems
    assert f"{name}: checksum mismatch" in problem
    assert name not in found.files
    assert found.measured == pytest.approx(found.stated)
    assert found.to_record()["ok"] is False


def test_a_changed_model_is_not_read_with(folder: Path) -> None:
    (folder / versions.TFLITE).write_bytes(b"nothing LiteRT should see")

    found = found_in(folder)

    assert found.measured is None
    assert "accuracy not measured: the model is not what was published" in found.notes


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / versions.H5).unlink()

    (problem,) = found_in(folder).problems

    assert f"{versions.H5}: No such file" in problem


def test_an_accuracy_that_is_not_reached_is_said(folder: Path) -> None:
    change(folder, "metrics", val_accuracy=0.9998)

    found = found_in(folder)

    (problem,) = found.problems
    assert f"reads {100 * (found.measured or 0):.2f} % of the 5,000 images held out" in problem
    assert "not 99.98 % as stated" in problem


def test_five_images_off_are_too_many(folder: Path) -> None:
    stated = found_in(folder).stated or 0
    change(folder, "metrics", val_accuracy=stated - 5 / 5_000)

    assert found_in(folder).problems


@pytest.mark.parametrize("accuracy", ["high", float("nan"), 99.2, []], ids=str)
def test_an_accuracy_that_makes_no_sense_is_said(folder: Path, accuracy: object) -> None:
    change(folder, "metrics", val_accuracy=accuracy)

    found = found_in(folder)

    (problem,) = found.problems
    assert "model.json: the manifest is damaged" in problem
    assert found.measured is None


def test_what_was_trained_on_other_images_is_checked_by_its_files_alone(folder: Path) -> None:
    change(folder, "data", sha256="0" * 64, name="mine.npz")

    found = found_in(folder)

    assert found.problems == []
    assert found.measured is None
    assert found.notes == ["trained on other images than MNIST; accuracy not measured"]


def test_what_the_manifest_lacks_is_noted(folder: Path) -> None:
    change(folder, "", machine=None)
    change(folder, "config", degradations=None)
    change(folder, "metrics", train_s=None)
    change(folder, "files", **{versions.H5: None})

    found = found_in(folder)

    assert found.problems == []
    assert found.notes == [
        f"{versions.H5}: not of the version",
        "model.json lacks machine",
        "model.json lacks metrics.train_s",
        "model.json lacks config.degradations",
        f"model.json lacks files.{versions.H5}",
    ]
    assert found.measured == pytest.approx(found.stated)


def test_a_config_of_another_version_of_the_tool_is_noted(folder: Path) -> None:
    change(folder, "config", moonlight=3)

    found = found_in(folder)

    assert found.problems == []
    assert any("the config is not understood" in note for note in found.notes)


def test_a_damaged_manifest_is_a_problem_and_the_next_version_is_checked(
    folder: Path, store_path: Path
) -> None:
    (folder / versions.MANIFEST).write_text("{")

    damaged, whole = verification.verify([folder, store_path / "1"])

    assert "the manifest is damaged" in damaged.problems[0]
    assert whole.problems == []


def test_a_folder_that_is_no_version_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        found_in(tmp_path)
