import json
import shutil
from pathlib import Path

import pytest

from mnist_cli import versions
from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli

KEYS = {
    *("version", "aliases", "arch", "recipe", "seed", "val_accuracy", "test_accuracy"),
    *("size_bytes", "created"),
}


@pytest.fixture
def own_store(trained: Path, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the session's store with versions 1, 2 and 10, which a test may change."""
    folder = trained / "artifacts"
    for number in (1, 2, 10):
        shutil.copytree(store_path / "1", folder / str(number))
    monkeypatch.setenv("MNIST_ARTIFACTS", str(folder))
    return folder


def test_an_empty_store_says_how_to_fill_it(mnist: Cli, tmp_path: Path) -> None:
    result = mnist("models", "list", "--artifacts", tmp_path / "nothing")

    assert result.exit_code == ExitCode.OK
    assert result.stdout == ""
    assert "mnist train" in result.stderr
    assert not (tmp_path / "nothing").exists()


def test_an_empty_store_is_an_empty_list_in_json(mnist: Cli, tmp_path: Path) -> None:
    assert json.loads(mnist("models", "list", "--json", "--artifacts", tmp_path).stdout) == []


def test_the_list_has_the_keys_of_the_design(mnist: Cli, own_store: Path) -> None:
    records = json.loads(mnist("models", "list", "--json").stdout)

    assert [record["version"] for record in records] == ["1", "2", "10"]
    assert [record["aliases"] for record in records] == [[], [], ["latest"]]
    first = records[0]
    assert set(first) >= KEYS
    assert (first["arch"], first["recipe"], first["seed"]) == ("dense", "quick", 0)
    assert 0.9 < first["val_accuracy"] <= 1
    assert first["test_accuracy"] is None
    assert first["size_bytes"] == sum(f.stat().st_size for f in (own_store / "1").iterdir())


def test_the_table_has_a_row_a_version(mnist: Cli, own_store: Path) -> None:
    shown = mnist("models", "list").stdout

    assert "latest" in shown
    assert shown.count("quick") == 3
    assert "not measured" in shown
    assert "\x1b" not in shown


def test_what_is_no_version_is_not_listed(mnist: Cli, own_store: Path) -> None:
    (own_store / "3").mkdir()
    (own_store / ".training" / "abc").mkdir(parents=True)
    (own_store / "notes.txt").write_text("mine")
    (own_store / "4").symlink_to(own_store / "1")

    records = json.loads(mnist("models", "list", "--json").stdout)

    assert [record["version"] for record in records] == ["1", "2", "10"]


@pytest.mark.parametrize("reference", [None, "10", "latest", "folder"])
def test_show_says_how_a_version_came_about(
    mnist: Cli, own_store: Path, reference: str | None
) -> None:
    given = [str(own_store / "10") if reference == "folder" else reference] if reference else []

    shown = mnist("models", "show", *given).stdout

    for words in ("dense", "quick", "seed", "sha256", "tensorflow", "temperature", "machine"):
        assert words in shown


def test_show_gives_the_manifest_as_json(mnist: Cli, own_store: Path) -> None:
    record = json.loads(mnist("models", "show", "2", "--json").stdout)

    assert record["version"] == "2"
    assert set(record) >= KEYS
    assert record["manifest"] == json.loads((own_store / "2" / versions.MANIFEST).read_text())


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("7", ExitCode.NOT_FOUND),
        ("champion", ExitCode.NOT_FOUND),
        ("٣", ExitCode.NOT_FOUND),
        ("0", ExitCode.NOT_FOUND),
        ("../1", ExitCode.NOT_FOUND),
        ("model.h5", ExitCode.REFUSED),
    ],
)
def test_show_refuses_what_is_no_version(
    mnist: Cli, own_store: Path, reference: str, code: ExitCode
) -> None:
    shutil.copy(own_store / "1" / versions.H5, "model.h5")

    result = mnist("models", "show", reference)

    assert result.exit_code == code
    assert reference in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("damage", ["cut off", "without its config"])
def test_a_damaged_version_is_refused_by_name_and_left_out_of_the_list(
    mnist: Cli, own_store: Path, damage: str
) -> None:
    path = own_store / "10" / versions.MANIFEST
    manifest = json.loads(path.read_text())
    del manifest["config"]
    path.write_text(json.dumps(manifest) if damage == "without its config" else '{"files": ')

    shown = mnist("models", "show", "10")
    listed = mnist("models", "list", "--json")

    assert shown.exit_code == ExitCode.REFUSED
    assert shown.stdout == ""
    assert f"{path}: the manifest is damaged" in shown.stderr
    assert listed.exit_code == ExitCode.OK
    assert [record["version"] for record in json.loads(listed.stdout)] == ["1", "2"]
    assert "warning: store.version_left_out  version=10" in listed.stderr


def test_a_changed_model_is_refused_before_it_is_read_with(
    mnist: Cli, own_store: Path, digit_png: Path
) -> None:
    path = own_store / "10" / versions.TFLITE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    result = mnist("predict", digit_png)

    assert result.exit_code == ExitCode.REFUSED
    assert "checksum mismatch" in result.stderr
    assert mnist("predict", digit_png, "--model", "2").exit_code == ExitCode.OK
